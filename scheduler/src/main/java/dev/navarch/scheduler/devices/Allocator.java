package dev.navarch.scheduler.devices;

import dev.navarch.api.values.Quantity;
import dev.navarch.client.Key;
import io.fabric8.kubernetes.api.model.resource.v1.AllocationResult;
import io.fabric8.kubernetes.api.model.resource.v1.Counter;
import io.fabric8.kubernetes.api.model.resource.v1.DeviceClass;
import io.fabric8.kubernetes.api.model.resource.v1.DeviceRequest;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaim;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Finds devices for the claims of one pod, on one node after the other; what is in use does not change meanwhile.
 *
 * <p>source: structured allocator.go.
 */
public final class Allocator {
    /** So many devices a claim can have (source: AllocationResultsMaxSize). */
    static final int MOST_DEVICES = 32;

    private final Supply supply;
    private final List<ResourceClaim> claims;
    private final Map<DevicePool, Map<String, Map<String, Quantity>>> freeCounters = new HashMap<>();
    private @Nullable List<List<List<Wanted>>> wanted;

    /**
     * What there is to allocate.
     *
     * @param classes by name
     * @param shareIds tells parts of a device apart
     */
    public record Supply(
            DevicePools pools,
            DevicesInUse used,
            Function<String, Optional<DeviceClass>> classes,
            Selectors selectors,
            Supplier<String> shareIds) {}

    /** Selectors that are kept compiled from one pod to the next. */
    public static final class Selectors {
        private final SelectorCache cache = new SelectorCache();
    }

    /** What came of looking for devices on a node. */
    public sealed interface Outcome {}

    /** @param results of the claims, in their order */
    public record Allocated(List<AllocationResult> results) implements Outcome {}

    public record Impossible(String reason) implements Outcome {}

    public Allocator(Supply supply, List<ResourceClaim> claims) {
        this.supply = supply;
        this.claims = List.copyOf(claims);
    }

    /**
     * Looks for devices that can be used on a node.
     *
     * @param late tells when to give up
     * @throws AllocationFailure if a claim or class makes it impossible on any node
     */
    public Outcome allocate(String node, Map<String, String> labels, BooleanSupplier late) throws AllocationFailure {
        return new Search(this, node, labels, late).run();
    }

    List<ResourceClaim> claims() {
        return claims;
    }

    DevicesInUse used() {
        return supply.used;
    }

    List<DevicePools.Part> pools(String node, Map<String, String> labels) {
        return supply.pools.of(node, labels);
    }

    SelectorCache selectors() {
        return supply.selectors.cache;
    }

    String newShareId() {
        return supply.shareIds.get();
    }

    /** By claim and request the alternatives. */
    List<List<List<Wanted>>> wanted() throws AllocationFailure {
        if (wanted == null) {
            List<List<List<Wanted>>> all = new ArrayList<>();
            for (int index = 0; index < claims.size(); index++) {
                all.add(wanted(index));
            }
            wanted = all;
        }
        return wanted;
    }

    private List<List<Wanted>> wanted(int index) throws AllocationFailure {
        var claim = claims.get(index);
        var devices = claim.getSpec().getDevices();
        List<List<Wanted>> requests = new ArrayList<>();
        long least = 0;
        for (var request : devices == null ? List.<DeviceRequest>of() : DevicePool.orEmpty(devices.getRequests())) {
            var alternatives = Wanted.of(index, claim, request, supply.classes);
            requests.add(alternatives);
            least += alternatives.stream()
                    .mapToLong(w -> w.all() ? 0 : w.count())
                    .min()
                    .orElse(0);
        }
        if (least > MOST_DEVICES) {
            throw tooMany(claim, least);
        }
        return requests;
    }

    static AllocationFailure tooMany(ResourceClaim claim, long devices) {
        return new AllocationFailure("claim " + Key.of(claim) + ": number of requested devices " + devices
                + " exceeds the claim limit of " + MOST_DEVICES);
    }

    /** The claim's constraints, with no devices yet. */
    static List<Constraint> constraints(ResourceClaim claim) throws AllocationFailure {
        var devices = claim.getSpec().getDevices();
        List<Constraint> constraints = new ArrayList<>();
        if (devices != null) {
            for (var each : DevicePool.orEmpty(devices.getConstraints())) {
                var constraint = Constraint.of(each);
                if (constraint.isEmpty()) {
                    throw new AllocationFailure("claim " + Key.of(claim) + ", constraint #" + constraints.size()
                            + ": empty constraint (unsupported constraint type?)");
                }
                constraints.add(constraint.get());
            }
        }
        return constraints;
    }

    /** What the devices that are in use have left of a pool's counters; may be negative. */
    Map<String, Map<String, Quantity>> freeCounters(DevicePool pool) {
        return freeCounters.computeIfAbsent(pool, _ -> {
            Map<String, Map<String, Quantity>> free = new HashMap<>();
            pool.counters().forEach((set, counters) -> free.put(set, new HashMap<>(counters)));
            for (var offer : pool.offers()) {
                if (supply.used.used(offer.id())) {
                    for (var consumption : DevicePool.consumed(offer.device())) {
                        var set = free.get(consumption.getCounterSet());
                        if (set != null) {
                            Amounts.subtract(set, Amounts.of(consumption.getCounters(), Counter::getValue));
                        }
                    }
                }
            }
            return free;
        });
    }
}
