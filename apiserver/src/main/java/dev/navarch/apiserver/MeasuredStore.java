package dev.navarch.apiserver;

import dev.navarch.api.Catalogue;
import dev.navarch.api.ResourceType;
import dev.navarch.apiserver.http.RequestMetrics;
import dev.navarch.apiserver.request.Latencies;
import dev.navarch.storage.ForwardingStore;
import dev.navarch.storage.Page;
import dev.navarch.storage.Range;
import dev.navarch.storage.Store;
import dev.navarch.storage.Write;
import dev.navarch.storage.WriteResult;
import dev.navarch.time.TimeSource;
import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.datapoints.DistributionDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A store with what upstream counts of etcd: its writes and ranges, and how many objects it holds. Gets are answered from
 * memory and not worth a measurement. Source: k8s.io/apiserver pkg/storage/etcd3/metrics/metrics.go.
 */
final class MeasuredStore extends ForwardingStore {
    private final TimeSource time;
    private final Histogram duration;
    private final Counter total;
    private final Map<Kind, Points> points = new ConcurrentHashMap<>();

    private record Kind(String operation, String prefix) {}

    private record Points(DistributionDataPoint seconds, CounterDataPoint count) {}

    MeasuredStore(Store store, Catalogue catalogue, TimeSource time, PrometheusRegistry registry) {
        super(store);
        this.time = time;
        duration = Histogram.builder()
                .withoutExemplars()
                .name("etcd_request_duration_seconds")
                .help("Seconds that the store took, by operation, group and resource.")
                .labelNames("operation", "group", "resource")
                .classicOnly()
                .classicUpperBounds(RequestMetrics.SECONDS)
                .register(registry);
        total = Counter.builder()
                .withoutExemplars()
                .name("etcd_requests_total")
                .help("Requests to the store by operation, group and resource.")
                .labelNames("operation", "group", "resource")
                .register(registry);
        var stored = new TreeMap<String, ResourceType>();
        catalogue.types().stream().filter(ResourceType::stored).forEach(t -> stored.putIfAbsent(t.qualifiedName(), t));
        GaugeWithCallback.builder()
                .name("apiserver_storage_objects")
                .help("Stored objects by resource.")
                .labelNames("resource")
                .callback(point -> stored.forEach((name, type) -> point.call(count(type), name)))
                .register(registry);
        GaugeWithCallback.builder()
                .name("apiserver_resource_objects")
                .help("Stored objects by group and resource.")
                .labelNames("group", "resource")
                .callback(
                        point -> stored.values().forEach(type -> point.call(count(type), type.group(), type.plural())))
                .register(registry);
    }

    private double count(ResourceType type) {
        var page = super.range(new Range(type.storagePrefix(), "", 1, 0));
        return page.entries().size() + page.remaining();
    }

    /** Found by the beginning of the key, as in /registry/apps/deployments/. */
    private Points points(String operation, String key) {
        int end = key.indexOf('/', key.indexOf('/', key.indexOf('/', 1) + 1) + 1);
        var resource = end < 0 ? key : key.substring(0, end);
        var known = points.get(new Kind(operation, resource));
        return known != null ? known : points.computeIfAbsent(new Kind(operation, resource), this::lookUp);
    }

    private Points lookUp(Kind kind) {
        var parts = kind.prefix.split("/", 4);
        var group = parts.length > 2 && !parts[2].equals("core") ? parts[2] : "";
        var resource = parts.length > 3 ? parts[3] : "";
        return new Points(
                duration.labelValues(kind.operation, group, resource),
                total.labelValues(kind.operation, group, resource));
    }

    private void observe(String operation, String key, long begin) {
        var kind = points(operation, key);
        kind.count.inc();
        long took = time.nanoTime() - begin;
        kind.seconds.observe(took / 1e9);
        Latencies.took(Latencies.Part.STORE, took);
    }

    @Override
    public Page range(Range range) {
        long begin = time.nanoTime();
        try {
            return super.range(range);
        } finally {
            observe("list", range.prefix(), begin);
        }
    }

    @Override
    public WriteResult write(Write write) {
        long begin = time.nanoTime();
        try {
            return super.write(write);
        } finally {
            var operation = switch (write) {
                case Write.Create _ -> "create";
                case Write.Update _ -> "update";
                case Write.Delete _ -> "delete";
            };
            observe(operation, write.key(), begin);
        }
    }
}
