package dev.navarch.scheduler.devices;

import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.resource.v1.AllocationResult;
import io.fabric8.kubernetes.api.model.resource.v1.AllocationResultBuilder;
import io.fabric8.kubernetes.api.model.resource.v1.DeviceAllocationConfiguration;
import io.fabric8.kubernetes.api.model.resource.v1.DeviceAllocationConfigurationBuilder;
import io.fabric8.kubernetes.api.model.resource.v1.DeviceRequestAllocationResult;
import io.fabric8.kubernetes.api.model.resource.v1.DeviceRequestAllocationResultBuilder;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaim;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A solution in the words of the API (source: structured allocator, Allocate). */
final class Results {
    private final Allocator allocator;
    private final String node;

    Results(Allocator allocator, String node) {
        this.allocator = allocator;
        this.node = node;
    }

    /** By claim. */
    List<AllocationResult> of(List<? extends Collection<Search.Taken>> solution) {
        List<AllocationResult> results = new ArrayList<>();
        for (int claim = 0; claim < solution.size(); claim++) {
            results.add(of(allocator.claims().get(claim), solution.get(claim)));
        }
        return results;
    }

    private AllocationResult of(ResourceClaim claim, Collection<Search.Taken> devices) {
        var offers = devices.stream().map(Search.Taken::offer).toList();
        return new AllocationResultBuilder()
                .withNewDevices()
                .withResults(devices.stream().map(this::result).toList())
                .withConfig(configuration(claim, devices))
                .endDevices()
                .withNodeSelector(Places.common(offers, node).orElse(null))
                .build();
    }

    private DeviceRequestAllocationResult result(Search.Taken taken) {
        var id = taken.offer().id();
        var device = taken.offer().device();
        var result = new DeviceRequestAllocationResultBuilder()
                .withRequest(taken.wanted().name())
                .withDriver(id.driver())
                .withPool(id.pool())
                .withDevice(id.device())
                .withTolerations(taken.wanted().tolerations())
                .withBindingConditions(device.getBindingConditions())
                .withBindingFailureConditions(device.getBindingFailureConditions());
        if (taken.wanted().admin()) {
            result.withAdminAccess(true);
        }
        taken.consumed().ifPresent(amounts -> {
            Map<String, Quantity> consumed = new HashMap<>();
            amounts.forEach((name, amount) -> consumed.put(name, new Quantity(amount.toString())));
            result.withShareID(allocator.newShareId()).withConsumedCapacity(consumed);
        });
        return result.build();
    }

    /** That of the classes, each once, then that of the claim, as far as it concerns what was allocated. */
    private static List<DeviceAllocationConfiguration> configuration(
            ResourceClaim claim, Collection<Search.Taken> devices) {
        Map<String, List<String>> requestsByClass = new LinkedHashMap<>();
        Map<String, Wanted> chosen = new LinkedHashMap<>();
        devices.forEach(taken -> chosen.putIfAbsent(taken.wanted().request(), taken.wanted()));
        List<DeviceAllocationConfiguration> all = new ArrayList<>();
        chosen.values()
                .forEach(wanted -> requestsByClass
                        .computeIfAbsent(wanted.deviceClass().getMetadata().getName(), _ -> new ArrayList<>())
                        .add(wanted.name()));
        for (var wanted : chosen.values()) {
            var requests =
                    requestsByClass.remove(wanted.deviceClass().getMetadata().getName());
            if (requests == null) {
                continue;
            }
            for (var config : DevicePool.orEmpty(wanted.deviceClass().getSpec().getConfig())) {
                all.add(new DeviceAllocationConfigurationBuilder()
                        .withSource("FromClass")
                        .withRequests(requests)
                        .withOpaque(config.getOpaque())
                        .build());
            }
        }
        for (var config : DevicePool.orEmpty(claim.getSpec().getDevices().getConfig())) {
            var requests = DevicePool.orEmpty(config.getRequests());
            boolean concerns = requests.isEmpty()
                    || chosen.values().stream()
                            .anyMatch(
                                    wanted -> requests.contains(wanted.request()) || requests.contains(wanted.name()));
            if (concerns) {
                all.add(new DeviceAllocationConfigurationBuilder()
                        .withSource("FromClaim")
                        .withRequests(requests)
                        .withOpaque(config.getOpaque())
                        .build());
            }
        }
        return all;
    }
}
