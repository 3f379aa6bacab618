package dev.navarch.kubelet.pods;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;

/** Where the node agent's events go. Never blocks. */
public interface PodEvents {

    /** @param fieldPath the part of the object that it is about, e.g. {@code spec.containers{web}}; "" for all */
    void event(HasMetadata about, String fieldPath, boolean warning, String reason, String message);

    default void normal(Pod pod, String reason, String message) {
        event(pod, "", false, reason, message);
    }

    default void warning(Pod pod, String reason, String message) {
        event(pod, "", true, reason, message);
    }

    default void normal(Pod pod, Pods.Member member, String reason, String message) {
        event(pod, path(member), false, reason, message);
    }

    default void warning(Pod pod, Pods.Member member, String reason, String message) {
        event(pod, path(member), true, reason, message);
    }

    private static String path(Pods.Member member) {
        var list = switch (member.role()) {
            case INIT, SIDECAR -> "initContainers";
            case MAIN -> "containers";
            case EPHEMERAL -> "ephemeralContainers";
        };
        return "spec." + list + "{" + member.name() + "}";
    }
}
