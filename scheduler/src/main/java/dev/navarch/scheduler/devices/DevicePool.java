package dev.navarch.scheduler.devices;

import dev.navarch.api.values.Quantity;
import io.fabric8.kubernetes.api.model.resource.v1.Counter;
import io.fabric8.kubernetes.api.model.resource.v1.Device;
import io.fabric8.kubernetes.api.model.resource.v1.DeviceCounterConsumption;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceSlice;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The devices of one pool, of the newest generation that was seen of it. Nothing is allocated from one of which not all
 * slices are there yet, or whose slices contradict each other.
 *
 * <p>source: structured pools.go.
 */
final class DevicePool {
    private final String driver;
    private final String name;
    private final List<ResourceSlice> slices;
    private final boolean incomplete;
    private final boolean invalid;
    private final List<Offer> offers = new ArrayList<>();
    private final Map<String, Map<String, Quantity>> counters = new HashMap<>();

    /** @param slices of one generation, ordered by their names; at least one */
    DevicePool(List<ResourceSlice> slices) {
        this.slices = slices;
        var spec = slices.getFirst().getSpec();
        driver = spec.getDriver();
        name = spec.getPool().getName();
        incomplete = slices.size() != spec.getPool().getResourceSliceCount();
        invalid = !incomplete && !read();
    }

    /** Returns false if the slices contradict each other. */
    private boolean read() {
        Set<String> names = new HashSet<>();
        boolean consistent = true;
        for (var slice : slices) {
            for (var device : orEmpty(slice.getSpec().getDevices())) {
                consistent &= names.add(device.getName());
                offers.add(new Offer(slice.getSpec(), device));
            }
            for (var set : orEmpty(slice.getSpec().getSharedCounters())) {
                consistent &= counters.put(set.getName(), Amounts.of(set.getCounters(), Counter::getValue)) == null;
            }
        }
        return consistent
                && offers.stream().flatMap(o -> consumed(o.device()).stream()).allMatch(this::known);
    }

    private boolean known(DeviceCounterConsumption consumption) {
        var set = counters.get(consumption.getCounterSet());
        return set != null && set.keySet().containsAll(consumption.getCounters().keySet());
    }

    static List<DeviceCounterConsumption> consumed(Device device) {
        return orEmpty(device.getConsumesCounters());
    }

    static <T> List<T> orEmpty(@org.jspecify.annotations.Nullable List<T> list) {
        return list == null ? List.of() : list;
    }

    String driver() {
        return driver;
    }

    /** As messages name it. */
    String id() {
        return driver + "/" + name;
    }

    boolean incomplete() {
        return incomplete;
    }

    boolean invalid() {
        return invalid;
    }

    boolean usable() {
        return !incomplete && !invalid;
    }

    List<ResourceSlice> slices() {
        return slices;
    }

    /** All its devices, wherever they can be used. */
    List<Offer> offers() {
        return offers;
    }

    /** What devices of the pool share, by the name of the set. */
    Map<String, Map<String, Quantity>> counters() {
        return counters;
    }

    boolean waitsForConditions() {
        return offers.stream().anyMatch(Offer::waitsForConditions);
    }
}
