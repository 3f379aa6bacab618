package dev.navarch.controllers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.client.Patch;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Toleration;
import io.fabric8.kubernetes.api.model.apps.ControllerRevision;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.DaemonSetBuilder;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** DaemonSets on a simulated cluster. */
class DaemonSetsTest {
    private static final Map<String, String> LABELS = Map.of("app", "agent");

    private static DaemonSetBuilder set() {
        return new DaemonSetBuilder()
                .withNewMetadata()
                .withNamespace("d")
                .withName("agent")
                .endMetadata()
                .withNewSpec()
                .withNewSelector()
                .withMatchLabels(LABELS)
                .endSelector()
                .withNewUpdateStrategy()
                .withType("RollingUpdate")
                .endUpdateStrategy()
                .withNewTemplate()
                .withNewMetadata()
                .withLabels(LABELS)
                .endMetadata()
                .withNewSpec()
                .addNewContainer()
                .withName("c")
                .withImage("i:1")
                .endContainer()
                .endSpec()
                .endTemplate()
                .endSpec();
    }

    private static void create(SimulatedCluster cluster, DaemonSet set) {
        cluster.api.client().resource(DaemonSet.class).create(set);
    }

    private static SimulatedCluster cluster(long seed, int crashes, String... nodes) {
        var cluster = new SimulatedCluster(seed, crashes);
        for (var name : nodes) {
            cluster.api.put(cluster.node(name));
        }
        return cluster;
    }

    private static Node tainted(Node node, String effect) {
        return new NodeBuilder(node)
                .editSpec()
                .addNewTaint()
                .withKey("k")
                .withEffect(effect)
                .endTaint()
                .endSpec()
                .build();
    }

    private static void setImage(SimulatedCluster cluster, String image) {
        cluster.api
                .client()
                .resource(DaemonSet.class)
                .patch(
                        "d",
                        "agent",
                        Patch.strategic(
                                "{\"spec\":{\"template\":{\"spec\":{\"containers\":[{\"name\":\"c\",\"image\":\""
                                        + image + "\"}]}}}}"));
    }

    private static List<Pod> pods(SimulatedCluster cluster) {
        return cluster.all(Pod.class).stream().filter(Pods::isActive).toList();
    }

    private static Set<String> places(SimulatedCluster cluster) {
        return pods(cluster).stream().map(Pods::nodeName).collect(Collectors.toSet());
    }

    private static Set<String> images(SimulatedCluster cluster) {
        return pods(cluster).stream()
                .map(p -> p.getSpec().getContainers().getFirst().getImage())
                .collect(Collectors.toSet());
    }

    private static Set<String> names(List<Pod> pods) {
        return pods.stream().map(p -> p.getMetadata().getName()).collect(Collectors.toSet());
    }

    private static int number(Integer value) {
        return value == null ? 0 : value;
    }

    /** As kubectl rollout status sees it. */
    private static boolean isRolledOut(SimulatedCluster cluster, int nodes) {
        var set = cluster.get(DaemonSet.class, "d", "agent");
        var status = set.getStatus();
        return status != null
                && status.getObservedGeneration() != null
                && status.getObservedGeneration() >= set.getMetadata().getGeneration()
                && status.getDesiredNumberScheduled() == nodes
                && number(status.getUpdatedNumberScheduled()) == nodes
                && number(status.getNumberAvailable()) == nodes
                && pods(cluster).size() == nodes;
    }

    private static List<ControllerRevision> revisions(SimulatedCluster cluster) {
        return cluster.all(ControllerRevision.class).stream()
                .sorted(Comparator.comparing(ControllerRevision::getRevision))
                .toList();
    }

    @Test
    void eachNodeGetsOnePodThatIsTiedToIt() {
        try (var cluster = cluster(1, 0, "n1", "n2", "n3")) {
            create(cluster, set().build());
            cluster.until("three daemons", () -> isRolledOut(cluster, 3));
            assertThat(places(cluster)).containsExactlyInAnyOrder("n1", "n2", "n3");
            assertThat(cluster.writes("POST /api/v1/namespaces/d/pods")).isEqualTo(3);
            var revision = revisions(cluster).getFirst();
            var hash = revision.getMetadata().getLabels().get("controller-revision-hash");
            assertThat(revision.getMetadata().getName()).isEqualTo("agent-" + hash);
            assertThat(pods(cluster)).allSatisfy(pod -> {
                assertThat(pod.getMetadata().getLabels())
                        .containsEntry("controller-revision-hash", hash)
                        .containsEntry("app", "agent");
                assertThat(pod.getSpec().getTolerations())
                        .extracting(Toleration::getKey)
                        .containsExactly(
                                "node.kubernetes.io/not-ready",
                                "node.kubernetes.io/unreachable",
                                "node.kubernetes.io/disk-pressure",
                                "node.kubernetes.io/memory-pressure",
                                "node.kubernetes.io/pid-pressure",
                                "node.kubernetes.io/unschedulable");
            });
            var status = cluster.get(DaemonSet.class, "d", "agent").getStatus();
            assertThat(status.getCurrentNumberScheduled()).isEqualTo(3);
            assertThat(status.getNumberReady()).isEqualTo(3);
            assertThat(status.getNumberMisscheduled()).isZero();
            assertThat(status.getNumberUnavailable()).isNull();
        }
    }

    @Test
    void nodesThatComeAndChangeAreFollowed() {
        try (var cluster = cluster(2, 0, "n1", "n2")) {
            cluster.api.put(tainted(cluster.node("n3"), "NoSchedule"));
            create(
                    cluster,
                    set().editSpec()
                            .editTemplate()
                            .editSpec()
                            .addToNodeSelector("topology.kubernetes.io/zone", "z")
                            .endSpec()
                            .endTemplate()
                            .endSpec()
                            .build());
            cluster.pass(Duration.ofSeconds(1));
            assertThat(pods(cluster)).isEmpty();
            for (var name : List.of("n1", "n2", "n3", "n4")) {
                var node = name.equals("n4") ? cluster.node(name) : cluster.get(Node.class, "", name);
                cluster.api.put(new NodeBuilder(node)
                        .editMetadata()
                        .addToLabels("topology.kubernetes.io/zone", "z")
                        .endMetadata()
                        .build());
            }
            cluster.until("daemons where they suit", () -> isRolledOut(cluster, 3));
            assertThat(places(cluster)).containsExactlyInAnyOrder("n1", "n2", "n4");
            cluster.api.put(tainted(cluster.get(Node.class, "", "n1"), "NoSchedule"));
            cluster.until(
                    "one where it should not start",
                    () -> cluster.get(DaemonSet.class, "d", "agent").getStatus().getNumberMisscheduled() == 1);
            assertThat(places(cluster)).contains("n1");
            cluster.api.put(tainted(cluster.get(Node.class, "", "n2"), "NoExecute"));
            cluster.until("it is sent away", () -> !places(cluster).contains("n2"));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 3})
    void aRollingUpdateKeepsItsBudget(int crashes) {
        try (var cluster = cluster(3, crashes, "n1", "n2", "n3", "n4", "n5")) {
            create(
                    cluster,
                    set().editSpec()
                            .editUpdateStrategy()
                            .withNewRollingUpdate()
                            .withNewMaxUnavailable("40%")
                            .endRollingUpdate()
                            .endUpdateStrategy()
                            .endSpec()
                            .build());
            cluster.until("daemons", () -> isRolledOut(cluster, 5));
            setImage(cluster, "i:2");
            cluster.until("the new daemons", () -> {
                assertThat(pods(cluster).stream().filter(Pods::isReady)).hasSizeBetween(3, 5);
                assertThat(places(cluster)).as("one of a node").hasSizeBetween(3, 6);
                return isRolledOut(cluster, 5) && images(cluster).equals(Set.of("i:2"));
            });
            assertThat(revisions(cluster))
                    .extracting(ControllerRevision::getRevision)
                    .containsExactly(1L, 2L);
        }
    }

    @Test
    void goingBackRenumbersTheOldRevisionAndRestartsNothingThatIsOfIt() {
        try (var cluster = cluster(4, 0, "n1", "n2", "n3")) {
            create(cluster, set().build());
            cluster.until("daemons", () -> isRolledOut(cluster, 3));
            var before = names(pods(cluster));
            cluster.kubelets = false;
            setImage(cluster, "i:broken");
            cluster.until(
                    "one is replaced",
                    () -> images(cluster).contains("i:broken")
                            || cluster.all(Pod.class).stream().anyMatch(Pods::isDeleting));
            setImage(cluster, "i:1");
            cluster.kubelets = true;
            cluster.until(
                    "all back", () -> isRolledOut(cluster, 3) && images(cluster).equals(Set.of("i:1")));
            assertThat(names(pods(cluster)).stream().filter(before::contains)).hasSize(2);
            assertThat(revisions(cluster))
                    .extracting(ControllerRevision::getRevision)
                    .containsExactly(2L, 3L);
        }
    }

    @Test
    void asSurgeNoNodeIsEverWithout() {
        try (var cluster = cluster(5, 0, "n1", "n2", "n3", "n4")) {
            create(
                    cluster,
                    set().editSpec()
                            .withMinReadySeconds(2)
                            .editUpdateStrategy()
                            .withNewRollingUpdate()
                            .withNewMaxSurge(1)
                            .withNewMaxUnavailable(0)
                            .endRollingUpdate()
                            .endUpdateStrategy()
                            .endSpec()
                            .build());
            cluster.until("daemons", () -> isRolledOut(cluster, 4));
            setImage(cluster, "i:2");
            cluster.until("the new daemons", () -> {
                assertThat(pods(cluster)).hasSizeBetween(4, 5);
                assertThat(pods(cluster).stream()
                                .filter(Pods::isReady)
                                .map(Pods::nodeName)
                                .collect(Collectors.toSet()))
                        .hasSize(4);
                return isRolledOut(cluster, 4) && images(cluster).equals(Set.of("i:2"));
            });
        }
    }

    @Test
    void onDeleteOnlyWhatIsDeletedIsRenewed() {
        try (var cluster = cluster(6, 0, "n1", "n2")) {
            create(
                    cluster,
                    set().editSpec()
                            .editUpdateStrategy()
                            .withType("OnDelete")
                            .endUpdateStrategy()
                            .endSpec()
                            .build());
            cluster.until("daemons", () -> isRolledOut(cluster, 2));
            setImage(cluster, "i:2");
            cluster.pass(Duration.ofSeconds(1));
            assertThat(images(cluster)).containsExactly("i:1");
            cluster.api.remove(pods(cluster).getFirst());
            cluster.until(
                    "one is renewed",
                    () -> pods(cluster).size() == 2 && images(cluster).equals(Set.of("i:1", "i:2")));
            cluster.until(
                    "the status",
                    () -> number(cluster.get(DaemonSet.class, "d", "agent")
                                    .getStatus()
                                    .getUpdatedNumberScheduled())
                            == 1);
        }
    }

    /** Returns the pod that has failed now. */
    private static String fail(SimulatedCluster cluster) {
        var pod = pods(cluster).getFirst();
        cluster.api.put(new PodBuilder(pod)
                .withNewStatus()
                .withPhase("Failed")
                .endStatus()
                .build());
        return pod.getMetadata().getUid();
    }

    private static void awaitAnother(SimulatedCluster cluster, String failed) {
        cluster.until(
                "another",
                () -> isRolledOut(cluster, 1)
                        && pods(cluster).stream()
                                .noneMatch(pod -> pod.getMetadata().getUid().equals(failed)));
    }

    @Test
    void failedPodsAreReplacedLaterEachTime() {
        try (var cluster = cluster(7, 0, "n1")) {
            create(cluster, set().build());
            cluster.until("a daemon", () -> isRolledOut(cluster, 1));
            var since = cluster.time.now();
            awaitAnother(cluster, fail(cluster));
            awaitAnother(cluster, fail(cluster));
            // the second has to wait for a second after the first
            assertThat(Duration.between(since, cluster.time.now())).isGreaterThanOrEqualTo(Duration.ofSeconds(1));
            cluster.until(
                    "the event",
                    () -> cluster.all(Event.class).stream()
                            .anyMatch(e -> e.getReason().equals("FailedDaemonPod")
                                    && e.getMessage()
                                            .matches("Found failed daemon pod d/agent-\\w+ on node n1, "
                                                    + "will try to kill it")));
        }
    }

    @Test
    void oldRevisionsBeyondTheLimitGo() {
        try (var cluster = cluster(8, 0, "n1")) {
            create(
                    cluster,
                    set().editSpec().withRevisionHistoryLimit(2).endSpec().build());
            for (int i = 2; i <= 6; i++) {
                cluster.until("a daemon", () -> isRolledOut(cluster, 1));
                setImage(cluster, "i:" + i);
            }
            cluster.until(
                    "the last", () -> isRolledOut(cluster, 1) && images(cluster).equals(Set.of("i:6")));
            cluster.until("a short history", () -> revisions(cluster).size() == 3);
            assertThat(revisions(cluster))
                    .extracting(ControllerRevision::getRevision)
                    .containsExactly(4L, 5L, 6L);
        }
    }
}
