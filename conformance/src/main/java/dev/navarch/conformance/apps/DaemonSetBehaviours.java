package dev.navarch.conformance.apps;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.conformance.Behaviour;
import dev.navarch.conformance.Scenario;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Upstream {@code test/e2e/apps/daemon_set.go}. The sets are for the nodes that run pods when a behaviour begins. */
class DaemonSetBehaviours {
    private static final String DAEMON_SET = """
        apiVersion: apps/v1
        kind: DaemonSet
        metadata: {name: daemon-set, labels: {ds: %5$s}}
        spec:
          selector: {matchLabels: {daemonset-name: daemon-set}}
          updateStrategy: {type: %1$s}
          template:
            metadata: {labels: {daemonset-name: daemon-set}}
            spec:
              terminationGracePeriodSeconds: 0
              %2$s
              affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [
                {matchExpressions: [{key: kubernetes.io/hostname, operator: In, values: [%3$s]}]}]}}}
              containers: [{name: app, image: "%4$s"}]
        """;

    private static Set<String> readyNodes(Scenario scenario) {
        var nodes = scenario.client().nodes().list().getItems().stream()
                .filter(DaemonSetBehaviours::runsPods)
                .map(node -> node.getMetadata().getLabels().get("kubernetes.io/hostname"))
                .collect(Collectors.toSet());
        assertThat(nodes).isNotEmpty();
        return nodes;
    }

    private static boolean runsPods(Node node) {
        return !Boolean.TRUE.equals(node.getSpec().getUnschedulable())
                && (node.getSpec().getTaints() == null
                        || node.getSpec().getTaints().isEmpty())
                && node.getMetadata().getLabels().containsKey("kubernetes.io/hostname")
                && node.getStatus().getConditions() != null
                && node.getStatus().getConditions().stream()
                        .anyMatch(c ->
                                c.getType().equals("Ready") && c.getStatus().equals("True"));
    }

    private static void create(Scenario scenario, Set<String> nodes, String strategy, String more) {
        scenario.create(
                DaemonSet.class,
                DAEMON_SET.formatted(strategy, more, String.join(", ", nodes), "httpd:1", scenario.namespace()));
    }

    private static Resource<DaemonSet> daemonSet(Scenario scenario) {
        return scenario.client()
                .apps()
                .daemonSets()
                .inNamespace(scenario.namespace())
                .withName("daemon-set");
    }

    private static boolean alive(Pod pod) {
        return pod.getMetadata().getDeletionTimestamp() == null
                && !"Failed".equals(pod.getStatus().getPhase());
    }

    /** Waits until each node has one available pod, and nothing else is alive. */
    private static List<Pod> awaitPods(Scenario scenario, Set<String> nodes) {
        scenario.awaitOne(
                "a ready daemon on each of " + nodes,
                daemonSet(scenario),
                set -> set.getStatus() != null
                        && set.getMetadata()
                                .getGeneration()
                                .equals(set.getStatus().getObservedGeneration())
                        && set.getStatus().getDesiredNumberScheduled() == nodes.size()
                        && number(set.getStatus().getNumberAvailable()) == nodes.size());
        return scenario.await(
                "pods on " + nodes,
                scenario.client().pods().inNamespace(scenario.namespace()),
                pods -> pods.stream().allMatch(DaemonSetBehaviours::alive)
                        && pods.size() == nodes.size()
                        && pods.stream()
                                .map(pod -> pod.getSpec().getNodeName())
                                .collect(Collectors.toSet())
                                .equals(nodes));
    }

    private static int number(Integer value) {
        return value == null ? 0 : value;
    }

    @Behaviour("[sig-apps] Daemon set [Serial] should run and stop simple daemon [Conformance]")
    void simple(Scenario scenario) {
        var nodes = readyNodes(scenario);
        create(scenario, nodes, "OnDelete", "");
        var first = awaitPods(scenario, nodes).getFirst();
        scenario.client().resource(first).delete();
        scenario.awaitGone(
                "the pod",
                scenario.client()
                        .pods()
                        .inNamespace(scenario.namespace())
                        .withName(first.getMetadata().getName()));
        awaitPods(scenario, nodes);
    }

    private static void label(Scenario scenario, String node, String key, String value) {
        scenario.client()
                .nodes()
                .withName(node)
                .patch(
                        Scenario.MERGE,
                        "{\"metadata\":{\"labels\":{\"" + key + "\":" + (value == null ? "null" : "\"" + value + "\"")
                                + "}}}");
    }

    @Behaviour("[sig-apps] Daemon set [Serial] should run and stop complex daemon [Conformance]")
    void complex(Scenario scenario) {
        var key = scenario.unique("daemonset-color");
        var nodes = readyNodes(scenario);
        var node = nodes.iterator().next();
        scenario.afterwards(() -> label(scenario, node, key, null));
        create(scenario, nodes, "OnDelete", "nodeSelector: {" + key + ": blue}");
        awaitPods(scenario, Set.of());
        label(scenario, node, key, "blue");
        awaitPods(scenario, Set.of(node));
        label(scenario, node, key, "green");
        awaitPods(scenario, Set.of());
        daemonSet(scenario)
                .patch(
                        Scenario.MERGE,
                        "{\"spec\":{\"updateStrategy\":{\"type\":\"RollingUpdate\"},\"template\":{\"spec\":{\"nodeSelector\":{\""
                                + key + "\":\"green\"}}}}}");
        awaitPods(scenario, Set.of(node));
    }

    @Behaviour("[sig-apps] Daemon set [Serial] should retry creating failed daemon pods [Conformance]")
    void failed(Scenario scenario) {
        var nodes = readyNodes(scenario);
        create(scenario, nodes, "OnDelete", "");
        var pod = awaitPods(scenario, nodes).getFirst();
        var pods = scenario.client().pods().inNamespace(scenario.namespace());
        pods.withName(pod.getMetadata().getName())
                .subresource("status")
                .patch(Scenario.MERGE, "{\"status\":{\"phase\":\"Failed\"}}");
        scenario.awaitGone("the failed pod", pods.withName(pod.getMetadata().getName()));
        awaitPods(scenario, nodes);
    }

    private static void awaitImage(Scenario scenario, String image, Set<String> nodes) {
        scenario.await(
                image + " on " + nodes,
                scenario.client().pods().inNamespace(scenario.namespace()),
                pods -> pods.stream()
                                .filter(DaemonSetBehaviours::alive)
                                .filter(pod -> pod.getSpec()
                                        .getContainers()
                                        .getFirst()
                                        .getImage()
                                        .equals(image))
                                .map(pod -> pod.getSpec().getNodeName())
                                .collect(Collectors.toSet())
                                .equals(nodes)
                        && pods.stream().filter(DaemonSetBehaviours::alive).count() == nodes.size());
    }

    private static void image(Scenario scenario, String image) {
        daemonSet(scenario)
                .patch(
                        Scenario.STRATEGIC,
                        "{\"spec\":{\"template\":{\"spec\":{\"containers\":[{\"name\":\"app\",\"image\":\"" + image
                                + "\"}]}}}}");
    }

    @Behaviour("[sig-apps] Daemon set [Serial] should update pod when spec was updated and update strategy is"
            + " RollingUpdate [Conformance]")
    void rollingUpdate(Scenario scenario) {
        var nodes = readyNodes(scenario);
        create(scenario, nodes, "RollingUpdate", "");
        awaitPods(scenario, nodes);
        var before = revisions(scenario);
        image(scenario, "agnhost:2");
        awaitImage(scenario, "agnhost:2", nodes);
        awaitPods(scenario, nodes);
        assertThat(revisions(scenario)).hasSize(2).containsAll(before);
    }

    private static List<String> revisions(Scenario scenario) {
        return scenario
                .client()
                .apps()
                .controllerRevisions()
                .inNamespace(scenario.namespace())
                .list()
                .getItems()
                .stream()
                .map(revision -> revision.getMetadata().getName())
                .toList();
    }

    @Behaviour("[sig-apps] Daemon set [Serial] should list and delete a collection of DaemonSets [Conformance]")
    void collection(Scenario scenario) {
        var nodes = readyNodes(scenario);
        create(scenario, nodes, "OnDelete", "");
        awaitPods(scenario, nodes);
        var labelled = scenario.client().apps().daemonSets().inAnyNamespace().withLabel("ds", scenario.namespace());
        assertThat(labelled.list().getItems()).hasSize(1);
        scenario.http()
                .delete("/apis/apps/v1/namespaces/" + scenario.namespace() + "/daemonsets?labelSelector=ds%3D"
                        + scenario.namespace())
                .ok();
        scenario.awaitGone("the daemon set", labelled);
    }

    @Behaviour("[sig-apps] Daemon set [Serial] should verify changes to a daemon set status [Conformance]")
    void status(Scenario scenario) {
        var nodes = readyNodes(scenario);
        create(scenario, nodes, "OnDelete", "");
        awaitPods(scenario, nodes);
        var path = "/apis/apps/v1/namespaces/" + scenario.namespace() + "/daemonsets/daemon-set/status";
        assertThat(scenario.http()
                        .get(path)
                        .ok()
                        .as(DaemonSet.class)
                        .getMetadata()
                        .getName())
                .isEqualTo("daemon-set");
        new StatusConditions<>(scenario, DaemonSet.class, daemonSet(scenario)).updateAndPatch();
    }

    /** Pods by whether they have an image. */
    private static Map<Boolean, List<Pod>> byImage(List<Pod> pods, String image) {
        return pods.stream()
                .filter(DaemonSetBehaviours::alive)
                .collect(Collectors.partitioningBy(pod ->
                        pod.getSpec().getContainers().getFirst().getImage().equals(image)));
    }

    /** Upstream's bad image is one that nobody has; here its pods have a gate that nobody opens too. */
    @Behaviour("[sig-apps] Daemon set [Serial] should rollback without unnecessary restarts [Conformance]")
    void rollback(Scenario scenario) {
        var nodes = readyNodes(scenario);
        assertThat(nodes).as("a rollback in the middle needs several nodes").hasSizeGreaterThan(1);
        create(scenario, nodes, "RollingUpdate", "");
        awaitPods(scenario, nodes);
        var pods = scenario.client().pods().inNamespace(scenario.namespace());
        daemonSet(scenario)
                .patch(
                        Scenario.STRATEGIC,
                        "{\"spec\":{\"template\":{\"spec\":{\"readinessGates\":[{\"conditionType\":\"e2e.example.com/never\"}],"
                                + "\"containers\":[{\"name\":\"app\",\"image\":\"foo:non-existent\"}]}}}}");
        scenario.await("the rollout is in its middle", pods, found -> {
            var bad = byImage(found, "foo:non-existent");
            return bad.get(true).size() == 1 && bad.get(false).size() == nodes.size() - 1;
        });
        var untouched = byImage(pods.list().getItems(), "httpd:1").get(true).stream()
                .map(pod -> pod.getMetadata().getUid())
                .toList();
        assertThat(untouched).hasSize(nodes.size() - 1);
        daemonSet(scenario)
                .patch(
                        Scenario.STRATEGIC,
                        "{\"spec\":{\"template\":{\"spec\":{\"readinessGates\":null,"
                                + "\"containers\":[{\"name\":\"app\",\"image\":\"httpd:1\"}]}}}}");
        awaitImage(scenario, "httpd:1", nodes);
        assertThat(awaitPods(scenario, nodes))
                .extracting(pod -> pod.getMetadata().getUid())
                .containsAll(untouched);
        assertThat(pods.list().getItems())
                .allSatisfy(pod -> assertThat(pod.getStatus().getContainerStatuses())
                        .allSatisfy(container ->
                                assertThat(container.getRestartCount()).isZero()));
    }
}
