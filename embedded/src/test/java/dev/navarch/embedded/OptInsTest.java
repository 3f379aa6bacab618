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
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.Deployment;
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
}
