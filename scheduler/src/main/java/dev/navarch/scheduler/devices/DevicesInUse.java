package dev.navarch.scheduler.devices;

import dev.navarch.api.values.Quantity;
import io.fabric8.kubernetes.api.model.resource.v1.AllocationResult;
import io.fabric8.kubernetes.api.model.resource.v1.DeviceRequestAllocationResult;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which devices claims have, and how much of those that several may have. Allocations are counted, so that one that is
 * known twice for a while, as written and as observed, may be added and removed twice. Administrators' access takes
 * nothing away from others.
 *
 * <p>source: dynamicresources/allocateddevices.go.
 */
public final class DevicesInUse {
    /** Guarded by this. */
    private final Map<DeviceId, Integer> taken = new HashMap<>();

    /** Guarded by this: by device, the allocations of a part of it. */
    private final Map<DeviceId, Map<String, Part>> parts = new HashMap<>();

    private record Part(Map<String, Quantity> capacity, int times) {}

    public synchronized void add(AllocationResult allocation) {
        for (var result : results(allocation)) {
            var id = id(result);
            if (result.getShareID() == null) {
                taken.merge(id, 1, Integer::sum);
            } else {
                parts.computeIfAbsent(id, _ -> new HashMap<>())
                        .merge(
                                result.getShareID(),
                                new Part(Amounts.of(result.getConsumedCapacity(), q -> q), 1),
                                (old, now) -> new Part(now.capacity, old.times + 1));
            }
        }
    }

    public synchronized void remove(AllocationResult allocation) {
        for (var result : results(allocation)) {
            var id = id(result);
            if (result.getShareID() == null) {
                taken.computeIfPresent(id, (_, times) -> times > 1 ? times - 1 : null);
            } else {
                parts.computeIfPresent(id, (_, shares) -> without(shares, result.getShareID()));
            }
        }
    }

    private static @Nullable Map<String, Part> without(Map<String, Part> shares, String share) {
        shares.computeIfPresent(share, (_, part) -> part.times > 1 ? new Part(part.capacity, part.times - 1) : null);
        return shares.isEmpty() ? null : shares;
    }

    private static List<DeviceRequestAllocationResult> results(AllocationResult allocation) {
        var devices = allocation.getDevices();
        return devices == null || devices.getResults() == null
                ? List.of()
                : devices.getResults().stream()
                        .filter(result -> !Boolean.TRUE.equals(result.getAdminAccess()))
                        .toList();
    }

    private static DeviceId id(DeviceRequestAllocationResult result) {
        return new DeviceId(result.getDriver(), result.getPool(), result.getDevice());
    }

    /** Whether a claim has the device as a whole. */
    synchronized boolean taken(DeviceId id) {
        return taken.containsKey(id);
    }

    /** How much of the device claims have; nothing if none has a part of it. */
    synchronized Optional<Map<String, Quantity>> shared(DeviceId id) {
        var shares = parts.get(id);
        if (shares == null) {
            return Optional.empty();
        }
        Map<String, Quantity> sum = new HashMap<>();
        shares.values().forEach(part -> Amounts.add(sum, part.capacity));
        return Optional.of(sum);
    }

    /** Whether any claim has the device or a part of it. */
    synchronized boolean used(DeviceId id) {
        return taken.containsKey(id) || parts.containsKey(id);
    }
}
