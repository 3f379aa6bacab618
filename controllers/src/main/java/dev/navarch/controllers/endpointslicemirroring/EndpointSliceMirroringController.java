package dev.navarch.controllers.endpointslicemirroring;

import dev.navarch.client.ControllerLoop;
import dev.navarch.client.Handler;
import dev.navarch.client.Key;
import dev.navarch.client.WorkQueue;
import dev.navarch.controllers.Controller;
import dev.navarch.controllers.ControllerContext;
import dev.navarch.controllers.WriteTracker;
import io.fabric8.kubernetes.api.model.Endpoints;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import java.util.List;

/**
 * Wakes Endpoints when they, their Service or their mirrored slices change. source: kubernetes
 * pkg/controller/endpointslicemirroring (endpointslicemirroring_controller.go).
 */
public final class EndpointSliceMirroringController {
    private EndpointSliceMirroringController() {}

    public static Controller create(ControllerContext context) {
        WorkQueue<Key> queue = context.queue("endpoint_slice_mirroring");
        var writes = new WriteTracker(context.time());
        var services = context.informer(Service.class);
        var endpoints = context.informer(Endpoints.class);
        var slices = context.informer(EndpointSlice.class);
        slices.addIndex(
                MirroringReconciler.BY_ENDPOINTS,
                s -> MirroringPlan.mirrored(s).map(k -> List.of(k.toString())).orElse(List.of()));
        services.addHandler(Handler.each(s -> queue.add(Key.of(s))));
        endpoints.addHandler(Handler.each(e -> queue.add(Key.of(e))));
        slices.addHandler(new Handler<>() {
            @Override
            public void added(EndpointSlice slice) {
                MirroringPlan.mirrored(slice).ifPresent(queue::add);
            }

            @Override
            public void updated(EndpointSlice before, EndpointSlice now) {
                added(before);
                added(now);
            }

            @Override
            public void deleted(EndpointSlice last) {
                MirroringPlan.mirrored(last).ifPresent(k -> writes.forget(k, last));
                added(last);
            }
        });
        var reconciler = new MirroringReconciler(context, services, endpoints, slices, writes, queue);
        return Controller.of(new ControllerLoop<>(
                "endpointslicemirroring", queue, context.settings().workers(), reconciler));
    }
}
