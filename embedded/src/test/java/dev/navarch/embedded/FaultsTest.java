package dev.navarch.embedded;

import static dev.navarch.embedded.Workloads.admin;
import static dev.navarch.embedded.Workloads.deployment;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.apiserver.request.User;
import dev.navarch.client.ApiClient;
import dev.navarch.client.ApiFailure;
import dev.navarch.client.ListQuery;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class FaultsTest {
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
    static void close() {
        cluster.close();
    }

    @AfterEach
    void clear() {
        cluster.faults().clear();
    }

    private static ConfigMap map(String name) {
        return new ConfigMapBuilder()
                .withNewMetadata()
                .withNamespace("default")
                .withName(name)
                .endMetadata()
                .build();
    }

    /** The cluster's own parts go on with their work meanwhile. */
    private static boolean ours(ApiCall call) {
        return !call.ofTheSystem();
    }

    private static void refused(int code, String message, Runnable request) {
        assertThatThrownBy(request::run)
                .isInstanceOfSatisfying(
                        ApiFailure.class, e -> assertThat(e.code()).isEqualTo(code))
                .hasMessageContaining(message);
    }

    @Test
    void theNextRequestsFailAsPlanned() {
        var maps = client.resource(ConfigMap.class);
        maps.create(map("a"));
        Runnable get = () -> maps.get("default", "a");
        var faults = cluster.faults();
        var twice = faults.next(2, call -> ours(call) && call.is("get", "configmaps"))
                .tooManyRequests(Duration.ofSeconds(3));
        refused(429, "try again later", get);
        refused(429, "try again later", get);
        get.run();
        assertThat(twice.hits()).isEqualTo(2);
        faults.next(1, call -> ours(call) && call.name().equals("a")).internalError();
        refused(500, "Internal error occurred", get);
        faults.next(1, call -> ours(call) && call.writes()).conflict();
        refused(
                409,
                "Operation cannot be fulfilled on configmaps \"a\": the object has been modified",
                () -> maps.update(maps.get("default", "a").orElseThrow()));
        faults.next(1, call -> ours(call) && call.is("list", "configmaps")).expired();
        refused(410, "too old", () -> maps.list(ListQuery.inNamespace("default")));
        faults.next(1, call -> ours(call) && call.is("get", "configmaps")).timeout();
        refused(504, "Timeout", get);
        get.run();
    }

    @Test
    void anAnswerIsLostAfterTheWorkIsDone() {
        var maps = client.resource(ConfigMap.class);
        cluster.faults()
                .next(1, call -> ours(call) && call.is("create", "configmaps"))
                .timeoutAfterwards();
        refused(504, "Timeout", () -> maps.create(map("late")));
        assertThat(maps.get("default", "late")).isPresent();
    }

    @Test
    void controllersGoOnWhereTheyWereStopped() {
        var fault = cluster.faults()
                .next(3, call -> call.is("create", "pods") && call.user().contains("replicaset-controller"))
                .internalError();
        client.resource(Deployment.class).create(deployment("hit", 2));
        cluster.clock().advance(Duration.ofMinutes(2));
        assertThat(fault.hits()).isEqualTo(3);
        assertThat(client.resource(Deployment.class)
                        .get("default", "hit")
                        .orElseThrow()
                        .getStatus()
                        .getReadyReplicas())
                .isEqualTo(2);
    }

    @Test
    void watchesEndAndInformersComeBack() {
        int dropped = cluster.faults()
                .watches(call -> call.resource().equals("deployments"))
                .drop();
        assertThat(dropped).isPositive();
        assertThat(cluster.faults()
                        .watches(call -> call.resource().equals("replicasets"))
                        .expire())
                .isPositive();
        client.resource(Deployment.class).create(deployment("after", 1));
        cluster.clock().advance(Duration.ofMinutes(2));
        assertThat(client.resource(Deployment.class)
                        .get("default", "after")
                        .orElseThrow()
                        .getStatus()
                        .getReadyReplicas())
                .isEqualTo(1);
    }

    @Test
    void clientsOfTheNetworkAreHitAsWell() throws Exception {
        var jane = cluster.asUser(new User("jane", List.of(User.MASTERS, User.AUTHENTICATED)));
        cluster.faults().next(1, call -> call.user().equals("visitor")).unavailable();
        jane.resource(ConfigMap.class).create(map("seen"));
        try (var http = HttpClient.newBuilder()
                .sslContext(Https.as(cluster, "visitor", User.MASTERS))
                .build()) {
            var uri = URI.create(cluster.url() + "/api/v1/namespaces/default/configmaps/seen");
            var request = HttpRequest.newBuilder(uri).build();
            assertThat(http.send(request, HttpResponse.BodyHandlers.ofString()).statusCode())
                    .isEqualTo(503);
            assertThat(http.send(request, HttpResponse.BodyHandlers.ofString()).statusCode())
                    .isEqualTo(200);
        }
        assertThat(cluster.recentRequests("default"))
                .contains("503 get /api/v1/namespaces/default/configmaps/seen by visitor");
    }

    @Test
    void slowRequestsAreServedLater() {
        var maps = client.resource(ConfigMap.class);
        maps.create(map("slow"));
        var slow = cluster.faults()
                .next(1, call -> ours(call) && call.is("get", "configmaps"))
                .latency(Duration.ofMillis(200));
        long begun = System.nanoTime();
        assertThat(maps.get("default", "slow")).isPresent();
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isGreaterThanOrEqualTo(Duration.ofMillis(200));
        assertThat(slow.hits()).isEqualTo(1);
    }

    @Test
    void anObjectsHistoryTellsWhoWroteWhat() {
        var maps = client.resource(ConfigMap.class);
        var made = maps.create(map("told"));
        made.setData(Map.of("colour", "red"));
        maps.update(made);
        cluster.apply("{apiVersion: v1, kind: ConfigMap, metadata: {name: told}, data: {colour: blue, size: L}}");
        var history = cluster.history(made);
        assertThat(history).extracting(Revision::number).isSorted().hasSize(3);
        assertThat(history.getFirst().by().orElseThrow().user()).isEqualTo("test");
        assertThat(history.get(1).diff()).containsExactly("+ data.colour: \"red\"");
        assertThat(history.get(2).diff()).containsExactly("~ data.colour: \"red\" → \"blue\"", "+ data.size: \"L\"");
        assertThat(history.get(2).by().orElseThrow().manager()).isEqualTo("navarch");
        assertThat(history.get(2).object().at("data", "size")).contains("L");
        client.raw("DELETE", "/api/v1/namespaces/default/configmaps/told", null);
        assertThat(cluster.history(made).getLast().deleted()).isTrue();
        try (var fork = cluster.fork()) {
            assertThat(fork.history(made)).hasSize(4);
        }
    }
}
