package dev.navarch.conformance.scheduling;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.conformance.Behaviour;
import dev.navarch.conformance.Scenario;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import io.fabric8.kubernetes.api.model.scheduling.v1.PriorityClass;
import io.fabric8.kubernetes.client.dsl.PodResource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Upstream {@code test/e2e/scheduling/preemption.go}. Nodes get a resource that nobody else asks for, so that other
 * behaviours are left alone.
 */
class PreemptionBehaviours {
    private static final String POD = """
        apiVersion: v1
        kind: Pod
        metadata: {name: %s%s}
        spec:
          terminationGracePeriodSeconds: 0
          priorityClassName: %s
          %s
          containers:
          - name: pause
            image: registry.k8s.io/pause:3.10
            resources: {requests: {%5$s: %6$s}, limits: {%5$s: %6$s}}
        """;

    private static PodResource pod(Scenario scenario, String name) {
        return scenario.client().pods().inNamespace(scenario.namespace()).withName(name);
    }

    private static boolean running(Pod pod) {
        return "Running".equals(pod.getStatus().getPhase());
    }

    /** A resource of its own, of which the nodes have so much. */
    private static String resource(Scenario scenario, List<Node> nodes, int amount) {
        var resource = "example.com/" + scenario.unique("r");
        var pointer = resource.replace("/", "~1");
        for (var node : nodes) {
            var status = scenario.client().nodes().withName(node.getMetadata().getName());
            scenario.afterwards(() -> status.subresource("status").patch(Scenario.JSON, """
                [{"op": "remove", "path": "/status/capacity/%1$s"}, {"op": "remove", "path": "/status/allocatable/%1$s"}]
                """.formatted(pointer)));
            status.subresource("status").patch(Scenario.MERGE, """
                {"status": {"capacity": {"%1$s": "%2$d"}, "allocatable": {"%1$s": "%2$d"}}}
                """.formatted(resource, amount));
        }
        return resource;
    }

    private static String priority(Scenario scenario, int value) {
        return scenario.create(PriorityClass.class, """
                apiVersion: scheduling.k8s.io/v1
                kind: PriorityClass
                metadata: {name: %s}
                value: %d
                """.formatted(scenario.unique("p"), value))
                .getMetadata()
                .getName();
    }

    private static List<Node> nodes(Scenario scenario) {
        var nodes = scenario.client().nodes().list().getItems().stream()
                .filter(node -> !Boolean.TRUE.equals(node.getSpec().getUnschedulable()))
                .filter(node -> node.getSpec().getTaints() == null
                        || node.getSpec().getTaints().isEmpty())
                .toList();
        assertThat(nodes).as("upstream's behaviour needs two nodes").hasSizeGreaterThan(1);
        return nodes;
    }

    private static String on(Node node) {
        return "affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms:"
                + " [{matchFields: [{key: metadata.name, operator: In, values: ["
                + node.getMetadata().getName()
                + "]}]}]}}}";
    }

    /** On each node a pod that takes two thirds: on the first a less important one. Returns the resource. */
    private static String occupy(Scenario scenario) {
        var nodes = nodes(scenario);
        var resource = resource(scenario, nodes, 3);
        var low = priority(scenario, 1);
        var medium = priority(scenario, 100);
        for (int i = 0; i < nodes.size(); i++) {
            scenario.create(Pod.class, POD.formatted("pod", i, i == 0 ? low : medium, on(nodes.get(i)), resource, 2));
        }
        for (int i = 0; i < nodes.size(); i++) {
            scenario.awaitOne("pod " + i + " runs", pod(scenario, "pod" + i), PreemptionBehaviours::running);
        }
        return resource;
    }

    private static void onlyTheLeastImportantIsGone(Scenario scenario) {
        var first = pod(scenario, "pod0").get();
        assertThat(first == null || first.getMetadata().getDeletionTimestamp() != null)
                .as("pod0 is preempted")
                .isTrue();
        for (int i = 1; i < nodes(scenario).size(); i++) {
            assertThat(pod(scenario, "pod" + i).get().getMetadata().getDeletionTimestamp())
                    .as("pod" + i)
                    .isNull();
        }
    }

    @Behaviour("[sig-scheduling] SchedulerPreemption [Serial] validates basic preemption works [Conformance]")
    void basic(Scenario scenario) {
        var resource = occupy(scenario);
        var high = priority(scenario, 1000);
        scenario.create(Pod.class, POD.formatted("preemptor-pod", "", high, "", resource, 2));
        scenario.awaitOne("the preemptor runs", pod(scenario, "preemptor-pod"), PreemptionBehaviours::running);
        onlyTheLeastImportantIsGone(scenario);
    }

    @Behaviour("[sig-scheduling] SchedulerPreemption [Serial] validates lower priority pod preemption by critical pod"
            + " [Conformance]")
    void critical(Scenario scenario) {
        var resource = occupy(scenario);
        var name = scenario.unique("critical-pod");
        var critical = scenario.parse(Pod.class, POD.formatted(name, "", "system-cluster-critical", "", resource, 2));
        critical.getMetadata().setNamespace("kube-system");
        var made = scenario.client().pods().inNamespace("kube-system").withName(name);
        scenario.afterwards(() -> made.withGracePeriod(0).delete());
        scenario.create(critical);
        scenario.awaitOne("the critical pod runs", made, PreemptionBehaviours::running);
        onlyTheLeastImportantIsGone(scenario);
    }

    @Behaviour(
            "[sig-scheduling] SchedulerPreemption [Serial] validates pod disruption condition is added to the preempted"
                    + " pod [Conformance]")
    void disruptionCondition(Scenario scenario) {
        var node = nodes(scenario).getFirst();
        var resource = resource(scenario, List.of(node), 1);
        var low = priority(scenario, 1);
        var high = priority(scenario, 1000);
        var victim = scenario.parse(Pod.class, POD.formatted("victim-pod", "", low, on(node), resource, 1));
        victim.getMetadata().setFinalizers(List.of("example.com/test-finalizer"));
        scenario.afterwards(
                () -> pod(scenario, "victim-pod").patch(Scenario.MERGE, "{\"metadata\":{\"finalizers\":null}}"));
        scenario.create(victim);
        scenario.awaitOne("the victim runs", pod(scenario, "victim-pod"), PreemptionBehaviours::running);
        scenario.create(Pod.class, POD.formatted("preemptor-pod", "", high, on(node), resource, 1));
        var preempted = scenario.awaitOne(
                "the victim is being deleted",
                pod(scenario, "victim-pod"),
                pod -> pod.getMetadata().getDeletionTimestamp() != null);
        assertThat(preempted.getStatus().getConditions()).anySatisfy(condition -> {
            assertThat(condition.getType()).isEqualTo("DisruptionTarget");
            assertThat(condition.getStatus()).isEqualTo("True");
            assertThat(condition.getReason()).isEqualTo("PreemptionByScheduler");
        });
    }

    private static void replicaSet(
            Scenario scenario, int number, String priority, Node node, String resource, int amount) {
        scenario.create(ReplicaSet.class, """
            apiVersion: apps/v1
            kind: ReplicaSet
            metadata: {name: rs-pod%1$d}
            spec:
              replicas: 1
              selector: {matchLabels: {name: pod%1$d}}
              template:
                metadata: {labels: {name: pod%1$d}}
                spec:
                  terminationGracePeriodSeconds: 0
                  priorityClassName: %2$s
                  nodeSelector: {kubernetes.io/hostname: %3$s}
                  containers:
                  - name: pause
                    image: registry.k8s.io/pause:3.10
                    resources: {requests: {%4$s: %5$d}, limits: {%4$s: %5$d}}
            """.formatted(
                number, priority, node.getMetadata().getLabels().get("kubernetes.io/hostname"), resource, amount));
        scenario.awaitOne(
                "rs-pod" + number + " is available",
                scenario.client()
                        .apps()
                        .replicaSets()
                        .inNamespace(scenario.namespace())
                        .withName("rs-pod" + number),
                set -> Integer.valueOf(1).equals(set.getStatus().getAvailableReplicas()));
    }

    /** Of 1000 are 950 in use; 500 are wanted, for which the two least important must go, once each. */
    @Behaviour(
            "[sig-scheduling] SchedulerPreemption [Serial] PreemptionExecutionPath runs ReplicaSets to verify preemption"
                    + " running path [Conformance]")
    void runningPath(Scenario scenario) {
        var node = nodes(scenario).getFirst();
        var resource = resource(scenario, List.of(node), 1000);
        int[] amounts = {200, 300, 450};
        for (int i = 0; i < amounts.length; i++) {
            replicaSet(scenario, i + 1, priority(scenario, i + 1), node, resource, amounts[i]);
        }
        var pods = scenario.client().pods().inNamespace(scenario.namespace());
        Set<String> seen = new TreeSet<>();
        pods.list().getItems().forEach(pod -> seen.add(pod.getMetadata().getName()));
        scenario.create(
                Pod.class,
                POD.formatted(
                        "pod4",
                        "",
                        priority(scenario, 4),
                        "nodeSelector: {kubernetes.io/hostname: "
                                + node.getMetadata().getLabels().get("kubernetes.io/hostname") + "}",
                        resource,
                        500));
        scenario.awaitOne(
                "pod4 is scheduled", pod(scenario, "pod4"), pod -> pod.getSpec().getNodeName() != null);
        scenario.await("each of the preempted has one successor", pods, found -> {
            found.forEach(pod -> seen.add(pod.getMetadata().getName()));
            return counts(seen).equals(Map.of("rs-pod1", 2, "rs-pod2", 2, "rs-pod3", 1))
                    && found.stream()
                                    .filter(pod -> pod.getMetadata().getName().startsWith("rs-pod"))
                                    .filter(pod -> pod.getMetadata().getDeletionTimestamp() == null)
                                    .count()
                            == 3;
        });
        // Those that have no room now stay: the scheduler says so of both, and makes none for them.
        var waiting = scenario.await(
                "the successors wait",
                pods,
                found -> found.stream()
                                .filter(PreemptionBehaviours::unschedulable)
                                .count()
                        == 2);
        waiting.forEach(pod -> seen.add(pod.getMetadata().getName()));
        assertThat(counts(seen)).isEqualTo(Map.of("rs-pod1", 2, "rs-pod2", 2, "rs-pod3", 1));
    }

    private static boolean unschedulable(Pod pod) {
        return new ArrayList<>(pod.getStatus().getConditions())
                .stream().anyMatch(condition -> "Unschedulable".equals(condition.getReason()));
    }

    private static Map<String, Integer> counts(Set<String> names) {
        var counts = new HashMap<String, Integer>();
        for (var name : names) {
            if (name.startsWith("rs-pod")) {
                counts.merge(name.substring(0, "rs-pod1".length()), 1, Integer::sum);
            }
        }
        return counts;
    }
}
