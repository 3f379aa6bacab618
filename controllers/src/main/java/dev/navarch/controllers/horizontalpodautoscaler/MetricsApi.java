package dev.navarch.controllers.horizontalpodautoscaler;

import dev.navarch.api.values.GoDuration;
import dev.navarch.api.values.LabelSelector;
import dev.navarch.api.values.Quantity;
import dev.navarch.api.values.QuantityException;
import dev.navarch.api.values.Timestamps;
import dev.navarch.client.ApiClient;
import dev.navarch.client.ApiFailure;
import io.fabric8.kubernetes.api.model.autoscaling.v2.CrossVersionObjectReference;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/**
 * Metrics through the API server: {@code metrics.k8s.io}, {@code custom.metrics.k8s.io} and {@code
 * external.metrics.k8s.io}, whoever serves them. Sources: kubernetes pkg/controller/podautoscaler/metrics/client.go;
 * k8s.io/metrics pkg/client/custom_metrics/versioned_client.go, pkg/client/external_metrics/client.go.
 */
final class MetricsApi implements MetricSource {
    private static final String CUSTOM = "custom.metrics.k8s.io";
    private static final List<String> CUSTOM_VERSIONS = List.of("v1beta2", "v1beta1");
    /** What a sample speaks of if it doesn't say. */
    private static final Duration USUAL_WINDOW = Duration.ofMinutes(1);

    private final ApiClient client;
    private final Kinds kinds;

    MetricsApi(ApiClient client, Kinds kinds) {
        this.client = client;
        this.kinds = kinds;
    }

    @Override
    public Map<String, PodMetric> resource(String resource, String namespace, LabelSelector pods, String container)
            throws MetricsFailure {
        var path = "/apis/metrics.k8s.io/v1beta1/namespaces/" + namespace + "/pods"
                + query(Map.of("labelSelector", pods.toString()));
        var items = get(path, "resource").path("items");
        if (items.isEmpty()) {
            throw new MetricsFailure("no metrics returned from resource metrics API");
        }
        Map<String, PodMetric> found = new LinkedHashMap<>();
        for (var item : items) {
            var name = item.path("metadata").path("name").asString("");
            if (container.isEmpty()) {
                sum(found, name, item, resource);
            } else {
                one(found, name, item, resource, container);
            }
        }
        return found;
    }

    /** A pod of which one container says nothing counts as one of which nothing is known. */
    private static void sum(Map<String, PodMetric> found, String name, JsonNode item, String resource)
            throws MetricsFailure {
        var containers = item.path("containers");
        long sum = 0;
        for (var container : containers) {
            var usage = container.path("usage").path(resource);
            if (usage.isMissingNode()) {
                return;
            }
            sum += millis(usage);
        }
        if (!containers.isEmpty()) {
            found.put(name, sample(item, sum));
        }
    }

    private static void one(Map<String, PodMetric> found, String name, JsonNode item, String resource, String container)
            throws MetricsFailure {
        for (var each : item.path("containers")) {
            if (each.path("name").asString("").equals(container)) {
                var usage = each.path("usage").path(resource);
                if (!usage.isMissingNode()) {
                    found.put(name, sample(item, millis(usage)));
                }
                return;
            }
        }
        throw new MetricsFailure("failed to get container metrics: container " + container
                + " not present in metrics for pod "
                + item.path("metadata").path("namespace").asString("") + "/" + name);
    }

    private static PodMetric sample(JsonNode item, long value) throws MetricsFailure {
        return new PodMetric(time(item), window(item), value);
    }

    private static Instant time(JsonNode item) {
        return Timestamps.parse(item.path("timestamp").asString("")).orElse(Instant.EPOCH);
    }

    private static Duration window(JsonNode item) throws MetricsFailure {
        var text = item.path("window").asString("");
        try {
            return text.isEmpty() ? Duration.ZERO : GoDuration.parse(text);
        } catch (IllegalArgumentException e) {
            throw new MetricsFailure("unable to fetch metrics from resource metrics API: " + e.getMessage());
        }
    }

    @Override
    public Map<String, PodMetric> ofPods(String metric, String namespace, LabelSelector pods, LabelSelector series)
            throws MetricsFailure {
        Map<String, String> query = new LinkedHashMap<>();
        query.put("labelSelector", pods.toString());
        query.put("metricLabelSelector", series.toString());
        var items = custom("/namespaces/" + namespace + "/pods/*/" + escape(metric), query)
                .path("items");
        if (items.isEmpty()) {
            throw new MetricsFailure("no metrics returned from custom metrics API");
        }
        Map<String, PodMetric> found = new LinkedHashMap<>();
        for (var item : items) {
            var seconds = item.path("windowSeconds");
            if (!seconds.canConvertToLong()) {
                seconds = item.path("window"); // as v1beta1 calls it
            }
            found.put(
                    item.path("describedObject").path("name").asString(""),
                    new PodMetric(
                            time(item),
                            seconds.canConvertToLong() ? Duration.ofSeconds(seconds.asLong(0)) : USUAL_WINDOW,
                            millis(item.path("value"))));
        }
        return found;
    }

    @Override
    public long ofObject(String metric, String namespace, CrossVersionObjectReference object, LabelSelector series)
            throws MetricsFailure {
        var version = object.getApiVersion() == null ? "" : object.getApiVersion();
        boolean ofNamespace =
                object.getKind().equals("Namespace") && Kinds.group(version).isEmpty();
        String path;
        try {
            path = ofNamespace
                    ? "/namespaces/" + namespace + "/metrics/" + escape(metric)
                    : "/namespaces/" + namespace + "/"
                            + kinds.groupResource(version, object.getKind()) + "/" + escape(object.getName()) + "/"
                            + escape(metric);
        } catch (ApiFailure | Kinds.NoMatchException e) {
            throw new MetricsFailure("unable to fetch metrics from custom metrics API: " + e.getMessage());
        }
        var items =
                custom(path, Map.of("metricLabelSelector", series.toString())).path("items");
        if (items.size() != 1) {
            throw new MetricsFailure("unable to fetch metrics from custom metrics API: the custom metrics API server"
                    + " returned " + items.size() + " results when we asked for exactly one");
        }
        return millis(items.path(0).path("value"));
    }

    /** By the newest version that is served. */
    private JsonNode custom(String path, Map<String, String> query) throws MetricsFailure {
        return get("/apis/" + CUSTOM + "/" + customVersion() + path + query(query), "custom");
    }

    private String customVersion() throws MetricsFailure {
        JsonNode group;
        try {
            group = client.raw("/apis/" + CUSTOM);
        } catch (ApiFailure e) {
            if (e.notFound()) {
                throw new MetricsFailure("unable to fetch metrics from custom metrics API: no custom metrics API ("
                        + CUSTOM + ") registered");
            }
            throw failure("custom", e);
        } catch (UncheckedIOException e) {
            throw failure("custom", e);
        }
        List<String> served = new ArrayList<>();
        group.path("versions").forEach(v -> served.add(v.path("version").asString("")));
        return CUSTOM_VERSIONS.stream()
                .filter(served::contains)
                .findFirst()
                .orElseThrow(() -> new MetricsFailure(
                        "unable to fetch metrics from custom metrics API: no known available metric versions found"));
    }

    @Override
    public List<Long> external(String metric, String namespace, LabelSelector series) throws MetricsFailure {
        var path = "/apis/external.metrics.k8s.io/v1beta1/namespaces/" + namespace + "/" + escape(metric)
                + query(Map.of("labelSelector", series.toString()));
        var items = get(path, "external").path("items");
        if (items.isEmpty()) {
            throw new MetricsFailure("no metrics returned from external metrics API");
        }
        List<Long> values = new ArrayList<>();
        for (var item : items) {
            values.add(millis(item.path("value")));
        }
        return values;
    }

    private JsonNode get(String path, String api) throws MetricsFailure {
        try {
            return client.raw(path);
        } catch (ApiFailure | UncheckedIOException e) {
            throw failure(api, e);
        }
    }

    private static MetricsFailure failure(String api, RuntimeException e) {
        return new MetricsFailure("unable to fetch metrics from " + api + " metrics API: " + e.getMessage());
    }

    private static long millis(JsonNode quantity) throws MetricsFailure {
        try {
            return Quantity.parse(quantity.asString("")).milliValue();
        } catch (QuantityException e) {
            throw new MetricsFailure("unable to read a metric's value: " + e.getMessage());
        }
    }

    /** What is not empty. */
    private static String query(Map<String, String> values) {
        var text = new StringBuilder();
        values.forEach((name, value) -> {
            if (!value.isEmpty()) {
                text.append(text.isEmpty() ? '?' : '&').append(name).append('=').append(escape(value));
            }
        });
        return text.toString();
    }

    private static String escape(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
