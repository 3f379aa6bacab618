package dev.navarch.controllers.endpoints;

import dev.navarch.client.ApiFailure;
import dev.navarch.client.DeleteOptions;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.Informer;
import dev.navarch.client.Key;
import dev.navarch.client.Reconciler;
import dev.navarch.client.Resource;
import dev.navarch.controllers.ControllerContext;
import dev.navarch.controllers.ServicePods;
import io.fabric8.kubernetes.api.model.Endpoints;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;

/** Writes the Endpoints of one service, and deletes them with it. */
final class EndpointsReconciler implements Reconciler<Key> {
    private final Informer<Service> services;
    private final Informer<Pod> pods;
    private final Informer<Endpoints> endpoints;
    private final Resource<Endpoints> resource;
    private final EventRecorder events;

    EndpointsReconciler(
            ControllerContext context, Informer<Service> services, Informer<Pod> pods, Informer<Endpoints> endpoints) {
        this.services = services;
        this.pods = pods;
        this.endpoints = endpoints;
        resource = context.client().resource(Endpoints.class);
        events = context.events();
    }

    @Override
    public void reconcile(Key key) {
        var service = services.get(key);
        try {
            if (service.isEmpty()) {
                resource.delete(key.namespace(), key.name(), DeleteOptions.none());
                return;
            }
            if (!ServicePods.hasSelector(service.get())
                    || "ExternalName".equals(service.get().getSpec().getType())) {
                return;
            }
            var present = endpoints.get(key);
            var next = EndpointsPlan.next(service.get(), ServicePods.selected(service.get(), pods), present);
            if (next.isPresent()) {
                write(key, next.get(), present.isPresent());
            }
        } catch (ApiFailure e) {
            if (!e.notFound() && !e.namespaceTerminating() && !e.alreadyExists()) {
                throw e;
            }
        }
    }

    private void write(Key key, Endpoints next, boolean there) {
        try {
            if (there) {
                resource.update(next);
            } else {
                resource.create(next);
            }
        } catch (ApiFailure e) {
            if (there) {
                events.warning(
                        next, "FailedToUpdateEndpoint", "Failed to update endpoint " + key + ": " + e.getMessage());
            } else if (!e.namespaceTerminating() && !e.alreadyExists()) {
                events.warning(
                        next,
                        "FailedToCreateEndpoint",
                        "Failed to create endpoint for service " + key + ": " + e.getMessage());
            }
            throw e;
        }
    }
}
