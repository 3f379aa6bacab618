package dev.navarch.runtime.cri;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.client.ApiFailure;
import dev.navarch.client.DeleteOptions;
import dev.navarch.client.FakeApi;
import dev.navarch.kubelet.Kubelet;
import dev.navarch.kubelet.KubeletConfig;
import dev.navarch.kubelet.pods.RuntimeLabels;
import dev.navarch.kubelet.runtime.Container;
import dev.navarch.kubelet.runtime.ContainerFilter;
import dev.navarch.kubelet.runtime.SandboxFilter;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The node agent with real containers. */
class KubeletIT {
    private static final Path CGROUPS = Path.of("/sys/fs/cgroup");
    private static final String IDLE = "trap exit TERM; while :; do sleep 1000 & wait; done";

    private static RealNode node;
    private FakeApi api;
    private Kubelet kubelet;

    @BeforeAll
    static void startContainerd() throws Exception {
        node = new RealNode("10.231.9.0/24");
    }

    @AfterAll
    static void leaveNothing() throws Exception {
        if (node != null) {
            node.close();
        }
    }

    @BeforeEach
    void startAgent() throws Exception {
        api = new FakeApi(node.time(), new Random(1));
        kubelet = agent();
    }

    private Kubelet agent() throws Exception {
        var config = KubeletConfig.of("n1", node.dir().resolve("kubelet"), "127.0.0.1")
                .withCgroups(new KubeletConfig.Cgroups(
                        CGROUPS, node.layout().cgroupRoot().replaceFirst("^/", "")))
                .withMounts(true);
        var agent = new Kubelet(config, api.client(), node.runtime(), node.time());
        agent.start();
        RealNode.await(
                "the node is ready",
                () -> agent.config() != null
                        && api.client()
                                .resource(io.fabric8.kubernetes.api.model.Node.class)
                                .get("", "n1")
                                .filter(n -> n.getStatus() != null
                                        && n.getStatus().getConditions().stream()
                                                .anyMatch(c -> c.getType().equals("Ready")
                                                        && c.getStatus().equals("True")))
                                .isPresent());
        return agent;
    }

    @AfterEach
    void stopAgent() {
        if (kubelet == null) {
            return;
        }
        for (var pod : kubelet.pods()) {
            try {
                api.client()
                        .resource(Pod.class)
                        .delete(
                                "default",
                                pod.getMetadata().getName(),
                                DeleteOptions.none().grace(Duration.ofSeconds(1)));
            } catch (ApiFailure e) {
                if (!e.notFound()) { // the agent may not have noticed yet
                    throw e;
                }
            }
        }
        RealNode.await(
                "all pods are gone",
                () -> kubelet.pods().isEmpty()
                        && node.runtime().listPodSandboxes(SandboxFilter.ALL).isEmpty());
        kubelet.close();
    }

    private static PodBuilder pod(String name, String script) {
        return new PodBuilder()
                .withNewMetadata()
                .withNamespace("default")
                .withName(name)
                .endMetadata()
                .withNewSpec()
                .withNodeName("n1")
                .withRestartPolicy("Always")
                .withTerminationGracePeriodSeconds(30L)
                .addNewContainer()
                .withName("c")
                .withImage(RealNode.IMAGE)
                .withImagePullPolicy("IfNotPresent")
                .withCommand("sh", "-c", script)
                .endContainer()
                .endSpec();
    }

    private void create(PodBuilder pod) {
        api.client().resource(Pod.class).create(pod.build());
    }

    private Pod get(String name) {
        return api.client().resource(Pod.class).get("default", name).orElseThrow();
    }

    private ContainerStatus status(String name) {
        var status = get(name).getStatus();
        return status == null || status.getContainerStatuses().isEmpty()
                ? new ContainerStatus()
                : status.getContainerStatuses().getFirst();
    }

    private void await(String name, String what, Predicate<ContainerStatus> condition) {
        RealNode.await(name + " " + what, () -> condition.test(status(name)));
    }

    private void awaitRunning(String name) {
        await(name, "is ready", s -> Boolean.TRUE.equals(s.getReady()));
    }

    private Container container(String pod) {
        return node.runtime().listContainers(ContainerFilter.withLabels(Map.of(RuntimeLabels.POD_NAME, pod))).stream()
                .filter(c -> c.state() == dev.navarch.kubelet.runtime.ContainerState.RUNNING)
                .findFirst()
                .orElseThrow();
    }

    private String inside(String pod, String script) {
        var result = node.runtime().execSync(container(pod).id(), List.of("sh", "-c", script), Duration.ofMinutes(1));
        return new String(result.stdout(), StandardCharsets.UTF_8).strip()
                + new String(result.stderr(), StandardCharsets.UTF_8).strip();
    }

    @Test
    void podFindsItsVolumesEnvironmentAndLimits() throws Exception {
        api.put(new ConfigMapBuilder()
                .withNewMetadata()
                .withNamespace("default")
                .withName("settings")
                .endMetadata()
                .addToData("greeting", "hello")
                .build());
        api.put(new SecretBuilder()
                .withNewMetadata()
                .withNamespace("default")
                .withName("password")
                .endMetadata()
                .addToData("value", "c2VzYW1l")
                .build());
        create(pod("full", IDLE)
                .editMetadata()
                .addToLabels("app", "web")
                .endMetadata()
                .editSpec()
                .addNewVolume()
                .withName("settings")
                .withNewConfigMap()
                .withName("settings")
                .endConfigMap()
                .endVolume()
                .addNewVolume()
                .withName("password")
                .withNewSecret()
                .withSecretName("password")
                .endSecret()
                .endVolume()
                .addNewVolume()
                .withName("fast")
                .withNewEmptyDir()
                .withMedium("Memory")
                .withSizeLimit(new Quantity("8Mi"))
                .endEmptyDir()
                .endVolume()
                .editFirstContainer()
                .addNewEnv()
                .withName("PASSWORD")
                .withNewValueFrom()
                .withNewSecretKeyRef("value", "password", null)
                .endValueFrom()
                .endEnv()
                .addNewEnv()
                .withName("IP")
                .withNewValueFrom()
                .withNewFieldRef(null, "status.podIP")
                .endValueFrom()
                .endEnv()
                .addNewVolumeMount()
                .withName("settings")
                .withMountPath("/settings")
                .endVolumeMount()
                .addNewVolumeMount()
                .withName("settings")
                .withMountPath("/one")
                .withSubPath("greeting")
                .endVolumeMount()
                .addNewVolumeMount()
                .withName("password")
                .withMountPath("/password")
                .withReadOnly(true)
                .endVolumeMount()
                .addNewVolumeMount()
                .withName("fast")
                .withMountPath("/fast")
                .endVolumeMount()
                .withNewResources()
                .addToRequests("cpu", new Quantity("250m"))
                .addToRequests("memory", new Quantity("64Mi"))
                .addToLimits("cpu", new Quantity("500m"))
                .addToLimits("memory", new Quantity("128Mi"))
                .endResources()
                .endContainer()
                .endSpec());
        awaitRunning("full");
        assertThat(inside("full", "cat /settings/greeting; cat /one")).isEqualTo("hellohello");
        assertThat(inside("full", "cat /password/value")).isEqualTo("sesame");
        assertThat(inside("full", "echo $PASSWORD")).isEqualTo("sesame");
        assertThat(inside("full", "echo $IP")).isEqualTo(get("full").getStatus().getPodIP());
        assertThat(inside("full", "grep ' /fast ' /proc/mounts")).contains("tmpfs", "size=8192k");
        assertThat(inside("full", "grep ' /password ' /proc/mounts")).contains("tmpfs", "ro");
        assertThat(inside("full", "hostname; tail -1 /etc/hosts"))
                .isEqualTo("full\n" + get("full").getStatus().getPodIP() + "\tfull");
        var cgroup = node.layout().cgroupRoot().replaceFirst("^/", "") + "/kubepods/burstable/pod"
                + get("full").getMetadata().getUid();
        if (!Files.exists(CGROUPS.resolve("cgroup.controllers"))) {
            var group = CGROUPS.resolve("memory")
                    .resolve(cgroup)
                    .resolve(container("full").id());
            assertThat(group.resolve("memory.limit_in_bytes")).hasContent(Long.toString(128 << 20));
            assertThat(CGROUPS.resolve("cpu").resolve(cgroup).resolve("cpu.cfs_quota_us"))
                    .hasContent("50000");
            assertThat(CGROUPS.resolve("cpu")
                            .resolve(cgroup)
                            .resolve(container("full").id())
                            .resolve("cpu.shares"))
                    .hasContent("256");
        }
        assertThat(get("full").getStatus().getQosClass()).isEqualTo("Burstable");
    }

    @Test
    void containerOverItsMemoryIsKilledAndStartsAgain() {
        create(pod("hungry", "x=a; while :; do x=$x$x; done")
                .editSpec()
                .editFirstContainer()
                .withNewResources()
                .addToLimits("memory", new Quantity("16Mi"))
                .endResources()
                .endContainer()
                .endSpec());
        await(
                "hungry",
                "was killed",
                s -> s.getRestartCount() != null
                        && s.getRestartCount() >= 1
                        && s.getLastState().getTerminated() != null);
        var last = status("hungry").getLastState().getTerminated();
        assertThat(last.getExitCode()).isEqualTo(137);
        assertThat(last.getReason()).isEqualTo("OOMKilled");
    }

    @Test
    void crashIsToldWithItsLastWords() {
        create(pod("crash", "echo broken > /dev/termination-log; exit 3"));
        await(
                "crash",
                "backs off",
                s -> s.getState() != null
                        && s.getState().getWaiting() != null
                        && "CrashLoopBackOff".equals(s.getState().getWaiting().getReason()));
        var last = status("crash").getLastState().getTerminated();
        assertThat(last.getExitCode()).isEqualTo(3);
        assertThat(last.getMessage()).isEqualTo("broken\n");
        assertThat(status("crash").getRestartCount()).isEqualTo(1);
    }

    @Test
    void nextAgentAdoptsTheContainers() throws Exception {
        create(pod("kept", IDLE));
        awaitRunning("kept");
        var before = status("kept");
        kubelet.close();
        kubelet = agent();
        RealNode.await(
                "the new agent knows the pod",
                () -> kubelet.pod("default", "kept").isPresent());
        create(pod("after", IDLE));
        awaitRunning("after");
        assertThat(status("kept").getContainerID()).isEqualTo(before.getContainerID());
        assertThat(status("kept").getRestartCount()).isZero();
        assertThat(container("kept").id()).isEqualTo(before.getContainerID().replace("containerd://", ""));
    }

    @Test
    void deafContainerIsKilledAfterItsGrace() {
        create(pod("deaf", "trap '' TERM; while :; do sleep 1; done")
                .editSpec()
                .withTerminationGracePeriodSeconds(3L)
                .endSpec());
        awaitRunning("deaf");
        long begun = System.nanoTime();
        api.client().resource(Pod.class).delete("default", "deaf", DeleteOptions.none());
        RealNode.await(
                "deaf is gone",
                () -> api.client().resource(Pod.class).get("default", "deaf").isEmpty());
        assertThat(Duration.ofNanos(System.nanoTime() - begun)) // and not the usual thirty seconds
                .isBetween(Duration.ofSeconds(3), Duration.ofSeconds(29));
    }

    @Test
    void failedLivenessRestartsTheContainer() {
        create(pod("ill", "touch /tmp/well; " + IDLE)
                .editSpec()
                .editFirstContainer()
                .withNewLivenessProbe()
                .withNewExec()
                .withCommand("cat", "/tmp/well")
                .endExec()
                .withPeriodSeconds(1)
                .withTimeoutSeconds(10)
                .withFailureThreshold(3)
                .endLivenessProbe()
                .endContainer()
                .endSpec());
        awaitRunning("ill");
        inside("ill", "rm /tmp/well");
        await(
                "ill",
                "was restarted",
                s -> s.getRestartCount() == 1 && s.getState().getRunning() != null);
    }
}
