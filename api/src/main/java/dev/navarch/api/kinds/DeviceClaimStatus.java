package dev.navarch.api.kinds;

import dev.navarch.api.values.Names;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What a claim of devices got, who uses it, and how the devices are.
 *
 * <p>Source: kubernetes pkg/apis/resource/validation/validation.go (validateResourceClaimStatusUpdate).
 */
final class DeviceClaimStatus {
    private static final int MOST_CONSUMERS = 256;
    private static final int MOST_RESULTS = 32;
    private static final int MOST_CONFIGURATIONS = 64;
    private static final int MOST_CONDITIONS = 8;
    private static final int MOST_ADDRESSES = 16;
    private static final int LONGEST_DATA = 10 * 1024;

    private DeviceClaimStatus() {}

    static void check(At now, At old, Problems problems) {
        At status = now.at("status");
        At before = old.at("status");
        Set<String> names = DeviceRules.requestNames(now.at("spec", "devices"));
        At consumers = status.at("reservedFor");
        problems.set(
                consumers,
                MOST_CONSUMERS,
                DeviceClaimStatus::consumer,
                consumer -> consumer.at("uid").text());
        At allocation = status.at("allocation");
        Set<String> allocated = new HashSet<>();
        allocation.at("devices", "results").items().forEach(result -> allocated.add(identity(result)));
        problems.set(
                status.at("devices"),
                Integer.MAX_VALUE,
                (device, found) -> device(device, allocated, found),
                DeviceClaimStatus::identity);
        if (!consumers.isEmpty() && !allocation.isSet()) {
            problems.forbidden(consumers, "may not be specified when `allocated` is not set");
        } else if (now.at("metadata", "deletionTimestamp").isSet()
                && !uids(before.at("reservedFor")).containsAll(uids(consumers))) {
            problems.forbidden(
                    consumers,
                    "new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set");
        }
        if (before.at("allocation").isSet() && allocation.isSet()) {
            problems.immutable(allocation, before.at("allocation"));
        } else if (allocation.isSet()) {
            allocation(allocation, names, problems);
        }
    }

    private static List<String> uids(At consumers) {
        return consumers.items().stream()
                .map(consumer -> consumer.at("uid").text())
                .toList();
    }

    private static void consumer(At consumer, Problems problems) {
        problems.requiredText(consumer.at("resource"));
        problems.requiredText(consumer.at("name"));
        problems.requiredText(consumer.at("uid"));
    }

    /** What tells a device from all others, in the words in which messages name it. */
    private static String identity(At device) {
        String share = device.at("shareID").text();
        return device.at("driver").text() + "/" + device.at("pool").text() + "/"
                + device.at("device").text() + (share.isEmpty() ? "" : "/" + share);
    }

    private static void allocation(At allocation, Set<String> names, Problems problems) {
        At devices = allocation.at("devices");
        problems.items(devices.at("results"), MOST_RESULTS, (result, found) -> {
            DeviceRules.reference(result.at("request"), names, found);
            CsiRules.driverName(result.at("driver"), found);
            DeviceRules.poolName(result.at("pool"), found);
            found.grammar(result.at("device"), Names::dns1123Label);
            DeviceRules.binding(result, found);
        });
        problems.items(devices.at("config"), MOST_CONFIGURATIONS, (config, found) -> {
            found.oneOf(config.at("source"), List.of("FromClaim", "FromClass"));
            found.set(
                    config.at("requests"),
                    MOST_RESULTS,
                    (name, complaints) -> DeviceRules.reference(name, names, complaints),
                    At::text);
            DeviceRules.configuration(config, found);
        });
        if (allocation.at("nodeSelector").isSet()) {
            SchedulingChecks.nodeSelector(allocation.at("nodeSelector"), problems);
        }
    }

    private static void device(At device, Set<String> allocated, Problems problems) {
        CsiRules.driverName(device.at("driver"), problems);
        DeviceRules.poolName(device.at("pool"), problems);
        problems.grammar(device.at("device"), Names::dns1123Label);
        if (!allocated.contains(identity(device))) {
            problems.invalid(device, identity(device), "must be an allocated device in the claim");
        }
        At conditions = device.at("conditions");
        if (conditions.size() > MOST_CONDITIONS) {
            problems.tooMany(conditions, MOST_CONDITIONS);
        }
        ConditionChecks.check(conditions, problems);
        if (device.at("data").isSet()) {
            DeviceRules.document(device.at("data"), LONGEST_DATA, problems);
        }
        At network = device.at("networkData");
        problems.notLonger(network.at("interfaceName"), 256);
        problems.notLonger(network.at("hardwareAddress"), 128);
        problems.set(network.at("ips"), MOST_ADDRESSES, IpChecks::interfaceAddress, At::text);
    }
}
