package dev.navarch.controllers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.client.ControllerRef;
import dev.navarch.client.Patch;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.apps.ControllerRevision;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.apps.StatefulSetBuilder;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** StatefulSets on a simulated cluster. */
class StatefulSetsTest {
    private static final Map<String, String> LABELS = Map.of("app", "db");

    private static StatefulSetBuilder set(int replicas) {
        return new StatefulSetBuilder()
                .withNewMetadata()
                .withNamespace("d")
                .withName("db")
                .endMetadata()
                .withNewSpec()
                .withReplicas(replicas)
                .withServiceName("peers")
                .withNewSelector()
                .withMatchLabels(LABELS)
                .endSelector()
                .withNewUpdateStrategy()
                .withType("RollingUpdate")
                .withNewRollingUpdate()
                .withPartition(0)
                .endRollingUpdate()
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

    private static StatefulSetBuilder withClaims(StatefulSetBuilder set, String whenDeleted, String whenScaled) {
        return set.editSpec()
                .withNewPersistentVolumeClaimRetentionPolicy(whenDeleted, whenScaled)
                .addNewVolumeClaimTemplate()
                .withNewMetadata()
                .withName("data")
                .endMetadata()
                .withNewSpec()
                .withAccessModes("ReadWriteOnce")
                .endSpec()
                .endVolumeClaimTemplate()
                .endSpec();
    }

    private static void create(SimulatedCluster cluster, StatefulSet set) {
        cluster.api.client().resource(StatefulSet.class).create(set);
    }

    private static void patch(SimulatedCluster cluster, String spec) {
        cluster.api.client().resource(StatefulSet.class).patch("d", "db", Patch.strategic("{\"spec\":{" + spec + "}}"));
    }

    private static void setImage(SimulatedCluster cluster, String image) {
        patch(cluster, "\"template\":{\"spec\":{\"containers\":[{\"name\":\"c\",\"image\":\"" + image + "\"}]}}");
    }

    private static List<Pod> pods(SimulatedCluster cluster) {
        return cluster.all(Pod.class).stream()
                .sorted(Comparator.comparing(p -> p.getMetadata().getName()))
                .toList();
    }

    private static List<String> names(SimulatedCluster cluster) {
        return pods(cluster).stream().map(p -> p.getMetadata().getName()).toList();
    }

    private static List<String> images(SimulatedCluster cluster) {
        return pods(cluster).stream()
                .map(p -> p.getSpec().getContainers().getFirst().getImage())
                .toList();
    }

    private static int number(Integer value) {
        return value == null ? 0 : value;
    }

    private static boolean isSettled(SimulatedCluster cluster, int replicas) {
        var set = cluster.get(StatefulSet.class, "d", "db");
        var status = set.getStatus();
        return status != null
                && status.getObservedGeneration() != null
                && status.getObservedGeneration() >= set.getMetadata().getGeneration()
                && number(status.getReplicas()) == replicas
                && number(status.getAvailableReplicas()) == replicas
                && pods(cluster).size() == replicas
                && pods(cluster).stream().noneMatch(Pods::isDeleting);
    }

    private static boolean isRolledOut(SimulatedCluster cluster, int replicas) {
        var status = cluster.get(StatefulSet.class, "d", "db").getStatus();
        return isSettled(cluster, replicas)
                && number(status.getUpdatedReplicas()) == replicas
                && status.getUpdateRevision().equals(status.getCurrentRevision());
    }

    @Test
    void podsComeInOrderEachAfterTheOneBeforeIsReady() {
        try (var cluster = new SimulatedCluster(1)) {
            create(cluster, set(3).build());
            cluster.until("three pods", () -> {
                var pods = pods(cluster);
                assertThat(pods.stream()
                                .map(pod -> pod.getMetadata().getName())
                                .sorted()
                                .toList())
                        .isEqualTo(IntStream.range(0, pods.size())
                                .mapToObj(i -> "db-" + i)
                                .toList());
                assertThat(pods.stream().filter(p -> !Pods.isReady(p))).hasSizeLessThan(2);
                return isRolledOut(cluster, 3);
            });
            var pod = pods(cluster).get(1);
            var status = cluster.get(StatefulSet.class, "d", "db").getStatus();
            assertThat(pod.getMetadata().getLabels())
                    .containsEntry("statefulset.kubernetes.io/pod-name", "db-1")
                    .containsEntry("apps.kubernetes.io/pod-index", "1")
                    .containsEntry("controller-revision-hash", status.getCurrentRevision());
            assertThat(pod.getSpec().getHostname()).isEqualTo("db-1");
            assertThat(pod.getSpec().getSubdomain()).isEqualTo("peers");
            assertThat(status.getCurrentReplicas()).isEqualTo(3);
            assertThat(status.getReadyReplicas()).isEqualTo(3);
            assertThat(status.getCollisionCount()).isZero();
            cluster.until(
                    "the event",
                    () -> cluster.all(Event.class).stream()
                            .anyMatch(e -> e.getReason().equals("SuccessfulCreate")
                                    && e.getMessage().equals("create Pod db-2 in StatefulSet db successful")));
        }
    }

    @Test
    void podsGoInReverseOrder() {
        try (var cluster = new SimulatedCluster(2)) {
            create(cluster, set(4).build());
            cluster.until("four pods", () -> isRolledOut(cluster, 4));
            patch(cluster, "\"replicas\":1");
            cluster.until("one pod", () -> {
                assertThat(names(cluster))
                        .isEqualTo(IntStream.range(0, pods(cluster).size())
                                .mapToObj(i -> "db-" + i)
                                .toList());
                return isRolledOut(cluster, 1);
            });
        }
    }

    @Test
    void inParallelNobodyWaits() {
        try (var cluster = new SimulatedCluster(3)) {
            cluster.kubelets = false;
            create(
                    cluster,
                    set(4).editSpec()
                            .withPodManagementPolicy("Parallel")
                            .withNewOrdinals(7)
                            .endSpec()
                            .build());
            cluster.until("four pods", () -> pods(cluster).size() == 4);
            assertThat(names(cluster)).containsExactly("db-10", "db-7", "db-8", "db-9");
            patch(cluster, "\"replicas\":1");
            cluster.until(
                    "all others end",
                    () -> pods(cluster).stream()
                                    .filter(p -> !Pods.isDeleting(p))
                                    .count()
                            == 1);
            cluster.kubelets = true;
            cluster.until("the first is left", () -> isRolledOut(cluster, 1));
            assertThat(names(cluster)).containsExactly("db-7");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 3})
    void aRollingUpdateGoesDownOneByOne(int crashes) {
        try (var cluster = new SimulatedCluster(4, crashes)) {
            create(cluster, set(3).build());
            cluster.until("three pods", () -> isRolledOut(cluster, 3));
            var old = cluster.get(StatefulSet.class, "d", "db").getStatus().getCurrentRevision();
            setImage(cluster, "i:2");
            cluster.until("the new pods", () -> {
                assertThat(pods(cluster).stream().filter(Pods::isReady)).hasSizeGreaterThanOrEqualTo(2);
                var order = images(cluster); // the new behind the old
                assertThat(order).isSorted();
                return isRolledOut(cluster, 3) && order.equals(List.of("i:2", "i:2", "i:2"));
            });
            assertThat(cluster.get(StatefulSet.class, "d", "db").getStatus().getCurrentRevision())
                    .isNotEqualTo(old);
            setImage(cluster, "i:1");
            cluster.until(
                    "the old revision again",
                    () -> isRolledOut(cluster, 3)
                            && cluster.get(StatefulSet.class, "d", "db")
                                    .getStatus()
                                    .getCurrentRevision()
                                    .equals(old));
            assertThat(cluster.all(ControllerRevision.class).stream()
                            .map(ControllerRevision::getRevision)
                            .sorted())
                    .containsExactly(2L, 3L);
        }
    }

    @Test
    void aPartitionHoldsTheFirstBackAlsoWhenTheyAreMadeAnew() {
        try (var cluster = new SimulatedCluster(5)) {
            create(cluster, set(3).build());
            cluster.until("three pods", () -> isRolledOut(cluster, 3));
            patch(cluster, "\"updateStrategy\":{\"rollingUpdate\":{\"partition\":2}}");
            setImage(cluster, "i:2");
            cluster.until(
                    "one new pod",
                    () -> isSettled(cluster, 3) && images(cluster).get(2).equals("i:2"));
            assertThat(images(cluster)).containsExactly("i:1", "i:1", "i:2");
            cluster.api.remove(pods(cluster).getFirst());
            cluster.until(
                    "the first again, and the status that says so",
                    () -> isSettled(cluster, 3)
                            && cluster.get(StatefulSet.class, "d", "db")
                                            .getStatus()
                                            .getCurrentReplicas()
                                    == 2);
            assertThat(images(cluster)).containsExactly("i:1", "i:1", "i:2");
            var status = cluster.get(StatefulSet.class, "d", "db").getStatus();
            assertThat(status.getCurrentReplicas()).isEqualTo(2);
            assertThat(status.getUpdatedReplicas()).isEqualTo(1);
            assertThat(status.getUpdateRevision()).isNotEqualTo(status.getCurrentRevision());
        }
    }

    @Test
    void maxUnavailableLetsSeveralGoAtOnce() {
        try (var cluster = new SimulatedCluster(6)) {
            create(
                    cluster,
                    set(4).editSpec()
                            .editUpdateStrategy()
                            .editRollingUpdate()
                            .withNewMaxUnavailable("50%")
                            .endRollingUpdate()
                            .endUpdateStrategy()
                            .endSpec()
                            .build());
            cluster.until("four pods", () -> isRolledOut(cluster, 4));
            cluster.kubelets = false;
            setImage(cluster, "i:2");
            cluster.until(
                    "two end",
                    () -> pods(cluster).stream().filter(Pods::isDeleting).count() == 2);
            cluster.pass(Duration.ofMillis(500));
            assertThat(pods(cluster).stream()
                            .filter(Pods::isDeleting)
                            .map(p -> p.getMetadata().getName()))
                    .containsExactly("db-2", "db-3");
            cluster.kubelets = true;
            cluster.until(
                    "all are new",
                    () -> isRolledOut(cluster, 4) && !images(cluster).contains("i:1"));
        }
    }

    @Test
    void whatHasEndedIsMadeAnewUnderItsName() {
        try (var cluster = new SimulatedCluster(7)) {
            create(cluster, set(2).build());
            cluster.until("two pods", () -> isRolledOut(cluster, 2));
            var uid = pods(cluster).getFirst().getMetadata().getUid();
            cluster.api.put(new PodBuilder(pods(cluster).getFirst())
                    .withNewStatus()
                    .withPhase("Failed")
                    .endStatus()
                    .build());
            cluster.until(
                    "another",
                    () -> isRolledOut(cluster, 2)
                            && names(cluster).equals(List.of("db-0", "db-1"))
                            && !pods(cluster).getFirst().getMetadata().getUid().equals(uid));
        }
    }

    private static Map<String, String> claimOwners(SimulatedCluster cluster) {
        return cluster.all(PersistentVolumeClaim.class).stream()
                .collect(Collectors.toMap(
                        c -> c.getMetadata().getName(),
                        c -> c.getMetadata().getOwnerReferences().stream()
                                .map(o -> o.getKind())
                                .collect(Collectors.joining(","))));
    }

    @Test
    void claimsStayUnlessThePolicySaysOtherwise() {
        try (var cluster = new SimulatedCluster(8)) {
            create(cluster, withClaims(set(2), "Retain", "Retain").build());
            cluster.until("two pods", () -> isRolledOut(cluster, 2));
            assertThat(pods(cluster).getFirst().getSpec().getVolumes())
                    .extracting(v -> v.getPersistentVolumeClaim().getClaimName())
                    .containsExactly("data-db-0");
            assertThat(claimOwners(cluster)).isEqualTo(Map.of("data-db-0", "", "data-db-1", ""));
            patch(cluster, "\"replicas\":1");
            cluster.until("one pod", () -> isRolledOut(cluster, 1));
            assertThat(claimOwners(cluster)).hasSize(2);
            patch(cluster, "\"persistentVolumeClaimRetentionPolicy\":{\"whenDeleted\":\"Delete\"}");
            cluster.until(
                    "the set owns the claim it uses",
                    () -> claimOwners(cluster).equals(Map.of("data-db-0", "StatefulSet", "data-db-1", "")));
        }
    }

    @Test
    void claimsOfPodsThatAreScaledAwayGoAlong() {
        try (var cluster = new SimulatedCluster(9)) {
            create(cluster, withClaims(set(2), "Retain", "Delete").build());
            cluster.until("two pods", () -> isRolledOut(cluster, 2));
            patch(cluster, "\"replicas\":1");
            cluster.until(
                    "one pod and its claim",
                    () -> isRolledOut(cluster, 1) && claimOwners(cluster).size() == 1);
            patch(cluster, "\"replicas\":2");
            cluster.until("a new claim", () -> isRolledOut(cluster, 2));
            assertThat(claimOwners(cluster)).isEqualTo(Map.of("data-db-0", "", "data-db-1", ""));
        }
    }

    @Test
    void oldRevisionsBeyondTheLimitGo() {
        try (var cluster = new SimulatedCluster(10)) {
            create(
                    cluster,
                    set(1).editSpec().withRevisionHistoryLimit(2).endSpec().build());
            for (int i = 2; i <= 6; i++) {
                cluster.until("a pod", () -> isRolledOut(cluster, 1));
                setImage(cluster, "i:" + i);
            }
            cluster.until(
                    "the last", () -> isRolledOut(cluster, 1) && images(cluster).equals(List.of("i:6")));
            cluster.until(
                    "a short history",
                    () -> cluster.all(ControllerRevision.class).size() == 3);
            assertThat(cluster.all(ControllerRevision.class).stream()
                            .map(ControllerRevision::getRevision)
                            .sorted())
                    .containsExactly(4L, 5L, 6L);
        }
    }

    private static boolean told(SimulatedCluster cluster, String reason, String message) {
        return cluster.all(Event.class).stream()
                .anyMatch(e -> e.getReason().equals(reason) && e.getMessage().equals(message));
    }

    private static PersistentVolumeClaimBuilder claim(SimulatedCluster cluster, String name) {
        return new PersistentVolumeClaimBuilder(cluster.get(PersistentVolumeClaim.class, "d", name));
    }

    @Test
    void noPodIsMadeForAClaimThatEndsAndThatIsTold() {
        try (var cluster = new SimulatedCluster(11)) {
            cluster.api.put(new PersistentVolumeClaimBuilder()
                    .withNewMetadata()
                    .withNamespace("d")
                    .withName("data-db-0")
                    .withFinalizers("example.com/hold")
                    .withDeletionTimestamp("2026-01-01T00:00:00Z")
                    .endMetadata()
                    .withNewSpec()
                    .endSpec()
                    .withNewStatus()
                    .endStatus()
                    .build());
            create(cluster, withClaims(set(1), "Retain", "Retain").build());
            cluster.until(
                    "a word about it",
                    () -> told(
                            cluster,
                            "FailedCreate",
                            "create Pod db-0 in StatefulSet db failed error: pvc data-db-0 is being deleted"));
            assertThat(pods(cluster)).isEmpty();
            cluster.api.remove(cluster.get(PersistentVolumeClaim.class, "d", "data-db-0"));
            cluster.until("the pod with a new claim", () -> isRolledOut(cluster, 1));
        }
    }

    @Test
    void aClaimThatIsToEndWithItsRunningPodHoldsNothingUp() {
        try (var cluster = new SimulatedCluster(12)) {
            create(cluster, withClaims(set(1), "Retain", "Retain").build());
            cluster.until("a pod", () -> isRolledOut(cluster, 1));
            cluster.api.put(claim(cluster, "data-db-0")
                    .editMetadata()
                    .withFinalizers("kubernetes.io/pvc-protection")
                    .withDeletionTimestamp("2026-01-01T00:00:00Z")
                    .endMetadata()
                    .build());
            patch(cluster, "\"replicas\":2");
            cluster.until("another", () -> isRolledOut(cluster, 2));
        }
    }

    @Test
    void aClaimThatSomebodyElseControlsIsLetAloneAndThatIsTold() {
        try (var cluster = new SimulatedCluster(13)) {
            var other = new OwnerReferenceBuilder()
                    .withApiVersion("example.com/v1")
                    .withKind("Keeper")
                    .withName("k")
                    .withUid("keeper")
                    .withController(true)
                    .build();
            create(cluster, withClaims(set(1), "Retain", "Retain").build());
            cluster.until("a pod", () -> isRolledOut(cluster, 1));
            cluster.api.put(claim(cluster, "data-db-0")
                    .editMetadata()
                    .withOwnerReferences(other, ControllerRef.to(cluster.get(StatefulSet.class, "d", "db")))
                    .endMetadata()
                    .build());
            patch(cluster, "\"persistentVolumeClaimRetentionPolicy\":{\"whenDeleted\":\"Delete\"}");
            cluster.until(
                    "a word about it",
                    () -> told(
                            cluster,
                            "ConflictingController",
                            "PersistentVolumeClaim data-db-0 has a conflicting OwnerReference that acts as a managing"
                                    + " controller, the retention policy is ignored for this claim"));
            cluster.until("the other alone", () -> claimOwners(cluster).equals(Map.of("data-db-0", "Keeper")));
        }
    }

    @Test
    void podsThatAreBrokenAnywayAreReplacedFirstInParallel() {
        try (var cluster = new SimulatedCluster(14)) {
            create(
                    cluster,
                    set(4).editSpec()
                            .withPodManagementPolicy("Parallel")
                            .endSpec()
                            .build());
            cluster.until("four pods", () -> isRolledOut(cluster, 4));
            cluster.kubelets = false;
            for (var name : List.of("db-0", "db-1")) {
                cluster.api.put(new PodBuilder(cluster.get(Pod.class, "d", name))
                        .editStatus()
                        .withConditions(List.of())
                        .endStatus()
                        .build());
            }
            cluster.until(
                    "that is seen",
                    () -> cluster.get(StatefulSet.class, "d", "db").getStatus().getReadyReplicas() == 2);
            setImage(cluster, "i:2");
            cluster.until(
                    "the two go",
                    () -> pods(cluster).stream().filter(Pods::isDeleting).count() == 2);
            cluster.pass(Duration.ofMillis(500));
            assertThat(pods(cluster).stream()
                            .filter(Pods::isDeleting)
                            .map(p -> p.getMetadata().getName()))
                    .containsExactly("db-0", "db-1");
            cluster.kubelets = true;
            cluster.until(
                    "all are new",
                    () -> isRolledOut(cluster, 4) && !images(cluster).contains("i:1"));
        }
    }
}
