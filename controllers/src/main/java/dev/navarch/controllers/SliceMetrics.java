package dev.navarch.controllers;

import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.Histogram;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What is counted of slices that a controller writes. Source: k8s.io/endpointslice metrics/metrics.go, kubernetes
 * pkg/controller/endpointslicemirroring/metrics.
 */
public final class SliceMetrics {
    private static final int LARGEST = 100;
    private static final double[] ENDPOINTS = ControllerMetrics.exponential(2, 2, 15);

    private final Gauge changes;
    private final Histogram added;
    private final Histogram removed;

    /**
     * @param prefix of the metrics' names, such as {@code endpoint_slice_controller}
     * @param slices those of the controller, as they are known now
     */
    public SliceMetrics(ControllerMetrics metrics, String prefix, Supplier<List<EndpointSlice>> slices) {
        changes = metrics.gauge(prefix + "_changes", "Writes of slices.", "operation");
        added = metrics.histogram(prefix + "_endpoints_added_per_sync", "Endpoints that a sync adds.", ENDPOINTS);
        removed = metrics.histogram(
                prefix + "_endpoints_removed_per_sync", "Endpoints that a sync takes away.", ENDPOINTS);
        metrics.gauge(
                prefix + "_num_endpoint_slices",
                "Slices that there are.",
                () -> slices.get().size());
        metrics.gauge(prefix + "_endpoints_desired", "Endpoints in slices.", () -> endpoints(slices.get()));
        metrics.gauge(
                prefix + "_desired_endpoint_slices",
                "Slices that there would be if each were full.",
                () -> slices.get().stream()
                        .collect(Collectors.groupingBy(SliceMetrics::group, Collectors.summingInt(SliceMetrics::size)))
                        .values()
                        .stream()
                        .mapToInt(endpoints -> Math.max(1, (endpoints + LARGEST - 1) / LARGEST))
                        .sum());
    }

    /** Slices that could be one if there were no limit. */
    private record Group(Object owner, Object type, Object ports) {}

    private static Group group(EndpointSlice slice) {
        var owners = slice.getMetadata().getOwnerReferences();
        return new Group(owners == null ? List.of() : owners, slice.getAddressType(), slice.getPorts());
    }

    private static int size(EndpointSlice slice) {
        return slice.getEndpoints() == null ? 0 : slice.getEndpoints().size();
    }

    private static int endpoints(List<EndpointSlice> slices) {
        return slices.stream().mapToInt(SliceMetrics::size).sum();
    }

    /** A sync wrote these. */
    public void wrote(
            List<EndpointSlice> before,
            List<EndpointSlice> created,
            List<EndpointSlice> updated,
            List<EndpointSlice> deleted) {
        changes.labelValues("create").inc(created.size());
        changes.labelValues("update").inc(updated.size());
        changes.labelValues("delete").inc(deleted.size());
        var was = before.stream().flatMap(SliceMetrics::addresses).collect(Collectors.toSet());
        var gone = Stream.concat(updated.stream(), deleted.stream())
                .map(slice -> slice.getMetadata().getName())
                .collect(Collectors.toSet());
        var is = Stream.of(
                        before.stream()
                                .filter(slice ->
                                        !gone.contains(slice.getMetadata().getName())),
                        created.stream(),
                        updated.stream())
                .flatMap(all -> all)
                .flatMap(SliceMetrics::addresses)
                .collect(Collectors.toSet());
        added.observe(is.stream().filter(address -> !was.contains(address)).count());
        removed.observe(was.stream().filter(address -> !is.contains(address)).count());
    }

    private static Stream<String> addresses(EndpointSlice slice) {
        return slice.getEndpoints() == null
                ? Stream.empty()
                : slice.getEndpoints().stream().flatMap(endpoint -> endpoint.getAddresses().stream());
    }
}
