package dev.navarch.controllers;

import dev.navarch.client.ApiClient;
import dev.navarch.client.ApiFailure;
import dev.navarch.client.ControllerRef;
import dev.navarch.client.DeleteOptions;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.Resource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;

/** Makes and deletes the pods of an owner and tells of it. source: kubernetes pkg/controller/controller_utils.go. */
public final class PodFactory {
    private final Resource<Pod> pods;
    private final EventRecorder events;

    public PodFactory(ApiClient client, EventRecorder events) {
        pods = client.resource(Pod.class);
        this.events = events;
    }

    /** A pod of the template that {@code owner} controls, to be named by the server. */
    public static PodBuilder fromTemplate(PodTemplateSpec template, HasMetadata owner) {
        var meta = template.getMetadata();
        var name = owner.getMetadata().getName() + "-";
        var builder = new PodBuilder()
                .withNewMetadata()
                .withNamespace(owner.getMetadata().getNamespace())
                .withGenerateName(name)
                .withOwnerReferences(ControllerRef.to(owner))
                .endMetadata()
                .withSpec(template.getSpec());
        return meta == null
                ? builder
                : builder.editMetadata()
                        .withLabels(meta.getLabels())
                        .withAnnotations(meta.getAnnotations())
                        .withFinalizers(meta.getFinalizers())
                        .endMetadata();
    }

    public Pod create(Pod pod, HasMetadata owner) {
        try {
            var created = pods.create(pod);
            events.normal(
                    owner,
                    "SuccessfulCreate",
                    "Created pod: " + created.getMetadata().getName());
            return created;
        } catch (ApiFailure e) {
            if (!e.namespaceTerminating()) {
                events.warning(owner, "FailedCreate", "Error creating: " + e.getMessage());
            }
            throw e;
        }
    }

    /** @throws ApiFailure also when it is gone already */
    public void delete(Pod pod, HasMetadata owner) {
        try {
            pods.delete(pod.getMetadata().getNamespace(), pod.getMetadata().getName(), DeleteOptions.exactly(pod));
            events.normal(
                    owner,
                    "SuccessfulDelete",
                    "Deleted pod: " + pod.getMetadata().getName());
        } catch (ApiFailure e) {
            if (!e.notFound()) {
                events.warning(owner, "FailedDelete", "Error deleting: " + e.getMessage());
            }
            throw e;
        }
    }
}
