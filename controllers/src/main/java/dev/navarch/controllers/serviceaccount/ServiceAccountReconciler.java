package dev.navarch.controllers.serviceaccount;

import dev.navarch.client.ApiFailure;
import dev.navarch.client.Informer;
import dev.navarch.client.Key;
import dev.navarch.client.Reconciler;
import dev.navarch.client.Resource;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.ServiceAccount;

/** Makes the accounts that a namespace lacks. */
final class ServiceAccountReconciler implements Reconciler<Key> {
    private final Informer<Namespace> namespaces;
    private final Informer<ServiceAccount> accounts;
    private final Resource<ServiceAccount> resource;

    ServiceAccountReconciler(
            Informer<Namespace> namespaces, Informer<ServiceAccount> accounts, Resource<ServiceAccount> resource) {
        this.namespaces = namespaces;
        this.accounts = accounts;
        this.resource = resource;
    }

    @Override
    public void reconcile(Key key) {
        if (namespaces.get(key).filter(ServiceAccountPlan::wants).isEmpty()) {
            return;
        }
        for (var name : ServiceAccountPlan.NAMES) {
            if (accounts.get(key.name(), name).isEmpty()) {
                create(key.name(), name);
            }
        }
    }

    private void create(String namespace, String name) {
        try {
            resource.create(ServiceAccountPlan.account(namespace, name));
        } catch (ApiFailure e) {
            if (!e.alreadyExists() && !e.namespaceTerminating()) {
                throw e;
            }
        }
    }
}
