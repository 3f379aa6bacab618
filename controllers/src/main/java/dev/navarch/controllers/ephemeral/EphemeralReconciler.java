package dev.navarch.controllers.ephemeral;

import dev.navarch.client.ApiFailure;
import dev.navarch.client.ControllerRef;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.Informer;
import dev.navarch.client.Key;
import dev.navarch.client.Reconciler;
import dev.navarch.client.Resource;
import dev.navarch.controllers.ControllerContext;
import dev.navarch.controllers.PodClaims;
import dev.navarch.controllers.Pods;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Volume;
import io.prometheus.metrics.core.metrics.Counter;

/** Makes the claims of one pod, which go with it. A claim of the name that is somebody else's is left alone. */
final class EphemeralReconciler implements Reconciler<Key> {
    private final Informer<Pod> pods;
    private final Informer<PersistentVolumeClaim> claims;
    private final Resource<PersistentVolumeClaim> resource;
    private final EventRecorder events;
    private final Counter attempts;
    private final Counter failures;

    EphemeralReconciler(ControllerContext context, Informer<Pod> pods, Informer<PersistentVolumeClaim> claims) {
        this.pods = pods;
        this.claims = claims;
        resource = context.client().resource(PersistentVolumeClaim.class);
        events = context.events();
        // source: kubernetes pkg/controller/volume/ephemeral/metrics/metrics.go
        attempts = context.metrics()
                .counter("ephemeral_volume_controller_create_total", "Attempts to make claims of ephemeral volumes.");
        failures = context.metrics()
                .counter("ephemeral_volume_controller_create_failures_total", "Those of the attempts that failed.");
    }

    @Override
    public void reconcile(Key key) {
        var pod = pods.get(key).orElse(null);
        if (pod == null || Pods.isDeleting(pod)) {
            return;
        }
        for (var volume : PodClaims.volumes(pod)) {
            if (volume.getEphemeral() != null) {
                try {
                    claim(pod, volume);
                } catch (ApiFailure | IllegalStateException e) {
                    events.warning(
                            pod, "FailedBinding", "ephemeral volume " + volume.getName() + ": " + e.getMessage());
                    throw new IllegalStateException(
                            "pod " + key + ", ephemeral volume " + volume.getName() + ": " + e.getMessage(), e);
                }
            }
        }
    }

    private void claim(Pod pod, Volume volume) {
        var namespace = pod.getMetadata().getNamespace();
        var name = PodClaims.name(pod, volume);
        var present = claims.get(namespace, name);
        if (present.isPresent()) {
            if (!ControllerRef.isControlledBy(present.get(), pod)) {
                throw new IllegalStateException("PVC " + namespace + "/" + name + " was not created for pod "
                        + namespace + "/" + pod.getMetadata().getName() + " (pod is not owner)");
            }
            return;
        }
        var template = volume.getEphemeral().getVolumeClaimTemplate();
        var meta = template.getMetadata();
        attempts.inc();
        try {
            resource.create(new PersistentVolumeClaimBuilder()
                    .withNewMetadata()
                    .withNamespace(namespace)
                    .withName(name)
                    .withLabels(meta == null ? null : meta.getLabels())
                    .withAnnotations(meta == null ? null : meta.getAnnotations())
                    .withOwnerReferences(ControllerRef.to(pod))
                    .endMetadata()
                    .withSpec(template.getSpec())
                    .build());
        } catch (ApiFailure e) {
            failures.inc();
            throw new IllegalStateException("create PVC " + name + ": " + e.getMessage(), e);
        }
    }
}
