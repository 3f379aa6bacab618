package dev.navarch.controllers;

import dev.navarch.client.Informer;
import dev.navarch.client.Key;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Volume;
import java.util.List;
import java.util.Objects;

/**
 * The claims that pods name. source: kubernetes pkg/controller/volume/common/common.go, component-helpers
 * storage/ephemeral.
 */
public final class PodClaims {
    private static final String BY_CLAIM = "claim";

    private PodClaims() {}

    /** Lets the pods of a claim be found. */
    public static void index(Informer<Pod> pods) {
        pods.addIndex(BY_CLAIM, p -> of(p).stream().map(Key::toString).toList());
    }

    /** The pods that name a claim; the informer was given the index. */
    public static List<Pod> users(Informer<Pod> pods, Key claim) {
        return pods.byIndex(BY_CLAIM, claim.toString());
    }

    /** The claims that a pod names, those made for its ephemeral volumes included. */
    public static List<Key> of(Pod pod) {
        return volumes(pod).stream()
                .map(v -> name(pod, v))
                .filter(n -> !n.isEmpty())
                .map(n -> new Key(pod.getMetadata().getNamespace(), n))
                .toList();
    }

    public static List<Volume> volumes(Pod pod) {
        return pod.getSpec() == null || pod.getSpec().getVolumes() == null
                ? List.of()
                : pod.getSpec().getVolumes();
    }

    /** The name of the claim behind a volume; empty if there is none. */
    public static String name(Pod pod, Volume volume) {
        if (volume.getPersistentVolumeClaim() != null) {
            return Objects.requireNonNullElse(volume.getPersistentVolumeClaim().getClaimName(), "");
        }
        return volume.getEphemeral() == null ? "" : pod.getMetadata().getName() + "-" + volume.getName();
    }
}
