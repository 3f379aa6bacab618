package dev.navarch.controllers.nodelifecycle;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Taint;
import io.fabric8.kubernetes.api.model.TaintBuilder;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Which taints a node's conditions call for. source: kubernetes pkg/controller/nodelifecycle. */
final class Taints {
    static final String NOT_READY = "node.kubernetes.io/not-ready";
    static final String UNREACHABLE = "node.kubernetes.io/unreachable";
    private static final String UNSCHEDULABLE = "node.kubernetes.io/unschedulable";
    private static final Set<String> NO_SCHEDULE = Set.of(
            NOT_READY,
            UNREACHABLE,
            UNSCHEDULABLE,
            "node.kubernetes.io/memory-pressure",
            "node.kubernetes.io/disk-pressure",
            "node.kubernetes.io/pid-pressure",
            "node.kubernetes.io/network-unavailable");

    private Taints() {}

    static String condition(Node node, String type) {
        return node.getStatus() == null || node.getStatus().getConditions() == null
                ? ""
                : node.getStatus().getConditions().stream()
                        .filter(c -> c.getType().equals(type))
                        .map(c -> c.getStatus())
                        .findFirst()
                        .orElse("");
    }

    static List<Taint> of(Node node) {
        return node.getSpec() == null || node.getSpec().getTaints() == null
                ? List.of()
                : node.getSpec().getTaints();
    }

    private static Optional<String> readiness(Node node) {
        return switch (condition(node, "Ready")) {
            case "False" -> Optional.of(NOT_READY);
            case "Unknown" -> Optional.of(UNREACHABLE);
            default -> Optional.empty();
        };
    }

    /**
     * The taints that the node should have; others than ours stay.
     *
     * @param mayEvict whether a new NoExecute taint may be added now
     */
    static List<Taint> wanted(Node node, boolean mayEvict, boolean disrupted, Instant now) {
        Set<String> schedule = new LinkedHashSet<>();
        readiness(node).ifPresent(schedule::add);
        for (var pressure : List.of("Memory", "Disk", "PID")) {
            if (condition(node, pressure + "Pressure").equals("True")) {
                schedule.add("node.kubernetes.io/" + pressure.toLowerCase(java.util.Locale.ROOT) + "-pressure");
            }
        }
        if (condition(node, "NetworkUnavailable").equals("True")) {
            schedule.add("node.kubernetes.io/network-unavailable");
        }
        if (node.getSpec() != null && Boolean.TRUE.equals(node.getSpec().getUnschedulable())) {
            schedule.add(UNSCHEDULABLE);
        }
        var execute = disrupted ? Optional.<String>empty() : readiness(node);
        List<Taint> taints = new ArrayList<>();
        for (var taint : of(node)) {
            boolean kept = switch (taint.getEffect()) {
                case "NoSchedule" -> !NO_SCHEDULE.contains(taint.getKey()) || schedule.remove(taint.getKey());
                case "NoExecute" ->
                    !Set.of(NOT_READY, UNREACHABLE).contains(taint.getKey())
                            || execute.filter(taint.getKey()::equals).isPresent();
                default -> true;
            };
            if (kept) {
                taints.add(taint);
            }
        }
        schedule.forEach(key -> taints.add(taint(key, "NoSchedule", now)));
        boolean evicting = taints.stream()
                .anyMatch(t -> t.getEffect().equals("NoExecute")
                        && execute.filter(t.getKey()::equals).isPresent());
        if (execute.isPresent() && !evicting && (mayEvict || evicted(node))) {
            taints.add(taint(execute.get(), "NoExecute", now));
        }
        return taints;
    }

    /** Whether pods are moved off the node already. */
    static boolean evicted(Node node) {
        return of(node).stream()
                .anyMatch(t -> t.getEffect().equals("NoExecute")
                        && Set.of(NOT_READY, UNREACHABLE).contains(t.getKey()));
    }

    private static Taint taint(String key, String effect, Instant now) {
        return new TaintBuilder()
                .withKey(key)
                .withEffect(effect)
                .withTimeAdded(dev.navarch.api.values.Timestamps.seconds(now))
                .build();
    }
}
