package dev.navarch.controllers.pvcprotection;

import dev.navarch.client.ControllerRef;
import dev.navarch.controllers.PodClaims;
import dev.navarch.controllers.Pods;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;

/**
 * Which pods use a claim. source: kubernetes pkg/controller/volume/pvcprotection (podUsesPVC), component-helpers
 * storage/ephemeral.
 */
final class Users {
    private Users() {}

    /** A pod without a node does not count: the kubelet will not start it with a claim that is to go. */
    static boolean uses(Pod pod, PersistentVolumeClaim claim) {
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
