package dev.navarch.controllers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.client.DeleteOptions;
import dev.navarch.client.Patch;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.ReplicationController;
import io.fabric8.kubernetes.api.model.ReplicationControllerBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import io.fabric8.kubernetes.api.model.apps.ReplicaSetBuilder;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** ReplicaSets and Deployments on a simulated cluster. */
class WorkloadsTest {
    private static final Map<String, String> LABELS = Map.of("app", "web");

    private static ReplicaSet set(int replicas) {
        return new ReplicaSetBuilder()
                .withNewMetadata()
                .withNamespace("d")
                .withName("web")
                .endMetadata()
                .withNewSpec()
                .withReplicas(replicas)
                .withNewSelector()
                .withMatchLabels(LABELS)
                .endSelector()
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
                .endSpec()
                .build();
    }

    private static Deployment deployment(int replicas, String image) {
        return new DeploymentBuilder()
                .withNewMetadata()
                .withNamespace("d")
                .withName("web")
                .endMetadata()
                .withNewSpec()
                .withReplicas(replicas)
                .withNewSelector()
                .withMatchLabels(LABELS)
                .endSelector()
                .withTemplate(set(0).getSpec().getTemplate().toBuilder()
                        .editSpec()
                        .editFirstContainer()
                        .withImage(image)
                        .endContainer()
                        .endSpec()
                        .build())
                .endSpec()
                .build();
    }

    private static void setImage(SimulatedCluster cluster, String image) {
        cluster.api
                .client()
                .resource(Deployment.class)
                .patch(
                        "d",
                        "web",
                        Patch.strategic(
                                "{\"spec\":{\"template\":{\"spec\":{\"containers\":[{\"name\":\"c\",\"image\":\""
                                        + image + "\"}]}}}}"));
    }

    private static void scale(SimulatedCluster cluster, int replicas) {
        cluster.api
                .client()
                .resource(Deployment.class)
                .patch("d", "web", Patch.merge("{\"spec\":{\"replicas\":" + replicas + "}}"));
    }

    /** As kubectl rollout status sees it. */
    private static boolean isRolledOut(SimulatedCluster cluster) {
        var deployment = cluster.get(Deployment.class, "d", "web");
        var status = deployment.getStatus();
        int wished = deployment.getSpec().getReplicas();
        return status != null
                && status.getObservedGeneration() != null
                && status.getObservedGeneration() >= deployment.getMetadata().getGeneration()
                && number(status.getUpdatedReplicas()) == wished
                && number(status.getReplicas()) == wished
                && number(status.getAvailableReplicas()) == wished;
    }

    private static int number(Integer value) {
        return value == null ? 0 : value;
    }

    private static List<Pod> pods(SimulatedCluster cluster) {
        return cluster.all(Pod.class).stream().filter(Pods::isActive).toList();
    }

    /** What the surge bounds: pods of a set that shrank may still have to be deleted. */
    private static int wishedPods(SimulatedCluster cluster) {
        return cluster.all(ReplicaSet.class).stream()
                .mapToInt(s -> number(s.getSpec().getReplicas()))
                .sum();
    }

    private static boolean isReady(SimulatedCluster cluster, int replicas) {
        var status = cluster.get(ReplicaSet.class, "d", "web").getStatus();
        return status != null
                && number(status.getAvailableReplicas()) == replicas
                && pods(cluster).size() == replicas;
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 2})
    void aReplicationControllerIsAReplicaSetByAnotherName(long seed) {
        try (var cluster = new SimulatedCluster(seed, seed == 0 ? 0 : 3)) {
            var controllers = cluster.api.client().resource(ReplicationController.class);
            controllers.create(new ReplicationControllerBuilder()
                    .withNewMetadata()
                    .withNamespace("d")
                    .withName("rc")
                    .endMetadata()
                    .withNewSpec()
                    .withReplicas(3)
                    .withSelector(LABELS)
                    .withTemplate(set(0).getSpec().getTemplate())
                    .endSpec()
                    .build());
            cluster.until("three ready, seed " + seed, () -> {
                var status = controllers.get("d", "rc").orElseThrow().getStatus();
                return status != null && Integer.valueOf(3).equals(status.getReadyReplicas());
            });
            assertThat(cluster.all(Pod.class)).hasSize(3).allSatisfy(p -> {
                var owner = p.getMetadata().getOwnerReferences().getFirst();
                assertThat(owner.getApiVersion()).isEqualTo("v1");
                assertThat(owner.getKind()).isEqualTo("ReplicationController");
                assertThat(owner.getController()).isTrue();
            });
            // a pod that no longer matches is let go, and replaced
            cluster.api
                    .client()
                    .resource(Pod.class)
                    .patch(
                            "d",
                            cluster.all(Pod.class).getFirst().getMetadata().getName(),
                            Patch.merge("{\"metadata\":{\"labels\":{\"app\":\"other\"}}}"));
            cluster.until(
                    "four pods, one of them let go",
                    () -> cluster.all(Pod.class).size() == 4
                            && cluster.all(Pod.class).stream()
                                            .filter(p -> p.getMetadata()
                                                    .getOwnerReferences()
                                                    .isEmpty())
                                            .count()
                                    == 1);
            controllers.patch("d", "rc", Patch.merge("{\"spec\":{\"replicas\":1}}"));
            cluster.until(
                    "one and the stray",
                    () -> cluster.all(Pod.class).size() == 2
                            && controllers
                                            .get("d", "rc")
                                            .orElseThrow()
                                            .getStatus()
                                            .getReplicas()
                                    == 1);
            cluster.pass(Duration.ofMillis(200));
            long writes = cluster.writes("PUT /api/v1/namespaces/d/replicationcontrollers");
            cluster.pass(Duration.ofMillis(500));
            assertThat(cluster.writes("PUT /api/v1/namespaces/d/replicationcontrollers"))
                    .as("a status that says nothing new is not written")
                    .isEqualTo(writes);
        }
    }

    @Test
    void aReplicaSetMakesItsPodsAndReportsThem() {
        try (var cluster = new SimulatedCluster(1)) {
            cluster.api.client().resource(ReplicaSet.class).create(set(5));
            cluster.until("five pods", () -> isReady(cluster, 5));
            assertThat(cluster.writes("POST /api/v1/namespaces/d/pods")).isEqualTo(5);
            var status = cluster.get(ReplicaSet.class, "d", "web").getStatus();
            assertThat(status.getReplicas()).isEqualTo(5);
            assertThat(status.getFullyLabeledReplicas()).isEqualTo(5);
            assertThat(status.getObservedGeneration()).isEqualTo(1);
            assertThat(pods(cluster)).allSatisfy(p -> {
                assertThat(p.getMetadata().getName()).startsWith("web-");
                assertThat(p.getMetadata().getOwnerReferences())
                        .singleElement()
                        .satisfies(o -> assertThat(o.getController()).isTrue());
            });
            cluster.until(
                    "events",
                    () -> cluster.all(Event.class).stream()
                                    .filter(e -> e.getReason().equals("SuccessfulCreate"))
                                    .count()
                            == 5);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void noCrashMakesAPodTooMany(long seed) {
        try (var cluster = new SimulatedCluster(seed, 4)) {
            cluster.api.client().resource(ReplicaSet.class).create(set(12));
            cluster.until("twelve pods, seed " + seed, () -> isReady(cluster, 12));
            assertThat(cluster.writes("POST /api/v1/namespaces/d/pods")).isEqualTo(12);
            cluster.api
                    .client()
                    .resource(ReplicaSet.class)
                    .patch("d", "web", Patch.merge("{\"spec\":{\"replicas\":3}}"));
            cluster.until("three pods, seed " + seed, () -> isReady(cluster, 3));
            assertThat(cluster.writes("POST /api/v1/namespaces/d/pods")).isEqualTo(12);
        }
    }

    @Test
    void aStaleCacheMakesNoPodTooMany() {
        try (var cluster = new SimulatedCluster(1)) {
            cluster.api.client().resource(ReplicaSet.class).create(set(2));
            cluster.until("two pods", () -> isReady(cluster, 2));
            cluster.api.holdWatches("pods");
            cluster.api
                    .client()
                    .resource(ReplicaSet.class)
                    .patch("d", "web", Patch.merge("{\"spec\":{\"replicas\":6}}"));
            cluster.until("four more", () -> cluster.writes("POST /api/v1/namespaces/d/pods") == 6);
            for (int i = 0; i < 20; i++) { // each wakes the controller, which still sees two pods
                cluster.api
                        .client()
                        .resource(ReplicaSet.class)
                        .patch("d", "web", Patch.merge("{\"metadata\":{\"labels\":{\"i\":\"" + i + "\"}}}"));
                cluster.pass(Duration.ofMillis(100));
            }
            assertThat(cluster.writes("POST /api/v1/namespaces/d/pods")).isEqualTo(6);
            cluster.api.releaseWatches();
            cluster.until("six pods", () -> isReady(cluster, 6));
            assertThat(cluster.writes("POST /api/v1/namespaces/d/pods")).isEqualTo(6);
        }
    }

    @Test
    void aSetAdoptsMatchingOrphansAndReleasesWhatNoLongerMatches() {
        try (var cluster = new SimulatedCluster(1)) {
            var orphan = PodFactory.fromTemplate(set(1).getSpec().getTemplate(), set(1))
                    .editMetadata()
                    .withGenerateName(null)
                    .withName("orphan")
                    .withOwnerReferences(List.of())
                    .endMetadata()
                    .build();
            cluster.api.client().resource(Pod.class).create(orphan);
            cluster.restart(); // so that the cache has the pod before the set
            cluster.api.client().resource(ReplicaSet.class).create(set(1));
            cluster.until("the adoption", () -> isReady(cluster, 1));
            assertThat(cluster.writes("POST /api/v1/namespaces/d/pods")).isEqualTo(1);
            assertThat(cluster.get(Pod.class, "d", "orphan").getMetadata().getOwnerReferences())
                    .hasSize(1);
            cluster.api
                    .client()
                    .resource(Pod.class)
                    .patch("d", "orphan", Patch.merge("{\"metadata\":{\"labels\":{\"app\":\"x\"}}}"));
            cluster.until("a replacement", () -> pods(cluster).size() == 2);
            cluster.until(
                    "the release",
                    () -> cluster.get(Pod.class, "d", "orphan")
                            .getMetadata()
                            .getOwnerReferences()
                            .isEmpty());
        }
    }

    @Test
    void aRollingUpdateStaysWithinItsBounds() {
        try (var cluster = new SimulatedCluster(1)) {
            cluster.api.client().resource(Deployment.class).create(deployment(4, "i:1"));
            cluster.until("the first rollout", () -> isRolledOut(cluster));
            setImage(cluster, "i:2");
            cluster.until("the second rollout", () -> {
                assertThat(wishedPods(cluster)).isBetween(3, 5);
                assertThat(pods(cluster).stream().filter(Pods::isReady).count()).isGreaterThanOrEqualTo(3);
                return isRolledOut(cluster);
            });
            assertThat(pods(cluster))
                    .allSatisfy(p -> assertThat(
                                    p.getSpec().getContainers().getFirst().getImage())
                            .isEqualTo("i:2"));
            var deployment = cluster.get(Deployment.class, "d", "web");
            assertThat(deployment.getMetadata().getAnnotations())
                    .containsEntry("deployment.kubernetes.io/revision", "2");
            cluster.until(
                    "the condition",
                    () -> cluster.get(Deployment.class, "d", "web").getStatus().getConditions().stream()
                            .anyMatch(c -> c.getType().equals("Progressing")
                                    && c.getReason().equals("NewReplicaSetAvailable")
                                    && c.getMessage()
                                            .matches("ReplicaSet \"web-[a-z0-9]+\" has successfully progressed.")));
            assertThat(cluster.all(ReplicaSet.class)).hasSize(2);
        }
    }

    @Test
    void aSetThatTheCacheDoesNotShowYetCountsForTheSurge() {
        try (var cluster = new SimulatedCluster(1)) {
            cluster.api.client().resource(Deployment.class).create(deployment(1, "i:1"));
            cluster.until("the first rollout", () -> isRolledOut(cluster));
            cluster.api.holdWatches("replicasets");
            setImage(cluster, "i:2");
            cluster.until("a second set", () -> wishedPods(cluster) == 2);
            setImage(cluster, "i:3");
            cluster.pass(Duration.ofSeconds(1));
            assertThat(wishedPods(cluster)).isEqualTo(2);
            cluster.api.releaseWatches();
            cluster.until("the last rollout", () -> {
                assertThat(wishedPods(cluster)).isBetween(1, 2);
                return isRolledOut(cluster);
            });
        }
    }

    @Test
    void goingBackToAnOldTemplateUsesItsSetUnderANewRevision() {
        try (var cluster = new SimulatedCluster(1)) {
            cluster.api.client().resource(Deployment.class).create(deployment(2, "i:1"));
            cluster.until("1", () -> isRolledOut(cluster));
            setImage(cluster, "i:2");
            cluster.until("2", () -> isRolledOut(cluster));
            setImage(cluster, "i:1");
            cluster.until(
                    "back",
                    () -> isRolledOut(cluster)
                            && pods(cluster).stream()
                                    .allMatch(p -> p.getSpec()
                                            .getContainers()
                                            .getFirst()
                                            .getImage()
                                            .equals("i:1")));
            assertThat(cluster.all(ReplicaSet.class)).hasSize(2);
            assertThat(cluster.get(Deployment.class, "d", "web").getMetadata().getAnnotations())
                    .containsEntry("deployment.kubernetes.io/revision", "3");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "0, i:2, DeploymentRollback, Rolled back deployment \"web\" to revision 2",
        "1, i:1, DeploymentRollback, Rolled back deployment \"web\" to revision 1",
        "3, i:3, DeploymentRollbackTemplateUnchanged,"
                + " The rollback revision contains the same template as current deployment \"web\"",
        "9, i:3, DeploymentRollbackRevisionNotFound, Unable to find the revision to rollback to.",
    })
    void anOldAnnotationGoesBackToARevision(String revision, String image, String reason, String message) {
        try (var cluster = new SimulatedCluster(1)) {
            cluster.api.client().resource(Deployment.class).create(deployment(1, "i:1"));
            for (var next : List.of("i:2", "i:3")) {
                cluster.until("a rollout", () -> isRolledOut(cluster));
                setImage(cluster, next);
            }
            cluster.until(
                    "the last rollout",
                    () -> isRolledOut(cluster)
                            && cluster.get(Deployment.class, "d", "web")
                                    .getMetadata()
                                    .getAnnotations()
                                    .get("deployment.kubernetes.io/revision")
                                    .equals("3"));
            cluster.api
                    .client()
                    .resource(Deployment.class)
                    .patch(
                            "d",
                            "web",
                            Patch.merge("{\"metadata\":{\"annotations\":{\"deprecated.deployment.rollback.to\":\""
                                    + revision + "\"}}}"));
            cluster.until(
                    "what is told",
                    () -> cluster.all(Event.class).stream()
                            .anyMatch(e -> e.getReason().equals(reason)
                                    && e.getMessage().equals(message)));
            cluster.until(
                    "nothing is asked for any more",
                    () -> !cluster.get(Deployment.class, "d", "web")
                            .getMetadata()
                            .getAnnotations()
                            .containsKey("deprecated.deployment.rollback.to"));
            cluster.until(
                    "the image",
                    () -> isRolledOut(cluster)
                            && pods(cluster).size() == 1
                            && pods(cluster)
                                    .getFirst()
                                    .getSpec()
                                    .getContainers()
                                    .getFirst()
                                    .getImage()
                                    .equals(image));
        }
    }

    @Test
    void aPausedDeploymentScalesButDoesNotRoll() {
        try (var cluster = new SimulatedCluster(1)) {
            cluster.api.client().resource(Deployment.class).create(deployment(2, "i:1"));
            cluster.until("1", () -> isRolledOut(cluster));
            cluster.api
                    .client()
                    .resource(Deployment.class)
                    .patch("d", "web", Patch.merge("{\"spec\":{\"paused\":true}}"));
            cluster.until(
                    "paused",
                    () -> cluster.get(Deployment.class, "d", "web").getStatus().getConditions().stream()
                            .anyMatch(c -> "DeploymentPaused".equals(c.getReason())));
            setImage(cluster, "i:2");
            scale(cluster, 4);
            cluster.until("four pods", () -> pods(cluster).size() == 4);
            assertThat(cluster.all(ReplicaSet.class)).hasSize(1);
            cluster.api
                    .client()
                    .resource(Deployment.class)
                    .patch("d", "web", Patch.merge("{\"spec\":{\"paused\":false}}"));
            cluster.until("2", () -> isRolledOut(cluster));
            assertThat(cluster.all(ReplicaSet.class)).hasSize(2);
        }
    }

    @Test
    void recreateStopsAllOldPodsBeforeItStartsNewOnes() {
        try (var cluster = new SimulatedCluster(1)) {
            var recreate = new DeploymentBuilder(deployment(3, "i:1"))
                    .editSpec()
                    .withNewStrategy()
                    .withType("Recreate")
                    .endStrategy()
                    .endSpec()
                    .build();
            cluster.api.client().resource(Deployment.class).create(recreate);
            cluster.until("1", () -> isRolledOut(cluster));
            setImage(cluster, "i:2");
            cluster.until("2", () -> {
                var images = cluster.all(Pod.class).stream()
                        .map(p -> p.getSpec().getContainers().getFirst().getImage())
                        .distinct()
                        .toList();
                assertThat(images.size()).isLessThan(2);
                return isRolledOut(cluster);
            });
        }
    }

    @Test
    void aRolloutThatDoesNotProgressTimesOut() {
        try (var cluster = new SimulatedCluster(1)) {
            cluster.kubelets = false;
            cluster.api
                    .client()
                    .resource(Deployment.class)
                    .create(new DeploymentBuilder(deployment(2, "i:1"))
                            .editSpec()
                            .withProgressDeadlineSeconds(5)
                            .endSpec()
                            .build());
            cluster.until("the deadline", () -> {
                var status = cluster.get(Deployment.class, "d", "web").getStatus();
                return status != null
                        && status.getConditions().stream()
                                .anyMatch(c -> c.getReason().equals("ProgressDeadlineExceeded")
                                        && c.getStatus().equals("False"));
            });
        }
    }

    @Test
    void oldSetsBeyondTheHistoryLimitAreDeleted() {
        try (var cluster = new SimulatedCluster(1)) {
            cluster.api
                    .client()
                    .resource(Deployment.class)
                    .create(new DeploymentBuilder(deployment(1, "i:1"))
                            .editSpec()
                            .withRevisionHistoryLimit(1)
                            .endSpec()
                            .build());
            cluster.until("1", () -> isRolledOut(cluster));
            for (int i = 2; i <= 4; i++) {
                setImage(cluster, "i:" + i);
                cluster.until("rollout " + i, () -> isRolledOut(cluster));
            }
            cluster.until("two sets", () -> cluster.all(ReplicaSet.class).size() == 2);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13, 14, 15, 16})
    void aRolloutSurvivesCrashesBetweenAnyTwoWrites(long seed) {
        try (var cluster = new SimulatedCluster(seed, 3)) {
            cluster.api.client().resource(Deployment.class).create(deployment(4, "i:1"));
            cluster.until("the first rollout, seed " + seed, () -> isRolledOut(cluster));
            setImage(cluster, "i:2");
            cluster.until("the second rollout, seed " + seed, () -> {
                assertThat(wishedPods(cluster)).isBetween(3, 5);
                assertThat(pods(cluster).stream().filter(Pods::isReady).count()).isGreaterThanOrEqualTo(3);
                return isRolledOut(cluster);
            });
            scale(cluster, 7);
            cluster.until(
                    "seven, seed " + seed,
                    () -> isRolledOut(cluster) && pods(cluster).size() == 7);
            assertThat(cluster.all(ReplicaSet.class)).hasSize(2);
        }
    }

    @Test
    void deletingADeploymentTakesItsSetsAndPodsAlong() {
        try (var cluster = new SimulatedCluster(1)) {
            cluster.api.client().resource(Deployment.class).create(deployment(2, "i:1"));
            cluster.until("1", () -> isRolledOut(cluster));
            cluster.api
                    .client()
                    .resource(Deployment.class)
                    .delete("d", "web", DeleteOptions.none().propagation(DeleteOptions.Propagation.BACKGROUND));
            cluster.until(
                    "nothing left",
                    () -> cluster.all(ReplicaSet.class).isEmpty()
                            && cluster.all(Pod.class).isEmpty());
        }
    }
}
