package dev.navarch.embedded;

import static dev.navarch.embedded.Workloads.admin;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.client.ApiClient;
import dev.navarch.client.ApiFailure;
import dev.navarch.client.DeleteOptions;
import dev.navarch.client.ListQuery;
import dev.navarch.client.Patch;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.policy.v1.Eviction;
import io.fabric8.kubernetes.api.model.policy.v1.EvictionBuilder;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What annotations under navarch.dev/ ask for; docs/opt-ins.md. */
class OptInsTest {
    private static EmbeddedCluster cluster;
    private static ApiClient client;

    @BeforeAll
    static void start() {
        cluster = EmbeddedCluster.builder()
                .startsAt(Instant.parse("2026-03-01T12:00:00Z"))
                .paused()
                .start();
        client = admin(cluster);
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    private static void deployment(String name, String annotations, String podAnnotations, String image) {
        cluster.apply("""
                apiVersion: apps/v1
                kind: Deployment
                metadata: {name: NAME, namespace: default, annotations: {ANNOTATIONS}}
                spec:
                  replicas: 2
                  progressDeadlineSeconds: 30
                  selector: {matchLabels: {app: NAME}}
                  template:
                    metadata: {labels: {app: NAME}, annotations: {POD}}
                    spec:
                      terminationGracePeriodSeconds: 0
                      containers:
                      - {name: main, image: IMAGE, envFrom: [{configMapRef: {name: NAME, optional: true}}]}
                """.replace("NAME", name)
                .replace("ANNOTATIONS", annotations)
                .replace("POD", podAnnotations)
                .replace("IMAGE", image));
        cluster.awaitIdle();
    }

    private static Deployment deployment(String name) {
        return client.resource(Deployment.class).get("default", name).orElseThrow();
    }

    private static String image(String name) {
        return deployment(name)
                .getSpec()
                .getTemplate()
                .getSpec()
                .getContainers()
                .getFirst()
                .getImage();
    }

    private static List<Pod> pods(String app) {
        return client.resource(Pod.class).list(ListQuery.inNamespace("default")).items().stream()
                .filter(p -> app.equals(p.getMetadata().getLabels().get("app")))
                .toList();
    }

    private static void config(String name, String value) {
        cluster.apply("{apiVersion: v1, kind: ConfigMap, metadata: {name: " + name
                + ", namespace: default}, data: {a: '" + value + "'}}");
        cluster.awaitIdle();
    }

    @Test
    void aRolloutThatMissesItsDeadlineIsTakenBack() {
        deployment("careful", "navarch.dev/automatic-rollback: 'true'", "", "good");
        deployment("plain", "", "", "good");
        cluster.clock().advance(Duration.ofMinutes(1));
        var broken = "navarch.dev/simulated-start-error: broken";
        deployment("careful", "navarch.dev/automatic-rollback: 'true'", broken, "bad");
        deployment("plain", "", broken, "bad");
        cluster.clock().advance(Duration.ofMinutes(2));
        assertThat(image("careful")).isEqualTo("good");
        assertThat(deployment("careful").getStatus().getReadyReplicas()).isEqualTo(2);
        assertThat(cluster.recentEvents("default"))
                .contains("AutomaticRollback Deployment/careful: Rolled back to revision 1: revision 2 missed its"
                        + " progress deadline");
        assertThat(image("plain")).isEqualTo("bad"); // nobody asked
        cluster.clock().advance(Duration.ofMinutes(2));
        assertThat(image("careful")).isEqualTo("good"); // and it stays so
    }

    @Test
    void changedConfigurationRestartsWhoeverAskedForIt() {
        config("follower", "1");
        config("bystander", "1");
        deployment("follower", "navarch.dev/restart-on-change: 'true'", "", "x");
        deployment("bystander", "", "", "x");
        cluster.clock().advance(Duration.ofSeconds(30));
        var old = pods("follower").stream().map(p -> p.getMetadata().getUid()).toList();
        var others =
                pods("bystander").stream().map(p -> p.getMetadata().getUid()).toList();
        client.resource(ConfigMap.class)
                .patch("default", "follower", Patch.merge("{\"metadata\":{\"labels\":{\"a\":\"b\"}}}"));
        cluster.awaitIdle();
        assertThat(deployment("follower").getMetadata().getAnnotations()).containsKey("navarch.dev/config-hash");
        assertThat(deployment("follower").getSpec().getTemplate().getMetadata().getAnnotations())
                .doesNotContainKey(
                        "navarch.dev/config-hash"); // neither beginning to follow nor a label restarts anything
        config("follower", "2");
        config("bystander", "2");
        cluster.clock().advance(Duration.ofMinutes(1));
        assertThat(pods("follower"))
                .hasSize(2)
                .noneMatch(p -> old.contains(p.getMetadata().getUid()));
        assertThat(pods("bystander"))
                .hasSize(2)
                .allMatch(p -> others.contains(p.getMetadata().getUid()));
    }

    @Test
    void podsWaitForTheWorkloadsThatTheyName() {
        deployment("front", "", "navarch.dev/start-after: deployment/back", "x");
        cluster.clock().advance(Duration.ofMinutes(1));
        assertThat(pods("front"))
                .hasSize(2)
                .allMatch(p -> p.getStatus().getPhase().equals("Pending"));
        assertThat(cluster.recentEvents("default")).contains("Waiting until ready: deployment/back");
        deployment("back", "", "", "x");
        cluster.clock().advance(Duration.ofMinutes(1));
        assertThat(pods("front"))
                .hasSize(2)
                .allMatch(p -> p.getStatus().getPhase().equals("Running"));
    }

    @Test
    void whatIsGuardedIsNotDeleted() {
        cluster.apply("{apiVersion: v1, kind: ConfigMap, metadata: {name: precious, namespace: default, annotations:"
                + " {navarch.dev/deletion-guard: holds the ledger}}}");
        var maps = client.resource(ConfigMap.class);
        assertThatThrownBy(() -> maps.delete("default", "precious", DeleteOptions.none()))
                .isInstanceOfSatisfying(ApiFailure.class, failure -> {
                    assertThat(failure.code()).isEqualTo(403);
                    assertThat(failure)
                            .hasMessageContaining("configmaps \"precious\" is forbidden: it is guarded against deletion"
                                    + " (holds the ledger); remove the annotation navarch.dev/deletion-guard first");
                });
        maps.patch(
                "default",
                "precious",
                Patch.merge("{\"metadata\":{\"annotations\":{\"navarch.dev/deletion-guard\":null}}}"));
        maps.delete("default", "precious", DeleteOptions.none());
        assertThat(maps.get("default", "precious")).isEmpty();
    }

    // What nobody should write, but somebody will

    @Test
    void anotherValueThanTrueAsksForNothing() {
        deployment(
                "unsure", "navarch.dev/automatic-rollback: 'yes', navarch.dev/restart-on-change: 'TRUE'", "", "good");
        cluster.clock().advance(Duration.ofMinutes(1));
        deployment("unsure", "", "navarch.dev/simulated-start-error: broken", "bad");
        cluster.clock().advance(Duration.ofMinutes(2));
        assertThat(image("unsure")).isEqualTo("bad");
        assertThat(deployment("unsure").getMetadata().getAnnotations()).doesNotContainKey("navarch.dev/config-hash");
    }

    @Test
    void aFirstRevisionThatFailsHasNowhereToGo() {
        deployment(
                "newborn", "navarch.dev/automatic-rollback: 'true'", "navarch.dev/simulated-start-error: broken", "x");
        cluster.clock().advance(Duration.ofMinutes(3));
        assertThat(cluster.recentEvents("default"))
                .contains("AutomaticRollbackRevisionNotFound Deployment/newborn: Revision 1 missed its progress"
                        + " deadline, and there is none to go back to");
        long generation = deployment("newborn").getMetadata().getGeneration();
        cluster.clock().advance(Duration.ofMinutes(10));
        assertThat(deployment("newborn").getMetadata().getGeneration()).isEqualTo(generation);
    }

    @Test
    void aHashWrittenByHandRestartsOnce() {
        config("forged", "1");
        deployment("forged", "navarch.dev/restart-on-change: 'true'", "", "x");
        client.resource(Deployment.class)
                .patch(
                        "default",
                        "forged",
                        Patch.merge("{\"metadata\":{\"annotations\":{\"navarch.dev/config-hash\":\"0\"}}}"));
        cluster.clock().advance(Duration.ofMinutes(1));
        assertThat(deployment("forged").getMetadata().getAnnotations())
                .containsEntry("deployment.kubernetes.io/revision", "2");
        long generation = deployment("forged").getMetadata().getGeneration();
        cluster.clock().advance(Duration.ofMinutes(10));
        assertThat(deployment("forged").getMetadata().getGeneration()).isEqualTo(generation);
    }

    @Test
    void whoWaitsForNonsenseOrEachOtherWaitsUntilToldOtherwise() {
        var many = "deployment/nobody,".repeat(2000);
        deployment(
                "odd",
                "",
                "navarch.dev/start-after: 'job, /, deployment/, secret/x, deployment/../odd, %s'".formatted(many),
                "x");
        deployment("hen", "", "navarch.dev/start-after: deployment/egg", "x");
        deployment("egg", "", "navarch.dev/start-after: deployment/hen", "x");
        cluster.clock().advance(Duration.ofMinutes(1));
        var waiting = List.of("odd", "hen", "egg");
        assertThat(waiting.stream().flatMap(name -> pods(name).stream()))
                .hasSize(6)
                .allMatch(pod -> pod.getStatus().getPhase().equals("Pending"));
        assertThat(cluster.recentEvents("default")).contains("secret/x, deployment/../odd and 2000 more");
        var freed = pods("egg").getFirst().getMetadata().getName();
        client.resource(Pod.class)
                .patch(
                        "default",
                        freed,
                        Patch.merge("{\"metadata\":{\"annotations\":{\"navarch.dev/start-after\":null}}}"));
        cluster.clock().advance(Duration.ofMinutes(1));
        assertThat(client.resource(Pod.class)
                        .get("default", freed)
                        .orElseThrow()
                        .getStatus()
                        .getPhase())
                .isEqualTo("Running");
    }

    @Test
    void aGuardHoldsAgainstEvictionCollectionsAndTheEndOfItsNamespace() {
        cluster.apply("""
                {apiVersion: v1, kind: Namespace, metadata: {name: fort}}
                ---
                apiVersion: v1
                kind: Pod
                metadata: {name: keep, namespace: fort, annotations: {navarch.dev/deletion-guard: ""}}
                spec: {terminationGracePeriodSeconds: 0, containers: [{name: c, image: x}]}
                ---
                {apiVersion: v1, kind: ConfigMap, metadata: {name: gone, namespace: fort}}
                """);
        cluster.clock().advance(Duration.ofSeconds(30));
        var pods = client.resource(Pod.class);
        assertThatThrownBy(() -> pods.post("fort", "keep", "eviction", eviction(), Status.class))
                .isInstanceOfSatisfying(
                        ApiFailure.class, failure -> assertThat(failure.code()).isEqualTo(403));
        assertThatThrownBy(() -> pods.deleteCollection(ListQuery.inNamespace("fort"), DeleteOptions.none()))
                .isInstanceOfSatisfying(
                        ApiFailure.class, failure -> assertThat(failure.code()).isEqualTo(403));
        client.resource(Namespace.class).delete("", "fort", DeleteOptions.none());
        cluster.clock().advance(Duration.ofMinutes(1));
        assertThat(pods.get("fort", "keep").orElseThrow().getMetadata().getDeletionTimestamp())
                .isNull();
        var conditions = client.resource(Namespace.class)
                .get("", "fort")
                .orElseThrow()
                .getStatus()
                .getConditions();
        assertThat(conditions.toString()).contains("is guarded against deletion");
        pods.patch(
                "fort", "keep", Patch.merge("{\"metadata\":{\"annotations\":{\"navarch.dev/deletion-guard\":null}}}"));
        cluster.clock().advance(Duration.ofMinutes(15)); // the namespace is tried again, ever more seldom
        assertThat(client.resource(Namespace.class).get("", "fort")).isEmpty();
    }

    private static Eviction eviction() {
        return new EvictionBuilder()
                .withNewMetadata()
                .withNamespace("fort")
                .withName("keep")
                .endMetadata()
                .build();
    }
}
