package dev.navarch.controllers.servicecidr;

import dev.navarch.client.ControllerLoop;
import dev.navarch.client.Handler;
import dev.navarch.client.Key;
import dev.navarch.client.WorkQueue;
import dev.navarch.controllers.Controller;
import dev.navarch.controllers.ControllerContext;
import io.fabric8.kubernetes.api.model.networking.v1.IPAddress;
import io.fabric8.kubernetes.api.model.networking.v1.ServiceCIDR;

/**
 * Wakes a block when it changes, and all that are on their way out when another block or an address does. source:
 * kubernetes pkg/controller/servicecidrs/servicecidrs_controller.go.
 */
public final class ServiceCidrController {
    private ServiceCidrController() {}

    public static Controller create(ControllerContext context) {
        WorkQueue<Key> queue = context.queue("servicecidrs");
        var blocks = context.informer(ServiceCIDR.class);
        var addresses = context.informer(IPAddress.class);
        Runnable wakeLeaving = () ->
                blocks.list().stream().filter(ServiceCidrReconciler::isLeaving).forEach(b -> queue.add(Key.of(b)));
        blocks.addHandler(Handler.each(b -> {
            queue.add(Key.of(b));
            wakeLeaving.run();
        }));
        addresses.addHandler(Handler.each(_ -> wakeLeaving.run()));
        var reconciler = new ServiceCidrReconciler(
                blocks, addresses, context.client().resource(ServiceCIDR.class), queue, context.time());
        return Controller.of(new ControllerLoop<>("service-cidr", queue, 1, reconciler));
    }
}
