package dev.navarch.kubelet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.client.Await;
import dev.navarch.kubelet.pods.Pods;
import dev.navarch.kubelet.runtime.ContainerFilter;
import dev.navarch.kubelet.runtime.RuntimeFailure;
import dev.navarch.kubelet.runtime.SandboxFilter;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KubeletTest {
    @TempDir
    Path root;

    private TestNode node;

    @BeforeEach
    void start() {
        node = new TestNode(root);
    }

    @AfterEach
    void stop() {
        node.close();
    }

    @Test
    void boundPodRuns() {
        node.create(TestNode.pod("a").build());
        node.awaitRunning("a");
        var status = node.get("a").getStatus();
        assertThat(status.getPodIP()).startsWith("10.244.1.");
        assertThat(status.getHostIP()).isEqualTo("192.0.2.10");
        assertThat(status.getQosClass()).isEqualTo("BestEffort");
        assertThat(status.getStartTime()).isEqualTo("2026-03-01T10:00:00Z");
        for (var type :
                List.of("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled")) {
            assertThat(node.condition("a", type)).as(type).isEqualTo("True");
        }
        var container = node.status("a");
        assertThat(container.getContainerID()).startsWith("simulated://");
        assertThat(container.getImageID()).contains("@sha256:");
        assertThat(container.getStarted()).isTrue();
        assertThat(container.getState().getRunning().getStartedAt()).isEqualTo("2026-03-01T10:00:00Z");
        node.awaitEvent("Pulling", "Pulling image \"busybox:1\"");
        node.awaitEvent("Created", "Container created");
        node.awaitEvent("Started", "Container started");
    }

    @Test
    void presentImageIsNotPulled() {
        node.create(TestNode.pod("a").build());
        node.awaitRunning("a");
        node.create(TestNode.pod("b").build());
        node.awaitRunning("b");
        node.awaitEvent(
                "Pulled", "Container image \"busybox:1\" already present on machine and can be accessed by the pod");
    }

    @Test
    void crashingContainerBacksOffExactly() {
        var pod = node.create(TestNode.pod("a")
                .editMetadata()
                .addToAnnotations("navarch.dev/simulated-exit-after", "0s")
                .addToAnnotations("navarch.dev/simulated-exit-code", "3")
                .endMetadata()
                .build());
        var uid = pod.getMetadata().getUid();
        // The first restart is immediate, the second waits 10 s, then it doubles up to 5 minutes.
        node.awaitPod("a", "backs off", _ -> node.waiting("a").equals("CrashLoopBackOff"));
        assertThat(node.status("a").getRestartCount()).isEqualTo(1);
        var delays = List.of(10, 20, 40, 80, 160, 300, 300);
        var texts = List.of("10s", "20s", "40s", "1m20s", "2m40s", "5m0s", "5m0s");
        for (int i = 0; i < delays.size(); i++) {
            var waiting = node.status("a").getState().getWaiting();
            assertThat(waiting.getMessage())
                    .isEqualTo(
                            "back-off " + texts.get(i) + " restarting failed container=c pod=a_default(" + uid + ")");
            var last = node.status("a").getLastState().getTerminated();
            assertThat(last.getExitCode()).isEqualTo(3);
            assertThat(last.getReason()).isEqualTo("Error");
            node.advance(Duration.ofSeconds(delays.get(i)).minusMillis(1));
            assertThat(node.status("a").getRestartCount()).isEqualTo(i + 1);
            node.advance(Duration.ofMillis(1));
            node.awaitRestarts("a", i + 2);
        }
        assertThat(Pods.phase(node.get("a"))).isEqualTo("Running");
        node.awaitEvent("BackOff", "Back-off restarting failed container c in pod a_default(" + uid + ")");
    }

    @Test
    void restartPolicyDecidesThePhase() {
        node.create(ends("never", "Never", 1));
        node.create(ends("done", "OnFailure", 0));
        node.awaitPod("never", "failed", p -> Pods.phase(p).equals("Failed"));
        node.awaitPod("done", "succeeded", p -> Pods.phase(p).equals("Succeeded"));
        assertThat(node.status("never").getRestartCount()).isZero();
        assertThat(node.status("never").getState().getTerminated().getExitCode())
                .isEqualTo(1);
        assertThat(node.status("done").getState().getTerminated().getReason()).isEqualTo("Completed");
        assertThat(node.running()).isEmpty();
    }

    private static io.fabric8.kubernetes.api.model.Pod ends(String name, String policy, int code) {
        return TestNode.pod(name)
                .editMetadata()
                .addToAnnotations("navarch.dev/simulated-exit-after", "0s")
                .addToAnnotations("navarch.dev/simulated-exit-code", Integer.toString(code))
                .endMetadata()
                .editSpec()
                .withRestartPolicy(policy)
                .endSpec()
                .build();
    }

    @Test
    void containerThatStartsSlowlyIsReadyWhenItsTimeHasCome() {
        node.create(TestNode.pod("a")
                .editMetadata()
                .addToAnnotations("navarch.dev/simulated-ready-after", "30s")
                .addToAnnotations("navarch.dev/simulated-exit-after", "90s")
                .endMetadata()
                .build());
        node.awaitPod("a", "runs", p -> Pods.phase(p).equals("Running"));
        assertThat(node.status("a").getReady()).isFalse();
        node.advance(Duration.ofSeconds(30).minusMillis(1));
        assertThat(node.status("a").getReady()).isFalse();
        node.advance(Duration.ofMillis(1));
        node.awaitPod("a", "is ready", _ -> node.status("a").getReady());
        node.advance(Duration.ofSeconds(60).minusMillis(1));
        assertThat(node.status("a").getRestartCount()).isZero();
        node.advance(Duration.ofMillis(1));
        node.awaitRestarts("a", 1);
    }

    @Test
    void deletedPodEndsAndIsDeletedForGood() {
        var pod = node.create(TestNode.pod("a").build());
        node.awaitRunning("a");
        node.delete("a");
        node.awaitGone("a");
        assertThat(node.runtime.listContainers(ContainerFilter.ALL)).isEmpty();
        assertThat(node.runtime.listPodSandboxes(SandboxFilter.ALL)).isEmpty();
        assertThat(root.resolve("pods").resolve(pod.getMetadata().getUid())).doesNotExist();
        assertThat(root.resolve("log/pods")).isEmptyDirectory();
        node.awaitEvent("Killing", "Stopping container c");
    }

    @Test
    void stubbornContainerHasItsWholeGrace() {
        node.create(TestNode.pod("a")
                .editMetadata()
                .addToAnnotations("navarch.dev/simulated-ignores-sigterm", "true")
                .endMetadata()
                .build());
        node.awaitRunning("a");
        node.delete("a");
        node.awaitEvent("Killing", "Stopping container c");
        var id = node.running().getFirst().id();
        Await.until("the stop has begun", () -> node.runtime.stopping(id));
        node.advance(Duration.ofSeconds(29));
        assertThat(node.exists("a")).isTrue();
        assertThat(node.running()).hasSize(1);
        node.advance(Duration.ofSeconds(1));
        node.awaitGone("a");
        assertThat(node.running()).isEmpty();
    }

    @Test
    void newAgentAdoptsWhatRuns() {
        node.create(TestNode.pod("a").build());
        node.awaitRunning("a");
        node.runtime.crash(node.running().getFirst().id(), 1);
        node.awaitRestarts("a", 1);
        var before = node.status("a");
        node.restartAgent();
        node.advance(Duration.ofSeconds(5));
        var after = node.status("a");
        assertThat(after.getContainerID()).isEqualTo(before.getContainerID());
        assertThat(after.getRestartCount()).isEqualTo(1);
        assertThat(after.getLastState()).isEqualTo(before.getLastState());
        assertThat(after.getReady()).isTrue();
        assertThat(node.running()).hasSize(1);
    }

    @Test
    void podDeletedWhileTheAgentWasAwayIsCleanedUp() {
        var pod = node.create(TestNode.pod("a").build());
        node.awaitRunning("a");
        node.kubelet.close();
        node.api.remove(pod);
        node.restartAgent();
        // the agent looks every two seconds, and in vain before it has heard of all pods
        Await.until("the orphan is gone", () -> {
            node.advance(Duration.ofSeconds(1));
            return node.running().isEmpty()
                    && node.runtime.listPodSandboxes(SandboxFilter.ALL).isEmpty();
        });
        assertThat(root.resolve("pods").resolve(pod.getMetadata().getUid())).doesNotExist();
    }

    @Test
    void initContainersRunInOrderAndASidecarStays() {
        node.create(TestNode.pod("a")
                .editMetadata()
                .addToAnnotations("navarch.dev/simulated-exit-after.first", "5s")
                .endMetadata()
                .editSpec()
                .addNewInitContainer()
                .withName("first")
                .withImage("busybox:1")
                .endInitContainer()
                .addNewInitContainer()
                .withName("side")
                .withImage("busybox:1")
                .withRestartPolicy("Always")
                .endInitContainer()
                .endSpec()
                .build());
        node.awaitPod(
                "a",
                "runs its first init container",
                p -> p.getStatus().getInitContainerStatuses().size() == 2
                        && p.getStatus()
                                        .getInitContainerStatuses()
                                        .getFirst()
                                        .getState()
                                        .getRunning()
                                != null);
        assertThat(Pods.phase(node.get("a"))).isEqualTo("Pending");
        assertThat(node.status("a").getState().getWaiting().getReason()).isEqualTo("PodInitializing");
        assertThat(node.condition("a", "Initialized")).isEqualTo("False");
        assertThat(node.running()).hasSize(1);
        node.advance(Duration.ofSeconds(5));
        node.awaitRunning("a");
        assertThat(node.running()).hasSize(2);
        assertThat(node.condition("a", "Initialized")).isEqualTo("True");
        node.delete("a");
        node.awaitGone("a");
    }

    @Test
    void sidecarsEndWithTheLastMainContainer() {
        node.create(TestNode.pod("a")
                .editMetadata()
                .addToAnnotations("navarch.dev/simulated-exit-after.c", "5s")
                .endMetadata()
                .editSpec()
                .withRestartPolicy("Never")
                .addNewInitContainer()
                .withName("side")
                .withImage("busybox:1")
                .withRestartPolicy("Always")
                .endInitContainer()
                .endSpec()
                .build());
        node.awaitRunning("a");
        node.advance(Duration.ofSeconds(5));
        node.awaitPod("a", "succeeded", p -> Pods.phase(p).equals("Succeeded"));
        Await.until("the sidecar ended", () -> node.running().isEmpty());
    }

    @Test
    void imageThatCannotBeHadIsTriedAgain() {
        node.create(TestNode.pod("a")
                .editSpec()
                .editFirstContainer()
                .withImage("registry.invalid/x:1")
                .endContainer()
                .endSpec()
                .build());
        node.awaitPod("a", "fails to pull", _ -> node.waiting("a").equals("ErrImagePull"));
        node.advance(Duration.ofSeconds(1));
        node.awaitPod("a", "backs off", _ -> node.waiting("a").equals("ImagePullBackOff"));
        assertThat(node.status("a").getState().getWaiting().getMessage())
                .startsWith("Back-off pulling image \"registry.invalid/x:1\": ErrImagePull: ");
        node.awaitEvent("BackOff", "Back-off pulling image \"registry.invalid/x:1\"");
        node.awaitEvent("Failed", "Error: ErrImagePull");
    }

    @Test
    void missingConfigMapHoldsThePodBackUntilItIsThere() {
        node.create(TestNode.pod("a")
                .editSpec()
                .addNewVolume()
                .withName("v")
                .withNewConfigMap()
                .withName("settings")
                .endConfigMap()
                .endVolume()
                .endSpec()
                .build());
        node.awaitEvent("FailedMount", "MountVolume.SetUp failed for volume \"v\" : configmap \"settings\" not found");
        assertThat(Pods.phase(node.get("a"))).isEqualTo("Pending");
        node.api.put(new io.fabric8.kubernetes.api.model.ConfigMapBuilder()
                .withNewMetadata()
                .withNamespace("default")
                .withName("settings")
                .endMetadata()
                .addToData("k", "v")
                .build());
        Await.until(
                "the pod runs",
                node.time,
                Duration.ofSeconds(1),
                () -> Pods.phase(node.get("a")).equals("Running"));
        var uid = node.get("a").getMetadata().getUid();
        assertThat(root.resolve("pods/" + uid + "/volumes/kubernetes.io~configmap/v/k"))
                .hasContent("v");
    }

    @Test
    void podThatDoesNotFitIsRejected() {
        node.create(TestNode.pod("a")
                .editSpec()
                .editFirstContainer()
                .withNewResources()
                .addToRequests("cpu", new Quantity("5"))
                .endResources()
                .endContainer()
                .endSpec()
                .build());
        node.awaitPod("a", "failed", p -> Pods.phase(p).equals("Failed"));
        assertThat(node.get("a").getStatus().getReason()).isEqualTo("OutOfcpu");
        assertThat(node.get("a").getStatus().getMessage())
                .isEqualTo(
                        "Pod was rejected: Node didn't have enough resource: cpu, requested: 5000, used: 0, capacity: 4000");
    }

    @Test
    void deadlineEndsThePod() {
        node.create(TestNode.pod("a")
                .editSpec()
                .withActiveDeadlineSeconds(60L)
                .endSpec()
                .build());
        node.awaitRunning("a");
        node.advance(Duration.ofSeconds(59));
        assertThat(Pods.phase(node.get("a"))).isEqualTo("Running");
        node.advance(Duration.ofSeconds(1));
        node.awaitPod("a", "failed", p -> Pods.phase(p).equals("Failed"));
        assertThat(node.get("a").getStatus().getReason()).isEqualTo("DeadlineExceeded");
        Await.until("its container ended", () -> node.running().isEmpty());
    }

    @Test
    void lostSandboxIsMadeAnew() {
        node.create(TestNode.pod("a").build());
        node.awaitRunning("a");
        var sandbox = node.runtime.listPodSandboxes(SandboxFilter.ALL).getFirst();
        node.runtime.stopPodSandbox(sandbox.id());
        node.awaitRestarts("a", 1);
        node.awaitRunning("a");
        assertThat(node.running()).hasSize(1);
        assertThat(node.running().getFirst().sandboxId()).isNotEqualTo(sandbox.id());
    }

    @Test
    void nodeIsRegisteredReadyAndAlive() {
        var it = node.client.resource(Node.class).get("", "n1").orElseThrow();
        assertThat(it.getMetadata().getLabels())
                .containsAllEntriesOf(Map.of(
                        "kubernetes.io/hostname", "n1", "kubernetes.io/arch", "amd64", "kubernetes.io/os", "linux"));
        assertThat(it.getStatus().getCapacity().get("cpu")).isEqualTo(new Quantity("4"));
        assertThat(it.getStatus().getCapacity().get("memory")).isEqualTo(new Quantity("8388608Ki"));
        assertThat(it.getStatus().getAllocatable().get("memory")).isEqualTo(new Quantity("8286208Ki"));
        assertThat(ready(it)).isEqualTo("True KubeletReady kubelet is posting ready status");
        assertThat(it.getStatus().getNodeInfo().getContainerRuntimeVersion()).isEqualTo("simulated://0.1.0");
        Await.until("the lease is there", () -> lease().isPresent());
        Await.until(
                "the lease is renewed",
                node.time,
                Duration.ofSeconds(1),
                () -> lease().orElseThrow().getSpec().getRenewTime().toInstant().isAfter(TestNode.START));
        assertThat(lease().orElseThrow().getSpec().getLeaseDurationSeconds()).isEqualTo(40);
    }

    private Optional<Lease> lease() {
        return node.client.resource(Lease.class).get("kube-node-lease", "n1");
    }

    private static String ready(Node node) {
        return node.getStatus().getConditions().stream()
                .filter(c -> c.getType().equals("Ready"))
                .map(c -> c.getStatus() + " " + c.getReason() + " " + c.getMessage())
                .findFirst()
                .orElse("");
    }

    @Test
    void nodeIsNotReadyWhileTheRuntimeIsDown() {
        node.runtime.setBroken(
                Optional.of(new RuntimeFailure(RuntimeFailure.Reason.UNAVAILABLE, "connection refused")));
        Await.until(
                "the node is not ready",
                node.time,
                Duration.ofSeconds(1),
                () -> ready(node.client.resource(Node.class).get("", "n1").orElseThrow())
                        .equals("False KubeletNotReady container runtime is down: connection refused"));
        node.runtime.setBroken(Optional.empty());
        Await.until(
                "the node is ready",
                node.time,
                Duration.ofSeconds(1),
                () -> ready(node.client.resource(Node.class).get("", "n1").orElseThrow())
                        .startsWith("True"));
    }

    @Test
    void logsOfTheLastRunAreKept() {
        node.create(TestNode.pod("a").build());
        node.awaitRunning("a");
        for (int i = 0; i < 2; i++) {
            node.runtime.crash(node.running().getFirst().id(), 1);
            Await.until(
                    "it runs again",
                    node.time,
                    Duration.ofSeconds(1),
                    () -> node.running().size() == 1);
            node.settle();
        }
        node.advance(Duration.ofMinutes(1));
        Await.until(
                "the oldest is collected",
                () -> node.runtime.listContainers(ContainerFilter.ALL).size() == 2);
        var logs =
                root.resolve("log/pods/default_a_" + node.get("a").getMetadata().getUid() + "/c");
        Await.until("its log is gone", () -> !Files.exists(logs.resolve("0.log")));
        assertThat(logs.resolve("1.log")).exists();
        assertThat(logs.resolve("2.log")).exists();
    }

    @Test
    void nothingIsDoneWhileNothingHappens() {
        node.create(TestNode.pod("a").build());
        node.awaitRunning("a");
        node.settle();
        int looks = node.runtime.calls();
        long writes = statusWrites();
        for (int i = 0; i < 50; i++) {
            node.settle();
        }
        assertThat(node.runtime.calls()).isEqualTo(looks);
        assertThat(statusWrites()).isEqualTo(writes);
    }

    private long statusWrites() {
        return node.api.writes().stream().filter(w -> w.startsWith("PATCH")).count();
    }
}
