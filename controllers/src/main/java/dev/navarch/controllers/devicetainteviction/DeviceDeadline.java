package dev.navarch.controllers.devicetainteviction;

import dev.navarch.api.values.Timestamps;
import dev.navarch.client.Tolerations;
import io.fabric8.kubernetes.api.model.resource.v1.DeviceRequestAllocationResult;
import io.fabric8.kubernetes.api.model.resource.v1.DeviceTaint;
import io.fabric8.kubernetes.api.model.resource.v1.DeviceToleration;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaim;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Until when the devices of a claim may be used: the earliest end that any taint of any device sets, each counted from
 * when the taint was added. source: kubernetes pkg/controller/devicetainteviction (claimEvictionTime), staging
 * dynamic-resource-allocation/resourceclaim/devicetoleration.go.
 */
final class DeviceDeadline {
    private DeviceDeadline() {}

    static List<DeviceRequestAllocationResult> devices(ResourceClaim claim) {
        var status = claim.getStatus();
        return status == null
                        || status.getAllocation() == null
                        || status.getAllocation().getDevices() == null
                ? List.of()
                : DevicePool.orEmpty(status.getAllocation().getDevices().getResults());
    }

    /** The names of the pools that its devices are from. */
    static List<String> pools(ResourceClaim claim) {
        return devices(claim).stream()
                .map(device -> DevicePool.name(device.getDriver(), device.getPool()))
                .distinct()
                .toList();
    }

    /** Empty: for ever. */
    static Optional<Instant> of(ResourceClaim claim, Function<String, DevicePool> pools) {
        List<Instant> ends = new ArrayList<>();
        for (var device : devices(claim)) {
            var pool = pools.apply(DevicePool.name(device.getDriver(), device.getPool()));
            for (var taint : pool.expelling(device.getDevice())) {
                end(taint, DevicePool.orEmpty(device.getTolerations())).ifPresent(ends::add);
            }
        }
        return ends.stream().min(Instant::compareTo);
    }

    private static Optional<Instant> end(DeviceTaint taint, List<DeviceToleration> tolerations) {
        var added = Optional.ofNullable(taint.getTimeAdded())
                .flatMap(Timestamps::parse)
                .orElse(Instant.EPOCH);
        var fitting = tolerations.stream()
                .filter(toleration -> Tolerations.tolerates(toleration, taint))
                .toList();
        if (fitting.stream().anyMatch(toleration -> toleration.getTolerationSeconds() == null)) {
            return Optional.empty();
        }
        long seconds = fitting.stream()
                .mapToLong(DeviceToleration::getTolerationSeconds)
                .min()
                .orElse(0);
        return Optional.of(added.plusSeconds(Math.clamp(seconds, 0, Integer.MAX_VALUE)));
    }
}
