package dev.navarch.scheduler.devices;

import dev.navarch.api.values.Quantity;
import dev.navarch.client.Key;
import io.fabric8.kubernetes.api.model.resource.v1.CapacityRequirements;
import io.fabric8.kubernetes.api.model.resource.v1.DeviceClass;
import io.fabric8.kubernetes.api.model.resource.v1.DeviceRequest;
import io.fabric8.kubernetes.api.model.resource.v1.DeviceSelector;
import io.fabric8.kubernetes.api.model.resource.v1.DeviceSubRequest;
import io.fabric8.kubernetes.api.model.resource.v1.DeviceToleration;
import io.fabric8.kubernetes.api.model.resource.v1.ExactDeviceRequest;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaim;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A request of a claim, or one of its alternatives.
 *
 * @param claim which of the claims that are allocated together
 * @param request the request's name
 * @param name the same, with that of the alternative behind a slash
 * @param shortName the last part of it
 * @param all whether it wants all devices that it selects; {@code count} does not count then
 */
record Wanted(
        int claim,
        String request,
        String name,
        String shortName,
        DeviceClass deviceClass,
        List<Selector> selectors,
        boolean all,
        long count,
        boolean admin,
        List<DeviceToleration> tolerations,
        Map<String, Quantity> capacity) {

    /** @param where what messages say before the problem */
    record Selector(String where, String expression) {}

    /** The alternatives of a request, best first; a single one for an exact request. */
    static List<Wanted> of(
            int index, ResourceClaim claim, DeviceRequest request, Function<String, Optional<DeviceClass>> classes)
            throws AllocationFailure {
        if (request.getExactly() != null) {
            return List.of(exactly(index, claim, request.getName(), request.getExactly(), classes));
        }
        List<Wanted> alternatives = new ArrayList<>();
        for (var alternative : DevicePool.orEmpty(request.getFirstAvailable())) {
            alternatives.add(alternative(index, claim, request.getName(), alternative, classes));
        }
        if (alternatives.isEmpty()) {
            throw new AllocationFailure("claim " + Key.of(claim) + ", request " + request.getName()
                    + ": missing device class name (unsupported request type?)");
        }
        return alternatives;
    }

    private static Wanted exactly(
            int index,
            ResourceClaim claim,
            String name,
            ExactDeviceRequest request,
            Function<String, Optional<DeviceClass>> classes)
            throws AllocationFailure {
        var about = "claim " + Key.of(claim) + ", request " + name;
        var deviceClass = deviceClass(about, request.getDeviceClassName(), classes);
        return new Wanted(
                index,
                name,
                name,
                name,
                deviceClass,
                selectors(about, claim, deviceClass, request.getSelectors()),
                all(about, request.getAllocationMode()),
                count(request.getCount()),
                Boolean.TRUE.equals(request.getAdminAccess()),
                DevicePool.orEmpty(request.getTolerations()),
                capacity(request.getCapacity()));
    }

    private static Wanted alternative(
            int index,
            ResourceClaim claim,
            String request,
            DeviceSubRequest alternative,
            Function<String, Optional<DeviceClass>> classes)
            throws AllocationFailure {
        var about = "claim " + Key.of(claim) + ", request " + alternative.getName();
        var deviceClass = deviceClass(about, alternative.getDeviceClassName(), classes);
        return new Wanted(
                index,
                request,
                request + "/" + alternative.getName(),
                alternative.getName(),
                deviceClass,
                selectors(about, claim, deviceClass, alternative.getSelectors()),
                all(about, alternative.getAllocationMode()),
                count(alternative.getCount()),
                false,
                DevicePool.orEmpty(alternative.getTolerations()),
                capacity(alternative.getCapacity()));
    }

    private static DeviceClass deviceClass(
            String about, @Nullable String name, Function<String, Optional<DeviceClass>> classes)
            throws AllocationFailure {
        if (name == null || name.isEmpty()) {
            throw new AllocationFailure(about + ": missing device class name (unsupported request type?)");
        }
        var found = classes.apply(name);
        if (found.isEmpty()) {
            throw new AllocationFailure(about + ": could not retrieve device class " + name
                    + ": deviceclass.resource.k8s.io \"" + name + "\" not found");
        }
        return found.get();
    }

    private static List<Selector> selectors(
            String about, ResourceClaim claim, DeviceClass deviceClass, @Nullable List<DeviceSelector> own)
            throws AllocationFailure {
        List<Selector> all = new ArrayList<>();
        int number = 0;
        for (var selector : DevicePool.orEmpty(deviceClass.getSpec().getSelectors())) {
            all.add(new Selector(
                    "class " + deviceClass.getMetadata().getName() + ": selector #" + number++,
                    selector.getCel().getExpression()));
        }
        number = 0;
        for (var selector : DevicePool.orEmpty(own)) {
            if (selector.getCel() == null) {
                throw new AllocationFailure(
                        about + ", selector #" + number + ": CEL expression empty (unsupported selector type?)");
            }
            all.add(new Selector(
                    "claim " + Key.of(claim) + ": selector #" + number++,
                    selector.getCel().getExpression()));
        }
        return all;
    }

    private static boolean all(String about, @Nullable String mode) throws AllocationFailure {
        return switch (mode == null ? "" : mode) {
            case "All" -> true;
            case "ExactCount" -> false;
            default -> throw new AllocationFailure(about + ": unsupported count mode " + mode);
        };
    }

    private static long count(@Nullable Long count) {
        return count == null ? 0 : count;
    }

    private static Map<String, Quantity> capacity(@Nullable CapacityRequirements requirements) {
        return requirements == null ? Map.of() : Amounts.of(requirements.getRequests(), q -> q);
    }
}
