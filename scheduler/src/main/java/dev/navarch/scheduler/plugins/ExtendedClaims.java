package dev.navarch.scheduler.plugins;

import dev.navarch.client.ApiFailure;
import dev.navarch.client.DeleteOptions;
import dev.navarch.client.Json;
import dev.navarch.client.Key;
import dev.navarch.client.Patch;
import dev.navarch.client.Resource;
import dev.navarch.scheduler.framework.Handle;
import dev.navarch.scheduler.framework.PodInfo;
import io.fabric8.kubernetes.api.model.ContainerExtendedResourceRequest;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.resource.v1.DeviceRequest;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaim;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaimBuilder;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;

/**
 * The claims that the scheduler makes for pods' extended resources: made when a pod is bound, and deleted when it is not
 * after all (source: dynamicresources/extendeddynamicresources.go).
 */
final class ExtendedClaims {
    private static final String ANNOTATION = "resource.kubernetes.io/extended-resource-claim";
    private static final String IN_MEMORY = "<extended-resources>";
    private static final Duration PATIENCE = Duration.ofSeconds(120);

    private final Handle handle;
    private final ClaimBook book;

    ExtendedClaims(Handle handle, ClaimBook book) {
        this.handle = handle;
        this.book = book;
    }

    /** Whether it was made for a pod's extended resources. */
    static boolean is(ResourceClaim claim) {
        var annotations = claim.getMetadata().getAnnotations();
        return annotations != null && "true".equals(annotations.get(ANNOTATION));
    }

    private Resource<ResourceClaim> claims() {
        return handle.client().resource(ResourceClaim.class);
    }

    /** A claim that is nowhere yet, for the time of a cycle. */
    ResourceClaim planned(PodInfo pod, List<DeviceRequest> requests) {
        return new ResourceClaimBuilder()
                .withNewMetadata()
                .withNamespace(pod.namespace())
                .withName(IN_MEMORY)
                .withUid(new UUID(handle.random().nextLong(), handle.random().nextLong()).toString())
                .withGenerateName(pod.pod().getMetadata().getName() + "-extended-resources-")
                .addToAnnotations(ANNOTATION, "true")
                .addNewOwnerReference()
                .withApiVersion("v1")
                .withKind("Pod")
                .withName(pod.pod().getMetadata().getName())
                .withUid(pod.uid())
                .withController(true)
                .endOwnerReference()
                .endMetadata()
                .withNewSpec()
                .withNewDevices()
                .withRequests(requests)
                .endDevices()
                .endSpec()
                .build();
    }

    /** Makes the planned claim, and waits until its changes are observed. */
    ResourceClaim make(ResourceClaim planned) throws DeviceBinding.Failure, InterruptedException {
        var fresh = new ResourceClaimBuilder(planned)
                .editMetadata()
                .withName(null)
                .withUid(null)
                .endMetadata()
                .build();
        ResourceClaim made;
        try {
            made = claims().create(fresh);
            handle.measures().claimMade(true);
        } catch (ApiFailure | UncheckedIOException e) {
            handle.measures().claimMade(false);
            throw new DeviceBinding.Failure("create claim for extended resources "
                    + planned.getMetadata().getNamespace() + "/: " + e.getMessage());
        }
        var key = Key.of(made);
        var changes = book.changes();
        long end = handle.time().nanoTime() + PATIENCE.toNanos();
        var alarm = handle.time().schedule(PATIENCE, changes::happened);
        try {
            long seen = changes.count();
            while (book.claim(key).isEmpty() && handle.time().nanoTime() - end < 0) {
                changes.awaitAfter(seen);
                seen = changes.count();
            }
        } finally {
            alarm.cancel();
        }
        return made;
    }

    /** Notes in the pod's status which containers have what of the claim. */
    void note(PodInfo pod, ResourceClaim claim, List<ContainerExtendedResourceRequest> mappings)
            throws DeviceBinding.Failure {
        var patch = Json.mapper().createObjectNode();
        patch.putObject("metadata").put("uid", pod.uid());
        var status = patch.putObject("status").putObject("extendedResourceClaimStatus");
        status.put("resourceClaimName", claim.getMetadata().getName());
        var list = status.putArray("requestMappings");
        for (var mapping : mappings) {
            list.addObject()
                    .put("containerName", mapping.getContainerName())
                    .put("resourceName", mapping.getResourceName())
                    .put("requestName", mapping.getRequestName());
        }
        try {
            handle.client()
                    .resource(Pod.class)
                    .patchStatus(pod.namespace(), pod.key().name(), new Patch.Strategic(patch));
        } catch (ApiFailure | UncheckedIOException e) {
            throw new DeviceBinding.Failure(
                    "update pod " + pod.key() + " ExtendedResourceClaimStatus: " + e.getMessage());
        }
    }

    /** Deletes a claim with what holds it. */
    void delete(ResourceClaim claim) {
        var key = Key.of(claim);
        var patch = Json.mapper().createObjectNode();
        var metadata =
                patch.putObject("metadata").put("uid", claim.getMetadata().getUid());
        metadata.putArray("$deleteFromPrimitiveList/finalizers").add(DeviceBinding.FINALIZER);
        try {
            claims().patch(key.namespace(), key.name(), new Patch.Strategic(patch));
            claims().delete(
                            key.namespace(),
                            key.name(),
                            DeleteOptions.none().uid(claim.getMetadata().getUid()));
        } catch (ApiFailure e) {
            if (!e.notFound()) {
                throw e;
            }
        }
    }
}
