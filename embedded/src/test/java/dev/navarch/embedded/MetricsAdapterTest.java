package dev.navarch.embedded;

import static dev.navarch.embedded.Workloads.admin;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.navarch.client.ApiClient;
import dev.navarch.client.Await;
import dev.navarch.client.ListQuery;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Autoscalers on metrics of a server of somebody else, such as an adapter of Prometheus: response times of a service,
 * requests of pods, and how much waits outside, each through an APIService that leads to it.
 */
class MetricsAdapterTest {
    private static final String CUSTOM = "/apis/custom.metrics.k8s.io/v1beta2";
    private static final String EXTERNAL = "/apis/external.metrics.k8s.io/v1beta1";

    /** What the adapter says, by the metric's name; nothing is known of others. */
    private static final Map<String, String> values = new ConcurrentHashMap<>();

    private static final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private static EmbeddedCluster cluster;
    private static ApiClient client;
    private static HttpsServer adapter;

    @BeforeAll
    static void start() throws Exception {
        cluster = EmbeddedCluster.builder()
                .startsAt(Instant.parse("2026-03-01T12:00:00Z"))
                .paused()
                .start();
        client = admin(cluster);
        var address = address();
        adapter = HttpsServer.create(new InetSocketAddress(address, 0), 0);
        adapter.setHttpsConfigurator(new HttpsConfigurator(Https.as(cluster, "adapter")));
        adapter.setExecutor(threads);
        adapter.createContext("/", MetricsAdapterTest::answer);
        adapter.start();
        cluster.apply(
                """
                apiVersion: v1
                kind: Service
                metadata: {name: adapter, namespace: default}
                spec: {ports: [{name: https, port: 443}]}
                ---
                apiVersion: discovery.k8s.io/v1
                kind: EndpointSlice
                metadata: {name: adapter-1, namespace: default, labels: {kubernetes.io/service-name: adapter}}
                addressType: IPv4
                endpoints: [{addresses: ["%s"]}]
                ports: [{name: https, port: %d, protocol: TCP}]
                ---
                """.formatted(address.getHostAddress(), adapter.getAddress().getPort())
                        + service("custom.metrics.k8s.io", "v1beta2")
                        + service("external.metrics.k8s.io", "v1beta1"));
        Await.until("both APIs are there", () -> {
            cluster.clock().advance(Duration.ofSeconds(1));
            LockSupport.parkNanos(
                    20_000_000); // the network is asked in real seconds, and not beside a thread that spins
            return isAvailable("v1beta2.custom.metrics.k8s.io") && isAvailable("v1beta1.external.metrics.k8s.io");
        });
    }

    @AfterAll
    static void stop() {
        cluster.close();
        adapter.stop(0);
        threads.close();
    }

    /** Where others could reach it too; services lead nowhere else. */
    private static InetAddress address() throws IOException {
        return NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .filter(a -> a instanceof Inet4Address && !a.isLoopbackAddress() && !a.isLinkLocalAddress())
                .findFirst()
                .orElseThrow(() -> new IOException("this machine has no address but the loopback's"));
    }

    private static String service(String group, String version) {
        return """
                apiVersion: apiregistration.k8s.io/v1
                kind: APIService
                metadata: {name: %2$s.%1$s}
                spec:
                  group: %1$s
                  version: %2$s
                  groupPriorityMinimum: 100
                  versionPriority: 100
                  insecureSkipTLSVerify: true
                  service: {namespace: default, name: adapter}
                ---
                """.formatted(group, version);
    }

    private static boolean isAvailable(String service) {
        for (var condition : client.raw("/apis/apiregistration.k8s.io/v1/apiservices/" + service)
                .path("status")
                .path("conditions")) {
            if (condition.path("type").asString().equals("Available")) {
                return condition.path("reason").asString().equals("Passed");
            }
        }
        return false;
    }

    // The adapter

    private static void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            var body = body(exchange.getRequestURI());
            var bytes = (body.isEmpty() ? "{\"kind\":\"Status\",\"code\":404}" : body).getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().add("Content-Type", "application/json");
            exchange.sendResponseHeaders(body.isEmpty() ? 404 : 200, bytes.length);
            exchange.getResponseBody().write(bytes);
        }
    }

    private static String body(URI asked) {
        var path = asked.getPath();
        if (path.equals(CUSTOM) || path.equals(EXTERNAL)) {
            return """
                    {"kind":"APIResourceList","apiVersion":"v1","groupVersion":"%s","resources":[]}""".formatted(path.substring("/apis/".length()));
        }
        var metric = path.substring(path.lastIndexOf('/') + 1);
        var value = values.get(metric);
        if (value == null) {
            return "";
        }
        if (path.startsWith(EXTERNAL + "/namespaces/default/")) {
            return """
                    {"kind":"ExternalMetricValueList","apiVersion":"external.metrics.k8s.io/v1beta1","metadata":{},"items":[
                    {"metricName":"%s","metricLabels":{},"timestamp":"2026-03-01T12:00:00Z","value":"%s"}]}""".formatted(metric, value);
        }
        var pods = client.resource(Pod.class)
                .list(ListQuery.inNamespace("default").labels("app=front"))
                .items();
        var each = Long.parseLong(value) / Math.max(1, pods.size()) + "m"; // they share what there is to do
        var items = path.startsWith(CUSTOM + "/namespaces/default/pods/*/")
                ? pods.stream()
                        .map(pod -> item("Pod", pod.getMetadata().getName(), metric, each))
                        .collect(Collectors.joining(","))
                : path.startsWith(CUSTOM + "/namespaces/default/services/front/")
                        ? item("Service", "front", metric, each)
                        : "";
        return """
                {"kind":"MetricValueList","apiVersion":"custom.metrics.k8s.io/v1beta2","metadata":{},"items":[%s]}""".formatted(items);
    }

    private static String item(String kind, String name, String metric, String value) {
        return """
                {"describedObject":{"kind":"%s","namespace":"default","name":"%s","apiVersion":"/v1"},
                "metric":{"name":"%s","selector":null},"timestamp":"2026-03-01T12:00:00Z","value":"%s"}""".formatted(kind, name, metric, value);
    }

    // The autoscalers

    private static void workload(String name, String metrics) {
        Workloads.autoscaled(cluster, name, "", 5, metrics);
    }

    private static int replicas(String name) {
        return Workloads.replicas(client, name);
    }

    private static HorizontalPodAutoscaler autoscaler(String name) {
        return Workloads.autoscaler(client, name);
    }

    private static List<String> conditions(String name) {
        return autoscaler(name).getStatus().getConditions().stream()
                .map(c -> c.getType() + "=" + c.getStatus() + " " + c.getReason())
                .toList();
    }

    private static void pass() {
        cluster.clock().advance(Duration.ofSeconds(40));
    }

    @Test
    void theResponseTimeOfAServiceAndTheRequestsOfPodsDecide() {
        values.put("response_seconds", "600");
        values.put("requests_per_second", "5000");
        workload("front", """
                {type: Object, object: {describedObject: {apiVersion: v1, kind: Service, name: front},
                 metric: {name: response_seconds}, target: {type: Value, value: 200m}}},
                {type: Pods, pods: {metric: {name: requests_per_second}, target: {type: AverageValue, averageValue: 10}}}""");
        pass();
        assertThat(replicas("front")).as("%s", autoscaler("front").getStatus()).isEqualTo(3);
        pass(); // each pod has less to do now
        assertThat(replicas("front")).isEqualTo(3);
        var shown = autoscaler("front").getStatus().getCurrentMetrics();
        assertThat(shown.getFirst().getObject().getCurrent().getValue().toString())
                .isEqualTo("200m");
        assertThat(shown.getLast().getPods().getCurrent().getAverageValue().toString())
                .isEqualTo("1666m");
        values.put("response_seconds", "200");
        values.put("requests_per_second", "15000");
        pass();
        assertThat(replicas("front")).as("%s", autoscaler("front").getStatus()).isEqualTo(2);
        values.put("requests_per_second", "5000");
        pass();
        assertThat(replicas("front")).isEqualTo(1);
    }

    @Test
    void whatWaitsOutsideDecidesAndWhatIsNotKnownIsTold() {
        values.put("jobs_waiting", "30");
        workload("workers", """
                {type: External, external: {metric: {name: jobs_waiting, selector: {matchLabels: {queue: mail}}},
                 target: {type: AverageValue, averageValue: 10}}}""");
        pass();
        assertThat(replicas("workers"))
                .as("%s", autoscaler("workers").getStatus())
                .isEqualTo(3);
        assertThat(conditions("workers"))
                .containsExactly(
                        "AbleToScale=True ReadyForNewScale",
                        "ScalingActive=True ValidMetricFound",
                        "ScalingLimited=False DesiredWithinRange");
        values.remove("jobs_waiting");
        pass();
        assertThat(replicas("workers")).isEqualTo(3); // who knows nothing leaves it
        assertThat(conditions("workers")).contains("ScalingActive=False FailedGetExternalMetric");
        assertThat(cluster.recentEvents("default"))
                .contains("FailedGetExternalMetric HorizontalPodAutoscaler/workers: failed to get jobs_waiting external"
                        + " metric: unable to get external metric default/jobs_waiting/");
    }
}
