package dev.navarch.controllers.pvcprotection;

import dev.navarch.client.ControllerRef;
import dev.navarch.client.Informer;
import dev.navarch.client.Key;
import dev.navarch.client.ListQuery;
import dev.navarch.client.Resource;
import dev.navarch.controllers.PodClaims;
import dev.navarch.controllers.Pods;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.Collection;

/**
 * Which pods use a claim. source: kubernetes pkg/controller/volume/pvcprotection (podUsesPVC), component-helpers
 * storage/ephemeral.
 */
record Users(Informer<Pod> pods, Resource<Pod> resource) {

    /** The cache may lag behind a pod that came just now: before a claim is said to be unused, the server is asked. */
    boolean use(PersistentVolumeClaim claim) {
        var key = Key.of(claim);
        return isUsedBy(PodClaims.users(pods, key), claim)
                || isUsedBy(
                        resource.list(ListQuery.inNamespace(key.namespace())).items(), claim);
    }

    private static boolean isUsedBy(Collection<Pod> pods, PersistentVolumeClaim claim) {
        return pods.stream().anyMatch(p -> uses(p, claim));
    }

    /** A pod without a node does not count: the kubelet will not start it with a claim that is to go. */
    private static boolean uses(Pod pod, PersistentVolumeClaim claim) {
        var name = claim.getMetadata().getName();
        return !Pods.nodeName(pod).isEmpty()
                && PodClaims.volumes(pod).stream()
                        .filter(v -> PodClaims.name(pod, v).equals(name))
                        .anyMatch(v -> v.getPersistentVolumeClaim() != null
                                || !isShutDown(pod) && ControllerRef.isControlledBy(claim, pod));
    }

    /** The kubelet is done with it, or it was deleted by force; perhaps its own finalizers wait for the claim. */
    static boolean isShutDown(Pod pod) {
        var grace = pod.getMetadata().getDeletionGracePeriodSeconds();
        return Pods.isDeleting(pod) && grace != null && grace == 0;
    }
}
