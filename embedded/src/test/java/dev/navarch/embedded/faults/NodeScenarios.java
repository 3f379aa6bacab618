package dev.navarch.embedded.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaim;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Those who look after nodes and what is left of them. */
final class NodeScenarios {
    private NodeScenarios() {}

    static List<Scenario> all() {
        return List.of(silentNode(), taintEviction(), deviceTaints(), blocks(), podGc(), ttl());
    }

    private static String node(String name) {
        return """
                apiVersion: v1
                kind: Node
                metadata: {name: %s}
                status:
                  conditions: [{type: Ready, status: "True", reason: KubeletReady, lastHeartbeatTime: "2026-01-01T00:00:00Z"}]
                ---
                """.formatted(name);
    }

    private static String pod(String name, String node) {
        return """
                apiVersion: v1
                kind: Pod
                metadata: {name: %s}
                spec: {nodeName: %s, containers: [{name: c, image: i}]}
                status: {phase: Running, conditions: [{type: Ready, status: "True"}]}
                ---
                """.formatted(name, node);
    }

    private static boolean isTainted(World world, String node, String taint, String effect) {
        return world.is(
                Node.class,
                node,
                n -> n.getSpec().getTaints().stream()
                        .anyMatch(t -> t.getKey().equals(taint) && t.getEffect().equals(effect)));
    }

    /** Nodes that are alive say so every 10 seconds. */
    private static void renew(World world) {
        boolean back = world.is(
                Node.class,
                "dead",
                n -> n.getStatus().getConditions().stream().anyMatch(c -> "back".equals(c.getMessage())));
        for (var node : back ? List.of("alive", "dead") : List.of("alive")) {
            var now = world.now().truncatedTo(ChronoUnit.SECONDS);
            var renewed = world.admin()
                    .resource(Lease.class)
                    .get("kube-node-lease", node)
                    .map(l -> l.getSpec().getRenewTime().toInstant())
                    .orElse(Instant.EPOCH);
            if (Duration.between(renewed, now).toSeconds() >= 10) {
                world.apply("""
                        apiVersion: coordination.k8s.io/v1
                        kind: Lease
                        metadata: {name: %s, namespace: kube-node-lease}
                        spec: {holderIdentity: %s, leaseDurationSeconds: 40, renewTime: "%s"}
                        """.formatted(node, node, now.toString().replace("Z", ".000000Z")));
            }
        }
    }

    private static Scenario silentNode() {
        return Scenario.of("node-controller")
                .with(NodeScenarios::renew)
                .then(
                        "a silent node is given up, and its pod is not ready",
                        node("alive") + node("dead") + pod("on-alive", "alive") + pod("on-dead", "dead"),
                        w -> isTainted(w, "dead", "node.kubernetes.io/unreachable", "NoExecute")
                                && isTainted(w, "dead", "node.kubernetes.io/unreachable", "NoSchedule")
                                && !isReady(w, "on-dead"))
                .then(
                        "it is back",
                        w -> w.patchStatus(
                                Node.class,
                                "dead",
                                "{\"status\":{\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\",\"message\":\"back\"}]}}"),
                        w -> w.is(
                                Node.class, "dead", n -> n.getSpec().getTaints().isEmpty()))
                .resting(Duration.ofSeconds(3))
                .overlooking(".*kind: Pod,.* name: on-dead.*") // never unready where its node is back so soon
                .always("the one that lives is left alone", w -> {
                    assertThat(w.is(
                                    Node.class,
                                    "alive",
                                    n -> n.getSpec().getTaints().isEmpty()))
                            .isTrue();
                    assertThat(isReady(w, "on-alive")).isTrue();
                });
    }

    private static boolean isReady(World world, String pod) {
        return world.is(
                Pod.class,
                pod,
                p -> p.getStatus().getConditions().stream()
                        .anyMatch(c ->
                                c.getType().equals("Ready") && c.getStatus().equals("True")));
    }

    private static Scenario taintEviction() {
        return Scenario.of("taint-eviction-controller")
                .with(World::endPods)
                .then("two pods", node("n") + pod("strict", "n") + """
                        apiVersion: v1
                        kind: Pod
                        metadata: {name: patient}
                        spec:
                          nodeName: n
                          containers: [{name: c, image: i}]
                          tolerations: [{key: k, operator: Exists, effect: NoExecute, tolerationSeconds: 60}]
                        status: {phase: Running}
                        ---
                        apiVersion: v1
                        kind: Pod
                        metadata: {name: steady}
                        spec:
                          nodeName: n
                          containers: [{name: c, image: i}]
                          tolerations: [{key: k, operator: Exists}]
                        status: {phase: Running}
                        """, w -> true)
                .then(
                        "one goes at once and one a minute later",
                        w -> w.patch(
                                Node.class,
                                "n",
                                "{\"spec\":{\"taints\":[{\"key\":\"k\",\"effect\":\"NoExecute\",\"timeAdded\":\""
                                        + w.now().truncatedTo(ChronoUnit.SECONDS) + "\"}]}}"),
                        w -> w.pods().size() == 1)
                .always(
                        "who tolerates the taint stays",
                        w -> assertThat(w.is(
                                        Pod.class,
                                        "steady",
                                        p -> p.getMetadata().getDeletionTimestamp() == null))
                                .isTrue());
    }

    private static Scenario deviceTaints() {
        return Scenario.of("device-taint-eviction-controller")
                .with(World::endPods)
                .then(
                        "two pods with a device each",
                        node("n") + user("strict", "d0", "") + user("steady", "d1", """
                        , tolerations: [{key: broken, operator: Exists, effect: NoExecute}]"""),
                        NodeScenarios::use)
                .then("the devices break", """
                        apiVersion: resource.k8s.io/v1
                        kind: ResourceSlice
                        metadata: {name: n}
                        spec:
                          driver: gpu.example.com
                          nodeName: n
                          pool: {name: n, generation: 1, resourceSliceCount: 1}
                          devices:
                          - {name: d0, taints: [{key: broken, effect: NoExecute}]}
                          - {name: d1, taints: [{key: broken, effect: NoExecute}]}
                        """, w -> w.pods().size() == 1)
                .always(
                        "who tolerates the taint stays",
                        w -> assertThat(w.is(
                                        Pod.class,
                                        "steady",
                                        p -> p.getMetadata().getDeletionTimestamp() == null))
                                .isTrue());
    }

    private static String user(String name, String device, String more) {
        return """
                apiVersion: resource.k8s.io/v1
                kind: ResourceClaim
                metadata: {name: %1$s, finalizers: [example.com/keep]}
                spec: {devices: {requests: [{name: r, exactly: {deviceClassName: gpu}}]}}
                status:
                  allocation:
                    devices:
                      results: [{request: r, driver: gpu.example.com, pool: n, device: %2$s%3$s}]
                ---
                apiVersion: v1
                kind: Pod
                metadata: {name: %1$s}
                spec:
                  nodeName: n
                  containers: [{name: c, image: i}]
                  resourceClaims: [{name: gpu, resourceClaimName: %1$s}]
                status: {phase: Running}
                ---
                """.formatted(name, device, more);
    }

    /** Returns true: each pod uses its claim from now on. */
    private static boolean use(World world) {
        for (var pod : world.pods()) {
            var name = pod.getMetadata().getName();
            world.patchStatus(ResourceClaim.class, name, """
                    {"status": {"reservedFor": [{"resource": "pods", "name": "%s", "uid": "%s"}]}}""".formatted(
                            name, pod.getMetadata().getUid()));
        }
        return true;
    }

    private static Scenario blocks() {
        return Scenario.of("cidrAllocator")
                .then(
                        "each node gets a block",
                        node("a") + node("b") + node("c"),
                        w -> blocksOf(w).size() == 3)
                .then(
                        "a node's block is given to the next",
                        w -> {
                            w.delete(Node.class, "b");
                            w.apply(node("d"));
                        },
                        w -> blocksOf(w).size() == 3)
                // which block a node gets depends on who came first
                .alwaysOverlooking(".*kind: Node.*")
                .overlooking(".*kind: Node.*")
                .always("no block twice", w -> assertThat(blocksOf(w)).doesNotHaveDuplicates());
    }

    private static List<String> blocksOf(World world) {
        return world.all(Node.class).stream()
                .map(n -> n.getSpec().getPodCIDR())
                .filter(Objects::nonNull)
                .toList();
    }

    private static Scenario podGc() {
        return Scenario.of("pod-garbage-collector-controller")
                .then(
                        "pods of a node that is not there go",
                        node("n") + pod("stays", "n") + pod("orphan", "gone") + pod("another", "gone") + """
                        apiVersion: v1
                        kind: Pod
                        metadata: {name: lost}
                        spec: {nodeName: out, containers: [{name: c, image: i}]}
                        status: {phase: Running}
                        ---
                        apiVersion: v1
                        kind: Node
                        metadata: {name: out}
                        spec: {taints: [{key: node.kubernetes.io/out-of-service, effect: NoExecute}]}
                        """,
                        w -> w.pods().stream()
                                .map(p -> p.getMetadata().getName())
                                .filter(n -> !n.equals("lost"))
                                .toList()
                                .equals(List.of("stays")))
                .then(
                        "those of one out of service go when they are told to",
                        w -> w.delete(Pod.class, "lost"),
                        w -> w.pods().size() == 1)
                .resting(Duration.ofSeconds(60))
                .always(
                        "a pod of a node stays",
                        w -> assertThat(w.find(Pod.class, "stays")).isPresent());
    }

    private static Scenario ttl() {
        return Scenario.of("ttl-controller")
                .then("annotations", node("a") + node("b"), w -> hasTtl(w, "a") && hasTtl(w, "b"))
                .then(
                        "what was taken away comes back",
                        w -> w.patch(
                                Node.class,
                                "a",
                                "{\"metadata\":{\"annotations\":{\"node.alpha.kubernetes.io/ttl\":null}}}"),
                        w -> hasTtl(w, "a"));
    }

    private static boolean hasTtl(World world, String node) {
        return world.is(
                Node.class,
                node,
                n -> "0"
                        .equals((n.getMetadata().getAnnotations() == null
                                        ? Map.<String, String>of()
                                        : n.getMetadata().getAnnotations())
                                .get("node.alpha.kubernetes.io/ttl")));
    }
}
