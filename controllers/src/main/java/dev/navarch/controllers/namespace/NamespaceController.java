package dev.navarch.controllers.namespace;

import dev.navarch.client.ControllerLoop;
import dev.navarch.client.Handler;
import dev.navarch.client.Key;
import dev.navarch.client.WorkQueue;
import dev.navarch.controllers.Controller;
import dev.navarch.controllers.ControllerContext;
import io.fabric8.kubernetes.api.model.Namespace;

/** Wakes namespaces that are being deleted. source: kubernetes pkg/controller/namespace/namespace_controller.go. */
public final class NamespaceController {
    private NamespaceController() {}

    public static Controller create(ControllerContext context) {
        WorkQueue<Key> queue = context.queue("namespace");
        var namespaces = context.informer(Namespace.class);
        namespaces.addHandler(Handler.each(namespace -> {
            if (namespace.getMetadata().getDeletionTimestamp() != null) {
                queue.add(Key.of(namespace));
            }
        }));
        var reconciler = new NamespaceReconciler(context, namespaces, queue);
        return Controller.of(
                new ControllerLoop<>("namespace", queue, context.settings().workers(), reconciler));
    }
}
