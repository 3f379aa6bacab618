package dev.navarch.controllers.devicetainteviction;

import dev.navarch.client.ControllerLoop;
import dev.navarch.client.Handler;
import dev.navarch.client.Informer;
import dev.navarch.client.Key;
import dev.navarch.client.WorkQueue;
import dev.navarch.controllers.Controller;
import dev.navarch.controllers.ControllerContext;
import dev.navarch.controllers.Pods;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaim;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaimConsumerReference;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceSlice;
import java.util.List;

/**
 * Wakes pods when they get devices, and all that use devices of a pool when its slices change. Taints by
 * DeviceTaintRules, which upstream doesn't heed by default, are not known here. source: kubernetes
 * pkg/controller/devicetainteviction/device_taint_eviction.go.
 */
public final class DeviceTaintEvictionController {
    /** Index of an informer of claims: the pools whose devices they have. */
    private static final String BY_POOL = "pool";

    /** Index of an informer of claims: the uids of the pods that they are reserved for. */
    static final String BY_CONSUMER = "consumer";

    private DeviceTaintEvictionController() {}

    public static Controller create(ControllerContext context) {
        WorkQueue<Key> queue = context.queue("device-taint-eviction-controller");
        var pods = context.informer(Pod.class);
        var claims = context.informer(ResourceClaim.class);
        var slices = context.informer(ResourceSlice.class);
        claims.addIndex(BY_POOL, DeviceDeadline::pools);
        claims.addIndex(
                BY_CONSUMER,
                claim -> consumers(claim).stream()
                        .map(ResourceClaimConsumerReference::getUid)
                        .toList());
        DevicePool.index(slices);
        pods.addHandler(Handler.each(pod -> {
            if (!DevicePool.orEmpty(pod.getSpec().getResourceClaims()).isEmpty()
                    && !Pods.nodeName(pod).isEmpty()) {
                queue.add(Key.of(pod));
            }
        }));
        claims.addHandler(Handler.each(claim -> wake(claim, queue)));
        slices.addHandler(new OfSlices(claims, queue));
        var reconciler = new DeviceTaintEvictionReconciler(context, pods, claims, slices, queue);
        return Controller.of(new ControllerLoop<>(
                "device-taint-eviction", queue, context.settings().workers(), reconciler));
    }

    private static List<ResourceClaimConsumerReference> consumers(ResourceClaim claim) {
        return claim.getStatus() == null
                ? List.of()
                : DevicePool.orEmpty(claim.getStatus().getReservedFor());
    }

    private static void wake(ResourceClaim claim, WorkQueue<Key> queue) {
        for (var consumer : consumers(claim)) {
            if ("pods".equals(consumer.getResource())) {
                queue.add(new Key(claim.getMetadata().getNamespace(), consumer.getName()));
            }
        }
    }

    /** Wakes whoever uses a device of the pool. */
    private record OfSlices(Informer<ResourceClaim> claims, WorkQueue<Key> queue) implements Handler<ResourceSlice> {
        @Override
        public void added(ResourceSlice slice) {
            changed(slice);
        }

        @Override
        public void updated(ResourceSlice before, ResourceSlice now) {
            if (!before.getSpec().equals(now.getSpec())) {
                changed(now);
            }
        }

        @Override
        public void deleted(ResourceSlice last) {
            changed(last);
        }

        private void changed(ResourceSlice slice) {
            claims.byIndex(BY_POOL, DevicePool.name(slice)).forEach(claim -> wake(claim, queue));
        }
    }
}
