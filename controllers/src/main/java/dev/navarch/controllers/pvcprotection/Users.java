package dev.navarch.controllers.pvcprotection;

import dev.navarch.client.ControllerRef;
import dev.navarch.client.Key;
import dev.navarch.controllers.Pods;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Volume;
import java.util.List;
import java.util.Objects;

/**
 * Which pods use a claim. source: kubernetes pkg/controller/volume/pvcprotection (podUsesPVC), component-helpers
 * storage/ephemeral.
 */
final class Users {
    /** Index of an informer of pods: the claims that they name. */
    static final String BY_CLAIM = "claim";

    private Users() {}

    /** The claims that a pod names, whether it has a node or not. */
    static List<Key> claims(Pod pod) {
        return volumes(pod).stream()
                .map(v -> claim(pod, v))
                .filter(n -> !n.isEmpty())
                .map(n -> new Key(pod.getMetadata().getNamespace(), n))
                .toList();
    }

    /** A pod without a node does not count: the kubelet will not start it with a claim that is to go. */
    static boolean uses(Pod pod, PersistentVolumeClaim claim) {
        var name = claim.getMetadata().getName();
        return !Pods.nodeName(pod).isEmpty()
                && volumes(pod).stream()
                        .filter(v -> claim(pod, v).equals(name))
                        .anyMatch(v -> v.getPersistentVolumeClaim() != null
                                || !isShutDown(pod) && ControllerRef.isControlledBy(claim, pod));
    }

    /** The kubelet is done with it, or it was deleted by force; perhaps its own finalizers wait for the claim. */
    static boolean isShutDown(Pod pod) {
        var grace = pod.getMetadata().getDeletionGracePeriodSeconds();
        return Pods.isDeleting(pod) && grace != null && grace == 0;
    }

    private static List<Volume> volumes(Pod pod) {
        return pod.getSpec() == null || pod.getSpec().getVolumes() == null
                ? List.of()
                : pod.getSpec().getVolumes();
    }

    private static String claim(Pod pod, Volume volume) {
        if (volume.getPersistentVolumeClaim() != null) {
            return Objects.requireNonNullElse(volume.getPersistentVolumeClaim().getClaimName(), "");
        }
        return volume.getEphemeral() == null ? "" : pod.getMetadata().getName() + "-" + volume.getName();
    }
}
