package dev.navarch.embedded;

import static dev.navarch.embedded.Workloads.admin;
import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.client.ApiClient;
import dev.navarch.client.Json;
import dev.navarch.client.ListQuery;
import dev.navarch.client.Patch;
import dev.navarch.client.Request;
import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Autoscalers on what the simulated nodes say that pods use, through the metrics APIs that the API server has itself. */
class AutoscalerTest {
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

    private static void workload(String name, String annotations, String metric) {
        Workloads.autoscaled(cluster, name, annotations, 3, metric);
    }

    private static int replicas(String name) {
        return Workloads.replicas(client, name);
    }

    private static String status(String name) {
        return String.valueOf(Workloads.autoscaler(client, name).getStatus());
    }

    @Test
    void aBusyDeploymentGrowsAndAnIdleOneShrinks() {
        workload(
                "busy",
                "navarch.dev/simulated-cpu: 300m, navarch.dev/simulated-memory: 32Mi",
                "{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 50}}}");
        cluster.clock().advance(Duration.ofMinutes(6)); // past the time in which a pod's start misleads
        assertThat(replicas("busy")).as(status("busy")).isEqualTo(3);

        var metrics = client.raw("/apis/metrics.k8s.io/v1beta1/namespaces/default/pods?labelSelector=app%3Dbusy");
        assertThat(metrics.path("kind").asString()).isEqualTo("PodMetricsList");
        assertThat(metrics.path("items")).hasSize(3);
        var container = metrics.path("items").get(0).path("containers").get(0);
        assertThat(container.path("name").asString()).isEqualTo("main");
        assertThat(container.path("usage").path("cpu").asString()).isEqualTo("300m");
        assertThat(container.path("usage").path("memory").asString()).isEqualTo("32Mi");
        var node = client.raw("/apis/metrics.k8s.io/v1beta1/nodes/node-1");
        assertThat(node.path("kind").asString()).isEqualTo("NodeMetrics");
        assertThat(node.path("usage").path("cpu").asString()).isNotEmpty();

        assertThat(table("namespaces/default/pods?labelSelector=app%3Dbusy", 3))
                .startsWith("Name cpu memory Window | busy-")
                .contains(" 300m 32Mi ");
        assertThat(table("nodes/node-1", 1)).startsWith("Name cpu memory Window | node-1 ");

        for (var pod : client.resource(Pod.class)
                .list(ListQuery.inNamespace("default"))
                .items()) {
            client.resource(Pod.class)
                    .patch(
                            "default",
                            pod.getMetadata().getName(),
                            Patch.merge("{\"metadata\":{\"annotations\":{\"navarch.dev/simulated-cpu\":\"1m\"}}}"));
        }
        cluster.awaitIdle();
        cluster.clock().advance(Duration.ofMinutes(1));
        assertThat(replicas("busy")).as(status("busy")).isEqualTo(1);
        assertThat(cluster.recentEvents("default"))
                .contains("SuccessfulRescale HorizontalPodAutoscaler/busy: New size: 1; reason: All metrics below"
                        + " target");
    }

    /** The columns' names and the rows' cells of what kubectl would show. */
    private static String table(String of, int rows) {
        var request = new Request(
                "GET",
                "/apis/metrics.k8s.io/v1beta1/" + of,
                Map.of("Accept", "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"),
                new byte[0]);
        try (var response = client.transport().send(request)) {
            var table = Json.mapper().readTree(response.readAll());
            assertThat(table.path("kind").asString()).isEqualTo("Table");
            assertThat(table.path("rows")).hasSize(rows);
            List<String> lines = new ArrayList<>();
            lines.add(line(table.path("columnDefinitions"), column -> column.path("name")));
            for (var row : table.path("rows")) {
                assertThat(row.path("object").path("kind").asString()).isEqualTo("PartialObjectMetadata");
                lines.add(line(row.path("cells"), cell -> cell));
            }
            return String.join(" | ", lines);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String line(JsonNode cells, UnaryOperator<JsonNode> text) {
        List<String> words = new ArrayList<>();
        cells.forEach(cell -> words.add(text.apply(cell).asString()));
        return String.join(" ", words);
    }

    @Test
    void theNetworkIsAMetricOfPods() {
        workload(
                "chatty",
                "navarch.dev/simulated-network-receive: 3k",
                "{type: Pods, pods: {metric: {name: network_receive_bytes_per_second}, target: {type: AverageValue,"
                        + " averageValue: 1k}}}");
        cluster.clock().advance(Duration.ofMinutes(2));
        assertThat(replicas("chatty")).as(status("chatty")).isEqualTo(3);
        var values = client.raw("/apis/custom.metrics.k8s.io/v1beta2/namespaces/default/pods/*/"
                + "network_receive_bytes_per_second?labelSelector=app%3Dchatty");
        assertThat(values.path("items").get(0).path("value").asString()).isEqualTo("3k");
    }

    @Test
    void theMetricsApisAreDiscovered() {
        var group = client.raw("/apis/metrics.k8s.io");
        assertThat(group.path("preferredVersion").path("version").asString()).isEqualTo("v1beta1");
        assertThat(client.raw("/apis/metrics.k8s.io/v1beta1").path("resources")).hasSize(2);
        assertThat(client.raw("/apis").toString()).contains("custom.metrics.k8s.io");
        var service = client.raw("/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.metrics.k8s.io");
        assertThat(service.path("spec").has("service")).isFalse();
    }
}
