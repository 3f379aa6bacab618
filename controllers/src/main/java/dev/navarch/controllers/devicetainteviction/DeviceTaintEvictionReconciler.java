package dev.navarch.controllers.devicetainteviction;

import dev.navarch.client.ApiFailure;
import dev.navarch.client.Disruption;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.Informer;
import dev.navarch.client.Key;
import dev.navarch.client.Reconciler;
import dev.navarch.client.Resource;
import dev.navarch.client.WorkQueue;
import dev.navarch.controllers.ControllerContext;
import dev.navarch.controllers.ControllerMetrics;
import dev.navarch.controllers.Pods;
import dev.navarch.time.TimeSource;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaim;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceSlice;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Histogram;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Deletes one pod when a device that it uses may be used no longer, or comes back then. */
final class DeviceTaintEvictionReconciler implements Reconciler<Key> {
    private static final String REASON = "DeviceTaintManagerEviction";
    private static final Disruption TAINT =
            new Disruption("DeletionByDeviceTaintManager", "Device Taint manager: deleting due to NoExecute taint");

    private static final double[] LATENCIES = {0.005, 0.025, 0.1, 0.5, 1, 2.5, 10, 30, 60, 120, 180, 240};

    private final Informer<Pod> pods;
    private final Informer<ResourceClaim> claims;
    private final Informer<ResourceSlice> slices;
    private final Resource<Pod> resource;
    private final EventRecorder events;
    private final WorkQueue<Key> queue;
    private final TimeSource time;
    private final Counter deletions;
    private final Histogram latency;
    /** The uids of pods that are to end some day. */
    private final Map<Key, String> doomed = new ConcurrentHashMap<>();

    DeviceTaintEvictionReconciler(
            ControllerContext context,
            Informer<Pod> pods,
            Informer<ResourceClaim> claims,
            Informer<ResourceSlice> slices,
            WorkQueue<Key> queue) {
        this.pods = pods;
        this.claims = claims;
        this.slices = slices;
        this.queue = queue;
        resource = context.client().resource(Pod.class);
        events = context.events();
        time = context.time();
        deletions = context.metrics()
                .counter(
                        "device_taint_eviction_controller_pod_deletions_total",
                        "Pods deleted because of a taint of a device.");
        latency = context.metrics()
                .histogram(
                        "device_taint_eviction_controller_pod_deletion_duration_seconds",
                        "From the end of a pod's time on a tainted device until it is deleted.",
                        LATENCIES);
    }

    @Override
    public void reconcile(Key key) {
        var pod =
                pods.get(key).filter(p -> Pods.isActive(p) && !Pods.nodeName(p).isEmpty());
        if (pod.isEmpty()) {
            doomed.remove(key);
            return;
        }
        var uid = pod.get().getMetadata().getUid();
        var deadline = deadline(uid);
        if (deadline.isEmpty()) {
            if (uid.equals(doomed.remove(key))) {
                events.normal(pod.get(), REASON, "Cancelling deletion");
            }
            return;
        }
        var left = Duration.between(time.now(), deadline.get());
        if (left.isPositive()) {
            doomed.put(key, uid);
            queue.addAfter(key, left);
        } else {
            evict(pod.get(), deadline.get());
            doomed.remove(key);
        }
    }

    private Optional<Instant> deadline(String consumer) {
        return claims.byIndex(DeviceTaintEvictionController.BY_CONSUMER, consumer).stream()
                .flatMap(claim ->
                        DeviceDeadline.of(claim, name -> DevicePool.of(slices.byIndex(DevicePool.BY_NAME, name)))
                                .stream())
                .min(Instant::compareTo);
    }

    private void evict(Pod pod, Instant deadline) {
        events.normal(pod, REASON, "Marking for deletion");
        try {
            TAINT.end(resource, pod, time.now());
            deletions.inc();
            latency.observe(ControllerMetrics.seconds(Duration.between(deadline, time.now())));
        } catch (ApiFailure e) {
            if (!e.notFound() && !e.conflict()) {
                throw e;
            }
        }
    }
}
