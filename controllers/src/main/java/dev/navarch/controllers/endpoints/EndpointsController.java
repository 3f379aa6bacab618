package dev.navarch.controllers.endpoints;

import dev.navarch.client.ControllerLoop;
import dev.navarch.client.Handler;
import dev.navarch.client.Key;
import dev.navarch.client.WorkQueue;
import dev.navarch.controllers.Controller;
import dev.navarch.controllers.ControllerContext;
import dev.navarch.controllers.ServicePods;
import io.fabric8.kubernetes.api.model.Endpoints;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;

/** Wakes services when they, their pods or their Endpoints change. */
public final class EndpointsController {
    private EndpointsController() {}

    public static Controller create(ControllerContext context) {
        WorkQueue<Key> queue = context.queue("endpoint");
        var services = context.informer(Service.class);
        var pods = context.informer(Pod.class);
        var endpoints = context.informer(Endpoints.class);
        services.addHandler(Handler.each(s -> queue.add(Key.of(s))));
        pods.addHandler(ServicePods.wake(services, queue::add));
        endpoints.addHandler(Handler.each(e -> {
            // of those that no service has, only ours are ours to delete
            if (services.get(Key.of(e)).isPresent()) {
                queue.add(Key.of(e));
            }
        }));
        var reconciler = new EndpointsReconciler(context, services, pods, endpoints);
        var loop = new ControllerLoop<>("endpoints", queue, context.settings().workers(), reconciler);
        return new Controller() {
            @Override
            public void start() {
                // a service may have gone while nobody looked
                endpoints.list().stream()
                        .filter(EndpointsPlan::isOurs)
                        .map(Key::of)
                        .filter(key -> services.get(key).isEmpty())
                        .forEach(queue::add);
                loop.start();
            }

            @Override
            public void close() {
                loop.close();
            }
        };
    }
}
