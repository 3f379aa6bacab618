package dev.navarch.controllers.resourceclaim;

import dev.navarch.client.ApiFailure;
import dev.navarch.client.ControllerRef;
import dev.navarch.client.DeleteOptions;
import dev.navarch.client.Informer;
import dev.navarch.client.Key;
import dev.navarch.client.Reconciler;
import dev.navarch.client.Resource;
import dev.navarch.controllers.ControllerContext;
import dev.navarch.controllers.Pods;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaim;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaimBuilder;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaimConsumerReference;
import java.util.ArrayList;
import java.util.List;

/**
 * Takes pods that ended off a claim's list; with the last one the claim loses its devices, and is deleted if it was made
 * for a pod that ended.
 */
final class ClaimReconciler implements Reconciler<Key> {
    private static final String FINALIZER = "resource.kubernetes.io/delete-protection";

    private final Informer<Pod> pods;
    private final Informer<ResourceClaim> claims;
    private final Resource<Pod> podResource;
    private final Resource<ResourceClaim> claimResource;
    private final GonePods gone;

    ClaimReconciler(ControllerContext context, Informer<Pod> pods, Informer<ResourceClaim> claims, GonePods gone) {
        this.pods = pods;
        this.claims = claims;
        this.gone = gone;
        podResource = context.client().resource(Pod.class);
        claimResource = context.client().resource(ResourceClaim.class);
    }

    @Override
    public void reconcile(Key key) {
        var claim = claims.get(key).orElse(null);
        if (claim == null) {
            return;
        }
        var consumers = PodClaims.consumers(claim);
        List<ResourceClaimConsumerReference> valid = new ArrayList<>();
        for (var consumer : consumers) {
            if (isUsing(key.namespace(), consumer)) {
                valid.add(consumer);
            }
        }
        boolean mine = hasFinalizer(claim);
        if (valid.size() < consumers.size()) {
            release(claim, valid, mine);
        } else if (mine && Pods.isDeleting(claim) && valid.isEmpty()) {
            withoutFinalizer(PodClaims.isAllocated(claim) ? deallocate(claim, List.of()) : claim);
        }
        if (valid.isEmpty()) {
            deleteIfForNobody(claim);
        }
    }

    private static boolean hasFinalizer(ResourceClaim claim) {
        var finalizers = claim.getMetadata().getFinalizers();
        return finalizers != null && finalizers.contains(FINALIZER);
    }

    /** A pod that the cache does not know may be one that it does not know yet: the server is asked. */
    private boolean isUsing(String namespace, ResourceClaimConsumerReference consumer) {
        if (!"pods".equals(consumer.getResource())
                || consumer.getApiGroup() != null && !consumer.getApiGroup().isEmpty()) {
            throw new IllegalStateException("unsupported ReservedFor entry: " + consumer.getResource() + " " + namespace
                    + "/" + consumer.getName());
        }
        if (gone.has(consumer.getUid())) {
            return false;
        }
        var cached = pods.get(namespace, consumer.getName());
        if (cached.isEmpty()) {
            return podResource
                    .get(namespace, consumer.getName())
                    .filter(pod -> pod.getMetadata().getUid().equals(consumer.getUid()))
                    .isPresent();
        }
        return cached.get().getMetadata().getUid().equals(consumer.getUid()) && !PodClaims.isDone(cached.get());
    }

    private void release(ResourceClaim claim, List<ResourceClaimConsumerReference> valid, boolean mine) {
        if (!valid.isEmpty() || !mine) {
            claimResource.updateStatus(new ResourceClaimBuilder(claim)
                    .editStatus()
                    .withReservedFor(valid)
                    .endStatus()
                    .build());
            return;
        }
        var now = deallocate(claim, valid);
        if (hasFinalizer(now)) {
            withoutFinalizer(now);
        }
    }

    private ResourceClaim deallocate(ResourceClaim claim, List<ResourceClaimConsumerReference> consumers) {
        return claimResource.updateStatus(new ResourceClaimBuilder(claim)
                .editStatus()
                .withReservedFor(consumers)
                .withAllocation(null)
                .withDevices()
                .endStatus()
                .build());
    }

    private void withoutFinalizer(ResourceClaim claim) {
        claimResource.update(new ResourceClaimBuilder(claim)
                .editMetadata()
                .removeFromFinalizers(FINALIZER)
                .endMetadata()
                .build());
    }

    /** A claim that was made for a pod goes when the pod ends, not only when it is deleted. */
    private void deleteIfForNobody(ResourceClaim claim) {
        var owner = ControllerRef.of(claim).orElse(null);
        if (owner == null || !"Pod".equals(owner.getKind()) || !"v1".equals(owner.getApiVersion())) {
            return;
        }
        var key = Key.of(claim);
        var pod = pods.get(key.namespace(), owner.getName()).orElse(null);
        if (pod == null || pod.getMetadata().getUid().equals(owner.getUid()) && !PodClaims.isDone(pod)) {
            return; // what the garbage collector has to do with it, it does
        }
        try {
            claimResource.delete(
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
