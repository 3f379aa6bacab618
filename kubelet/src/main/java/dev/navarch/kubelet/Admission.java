package dev.navarch.kubelet;

import dev.navarch.kubelet.StatusComposer.Verdict;
import dev.navarch.kubelet.cgroups.ResourceMath;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Whether there is room for one more pod on the node. A pure function.
 *
 * <p>Source of the behaviour and texts: kubernetes pkg/kubelet/lifecycle/predicate.go; the scheduler's fit of resources
 * and of node selectors.
 */
final class Admission {

    private Admission() {}

    /** @param others the pods that are on the node already */
    static Optional<Verdict> check(
            Pod pod, Collection<Pod> others, Map<String, Quantity> allocatable, Map<String, String> nodeLabels) {
        var selector = pod.getSpec().getNodeSelector();
        if (selector != null && !nodeLabels.entrySet().containsAll(selector.entrySet())) {
            return Optional.of(rejected(
                    "NodeAffinity",
                    "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector"));
        }
        long room = ResourceMath.value(allocatable.get("pods"));
        if (allocatable.containsKey("pods") && others.size() + 1 > room) {
            return Optional.of(tooMuch("pods", 1, others.size(), room));
        }
        for (var name : List.of("cpu", "memory", "ephemeral-storage")) {
            long wanted = ResourceMath.podRequest(pod, name);
            if (wanted == 0 || !allocatable.containsKey(name)) {
                continue;
            }
            long used = others.stream()
                    .mapToLong(p -> ResourceMath.podRequest(p, name))
                    .sum();
            long capacity = name.equals("cpu")
                    ? ResourceMath.cpuMillis(allocatable.get(name))
                    : ResourceMath.value(allocatable.get(name));
            if (used + wanted > capacity) {
                return Optional.of(tooMuch(name, wanted, used, capacity));
            }
        }
        if (others.stream().anyMatch(other -> HostPorts.conflict(pod, other))) {
            return Optional.of(rejected(
                    "NodePorts",
                    "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports"));
        }
        return Optional.empty();
    }

    private static Verdict tooMuch(String resource, long wanted, long used, long capacity) {
        return rejected(
                "OutOf" + resource,
                "Node didn't have enough resource: " + resource + ", requested: " + wanted + ", used: " + used
                        + ", capacity: " + capacity);
    }

    private static Verdict rejected(String reason, String message) {
        return new Verdict(reason, "Pod was rejected: " + message);
    }
}
