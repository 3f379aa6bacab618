package dev.navarch.controllers.endpointslice;

import io.fabric8.kubernetes.api.model.Node;
import java.math.BigDecimal;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Which part of all CPUs is in which zone. source: kubernetes staging/src/k8s.io/endpointslice/topologycache/topologycache.go
 * (SetNodes).
 *
 * @param of by zone, all together one; empty if a node does not say what it offers or where it is, or there is one zone only
 */
record ZoneShares(Map<String, Double> of) {

    /** What a node is counted as. */
    private record Place(Optional<String> zone, BigDecimal cpu) {}

    static ZoneShares of(Collection<Node> nodes) {
        Map<String, BigDecimal> cpus = new TreeMap<>();
        for (var node : nodes) {
            var place = place(node);
            if (place.isEmpty()) {
                continue;
            }
            if (place.get().zone.isEmpty() || place.get().cpu.signum() == 0) {
                return new ZoneShares(Map.of());
            }
            cpus.merge(place.get().zone.get(), place.get().cpu, BigDecimal::add);
        }
        if (cpus.size() < 2) {
            return new ZoneShares(Map.of());
        }
        double total =
                cpus.values().stream().reduce(BigDecimal.ZERO, BigDecimal::add).doubleValue();
        Map<String, Double> shares = new TreeMap<>();
        cpus.forEach((zone, cpu) -> shares.put(zone, cpu.doubleValue() / total));
        return new ZoneShares(shares);
    }

    /** Whether a node that was the one and is the other now counts for something else. */
    static boolean differ(Node before, Node now) {
        return !place(before).equals(place(now));
    }

    /** Empty for nodes that don't count: those of the control plane, and those that are not ready. */
    private static Optional<Place> place(Node node) {
        var labels = node.getMetadata().getLabels();
        boolean excluded = labels != null
                && (labels.containsKey("node-role.kubernetes.io/control-plane")
                        || labels.containsKey("node-role.kubernetes.io/master"));
        if (excluded || !isReady(node)) {
            return Optional.empty();
        }
        var offered = node.getStatus().getAllocatable();
        var cpu = offered == null ? null : offered.get("cpu");
        return Optional.of(new Place(
                EndpointSliceReconciler.zone(node).filter(zone -> !zone.isEmpty()),
                cpu == null ? BigDecimal.ZERO : cpu.getNumericalAmount().stripTrailingZeros()));
    }

    private static boolean isReady(Node node) {
        return node.getStatus() != null
                && node.getStatus().getConditions() != null
                && node.getStatus().getConditions().stream()
                        .anyMatch(c -> "Ready".equals(c.getType()) && "True".equals(c.getStatus()));
    }
}
