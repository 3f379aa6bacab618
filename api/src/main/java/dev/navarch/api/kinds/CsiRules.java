package dev.navarch.api.kinds;

import dev.navarch.api.values.Names;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/**
 * Storage drivers, where they run, what they have left, and what they have attached.
 *
 * <p>Source: kubernetes pkg/apis/storage/v1/defaults.go, pkg/apis/storage/validation/validation.go,
 * pkg/registry/storage.
 */
final class CsiRules {
    private static final String GROUP = "storage.k8s.io/";
    private static final int LONGEST_NODE_ID = 256;
    private static final int LONGEST_ERROR = 1024;
    private static final int MOST_METADATA_BYTES = 256 * 1024;

    private CsiRules() {}

    static Map<String, KindRules> all() {
        return Map.of(
                GROUP + "CSIDriver", driver(),
                GROUP + "CSINode", node(),
                GROUP + "CSIStorageCapacity", capacity(),
                GROUP + "VolumeAttachment", attachment());
    }

    /** The name of a driver, which must be there. */
    static void driverName(At name, Problems problems) {
        if (name.isEmpty()) {
            problems.required(name, "");
        }
        problems.notLonger(name, 63);
        Names.dns1123Subdomain(name.text().toLowerCase(Locale.ROOT))
                .forEach(complaint -> problems.invalid(name, name.text(), complaint));
    }

    private static KindRules driver() {
        return Kind.clustered(Names::dns1123Subdomain)
                .conditionalUpdateOnly()
                .defaults(Defaults.spec(CsiRules::driverDefaults))
                .countsUpdates("spec")
                .check((driver, problems) -> driver(driver.at("spec"), problems))
                .checkUpdate((now, old, problems) -> {
                    // Upstream's name of the first field is not quite the field's.
                    At attach = now.at("spec", "attachRequired");
                    problems.immutable(
                            now.at("spec", "attachedRequired").with(attach.node()), old.at("spec", "attachRequired"));
                })
                .immutable("spec", "volumeLifecycleModes")
                .build();
    }

    private static void driverDefaults(ObjectNode spec) {
        Defaults.put(spec, "attachRequired", true);
        Defaults.put(spec, "podInfoOnMount", false);
        Defaults.put(spec, "storageCapacity", false);
        Defaults.put(spec, "fsGroupPolicy", "ReadWriteOnceWithFSType");
        if (spec.path("volumeLifecycleModes").isEmpty()) {
            spec.putArray("volumeLifecycleModes").add("Persistent");
        }
        Defaults.put(spec, "requiresRepublish", false);
        Defaults.put(spec, "seLinuxMount", false);
    }

    private static void driver(At spec, Problems problems) {
        At policy = spec.at("fsGroupPolicy");
        if (policy.isSet()
                && !List.of("File", "None", "ReadWriteOnceWithFSType").contains(policy.text())) {
            problems.notSupported(policy, List.of("File", "None", "ReadWriteOnceWithFSType"));
        }
        Set<String> audiences = new HashSet<>();
        for (At request : spec.at("tokenRequests").items()) {
            At audience = request.at("audience");
            if (!audiences.add(audience.text())) {
                problems.duplicate(audience, audience.text());
                continue;
            }
            VolumeChecks.tokenLifetime(request.at("expirationSeconds"), problems);
        }
        At modes = spec.at("volumeLifecycleModes");
        for (At mode : modes.items()) {
            if (!List.of("Persistent", "Ephemeral").contains(mode.text())) {
                problems.notSupported(modes, mode.text(), List.of("Persistent", "Ephemeral"));
            }
        }
        At period = spec.at("nodeAllocatableUpdatePeriodSeconds");
        if (period.isSet() && period.number() < 10) {
            problems.invalid(period, "must be greater than or equal to 10 seconds");
        }
    }

    private static KindRules node() {
        return Kind.clustered(Names::dns1123Subdomain)
                .conditionalUpdateOnly()
                .check((node, problems) -> {
                    Set<String> names = new HashSet<>();
                    node.at("spec", "drivers").items().forEach(driver -> nodeDriver(driver, names, problems));
                })
                .checkUpdate(CsiRules::nodeUpdate)
                .build();
    }

    private static void nodeDriver(At driver, Set<String> names, Problems problems) {
        driverName(driver.at("name"), problems);
        At id = driver.at("nodeID");
        problems.requiredText(id);
        if (Names.utf8Length(id.text()) > LONGEST_NODE_ID) {
            problems.invalid(id, "must be " + LONGEST_NODE_ID + " characters or less");
        }
        problems.notNegative(driver.at("allocatable", "count"));
        if (!names.add(driver.at("name").text())) {
            problems.duplicate(driver.at("name"), driver.at("name").text());
        }
        Set<String> keys = new HashSet<>();
        for (String key : driver.at("topologyKeys").texts()) {
            if (key.isEmpty()) {
                problems.required(driver, "");
            }
            if (!keys.add(key)) {
                problems.duplicate(driver, key);
            }
            Names.qualifiedName(key).forEach(complaint -> problems.invalid(driver, key, complaint));
        }
    }

    /** A driver may come, go, and count anew how much it can attach; nothing else of it changes. */
    private static void nodeUpdate(At now, At old, Problems problems) {
        At drivers = now.at("spec", "drivers");
        for (At before : old.at("spec", "drivers").items()) {
            for (At after : drivers.items()) {
                if (after.at("name").is(before.at("name").text())
                        && after.node().deepCopy() instanceof ObjectNode masked) {
                    Kind.keep("allocatable", masked, before.node());
                    problems.immutable(drivers.with(masked), before);
                }
            }
        }
    }

    private static KindRules capacity() {
        return Kind.namespaced(Names::dns1123Subdomain)
                .conditionalUpdateOnly()
                .check((capacity, problems) -> {
                    ObjectMetaRules.labelSelector(capacity.at("nodeTopology"), problems);
                    problems.grammar(capacity.at("storageClassName"), Names::dns1123Subdomain);
                    ResourceChecks.notNegative(capacity.at("capacity"), problems);
                })
                .immutable("nodeTopology")
                .immutable("storageClassName")
                .build();
    }

    private static KindRules attachment() {
        return Kind.clustered(Names::dns1123Subdomain)
                .conditionalUpdateOnly()
                .status()
                .check((attachment, problems) -> attachment(attachment.at("spec"), problems))
                .checkCreate((attachment, problems) -> {
                    driverName(attachment.at("spec", "attacher"), problems);
                    problems.grammarIfSet(
                            attachment.at("spec", "source", "persistentVolumeName"), Names::dns1123Subdomain);
                })
                .immutable("spec")
                .checkStatus((now, old, problems) -> attachmentStatus(now.at("status"), problems))
                .build();
    }

    private static void attachment(At spec, Problems problems) {
        problems.requiredText(spec.at("attacher"));
        At source = spec.at("source");
        At inline = source.at("inlineVolumeSpec");
        At named = source.at("persistentVolumeName");
        String one = "must specify exactly one of inlineVolumeSpec and persistentVolumeName";
        if (inline.isSet() && named.isSet()) {
            problems.forbidden(source, one);
        } else if (named.isSet() && named.isEmpty()) {
            problems.required(named, "must specify non empty persistentVolumeName");
        } else if (inline.isSet()) {
            PersistentVolumeRules.inline(inline, problems);
        } else if (!named.isSet()) {
            problems.required(source, one);
        }
        problems.grammar(spec.at("nodeName"), Names::dns1123Subdomain);
    }

    private static void attachmentStatus(At status, Problems problems) {
        long total = 0;
        for (Map.Entry<String, At> entry : status.at("attachmentMetadata").entries()) {
            total += Names.utf8Length(entry.getKey())
                    + (long) Names.utf8Length(entry.getValue().text());
        }
        if (total > MOST_METADATA_BYTES) {
            problems.tooLong(status.at("attachmentMetadata"), MOST_METADATA_BYTES);
        }
        for (String field : List.of("attachError", "detachError")) {
            At error = status.at(field);
            if (Names.utf8Length(error.at("message").text()) > LONGEST_ERROR) {
                problems.tooLong(error.at("message"), MOST_METADATA_BYTES); // upstream names the other limit
            }
            if (error.at("errorCode").number() < 0) {
                problems.invalid(error.at("errorCode"), "must be between 0 and " + Integer.MAX_VALUE + ", inclusive");
            }
        }
    }
}
