package dev.navarch.kubelet.pods;

import dev.navarch.kubelet.runtime.SandboxStatus;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.HashMap;
import java.util.Map;

/**
 * The marks by which sandboxes and containers are found again, by us after a restart and by tools such as crictl.
 * Source: kubernetes pkg/kubelet/kuberuntime/labels.go and staging/src/k8s.io/kubelet/pkg/types/labels.go.
 */
public final class RuntimeLabels {
    public static final String POD_NAME = "io.kubernetes.pod.name";
    public static final String POD_NAMESPACE = "io.kubernetes.pod.namespace";
    public static final String POD_UID = "io.kubernetes.pod.uid";
    public static final String CONTAINER_NAME = "io.kubernetes.container.name";

    public static final String HASH = "io.kubernetes.container.hash";
    static final String RESTART_COUNT = "io.kubernetes.container.restartCount";
    public static final String TERMINATION_PATH = "io.kubernetes.container.terminationMessagePath";
    public static final String TERMINATION_POLICY = "io.kubernetes.container.terminationMessagePolicy";
    /** How often all of the pod's containers had been started again when this one was. */
    public static final String ROUND = "navarch.dev/round";

    public static final String POD_GRACE = "io.kubernetes.pod.terminationGracePeriod";

    private RuntimeLabels() {}

    public static Map<String, String> ofSandbox(Pod pod) {
        Map<String, String> labels = new HashMap<>();
        if (pod.getMetadata().getLabels() != null) {
            labels.putAll(pod.getMetadata().getLabels());
        }
        labels.putAll(identity(pod));
        return labels;
    }

    public static Map<String, String> ofContainer(Pod pod, String container) {
        Map<String, String> labels = new HashMap<>(identity(pod));
        labels.put(CONTAINER_NAME, container);
        return labels;
    }

    private static Map<String, String> identity(Pod pod) {
        var meta = pod.getMetadata();
        return Map.of(POD_NAME, meta.getName(), POD_NAMESPACE, meta.getNamespace(), POD_UID, meta.getUid());
    }

    /** The pod's own annotations ride along on both, as upstream's runtime options do. */
    public static Map<String, String> annotations(Pod pod) {
        var annotations = pod.getMetadata().getAnnotations();
        return annotations == null ? Map.of() : annotations;
    }

    public static Map<String, String> annotations(Pod pod, Container container, int restartCount, int round) {
        Map<String, String> all = new HashMap<>();
        annotations(pod).forEach((k, v) -> {
            if (k.startsWith("navarch.dev/")) {
                all.put(k, v);
            }
        });
        all.put(HASH, hash(container));
        all.put(ROUND, Integer.toString(round));
        all.put(RESTART_COUNT, Integer.toString(restartCount));
        all.put(TERMINATION_PATH, Pods.terminationMessagePath(container));
        all.put(
                TERMINATION_POLICY,
                container.getTerminationMessagePolicy() == null ? "File" : container.getTerminationMessagePolicy());
        if (pod.getSpec().getTerminationGracePeriodSeconds() != null) {
            all.put(POD_GRACE, Long.toString(pod.getSpec().getTerminationGracePeriodSeconds()));
        }
        return all;
    }

    /** What may not change under a running container: its name and image. */
    public static String hash(Container container) {
        return Integer.toHexString((container.getName() + "\0" + container.getImage()).hashCode());
    }

    static int restartCount(dev.navarch.kubelet.runtime.ContainerStatus status) {
        return integer(
                status.annotations().get(RESTART_COUNT), status.metadata().attempt());
    }

    public static int integer(@org.jspecify.annotations.Nullable String text, int otherwise) {
        try {
            return text == null ? otherwise : Integer.parseInt(text);
        } catch (NumberFormatException e) {
            return otherwise;
        }
    }

    public static boolean isOurs(Map<String, String> labels) {
        return labels.containsKey(POD_UID) && labels.containsKey(POD_NAME) && labels.containsKey(POD_NAMESPACE);
    }

    static String podUid(SandboxStatus sandbox) {
        return sandbox.labels().getOrDefault(POD_UID, sandbox.metadata().uid());
    }
}
