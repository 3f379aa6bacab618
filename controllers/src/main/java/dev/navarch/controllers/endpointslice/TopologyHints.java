package dev.navarch.controllers.endpointslice;

import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.discovery.v1.Endpoint;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointHints;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointHintsBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSliceBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/**
 * For whom endpoints are meant where a service's annotation asks for it ({@code service.kubernetes.io/topology-mode: Auto}):
 * zones get endpoints in proportion to their CPUs, of their own first, and as few slices as possible change. Where no zone
 * could be given enough, there are no hints at all.
 *
 * <p>source: kubernetes staging/src/k8s.io/endpointslice/topologycache (topologycache.go, sliceinfo.go, utils.go, event.go).
 */
final class TopologyHints {
    /** So much more than its part an endpoint may get to do. */
    private static final double OVERLOAD = 0.2;

    private static final List<String> ANNOTATIONS =
            List.of("service.kubernetes.io/topology-aware-hints", "service.kubernetes.io/topology-mode");

    private final ZoneShares shares;

    /**
     * What came of it.
     *
     * @param missing why there are no hints; empty if there are
     * @param changed slices that have other hints now, instead of those that were to stay as they are
     */
    record Outcome(Optional<String> missing, List<EndpointSlice> changed) {}

    private record Allocation(int minimum, int maximum, double desired) {}

    /** Why there can be none. */
    private static final class Impossible extends Exception {
        private static final long serialVersionUID = 1;

        Impossible(String message) {
            super(message, null, false, false);
        }
    }

    TopologyHints(ZoneShares shares) {
        this.shares = shares;
    }

    static boolean wanted(Service service) {
        Map<String, String> annotations =
                Objects.requireNonNullElse(service.getMetadata().getAnnotations(), Map.of());
        return ANNOTATIONS.stream()
                .filter(annotations::containsKey)
                .findFirst()
                .map(annotations::get)
                .filter(mode -> mode.equals("Auto") || mode.equals("auto"))
                .isPresent();
    }

    /**
     * Gives hints to the endpoints of slices that are to be written anyway.
     *
     * @param written get hints, all of one address type
     * @param kept slices that would stay as they are; their objects are not touched
     */
    Outcome assign(List<EndpointSlice> written, List<EndpointSlice> kept) {
        int ready = (int) java.util.stream.Stream.concat(written.stream(), kept.stream())
                .flatMap(slice -> slice.getEndpoints().stream())
                .filter(TopologyHints::isReady)
                .count();
        List<EndpointSlice> changed = new ArrayList<>();
        try {
            var allocations = allocations(ready);
            Map<String, Integer> given = new TreeMap<>();
            for (var slice : kept) {
                var hints = fitting(slice, given, allocations);
                if (hints.isPresent()) {
                    hints.get().forEach((zone, count) -> given.merge(zone, count, Integer::sum));
                } else {
                    changed.add(new EndpointSliceBuilder(slice).build());
                }
            }
            List<Endpoint> open = new ArrayList<>();
            written.forEach(slice -> open.addAll(slice.getEndpoints()));
            changed.forEach(slice -> open.addAll(slice.getEndpoints()));
            distribute(open, given, allocations);
            return new Outcome(Optional.empty(), changed);
        } catch (Impossible e) {
            written.forEach(TopologyHints::clear);
            return new Outcome(Optional.of(e.getMessage()), cleared(kept));
        }
    }

    private static List<EndpointSlice> cleared(List<EndpointSlice> kept) {
        var changed = kept.stream()
                .filter(slice -> slice.getEndpoints().stream().anyMatch(e -> e.getHints() != null))
                .map(slice -> new EndpointSliceBuilder(slice).build())
                .toList();
        changed.forEach(TopologyHints::clear);
        return changed;
    }

    private static void clear(EndpointSlice slice) {
        slice.getEndpoints().forEach(endpoint -> endpoint.setHints(null));
    }

    private static boolean isReady(Endpoint endpoint) {
        return endpoint.getConditions() != null
                && Boolean.TRUE.equals(endpoint.getConditions().getReady());
    }

    /** How many endpoints each zone is to have at least, at most, and in the best case. */
    private Map<String, Allocation> allocations(int endpoints) throws Impossible {
        if (shares.of().isEmpty()) {
            throw new Impossible(
                    "Insufficient Node information: allocatable CPU or zone not specified on one or more nodes");
        }
        var numbers =
                " (%s endpoints, %s zones)".formatted(endpoints, shares.of().size());
        if (shares.of().size() > endpoints) {
            throw new Impossible("Insufficient number of endpoints" + numbers);
        }
        Map<String, Integer> minimums = new TreeMap<>();
        shares.of().forEach((zone, share) -> minimums.put(zone, (int) Math.ceil(share * endpoints / (1 + OVERLOAD))));
        int left = endpoints
                - minimums.values().stream().mapToInt(Integer::intValue).sum();
        if (left < 0) {
            throw new Impossible("Unable to allocate minimum required endpoints to each zone without exceeding overload"
                    + " threshold" + numbers);
        }
        Map<String, Allocation> allocations = new TreeMap<>();
        minimums.forEach((zone, minimum) -> allocations.put(
                zone,
                new Allocation(minimum, minimum + left, Math.max(shares.of().get(zone) * endpoints, minimum))));
        return allocations;
    }

    /** The hints that a slice has, by zone; empty if it can't stay as it is. */
    private static Optional<Map<String, Integer>> fitting(
            EndpointSlice slice, Map<String, Integer> given, Map<String, Allocation> allocations) {
        Map<String, Integer> hints = new TreeMap<>();
        for (var endpoint : slice.getEndpoints()) {
            if (!isReady(endpoint)) {
                continue;
            }
            if (endpoint.getHints() == null || endpoint.getHints().getForZones().isEmpty()) {
                return Optional.empty();
            }
            endpoint.getHints().getForZones().forEach(zone -> hints.merge(zone.getName(), 1, Integer::sum));
        }
        boolean fits = hints.entrySet().stream().allMatch(e -> {
            var allocation = allocations.get(e.getKey());
            return allocation != null && e.getValue() + given.getOrDefault(e.getKey(), 0) <= allocation.maximum;
        });
        return fits ? Optional.of(hints) : Optional.empty();
    }

    /** Each to its own zone; then from zones that have too many to those that have too few. */
    private static void distribute(List<Endpoint> open, Map<String, Integer> given, Map<String, Allocation> allocations)
            throws Impossible {
        for (var endpoint : open) {
            endpoint.setHints(null);
            if (!isReady(endpoint)) {
                continue;
            }
            var zone = endpoint.getZone();
            if (zone == null || zone.isEmpty()) {
                throw new Impossible("One or more endpoints do not have a zone specified");
            }
            given.merge(zone, 1, Integer::sum);
            endpoint.setHints(hint(zone));
        }
        Map<String, Integer> giving = new TreeMap<>();
        Map<String, Integer> receiving = new TreeMap<>();
        balance(given, allocations, giving, receiving);
        for (var endpoint : open) {
            if (isReady(endpoint) && !receiving.isEmpty() && giving.containsKey(endpoint.getZone())) {
                var receiver = receiving.keySet().iterator().next();
                endpoint.setHints(hint(receiver));
                takeOne(giving, endpoint.getZone());
                takeOne(receiving, receiver);
            }
        }
        if (given.isEmpty()) {
            throw new Impossible("No hints allocated for zones");
        }
    }

    private static EndpointHints hint(String zone) {
        return new EndpointHintsBuilder().addNewForZone(zone).build();
    }

    private static void takeOne(Map<String, Integer> from, String zone) {
        from.computeIfPresent(zone, (_, count) -> count == 1 ? null : Integer.valueOf(count - 1));
    }

    /** How many endpoints go from which zones to which, in whole numbers and as long as it brings both closer to their part. */
    private static void balance(
            Map<String, Integer> given,
            Map<String, Allocation> allocations,
            Map<String, Integer> giving,
            Map<String, Integer> receiving) {
        Map<String, Double> tooMany = new TreeMap<>();
        Map<String, Double> tooFew = new TreeMap<>();
        allocations.forEach((zone, allocation) -> {
            double surplus = given.getOrDefault(zone, 0) - allocation.desired;
            (surplus > 0 ? tooMany : tooFew).put(zone, Math.abs(surplus));
        });
        while (!tooMany.isEmpty() && !tooFew.isEmpty()) {
            var most = most(tooMany);
            var least = most(tooFew);
            double more = most.getValue();
            double less = least.getValue();
            if (more < 1 && less < 1 || more < 0.5 || less < 0.5) {
                return;
            }
            giving.merge(most.getKey(), 1, Integer::sum);
            receiving.merge(least.getKey(), 1, Integer::sum);
            most.setValue(more - 1);
            least.setValue(less - 1);
        }
    }

    private static Map.Entry<String, Double> most(Map<String, Double> zones) {
        Map.Entry<String, Double> most = null;
        for (var zone : zones.entrySet()) {
            if (most == null || zone.getValue() > most.getValue()) {
                most = zone;
            }
        }
        return Objects.requireNonNull(most);
    }
}
