package dev.navarch.controllers.rootca;

import dev.navarch.client.ControllerLoop;
import dev.navarch.client.Handler;
import dev.navarch.client.Key;
import dev.navarch.client.WorkQueue;
import dev.navarch.controllers.Controller;
import dev.navarch.controllers.ControllerContext;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Namespace;

/** Wakes namespaces when they are made, or when their published map changes. */
public final class RootCaController {
    private RootCaController() {}

    public static Controller create(ControllerContext context) {
        WorkQueue<Key> queue = context.queue("root_ca_cert_publisher");
        var namespaces = context.informer(Namespace.class);
        var maps = context.informer(ConfigMap.class);
        namespaces.addHandler(Handler.each(n -> queue.add(Key.of(n))));
        maps.addHandler(Handler.each(m -> {
            if (m.getMetadata().getName().equals(RootCaPlan.NAME)) {
                queue.add(new Key("", m.getMetadata().getNamespace()));
            }
        }));
        var reconciler = new RootCaReconciler(
                namespaces,
                maps,
                context.client().resource(ConfigMap.class),
                context.settings().rootCa());
        var syncs = new SyncMetrics(context.metrics(), context.time());
        return Controller.of(new ControllerLoop<>("root-ca", queue, 1, syncs.of(reconciler)));
    }
}
