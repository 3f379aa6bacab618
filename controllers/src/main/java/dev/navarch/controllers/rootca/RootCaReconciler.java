package dev.navarch.controllers.rootca;

import dev.navarch.client.ApiFailure;
import dev.navarch.client.Informer;
import dev.navarch.client.Key;
import dev.navarch.client.Reconciler;
import dev.navarch.client.Resource;
import dev.navarch.controllers.Pods;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Namespace;

/** Makes or repairs the map of one namespace. */
final class RootCaReconciler implements Reconciler<Key> {
    private final Informer<Namespace> namespaces;
    private final Informer<ConfigMap> maps;
    private final Resource<ConfigMap> resource;
    private final String authority;

    RootCaReconciler(
            Informer<Namespace> namespaces, Informer<ConfigMap> maps, Resource<ConfigMap> resource, String authority) {
        this.namespaces = namespaces;
        this.maps = maps;
        this.resource = resource;
        this.authority = authority;
    }

    @Override
    public void reconcile(Key key) {
        if (namespaces.get(key).filter(n -> !Pods.isDeleting(n)).isEmpty()) {
            return;
        }
        var present = maps.get(key.name(), RootCaPlan.NAME);
        try {
            if (present.isEmpty()) {
                resource.create(RootCaPlan.map(key.name(), authority));
            } else if (!RootCaPlan.isRight(present.get(), authority)) {
                resource.update(RootCaPlan.repaired(present.get(), authority));
            }
        } catch (ApiFailure e) {
            if (!e.alreadyExists() && !e.namespaceTerminating()) {
                throw e;
            }
        }
    }
}
