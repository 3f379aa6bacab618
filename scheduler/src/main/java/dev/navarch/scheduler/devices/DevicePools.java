package dev.navarch.scheduler.devices;

import io.fabric8.kubernetes.api.model.resource.v1.ResourceSlice;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceSliceSpec;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * All pools, in the order in which they are looked at: those whose devices can be had at once first, then by name. Made
 * anew when a slice changes; a node's pools are found without looking at those of other nodes.
 *
 * <p>source: structured pools.go, GatherPools.
 */
public final class DevicePools {
    private static final Comparator<DevicePool> ORDER =
            Comparator.comparing(DevicePool::waitsForConditions).thenComparing(DevicePool::id);

    /** Pools that lie on one node as a whole. */
    private final Map<String, List<DevicePool>> local = new HashMap<>();

    private final List<DevicePool> others = new ArrayList<>();

    /** What a pool has for a node. */
    record Part(DevicePool pool, List<Offer> offers) {}

    public DevicePools(Collection<ResourceSlice> all) {
        Map<String, List<ResourceSlice>> newest = new TreeMap<>();
        for (var slice : all) {
            var spec = slice.getSpec();
            var slices = newest.computeIfAbsent(
                    spec.getDriver() + "/" + spec.getPool().getName(), _ -> new ArrayList<>());
            if (!slices.isEmpty() && generation(slice) > generation(slices.getFirst())) {
                slices.clear();
            }
            if (slices.isEmpty() || generation(slice) == generation(slices.getFirst())) {
                slices.add(slice);
            }
        }
        for (var slices : newest.values()) {
            slices.sort(Comparator.comparing(slice -> slice.getMetadata().getName()));
            add(new DevicePool(slices));
        }
        local.values().forEach(pools -> pools.sort(ORDER));
        others.sort(ORDER);
    }

    private static long generation(ResourceSlice slice) {
        var generation = slice.getSpec().getPool().getGeneration();
        return generation == null ? 0 : generation;
    }

    private void add(DevicePool pool) {
        var node = pool.slices().getFirst().getSpec().getNodeName();
        boolean alone = node != null
                && pool.slices().stream()
                        .allMatch(slice -> node.equals(slice.getSpec().getNodeName()));
        if (alone) {
            local.computeIfAbsent(node, _ -> new ArrayList<>()).add(pool);
        } else {
            others.add(pool);
        }
    }

    /** The pools of which something can be used on a node, in order. */
    List<Part> of(String node, Map<String, String> labels) {
        List<Part> parts = new ArrayList<>();
        for (var pool : local.getOrDefault(node, List.of())) {
            parts.add(new Part(pool, pool.offers()));
        }
        boolean added = false;
        for (var pool : others) {
            if (pool.usable()) {
                var offers = pool.offers().stream()
                        .filter(offer -> offer.reaches(node, labels))
                        .toList();
                if (!offers.isEmpty()) {
                    parts.add(new Part(pool, offers));
                    added = true;
                }
            } else if (pool.slices().stream().anyMatch(slice -> concerns(slice.getSpec(), node, labels))) {
                parts.add(new Part(pool, List.of()));
                added = true;
            }
        }
        if (added) {
            parts.sort(Comparator.comparing(Part::pool, ORDER));
        }
        return parts;
    }

    private static boolean concerns(ResourceSliceSpec spec, String node, Map<String, String> labels) {
        if (Boolean.TRUE.equals(spec.getPerDeviceNodeSelection())) {
            return DevicePool.orEmpty(spec.getDevices()).stream()
                    .anyMatch(device -> new Offer(spec, device).reaches(node, labels));
        }
        return Places.reaches(
                spec.getNodeName(), Boolean.TRUE.equals(spec.getAllNodes()), spec.getNodeSelector(), node, labels);
    }
}
