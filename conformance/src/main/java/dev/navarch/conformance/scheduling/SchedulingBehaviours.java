package dev.navarch.conformance.scheduling;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.conformance.ApiOperations;
import dev.navarch.conformance.Behaviour;
import dev.navarch.conformance.Scenario;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.scheduling.v1.PriorityClass;
import io.fabric8.kubernetes.client.dsl.PodResource;

/** Upstream {@code test/e2e/scheduling}: what needs no cluster to itself. */
class SchedulingBehaviours {
    private static final String POD = """
        apiVersion: v1
        kind: Pod
        metadata: {name: %s}
        spec:
          terminationGracePeriodSeconds: 0
          %s
          containers: [{name: pause, image: registry.k8s.io/pause:3.10, %s}]
        """;

    private static PodResource pod(Scenario scenario, String name) {
        return scenario.client().pods().inNamespace(scenario.namespace()).withName(name);
    }

    private static boolean scheduled(Pod pod) {
        return pod.getStatus().getConditions().stream()
                .anyMatch(
                        c -> c.getType().equals("PodScheduled") && c.getStatus().equals("True"));
    }

    private static void awaitUnschedulable(Scenario scenario, String name) {
        scenario.awaitOne(
                name + " fits nowhere",
                pod(scenario, name),
                p -> p.getStatus().getConditions().stream()
                        .anyMatch(c -> c.getType().equals("PodScheduled")
                                && c.getStatus().equals("False")
                                && "Unschedulable".equals(c.getReason())));
    }

    private static String anyNode(Scenario scenario) {
        scenario.create(Pod.class, POD.formatted("without-label", "", ""));
        return scenario.awaitOne("it is scheduled", pod(scenario, "without-label"), SchedulingBehaviours::scheduled)
                .getSpec()
                .getNodeName();
    }

    /** Fills a node but for a third of what it has of one resource, and asks for half of it. */
    @Behaviour("[sig-scheduling] SchedulerPredicates [Serial] validates resource limits of pods that are allowed to run"
            + " [Conformance]")
    void resourceLimits(Scenario scenario) {
        var name = anyNode(scenario);
        var node = scenario.client().nodes().withName(name);
        long free = freeMillis(scenario, node.get());
        assertThat(free).as("free CPU of " + name).isGreaterThan(10);
        var selector = "nodeSelector: {kubernetes.io/hostname: "
                + node.get().getMetadata().getLabels().get("kubernetes.io/hostname") + "}";
        scenario.create(Pod.class, POD.formatted("filler-pod", selector, cpu(free * 7 / 10)));
        scenario.awaitOne("it is scheduled", pod(scenario, "filler-pod"), SchedulingBehaviours::scheduled);
        scenario.create(Pod.class, POD.formatted("additional-pod", selector, cpu(free / 2)));
        awaitUnschedulable(scenario, "additional-pod");
    }

    private static String cpu(long millis) {
        return "resources: {requests: {cpu: " + millis + "m}, limits: {cpu: " + millis + "m}}";
    }

    private static long freeMillis(Scenario scenario, Node node) {
        long free = millis(node.getStatus().getAllocatable().get("cpu"));
        var pods = scenario.client()
                .pods()
                .inAnyNamespace()
                .withField("spec.nodeName", node.getMetadata().getName())
                .list()
                .getItems();
        for (var pod : pods) {
            for (var container : pod.getSpec().getContainers()) {
                var resources = container.getResources();
                var requests = resources == null ? null : resources.getRequests();
                free -= requests == null || requests.get("cpu") == null ? 0 : millis(requests.get("cpu"));
            }
        }
        return free;
    }

    private static long millis(Quantity quantity) {
        return quantity.getNumericalAmount().movePointRight(3).longValue();
    }

    @Behaviour("[sig-scheduling] SchedulerPredicates [Serial] validates that NodeSelector is respected if not matching"
            + " [Conformance]")
    void selectorWithoutNode(Scenario scenario) {
        scenario.create(Pod.class, POD.formatted("restricted-pod", "nodeSelector: {label: nonempty}", ""));
        awaitUnschedulable(scenario, "restricted-pod");
    }

    @Behaviour("[sig-scheduling] SchedulerPredicates [Serial] validates that NodeSelector is respected if matching"
            + " [Conformance]")
    void selectorWithNode(Scenario scenario) {
        var name = anyNode(scenario);
        var key = "kubernetes.io/" + scenario.unique("e2e");
        var node = scenario.client().nodes().withName(name);
        scenario.afterwards(() -> node.patch(Scenario.MERGE, "{\"metadata\":{\"labels\":{\"" + key + "\":null}}}"));
        node.patch(Scenario.MERGE, "{\"metadata\":{\"labels\":{\"" + key + "\":\"42\"}}}");
        scenario.create(Pod.class, POD.formatted("with-labels", "nodeSelector: {" + key + ": \"42\"}", ""));
        assertThat(scenario.awaitOne("it is scheduled", pod(scenario, "with-labels"), SchedulingBehaviours::scheduled)
                        .getSpec()
                        .getNodeName())
                .isEqualTo(name);
    }

    @Behaviour(
            "[sig-scheduling] SchedulerPredicates [Serial] validates that there exists conflict between pods with same"
                    + " hostPort and protocol but one using 0.0.0.0 hostIP [Conformance]")
    void hostPorts(Scenario scenario) {
        var name = anyNode(scenario);
        var selector = "nodeSelector: {kubernetes.io/hostname: " + name + "}";
        scenario.create(
                Pod.class,
                POD.formatted("pod4", selector, "ports: [{containerPort: 8080, hostPort: 54322, protocol: TCP}]"));
        scenario.awaitOne("it is scheduled", pod(scenario, "pod4"), SchedulingBehaviours::scheduled);
        scenario.create(
                Pod.class,
                POD.formatted(
                        "pod5",
                        selector,
                        "ports: [{containerPort: 8080, hostPort: 54322, protocol: TCP, hostIP: 127.0.0.1}]"));
        awaitUnschedulable(scenario, "pod5");
    }

    @Behaviour(
            "[sig-scheduling] SchedulerPreemption [Serial] PriorityClass endpoints verify PriorityClass endpoints can"
                    + " be operated with different HTTP methods [Conformance]")
    void priorityClass(Scenario scenario) {
        new ApiOperations(scenario, "priorityclasses", false, """
            apiVersion: scheduling.k8s.io/v1
            kind: PriorityClass
            metadata: {name: NAME}
            value: 1
            """).everything();
        var made = scenario.create(PriorityClass.class, """
            apiVersion: scheduling.k8s.io/v1
            kind: PriorityClass
            metadata: {name: %s}
            value: 2
            """.formatted(scenario.unique("p")));
        var refusal = Scenario.refusal(() -> scenario.client()
                .scheduling()
                .v1()
                .priorityClasses()
                .withName(made.getMetadata().getName())
                .patch(Scenario.MERGE, "{\"value\":10}"));
        assertThat(refusal).isNotNull();
        assertThat(refusal.getStatus().getReason()).isEqualTo("Invalid");
        assertThat(refusal.getMessage()).contains("may not be changed in an update");
    }
}
