package dev.navarch.kubelet.cgroups;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A pod's quality of service. Source: kubernetes pkg/apis/core/v1/helper/qos/qos.go. */
public enum QosClass {
    GUARANTEED("Guaranteed", ""),
    BURSTABLE("Burstable", "burstable"),
    BEST_EFFORT("BestEffort", "besteffort");

    private final String text;
    private final String directory;

    QosClass(String text, String directory) {
        this.text = text;
        this.directory = directory;
    }

    /** The spelling in a pod's status. */
    public String text() {
        return text;
    }

    /** The cgroup between kubepods and the pod's own; "" for none. */
    public String directory() {
        return directory;
    }

    public static QosClass of(Pod pod) {
        boolean any = false;
        boolean guaranteed = true;
        for (var container : containers(pod)) {
            var resources = container.getResources();
            var requests = resources == null ? null : resources.getRequests();
            var limits = resources == null ? null : resources.getLimits();
            for (var name : List.of("cpu", "memory")) {
                boolean requested = positive(requests, name);
                boolean limited = positive(limits, name);
                any |= requested || limited;
                guaranteed &= limited && (!requested || same(requests, limits, name));
            }
        }
        return !any ? BEST_EFFORT : guaranteed ? GUARANTEED : BURSTABLE;
    }

    private static List<Container> containers(Pod pod) {
        List<Container> all = new ArrayList<>(pod.getSpec().getContainers());
        if (pod.getSpec().getInitContainers() != null) {
            all.addAll(pod.getSpec().getInitContainers());
        }
        return all;
    }

    private static boolean positive(@Nullable Map<String, Quantity> values, String name) {
        return values != null
                && values.get(name) != null
                && values.get(name).getNumericalAmount().signum() > 0;
    }

    private static boolean same(
            @Nullable Map<String, Quantity> requests, @Nullable Map<String, Quantity> limits, String name) {
        return requests != null
                && limits != null
                && requests.get(name)
                                .getNumericalAmount()
                                .compareTo(limits.get(name).getNumericalAmount())
                        == 0;
    }
}
