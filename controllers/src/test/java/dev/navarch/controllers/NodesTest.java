package dev.navarch.controllers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.client.Patch;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Taint;
import io.fabric8.kubernetes.api.model.Toleration;
import io.fabric8.kubernetes.api.model.TolerationBuilder;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Lost nodes and their pods on a simulated cluster. */
class NodesTest {
    private Instant renewed = Instant.EPOCH;

    private static Pod pod(String name, Toleration... tolerations) {
        return new PodBuilder()
                .withNewMetadata()
                .withNamespace("d")
                .withName(name)
                .endMetadata()
                .withNewSpec()
                .withTolerations(tolerations)
                .endSpec()
                .build();
    }

    /** Renews the lease as the kubelet of a living node does. */
    private void renew(SimulatedCluster cluster, String node) {
        if (Duration.between(renewed, cluster.time.now()).toSeconds() >= 10) {
            renewed = cluster.time.now();
            cluster.api.put(new LeaseBuilder()
                    .withNewMetadata()
                    .withNamespace("kube-node-lease")
                    .withName(node)
                    .endMetadata()
                    .withNewSpec()
                    .withHolderIdentity(node)
                    .withRenewTime(ZonedDateTime.ofInstant(renewed, ZoneOffset.UTC))
                    .endSpec()
                    .build());
        }
    }

    private static String ready(SimulatedCluster cluster, String node) {
        return cluster.get(Node.class, "", node).getStatus().getConditions().stream()
                .filter(c -> c.getType().equals("Ready"))
                .findFirst()
                .orElseThrow()
                .getStatus();
    }

    private static List<String> taints(SimulatedCluster cluster, String node) {
        return cluster.get(Node.class, "", node).getSpec().getTaints().stream()
                .map(t -> t.getKey() + ":" + t.getEffect())
                .toList();
    }

    @Test
    void aSilentNodeBecomesUnknownAfterItsGraceAndItsPodsGo() {
        try (var cluster = new SimulatedCluster(1)) {
            cluster.kubelets = false;
            cluster.api.put(cluster.node("dead"));
            cluster.api.put(cluster.node("alive"));
            cluster.api.put(cluster.ready(pod("strict"), "dead"));
            cluster.api.put(cluster.ready(
                    pod(
                            "patient",
                            new TolerationBuilder()
                                    .withKey("node.kubernetes.io/unreachable")
                                    .withOperator("Exists")
                                    .withEffect("NoExecute")
                                    .withTolerationSeconds(30L)
                                    .build()),
                    "dead"));
            var start = cluster.time.now();
            cluster.until("the node is unknown", () -> {
                renew(cluster, "alive");
                return ready(cluster, "dead").equals("Unknown");
            });
            assertThat(Duration.between(start, cluster.time.now())).isGreaterThan(Duration.ofSeconds(50));
            assertThat(ready(cluster, "alive")).isEqualTo("True");
            cluster.until(
                    "taints",
                    () -> taints(cluster, "dead")
                            .containsAll(List.of(
                                    "node.kubernetes.io/unreachable:NoSchedule",
                                    "node.kubernetes.io/unreachable:NoExecute")));
            cluster.until("unready pods", () -> cluster.all(Pod.class).stream().noneMatch(Pods::isReady));
            cluster.until("the strict one goes", () -> Pods.isDeleting(cluster.get(Pod.class, "d", "strict")));
            assertThat(Pods.isDeleting(cluster.get(Pod.class, "d", "patient"))).isFalse();
            cluster.until("the patient one goes", () -> {
                renew(cluster, "alive");
                return Pods.isDeleting(cluster.get(Pod.class, "d", "patient"));
            });
            cluster.api.put(cluster.node("dead"));
            cluster.until("no taints", () -> taints(cluster, "dead").isEmpty());
        }
    }

    @Test
    void whenAllNodesAreLostNothingIsMoved() {
        try (var cluster = new SimulatedCluster(1)) {
            cluster.kubelets = false;
            cluster.api.put(cluster.node("only"));
            cluster.api.put(cluster.ready(pod("p"), "only"));
            cluster.until("unknown", () -> ready(cluster, "only").equals("Unknown"));
            cluster.until(
                    "a taint", () -> taints(cluster, "only").contains("node.kubernetes.io/unreachable:NoSchedule"));
            cluster.pass(Duration.ofSeconds(20));
            assertThat(taints(cluster, "only")).containsExactly("node.kubernetes.io/unreachable:NoSchedule");
            assertThat(Pods.isDeleting(cluster.get(Pod.class, "d", "p"))).isFalse();
        }
    }

    @Test
    void cordoningTaintsAndForeignTaintsStay() {
        try (var cluster = new SimulatedCluster(1)) {
            var node = cluster.node("n");
            node.getSpec().setTaints(List.of(new Taint("NoSchedule", "mine", null, "v")));
            cluster.api.put(node);
            cluster.api
                    .client()
                    .resource(Node.class)
                    .patch("", "n", Patch.merge("{\"spec\":{\"unschedulable\":true}}"));
            cluster.until(
                    "both",
                    () -> taints(cluster, "n")
                            .equals(List.of("mine:NoSchedule", "node.kubernetes.io/unschedulable:NoSchedule")));
            cluster.api
                    .client()
                    .resource(Node.class)
                    .patch("", "n", Patch.merge("{\"spec\":{\"unschedulable\":null}}"));
            cluster.until("one", () -> taints(cluster, "n").equals(List.of("mine:NoSchedule")));
        }
    }

    @Test
    void podsOfANodeThatIsGoneAreRemovedAfterAQuarantine() {
        try (var cluster = new SimulatedCluster(1)) {
            cluster.kubelets = false;
            cluster.api.put(cluster.ready(pod("p"), "gone"));
            var start = cluster.time.now();
            cluster.until("the pod is removed", () -> !cluster.exists(Pod.class, "d", "p"));
            assertThat(Duration.between(start, cluster.time.now())).isGreaterThanOrEqualTo(Duration.ofSeconds(40));
        }
    }

    private static String block(SimulatedCluster cluster, String node) {
        return cluster.get(Node.class, "", node).getSpec().getPodCIDR();
    }

    private static List<String> blocks(SimulatedCluster cluster, String node) {
        return cluster.get(Node.class, "", node).getSpec().getPodCIDRs();
    }

    @Test
    void eachNodeGetsARangeOfItsOwnAndWaitsWhereNoneIsLeft() {
        try (var cluster = new SimulatedCluster(1)) {
            var knows = cluster.node("knows");
            knows.getSpec().setPodCIDR("10.244.1.0/24");
            cluster.api.put(knows);
            cluster.until("it is there", () -> cluster.exists(Node.class, "", "knows"));
            for (var name : List.of("a", "b", "c")) {
                cluster.api.put(cluster.node(name));
                cluster.until("a range for " + name, () -> block(cluster, name) != null);
            }
            assertThat(List.of(block(cluster, "a"), block(cluster, "b"), block(cluster, "c")))
                    .containsExactlyInAnyOrder("10.244.0.0/24", "10.244.2.0/24", "10.244.3.0/24");
            assertThat(block(cluster, "knows")).isEqualTo("10.244.1.0/24");
            assertThat(Stream.of("a", "b", "c")
                            .map(name -> blocks(cluster, name).size()))
                    .containsOnly(2);
            assertThat(Stream.of("a", "b", "c")
                            .map(name -> blocks(cluster, name).getLast())
                            .toList())
                    .containsExactlyInAnyOrder("fd00:10:244::/64", "fd00:10:244:1::/64", "fd00:10:244:2::/64");
            assertThat(blocks(cluster, "a").getFirst()).isEqualTo(block(cluster, "a"));
            cluster.api.put(cluster.node("late"));
            cluster.until(
                    "it is told that there is none",
                    () -> cluster.all(Event.class).stream()
                            .anyMatch(event -> event.getReason().equals("CIDRNotAvailable")
                                    && event.getMessage().equals("Node late status is now: CIDRNotAvailable")));
            cluster.api.remove(cluster.get(Node.class, "", "b"));
            cluster.until("what another one had", () -> block(cluster, "late") != null);
        }
    }

    private static boolean told(SimulatedCluster cluster, String reason, String message) {
        return cluster.all(Event.class).stream()
                .anyMatch(e -> e.getReason().equals(reason) && e.getMessage().equals(message));
    }

    @Test
    void aPodThatMayStayAfterAllIsToldOf() {
        try (var cluster = new SimulatedCluster(2)) {
            cluster.kubelets = false;
            cluster.api.put(cluster.node("n"));
            var patient = new TolerationBuilder()
                    .withKey("flood")
                    .withOperator("Exists")
                    .withTolerationSeconds(3600L)
                    .build();
            cluster.api.put(cluster.ready(pod("p", patient), "n"));
            cluster.until("a word about it", () -> {
                // whether the taint was seen can't be told, so that it comes and goes until it was
                var now = cluster.get(Node.class, "", "n");
                var flood = new Taint("NoExecute", "flood", cluster.time.now().toString(), "v");
                now.getSpec().setTaints(now.getSpec().getTaints().isEmpty() ? List.of(flood) : List.of());
                cluster.api.put(now);
                return told(cluster, "TaintManagerEviction", "Cancelling deletion of Pod d/p");
            });
        }
    }

    @Test
    void podsOfANodeThatSaysItselfThatItIsNotReadyAreLeftToIt() {
        try (var cluster = new SimulatedCluster(3)) {
            cluster.kubelets = false;
            var node = cluster.node("n");
            node.getStatus().getConditions().getFirst().setStatus("False");
            cluster.api.put(cluster.node("other"));
            cluster.api.put(node);
            cluster.api.put(cluster.ready(pod("p"), "n"));
            cluster.until("a taint", () -> taints(cluster, "n").contains("node.kubernetes.io/not-ready:NoSchedule"));
            assertThat(Pods.isReady(cluster.get(Pod.class, "d", "p"))).isTrue();
        }
    }

    @Test
    void labelsOfOldAreKeptInStepAndNodesThatGoAreToldOf() {
        try (var cluster = new SimulatedCluster(4)) {
            var node = cluster.node("n");
            node.getMetadata().getLabels().put("kubernetes.io/os", "linux");
            node.getMetadata().getLabels().put("kubernetes.io/arch", "arm64");
            node.getMetadata().getLabels().put("beta.kubernetes.io/arch", "amd64");
            cluster.api.put(node);
            cluster.until("both labels", () -> {
                var labels = cluster.get(Node.class, "", "n").getMetadata().getLabels();
                return "linux".equals(labels.get("beta.kubernetes.io/os"))
                        && "arm64".equals(labels.get("beta.kubernetes.io/arch"));
            });
            cluster.api.remove(cluster.get(Node.class, "", "n"));
            cluster.until(
                    "a word about its end",
                    () -> told(cluster, "RemovingNode", "Node n event: Removing Node n from Controller"));
        }
    }
}
