package dev.navarch.embedded.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.ReplicationController;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;

/** Those who keep pods running. */
final class WorkloadScenarios {
    static final String TEMPLATE = """
              template:
                metadata: {labels: {app: web}}
                spec: {containers: [{name: c, image: "i:1"}]}
            """;

    private static final String NEW_IMAGE =
            "{\"spec\":{\"template\":{\"spec\":{\"containers\":[{\"name\":\"c\",\"image\":\"i:2\"}]}}}}";

    private WorkloadScenarios() {}

    static List<Scenario> all() {
        return List.of(
                replicaSet(),
                replicationController(),
                deployment(),
                daemonSet(),
                statefulSet(),
                disruption(),
                autoscaler());
    }

    static int orZero(Integer value) {
        return value == null ? 0 : value;
    }

    static boolean isActive(Pod pod) {
        return pod.getMetadata().getDeletionTimestamp() == null
                && List.of("Pending", "Running").contains(pod.getStatus().getPhase());
    }

    static long count(World world, Predicate<Pod> which) {
        return world.pods().stream().filter(which).count();
    }

    static boolean isReady(Pod pod) {
        return isActive(pod)
                && pod.getStatus().getConditions().stream()
                        .anyMatch(c ->
                                c.getType().equals("Ready") && c.getStatus().equals("True"));
    }

    private static boolean allOf(World world, String image, int count) {
        var pods = world.pods();
        return pods.size() == count
                && pods.stream()
                        .allMatch(p -> isReady(p)
                                && p.getSpec()
                                        .getContainers()
                                        .getFirst()
                                        .getImage()
                                        .equals(image));
    }

    /** One that was made though the answer was lost is not known until it is seen. */
    private static void atMost(World world, int pods) {
        assertThat(count(world, WorkloadScenarios::isActive)).isLessThanOrEqualTo(pods + world.lost);
    }

    private static Scenario replicaSet() {
        return Scenario.of("replicaset-controller")
                .with(World::losePods)
                .with(World::runPods)
                .then(
                        "three pods",
                        """
                        apiVersion: apps/v1
                        kind: ReplicaSet
                        metadata: {name: web}
                        spec:
                          replicas: 3
                          selector: {matchLabels: {app: web}}
                        """ + TEMPLATE,
                        w -> w.is(
                                ReplicaSet.class,
                                "web",
                                s -> orZero(s.getStatus().getAvailableReplicas()) == 3))
                .then(
                        "one pod",
                        w -> w.patch(ReplicaSet.class, "web", "{\"spec\":{\"replicas\":1}}"),
                        w -> allOf(w, "i:1", 1)
                                && w.is(
                                        ReplicaSet.class,
                                        "web",
                                        s -> s.getStatus().getReplicas() == 1))
                .always("never more pods than asked for", w -> atMost(w, 3));
    }

    private static Scenario replicationController() {
        return Scenario.of("replication-controller")
                .with(World::losePods)
                .with(World::runPods)
                .then(
                        "two pods",
                        """
                        apiVersion: v1
                        kind: ReplicationController
                        metadata: {name: web}
                        spec:
                          replicas: 2
                          selector: {app: web}
                        """ + TEMPLATE,
                        w -> w.is(
                                ReplicationController.class,
                                "web",
                                s -> orZero(s.getStatus().getAvailableReplicas()) == 2))
                .then(
                        "none",
                        w -> w.patch(ReplicationController.class, "web", "{\"spec\":{\"replicas\":0}}"),
                        w -> w.pods().isEmpty()
                                && w.is(
                                        ReplicationController.class,
                                        "web",
                                        s -> s.getStatus().getReplicas() == 0))
                .always("never more pods than asked for", w -> atMost(w, 2));
    }

    private static Scenario deployment() {
        return Scenario.of("deployment-controller")
                .beside("replicaset-controller")
                .with(World::losePods)
                .with(World::runPods)
                .then("three pods", """
                        apiVersion: apps/v1
                        kind: Deployment
                        metadata: {name: web}
                        spec:
                          replicas: 3
                          strategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 1}}
                          selector: {matchLabels: {app: web}}
                        """ + TEMPLATE, w -> isRolledOut(w, "i:1", 3))
                .then("another image", w -> w.patch(Deployment.class, "web", NEW_IMAGE), w -> isRolledOut(w, "i:2", 3))
                .then(
                        "four pods",
                        w -> w.patch(Deployment.class, "web", "{\"spec\":{\"replicas\":4}}"),
                        w -> isRolledOut(w, "i:2", 4))
                .overlooking("deployment.kubernetes.io/(desired|max)-replicas: \\d+")
                .always(
                        "the sets ask for no more than the surge allows",
                        w -> assertThat(w.all(ReplicaSet.class).stream()
                                        .mapToInt(s -> s.getSpec().getReplicas())
                                        .sum())
                                .isLessThanOrEqualTo(5))
                .always(
                        "one set of each template",
                        w -> assertThat(w.all(ReplicaSet.class).size()).isLessThanOrEqualTo(2));
    }

    private static boolean isRolledOut(World world, String image, int replicas) {
        return allOf(world, image, replicas)
                && world.is(Deployment.class, "web", d -> {
                    var status = d.getStatus();
                    return status.getObservedGeneration() != null
                            && status.getObservedGeneration()
                                    .equals(d.getMetadata().getGeneration())
                            && orZero(status.getUpdatedReplicas()) == replicas
                            && orZero(status.getReplicas()) == replicas
                            && orZero(status.getAvailableReplicas()) == replicas;
                });
    }

    /** As their kubelets, which there are none of, would make the node lifecycle controller do. */
    private static void untaint(World world) {
        world.patch(Node.class, "a", "{\"spec\":{\"taints\":null}}");
        world.patch(Node.class, "b", "{\"spec\":{\"taints\":null}}");
    }

    private static Scenario daemonSet() {
        return Scenario.of("daemonset-controller")
                .with(World::losePods)
                .with(World::runPods)
                .then("two nodes", """
                        {apiVersion: v1, kind: Node, metadata: {name: a}}
                        ---
                        {apiVersion: v1, kind: Node, metadata: {name: b}}
                        """, w -> w.all(Node.class).size() == 2)
                .then(
                        "that take pods",
                        WorkloadScenarios::untaint,
                        w -> w.all(Node.class).stream()
                                .allMatch(n -> n.getSpec().getTaints().isEmpty()))
                .then("a pod on each of two nodes", """
                        apiVersion: apps/v1
                        kind: DaemonSet
                        metadata: {name: web}
                        spec:
                          selector: {matchLabels: {app: web}}
                        """ + TEMPLATE, w -> isEverywhere(w, "i:1", 2))
                .then("another image", w -> w.patch(DaemonSet.class, "web", NEW_IMAGE), w -> isEverywhere(w, "i:2", 2))
                .then(
                        "a node less",
                        w -> w.patch(
                                Node.class, "b", "{\"spec\":{\"taints\":[{\"key\":\"k\",\"effect\":\"NoExecute\"}]}}"),
                        w -> isEverywhere(w, "i:2", 1))
                .always("never two on one node", w -> {
                    var nodes = w.pods().stream()
                            .filter(WorkloadScenarios::isActive)
                            .map(World::place)
                            .toList();
                    // Of a lost answer: the pod that is made once more, and another, as the lost one is expected no
                    // longer and
                    // seen all the same, in place of one that is (source: kubernetes
                    // pkg/controller/daemon/daemon_controller.go).
                    assertThat(nodes.size() - nodes.stream().distinct().count()).isLessThanOrEqualTo(2L * w.lost);
                });
    }

    private static boolean isEverywhere(World world, String image, int nodes) {
        return allOf(world, image, nodes)
                && world.is(DaemonSet.class, "web", d -> {
                    var status = d.getStatus();
                    return orZero(status.getUpdatedNumberScheduled()) == nodes
                            && orZero(status.getNumberAvailable()) == nodes
                            && orZero(status.getDesiredNumberScheduled()) == nodes
                            && orZero(status.getNumberMisscheduled()) == 0;
                });
    }

    private static Scenario statefulSet() {
        return Scenario.of("statefulset-controller")
                .with(World::losePods)
                .with(World::runPods)
                .then("two pods and their claims", """
                        apiVersion: apps/v1
                        kind: StatefulSet
                        metadata: {name: web}
                        spec:
                          replicas: 2
                          serviceName: web
                          selector: {matchLabels: {app: web}}
                          persistentVolumeClaimRetentionPolicy: {whenScaled: Delete}
                          volumeClaimTemplates:
                          - metadata: {name: data}
                            spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
                        """ + TEMPLATE, w -> isStateful(w, "i:1", 2))
                .then("another image", w -> w.patch(StatefulSet.class, "web", NEW_IMAGE), w -> isStateful(w, "i:2", 2))
                .then(
                        "one pod",
                        w -> w.patch(StatefulSet.class, "web", "{\"spec\":{\"replicas\":1}}"),
                        w -> isStateful(w, "i:2", 1))
                // a claim whose pod was never made is nobody's when the set shrinks, as upstream's
                .overlooking(".*kind: PersistentVolumeClaim.* name: data-web-1.*")
                .always(
                        "one after the other",
                        w -> assertThat(w.pods().size()
                                        - w.pods().stream()
                                                .filter(WorkloadScenarios::isReady)
                                                .count())
                                .isLessThanOrEqualTo(w.calm ? 1 : 2));
    }

    private static boolean isStateful(World world, String image, int replicas) {
        return allOf(world, image, replicas)
                && world.is(StatefulSet.class, "web", s -> {
                    var status = s.getStatus();
                    return orZero(status.getUpdatedReplicas()) == replicas
                            && orZero(status.getReplicas()) == replicas
                            && orZero(status.getAvailableReplicas()) == replicas
                            && status.getCurrentRevision().equals(status.getUpdateRevision());
                });
    }

    private static Scenario autoscaler() {
        return Scenario.of("horizontal-pod-autoscaler")
                .then(
                        "as many as there must be",
                        """
                        apiVersion: apps/v1
                        kind: Deployment
                        metadata: {name: web}
                        spec:
                          replicas: 1
                          selector: {matchLabels: {app: web}}
                        """ + TEMPLATE + """
                        ---
                        apiVersion: autoscaling/v2
                        kind: HorizontalPodAutoscaler
                        metadata: {name: web}
                        spec:
                          scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
                          minReplicas: 3
                          maxReplicas: 5
                          metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 50}}}]
                        """,
                        w -> w.is(Deployment.class, "web", d -> d.getSpec().getReplicas() == 3))
                .then(
                        "as many as there may be",
                        w -> w.patch(
                                HorizontalPodAutoscaler.class,
                                "web",
                                "{\"spec\":{\"minReplicas\":2,\"maxReplicas\":2}}"),
                        w -> w.is(Deployment.class, "web", d -> d.getSpec().getReplicas() == 2))
                .resting(Duration.ofMinutes(1))
                // only who has just scaled writes how many it wished for, as upstream's
                .alwaysOverlooking(".*kind: HorizontalPodAutoscaler.*")
                .overlooking(".*kind: HorizontalPodAutoscaler.*")
                .always(
                        "never more than ever was allowed",
                        w -> assertThat(w.find(Deployment.class, "web")
                                        .orElseThrow()
                                        .getSpec()
                                        .getReplicas())
                                .isBetween(1, 3));
    }

    private static Scenario disruption() {
        return Scenario.of("controllermanager")
                .beside("replicaset-controller")
                .with(World::runPods)
                .then("one may go", """
                        apiVersion: policy/v1
                        kind: PodDisruptionBudget
                        metadata: {name: web}
                        spec: {maxUnavailable: 1, selector: {matchLabels: {app: web}}}
                        ---
                        apiVersion: apps/v1
                        kind: ReplicaSet
                        metadata: {name: web}
                        spec:
                          replicas: 3
                          selector: {matchLabels: {app: web}}
                        """ + TEMPLATE, w -> allows(w, 1))
                .then(
                        "all are evicted at once and one of them goes",
                        w -> w.pods().forEach(w::evict),
                        w -> w.pods().size() == 3 && allows(w, 1))
                .always("never less than two ready", w -> {
                    if (w.evicted) {
                        assertThat(count(w, WorkloadScenarios::isReady)).isGreaterThanOrEqualTo(2);
                    }
                });
    }

    private static boolean allows(World world, int disruptions) {
        return world.is(
                PodDisruptionBudget.class,
                "web",
                b -> b.getStatus() != null
                        && orZero(b.getStatus().getDisruptionsAllowed()) == disruptions
                        && orZero(b.getStatus().getExpectedPods()) == 3
                        && b.getStatus().getDisruptedPods().isEmpty());
    }
}
