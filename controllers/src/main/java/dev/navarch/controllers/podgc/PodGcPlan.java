package dev.navarch.controllers.podgc;

import dev.navarch.controllers.Pods;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;

/** Which pods to remove. source: kubernetes pkg/controller/podgc/gc_controller.go. */
final class PodGcPlan {
    private PodGcPlan() {}

    /** Of the ended pods those beyond the threshold, evicted ones first, then the oldest; none if it is zero. */
    static List<Pod> terminated(List<Pod> pods, int threshold) {
        if (threshold <= 0) {
            return List.of();
        }
        List<Pod> ended = new ArrayList<>(pods.stream()
                .filter(p -> !List.of("Pending", "Running", "Unknown").contains(Pods.phase(p)))
                .toList());
        ended.sort(Comparator.<Pod>comparingInt(p -> isEvicted(p) ? 0 : 1)
                .thenComparing(p -> String.valueOf(p.getMetadata().getCreationTimestamp()))
                .thenComparing(p -> p.getMetadata().getName()));
        return List.copyOf(ended.subList(0, Math.max(0, ended.size() - threshold)));
    }

    private static boolean isEvicted(Pod pod) {
        return Pods.phase(pod).equals("Failed")
                && "Evicted".equals(pod.getStatus().getReason());
    }

    /** Pods on nodes that are not there. */
    static List<Pod> orphaned(List<Pod> pods, Predicate<String> nodeExists) {
        return pods.stream()
                .filter(p -> !Pods.nodeName(p).isEmpty() && !nodeExists.test(Pods.nodeName(p)))
                .toList();
    }

    /** Pods being deleted that no node ever had, so that no kubelet will end them. */
    static List<Pod> unscheduled(List<Pod> pods) {
        return pods.stream()
                .filter(p -> Pods.isDeleting(p) && Pods.nodeName(p).isEmpty())
                .toList();
    }

    /** Pods being deleted on nodes that are declared out of service. */
    static List<Pod> outOfService(List<Pod> pods, Predicate<String> nodeOut) {
        return pods.stream()
                .filter(p -> Pods.isDeleting(p) && nodeOut.test(Pods.nodeName(p)))
                .toList();
    }
}
