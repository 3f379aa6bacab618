package dev.navarch.controllers.endpointslice;

import dev.navarch.client.ApiFailure;
import dev.navarch.client.DeleteOptions;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.Informer;
import dev.navarch.client.Key;
import dev.navarch.client.Reconciler;
import dev.navarch.client.Resource;
import dev.navarch.client.WorkQueue;
import dev.navarch.controllers.ControllerContext;
import dev.navarch.controllers.Pods;
import dev.navarch.controllers.ServicePods;
import dev.navarch.controllers.SliceMetrics;
import dev.navarch.controllers.WriteTracker;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.prometheus.metrics.core.metrics.Gauge;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Writes the slices of one service. */
final class EndpointSliceReconciler implements Reconciler<Key> {
    static final String BY_SERVICE = "service";
    private static final String ZONE = "topology.kubernetes.io/zone";

    private final Informer<Service> services;
    private final Informer<Pod> pods;
    private final Informer<Node> nodes;
    private final Informer<EndpointSlice> slices;
    private final Resource<EndpointSlice> resource;
    private final EventRecorder events;
    private final WriteTracker writes;
    private final WorkQueue<Key> queue;
    private final SliceMetrics metrics;
    /** Services whose endpoints have hints by topology. */
    private final Set<Key> hinted = ConcurrentHashMap.newKeySet();

    private final Gauge syncs;

    EndpointSliceReconciler(
            ControllerContext context,
            Informer<Service> services,
            Informer<Pod> pods,
            Informer<Node> nodes,
            Informer<EndpointSlice> slices,
            WriteTracker writes,
            WorkQueue<Key> queue) {
        this.services = services;
        this.pods = pods;
        this.nodes = nodes;
        this.slices = slices;
        this.writes = writes;
        this.queue = queue;
        resource = context.client().resource(EndpointSlice.class);
        events = context.events();
        metrics = new SliceMetrics(
                context.metrics(),
                "endpoint_slice_controller",
                () -> slices.list().stream()
                        .filter(slice -> !service(slice).isEmpty())
                        .toList());
        syncs = context.metrics().gauge("endpoint_slice_controller_syncs", "Syncs by how they ended.", "result");
    }

    /** A slice's service; empty for slices that others manage. */
    static List<String> service(EndpointSlice slice) {
        var labels = slice.getMetadata().getLabels();
        return labels == null
                        || !EndpointSlicePlan.CONTROLLER.equals(labels.get(EndpointSlicePlan.MANAGED_BY))
                        || !labels.containsKey(EndpointSlicePlan.SERVICE)
                ? List.of()
                : List.of(slice.getMetadata().getNamespace() + "/" + labels.get(EndpointSlicePlan.SERVICE));
    }

    @Override
    public void reconcile(Key key) {
        if (!writes.isShown(key, slices)) {
            syncs.labelValues("stale").inc();
            queue.addRateLimited(key); // the cache would make endpoints twice
            return;
        }
        var found = services.get(key);
        if (found.isEmpty()) {
            hinted.remove(key);
            // the garbage collector removes what the service owned; a slice whose service never was goes here
            slices.byIndex(BY_SERVICE, key.toString()).forEach(s -> delete(key, s));
            return;
        }
        var service = found.get();
        if (!ServicePods.hasSelector(service)
                || "ExternalName".equals(service.getSpec().getType())
                || Pods.isDeleting(service)) {
            return;
        }
        Optional<TopologyHints> topology = TopologyHints.wanted(service)
                ? Optional.of(new TopologyHints(ZoneShares.of(nodes.list())))
                : Optional.empty();
        var plan = new EndpointSlicePlan(service, ServicePods.selected(service, pods), this::zone, topology);
        var present = slices.byIndex(BY_SERVICE, key.toString());
        var planned = plan.against(present);
        tellOfHints(key, service, planned.topology());
        try {
            planned.create().forEach(s -> writes.wrote(key, resource.create(s)));
            planned.update().forEach(s -> writes.wrote(key, resource.update(s)));
            planned.delete().forEach(s -> delete(key, s));
            metrics.wrote(present, planned.create(), planned.update(), planned.delete());
            syncs.labelValues("success").inc();
        } catch (ApiFailure e) {
            if (e.namespaceTerminating()) {
                return;
            }
            syncs.labelValues("error").inc();
            if (!e.conflict()) {
                events.warning(
                        service,
                        "FailedToUpdateEndpointSlices",
                        "Error updating Endpoint Slices for Service " + key + ": " + e.getMessage());
            }
            throw e;
        }
    }

    private void tellOfHints(Key key, Service service, Map<String, Optional<String>> topology) {
        topology.forEach((addressType, missing) -> {
            if (missing.isPresent()) {
                hinted.remove(key);
                disabled(service, missing.get(), addressType);
            } else if (hinted.add(key)) {
                events.normal(
                        service,
                        "TopologyAwareHintsEnabled",
                        "Topology Aware Hints has been enabled, addressType: " + addressType);
            }
        });
        if (topology.isEmpty() && hinted.remove(key)) {
            service.getSpec()
                    .getIpFamilies()
                    .forEach(type -> disabled(service, "Topology Aware Hints has been disabled", type));
        }
    }

    private void disabled(Service service, String why, String addressType) {
        events.warning(service, "TopologyAwareHintsDisabled", why + ", addressType: " + addressType);
    }

    private Optional<String> zone(String node) {
        return nodes.get("", node).flatMap(EndpointSliceReconciler::zone);
    }

    static Optional<String> zone(Node node) {
        var labels = node.getMetadata().getLabels();
        return labels == null ? Optional.empty() : Optional.ofNullable(labels.get(ZONE));
    }

    private void delete(Key key, EndpointSlice slice) {
        try {
            resource.delete(
                    slice.getMetadata().getNamespace(), slice.getMetadata().getName(), DeleteOptions.exactly(slice));
            writes.deleted(key, slice);
        } catch (ApiFailure e) {
            if (!e.notFound()) {
                throw e;
            }
        }
    }
}
