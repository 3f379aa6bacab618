package dev.navarch.controllers.serviceaccount;

import dev.navarch.client.ControllerLoop;
import dev.navarch.client.Handler;
import dev.navarch.client.Key;
import dev.navarch.client.WorkQueue;
import dev.navarch.controllers.Controller;
import dev.navarch.controllers.ControllerContext;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.ServiceAccount;

/**
 * Wakes namespaces when they or one of their accounts change. source: kubernetes pkg/controller/serviceaccount
 * (serviceaccounts_controller.go).
 */
public final class ServiceAccountController {
    private ServiceAccountController() {}

    public static Controller create(ControllerContext context) {
        WorkQueue<Key> queue = context.queue("serviceaccount");
        var namespaces = context.informer(Namespace.class);
        var accounts = context.informer(ServiceAccount.class);
        namespaces.addHandler(Handler.each(n -> queue.add(Key.of(n))));
        accounts.addHandler(new Handler<>() {
            @Override
            public void added(ServiceAccount account) {}

            @Override
            public void updated(ServiceAccount before, ServiceAccount now) {}

            @Override
            public void deleted(ServiceAccount last) {
                queue.add(new Key("", last.getMetadata().getNamespace()));
            }
        });
        var resource = context.client().resource(ServiceAccount.class);
        var reconciler = new ServiceAccountReconciler(namespaces, accounts, resource);
        return Controller.of(new ControllerLoop<>("serviceaccount", queue, 1, reconciler));
    }
}
