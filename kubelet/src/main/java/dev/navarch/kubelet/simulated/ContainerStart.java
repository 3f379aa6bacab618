package dev.navarch.kubelet.simulated;

import dev.navarch.kubelet.pods.RuntimeLabels;
import dev.navarch.kubelet.runtime.ContainerConfig;
import dev.navarch.kubelet.runtime.Purpose;
import dev.navarch.kubelet.runtime.SandboxConfig;
import java.util.HashMap;
import java.util.Map;

/**
 * A container that starts, and the pod it is of.
 *
 * @param labels the pod's
 * @param annotations those of the pod that begin with {@code navarch.dev/}
 * @param attempt how often it was started before
 * @param purpose whether it is an init container, a main one of a Job's pod, and so on
 */
public record ContainerStart(
        String namespace,
        String pod,
        String container,
        String image,
        Map<String, String> labels,
        Map<String, String> annotations,
        Map<String, String> environment,
        int attempt,
        Purpose purpose) {

    static ContainerStart of(SandboxConfig sandbox, ContainerConfig config) {
        Map<String, String> environment = new HashMap<>();
        config.env().forEach(variable -> environment.put(variable.name(), variable.value()));
        Map<String, String> labels = new HashMap<>(sandbox.labels());
        labels.keySet().removeIf(key -> key.startsWith("io.kubernetes.pod."));
        return new ContainerStart(
                config.labels().getOrDefault(RuntimeLabels.POD_NAMESPACE, ""),
                config.labels().getOrDefault(RuntimeLabels.POD_NAME, ""),
                config.metadata().name(),
                config.userImage(),
                Map.copyOf(labels),
                config.annotations(),
                Map.copyOf(environment),
                config.metadata().attempt(),
                config.purpose());
    }
}
