package dev.navarch.controllers.endpointslicemirroring;

import dev.navarch.client.ApiFailure;
import dev.navarch.client.DeleteOptions;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.Informer;
import dev.navarch.client.Key;
import dev.navarch.client.Reconciler;
import dev.navarch.client.Resource;
import dev.navarch.client.WorkQueue;
import dev.navarch.controllers.ControllerContext;
import dev.navarch.controllers.ControllerMetrics;
import dev.navarch.controllers.Pods;
import dev.navarch.controllers.ServicePods;
import dev.navarch.controllers.SliceMetrics;
import dev.navarch.controllers.WriteTracker;
import io.fabric8.kubernetes.api.model.Endpoints;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.prometheus.metrics.core.metrics.Histogram;
import java.util.List;

/** Writes the slices that mirror one Endpoints, or removes them when they are no longer to be mirrored. */
final class MirroringReconciler implements Reconciler<Key> {
    static final String BY_ENDPOINTS = "mirrored";

    private final Informer<Service> services;
    private final Informer<Endpoints> endpoints;
    private final Informer<EndpointSlice> slices;
    private final Resource<EndpointSlice> resource;
    private final EventRecorder events;
    private final WriteTracker writes;
    private final WorkQueue<Key> queue;
    private final SliceMetrics metrics;
    private final Histogram skipped;

    MirroringReconciler(
            ControllerContext context,
            Informer<Service> services,
            Informer<Endpoints> endpoints,
            Informer<EndpointSlice> slices,
            WriteTracker writes,
            WorkQueue<Key> queue) {
        this.services = services;
        this.endpoints = endpoints;
        this.slices = slices;
        this.writes = writes;
        this.queue = queue;
        resource = context.client().resource(EndpointSlice.class);
        events = context.events();
        metrics = new SliceMetrics(
                context.metrics(),
                "endpoint_slice_mirroring_controller",
                () -> slices.list().stream()
                        .filter(slice -> MirroringPlan.mirrored(slice).isPresent())
                        .toList());
        skipped = context.metrics()
                .histogram(
                        "endpoint_slice_mirroring_controller_addresses_skipped_per_sync",
                        "Addresses that a sync leaves out.",
                        ControllerMetrics.exponential(2, 2, 15));
    }

    @Override
    public void reconcile(Key key) {
        if (!writes.isShown(key, slices)) {
            queue.addRateLimited(key); // the cache would make slices twice
            return;
        }
        var mirrors = slices.byIndex(BY_ENDPOINTS, key.toString());
        var found = endpoints
                .get(key)
                .filter(MirroringPlan::isToMirror)
                .filter(_ -> services.get(key)
                        .filter(s -> !ServicePods.hasSelector(s))
                        .isPresent());
        if (found.isPresent()) {
            mirror(key, found.get(), mirrors);
        } else {
            mirrors.forEach(s -> delete(key, s));
        }
    }

    private void mirror(Key key, Endpoints source, List<EndpointSlice> mirrors) {
        var planned = new MirroringPlan(source).against(mirrors);
        complain(source, planned);
        if (!Pods.isDeleting(source)) {
            try {
                planned.create().forEach(s -> writes.wrote(key, resource.create(s)));
            } catch (ApiFailure e) {
                if (e.namespaceTerminating()) {
                    return;
                }
                throw e;
            }
        }
        planned.update().forEach(s -> writes.wrote(key, resource.update(s)));
        planned.delete().forEach(s -> delete(key, s));
        metrics.wrote(mirrors, planned.create(), planned.update(), planned.delete());
        skipped.observe(planned.skipped());
    }

    private void complain(Endpoints source, MirroringPlan.Writes planned) {
        if (planned.invalid() > 0) {
            events.warning(
                    source,
                    "InvalidIPAddress",
                    "Skipped " + planned.invalid() + " invalid IP addresses when mirroring to EndpointSlices");
        }
        if (planned.skipped() > planned.invalid()) {
            events.warning(
                    source,
                    "TooManyAddressesToMirror",
                    "A max of " + MirroringPlan.LARGEST
                            + " addresses can be mirrored to EndpointSlices per Endpoints subset. "
                            + planned.skipped() + " addresses were skipped");
        }
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
