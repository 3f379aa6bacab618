package dev.navarch.embedded;

import static dev.navarch.embedded.Workloads.admin;
import static dev.navarch.embedded.Workloads.deployment;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.client.ListQuery;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What happens to nodes and pods; each test in a fork of one cluster. */
class MishapsTest {
    private static EmbeddedCluster base;
    private EmbeddedCluster cluster;

    @BeforeAll
    static void start() {
        base = EmbeddedCluster.builder()
                .startsAt(Instant.parse("2026-03-01T12:00:00Z"))
                .nodes(2)
                .paused()
                .seed(3)
                .start();
        admin(base).resource(Deployment.class).create(deployment("web", 2));
        base.awaitIdle();
        base.clock().advance(Duration.ofSeconds(5));
    }

    @AfterAll
    static void close() {
        base.close();
    }

    @BeforeEach
    void fork() {
        cluster = base.fork();
    }

    @AfterEach
    void closeFork() {
        cluster.close();
    }

    private List<Pod> pods() {
        return admin(cluster)
                .resource(Pod.class)
                .list(ListQuery.inNamespace("default"))
                .items();
    }

    private ContainerStatus container(String pod) {
        return admin(cluster)
                .resource(Pod.class)
                .get("default", pod)
                .orElseThrow()
                .getStatus()
                .getContainerStatuses()
                .getFirst();
    }

    private String ready(String node) {
        return admin(cluster).resource(Node.class).get("", node).orElseThrow().getStatus().getConditions().stream()
                .filter(condition -> condition.getType().equals("Ready"))
                .findFirst()
                .orElseThrow()
                .getStatus();
    }

    private int readyReplicas() {
        var ready = admin(cluster)
                .resource(Deployment.class)
                .get("default", "web")
                .orElseThrow()
                .getStatus()
                .getReadyReplicas();
        return ready == null ? 0 : ready;
    }

    @Test
    void theWorkOfANodeThatDiesGoesElsewhere() {
        cluster.node("node-1").kill();
        cluster.clock().advance(Duration.ofMinutes(2));
        assertThat(ready("node-1")).isEqualTo("Unknown");
        cluster.clock().advance(Duration.ofMinutes(6));
        assertThat(readyReplicas()).isEqualTo(2);
        assertThat(pods())
                .filteredOn(pod -> pod.getMetadata().getDeletionTimestamp() == null)
                .extracting(pod -> pod.getSpec().getNodeName())
                .containsOnly("node-2");
        cluster.node("node-1").start();
        cluster.clock().advance(Duration.ofMinutes(2));
        assertThat(ready("node-1")).isEqualTo("True");
        assertThat(pods()).hasSize(2);
    }

    @Test
    void aNodeThatIsCutOffComesBackWithItsPods() {
        var before = pods().stream().map(pod -> pod.getMetadata().getUid()).toList();
        cluster.node("node-1").cutOff();
        cluster.clock().advance(Duration.ofMinutes(2));
        assertThat(ready("node-1")).isEqualTo("Unknown");
        cluster.node("node-1").heal();
        cluster.clock().advance(Duration.ofMinutes(2));
        assertThat(ready("node-1")).isEqualTo("True");
        assertThat(readyReplicas()).isEqualTo(2);
        assertThat(pods()).extracting(pod -> pod.getMetadata().getUid()).isEqualTo(before);
        assertThat(pods())
                .allMatch(pod -> container(pod.getMetadata().getName()).getRestartCount() == 0);
    }

    private Pod run(String name) {
        return admin(cluster)
                .resource(Pod.class)
                .create(new PodBuilder()
                        .withNewMetadata()
                        .withNamespace("default")
                        .withName(name)
                        .endMetadata()
                        .withNewSpec()
                        .withRestartPolicy("Never")
                        .addNewContainer()
                        .withName("c")
                        .withImage("busybox:1")
                        .endContainer()
                        .endSpec()
                        .build());
    }

    private void failsByWhatIsThrown(String pod, String thrown) {
        run(pod);
        cluster.clock().advance(Duration.ofMinutes(1));
        var ended = container(pod).getState().getTerminated();
        assertThat(ended.getExitCode()).isEqualTo(1);
        assertThat(ended.getMessage()).startsWith(thrown);
    }

    @Test
    void aContainerFailsIfWhatItWasToldToDoThrows() {
        cluster.whenPodStarts(start -> start.pod().equals("at-once")).thenRun(() -> {
            throw new AssertionError("not so");
        });
        failsByWhatIsThrown("at-once", "java.lang.AssertionError: not so");
        cluster.whenPodStarts(start -> start.pod().equals("later"))
                .thenWait(Duration.ofSeconds(5))
                .thenRun(() -> {
                    throw new IllegalStateException("no such luck");
                });
        failsByWhatIsThrown("later", "java.lang.IllegalStateException: no such luck");
    }

    @Test
    void aContainerThatTurnsTheClockFailsAtOnce() {
        cluster.whenPodStarts(start -> start.pod().equals("hurried"))
                .thenRun(() -> cluster.clock().advance(Duration.ofSeconds(1)));
        failsByWhatIsThrown("hurried", "java.lang.IllegalStateException: the cluster can't wait for itself");
    }

    @Test
    void aContainerThatCannotBeLookedAtDoesNotStart() {
        cluster.whenPodStarts(start -> {
            throw new IllegalStateException("no such luck");
        });
        run("unseen");
        cluster.clock().advance(Duration.ofMinutes(1));
        var ended = container("unseen").getState().getTerminated();
        assertThat(ended.getMessage())
                .isEqualTo("the test's whenPodStarts threw java.lang.IllegalStateException: no such luck");
    }

    @Test
    void whatAScriptCannotSayIsRefused() {
        var script = cluster.whenPodStarts(_ -> false);
        assertThatThrownBy(() -> script.thenExitWith(256))
                .hasMessage("a container can't exit with 256: codes are 0 to 255");
        assertThatThrownBy(() -> script.thenWait(Duration.ofSeconds(-1)))
                .hasMessage("a container can't wait for PT-1S");
        assertThatThrownBy(() -> script.onPort(0, (_, _) -> {})).hasMessage("a container can't listen at port 0");
    }

    @Test
    void containersFailAndAreStartedAgain() {
        var name = pods().getFirst().getMetadata().getName();
        cluster.pod("default", name).fail(3);
        cluster.awaitIdle();
        assertThat(container(name).getLastState().getTerminated().getExitCode()).isEqualTo(3);
        cluster.pod("default", name).outOfMemory();
        cluster.clock().advance(Duration.ofSeconds(30));
        var last = container(name).getLastState().getTerminated();
        assertThat(last.getReason()).isEqualTo("OOMKilled");
        assertThat(last.getExitCode()).isEqualTo(137);
        assertThat(container(name).getRestartCount()).isEqualTo(2);
    }

    @Test
    void aContainerThatHangsIsStartedAgainByItsLivenessProbe() {
        cluster.apply("""
                apiVersion: v1
                kind: Pod
                metadata: {name: probed}
                spec:
                  containers:
                  - name: c
                    image: busybox:1
                    livenessProbe: {exec: {command: [check]}, periodSeconds: 10, failureThreshold: 2}
                """);
        cluster.clock().advance(Duration.ofMinutes(1));
        assertThat(container("probed").getRestartCount()).isZero();
        cluster.pod("default", "probed").hang();
        cluster.clock().advance(Duration.ofMinutes(2));
        assertThat(container("probed").getRestartCount()).isEqualTo(1);
        assertThat(container("probed").getReady()).isTrue();
        assertThat(cluster.recentEvents("default")).contains("Container c failed liveness probe, will be restarted");
    }

    @Test
    void podsBecomeUnreadyAndReadyAgain() {
        var name = pods().getFirst().getMetadata().getName();
        cluster.pod("default", name).unready();
        cluster.awaitIdle();
        cluster.clock().advance(Duration.ofSeconds(5));
        assertThat(readyReplicas()).isEqualTo(1);
        cluster.pod("default", name).ready();
        cluster.awaitIdle();
        cluster.clock().advance(Duration.ofSeconds(5));
        assertThat(readyReplicas()).isEqualTo(2);
    }

    @Test
    void podsAreEvictedUnlessABudgetForbids() {
        var name = pods().getFirst().getMetadata().getName();
        cluster.apply("""
                apiVersion: policy/v1
                kind: PodDisruptionBudget
                metadata: {name: web}
                spec: {minAvailable: 2, selector: {matchLabels: {app: web}}}
                """);
        cluster.clock().advance(Duration.ofSeconds(5));
        assertThatThrownBy(() -> cluster.pod("default", name).evict())
                .isInstanceOf(EmbeddedClusterException.class)
                .hasMessageContaining("Cannot evict pod as it would violate the pod's disruption budget.");
        admin(cluster).raw("DELETE", "/apis/policy/v1/namespaces/default/poddisruptionbudgets/web", null);
        cluster.pod("default", name).evict();
        cluster.clock().advance(Duration.ofMinutes(1));
        assertThat(pods())
                .hasSize(2)
                .noneMatch(pod -> pod.getMetadata().getName().equals(name));
    }

    @Test
    void aLeaderLosesItsLease() {
        cluster.apply("""
                apiVersion: coordination.k8s.io/v1
                kind: Lease
                metadata: {name: operator}
                spec: {holderIdentity: me, leaseDurationSeconds: 15, leaseTransitions: 4}
                """);
        cluster.loseLeadership("default", "operator");
        var spec = admin(cluster)
                .resource(Lease.class)
                .get("default", "operator")
                .orElseThrow()
                .getSpec();
        assertThat(spec.getHolderIdentity()).isEqualTo("somebody-else");
        assertThat(spec.getLeaseTransitions()).isEqualTo(5);
    }

    @Test
    void podsDoWhatTheyAreTold() {
        var runs = new AtomicInteger();
        cluster.whenPodStarts(start -> start.pod().equals("batch"))
                .thenUnready()
                .thenLog("one\ntwo")
                .thenRun(runs::incrementAndGet)
                .thenWait(Duration.ofMinutes(3))
                .thenReady()
                .thenWait(Duration.ofMinutes(3))
                .thenExitWith(5);
        cluster.apply("""
                apiVersion: v1
                kind: Pod
                metadata: {name: batch}
                spec: {restartPolicy: Never, containers: [{name: c, image: "busybox:1"}]}
                """);
        cluster.awaitIdle();
        cluster.clock().advance(Duration.ofMinutes(2));
        assertThat(container("batch").getReady()).isFalse();
        // a fork goes on in the middle of it
        try (var fork = cluster.fork()) {
            fork.clock().advance(Duration.ofMinutes(2));
            assertThat(fork.object("v1", "Pod", "default", "batch")
                            .orElseThrow()
                            .condition("Ready"))
                    .contains("True");
            fork.clock().advance(Duration.ofMinutes(3));
            assertThat(fork.object("v1", "Pod", "default", "batch")
                            .orElseThrow()
                            .at("status", "phase"))
                    .contains("Failed");
        }
        assertThat(runs).hasValue(1);
        assertThat(container("batch").getState().getRunning()).isNotNull();
    }

    @Test
    void aServiceIsReachedAtALocalPort() throws Exception {
        cluster.whenPodStarts(start -> "api".equals(start.labels().get("app"))).onPort(8080, (in, out) -> {
            var asked = new String(in.readNBytes(4), StandardCharsets.US_ASCII);
            out.write((asked + " pong").getBytes(StandardCharsets.US_ASCII));
        });
        admin(cluster).resource(Deployment.class).create(deployment("api", 2));
        cluster.apply("""
                apiVersion: v1
                kind: Service
                metadata: {name: api}
                spec: {selector: {app: api}, ports: [{port: 80, targetPort: 8080}]}
                """);
        cluster.clock().advance(Duration.ofSeconds(10));
        InetSocketAddress local = cluster.localPort("default", "api", 80);
        try (var socket = new Socket(local.getAddress(), local.getPort())) {
            socket.getOutputStream().write("ping".getBytes(StandardCharsets.US_ASCII));
            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
                    .isEqualTo("ping pong");
        }
    }
}
