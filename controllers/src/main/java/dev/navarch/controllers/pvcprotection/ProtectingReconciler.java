package dev.navarch.controllers.pvcprotection;

import dev.navarch.client.Informer;
import dev.navarch.client.Key;
import dev.navarch.client.ListQuery;
import dev.navarch.client.Reconciler;
import dev.navarch.client.Resource;
import dev.navarch.controllers.ControllerContext;
import dev.navarch.controllers.PodClaims;
import dev.navarch.controllers.Pods;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.Collection;

/** Gives a claim its finalizer, and takes it away when the claim is to go and no pod uses it. */
final class ProtectingReconciler implements Reconciler<Key> {
    private static final String FINALIZER = "kubernetes.io/pvc-protection";

    private final Informer<PersistentVolumeClaim> claims;
    private final Informer<Pod> pods;
    private final Resource<PersistentVolumeClaim> resource;
    private final Resource<Pod> podResource;

    ProtectingReconciler(ControllerContext context, Informer<PersistentVolumeClaim> claims, Informer<Pod> pods) {
        this.claims = claims;
        this.pods = pods;
        resource = context.client().resource(PersistentVolumeClaim.class);
        podResource = context.client().resource(Pod.class);
    }

    @Override
    public void reconcile(Key key) {
        var claim = claims.get(key).orElse(null);
        if (claim == null) {
            return;
        }
        boolean isProtected = claim.getMetadata().getFinalizers().contains(FINALIZER);
        if (isProtected && Pods.isDeleting(claim) && !isUsed(key, claim)) {
            resource.update(new PersistentVolumeClaimBuilder(claim)
                    .editMetadata()
                    .removeFromFinalizers(FINALIZER)
                    .endMetadata()
                    .build());
        } else if (!isProtected && !Pods.isDeleting(claim)) {
            resource.update(new PersistentVolumeClaimBuilder(claim)
                    .editMetadata()
                    .addToFinalizers(FINALIZER)
                    .endMetadata()
                    .build());
        }
    }

    /** The cache may lag behind a pod that came just now: before the finalizer goes, the server is asked. */
    private boolean isUsed(Key key, PersistentVolumeClaim claim) {
        return isUsedBy(PodClaims.users(pods, key), claim)
                || isUsedBy(
                        podResource.list(ListQuery.inNamespace(key.namespace())).items(), claim);
    }

    private static boolean isUsedBy(Collection<Pod> pods, PersistentVolumeClaim claim) {
        return pods.stream().anyMatch(p -> Users.uses(p, claim));
    }
}
