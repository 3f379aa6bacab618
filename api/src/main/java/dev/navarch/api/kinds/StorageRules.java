package dev.navarch.api.kinds;

import dev.navarch.api.values.Names;
import dev.navarch.api.values.Quantity;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/**
 * Persistent volumes, claims of them, and classes of storage.
 *
 * <p>Source: kubernetes pkg/apis/core/validation/validation.go, pkg/apis/storage, pkg/registry/core/persistentvolume*.
 */
final class StorageRules {
    private static final List<String> MODES =
            List.of("ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod");
    private static final Set<String> NOT_SOURCES = Set.of(
            "capacity",
            "accessModes",
            "claimRef",
            "persistentVolumeReclaimPolicy",
            "storageClassName",
            "mountOptions",
            "volumeMode",
            "nodeAffinity",
            "volumeAttributesClassName");

    private StorageRules() {}

    static Map<String, KindRules> all() {
        return Map.of(
                "/PersistentVolume", volume(),
                "/PersistentVolumeClaim", claim(),
                "storage.k8s.io/StorageClass", storageClass());
    }

    private static KindRules volume() {
        return Kind.clustered(Names::dns1123Subdomain)
                .defaults(volume -> {
                    ObjectNode spec = At.object(volume, "spec");
                    Defaults.put(spec, "persistentVolumeReclaimPolicy", "Retain");
                    Defaults.put(spec, "volumeMode", "Filesystem");
                    Defaults.put(At.object(volume, "status"), "phase", "Pending");
                })
                .status()
                .beforeCreate(volume -> At.object(volume, "status").put("phase", "Pending"))
                .check((volume, problems) -> volumeSpec(volume.at("spec"), problems))
                .checkUpdate((now, old, problems) -> {
                    if (!Trees.same(
                            source(now.at("spec")).node(),
                            source(old.at("spec")).node())) {
                        problems.forbidden(
                                now.at("spec", "persistentvolumesource"),
                                "spec.persistentvolumesource is immutable after creation");
                    }
                })
                .checkUpdate((now, old, problems) -> problems.immutable(
                        now.at("volumeMode").with(now.at("spec", "volumeMode").node()), old.at("spec", "volumeMode")))
                .build();
    }

    private static At source(At spec) {
        return spec.node().propertyNames().stream()
                .filter(name -> !NOT_SOURCES.contains(name) && spec.at(name).isSet())
                .findFirst()
                .map(spec::at)
                .orElse(spec.at("source"));
    }

    private static void volumeSpec(At spec, Problems problems) {
        accessModes(spec.at("accessModes"), problems);
        At capacity = spec.at("capacity");
        if (capacity.isEmpty()) {
            problems.required(capacity, "");
        }
        if (!capacity.key("storage").isSet() || capacity.size() > 1) {
            problems.notSupported(capacity, List.of("storage"));
        }
        ResourceChecks.quantity(capacity.key("storage")).ifPresent(size -> {
            if (size.sign() <= 0) {
                problems.invalid(capacity.key("storage"), size.toString(), "must be greater than zero");
            }
        });
        problems.oneOfIfSet(spec.at("persistentVolumeReclaimPolicy"), List.of("Delete", "Recycle", "Retain"));
        problems.oneOfIfSet(spec.at("volumeMode"), List.of("Block", "Filesystem"));
        problems.grammarIfSet(spec.at("storageClassName"), Names::dns1123Subdomain);
        long sources = spec.node().propertyNames().stream()
                .filter(name -> !NOT_SOURCES.contains(name) && spec.at(name).isSet())
                .count();
        if (sources == 0) {
            problems.required(spec, "must specify a volume type");
        } else if (sources > 1) {
            problems.forbidden(source(spec), "may not specify more than 1 volume type");
        }
        if (spec.at("nodeAffinity", "required").isSet()) {
            SchedulingChecks.nodeSelector(spec.at("nodeAffinity", "required"), problems);
        } else if (spec.at("local").isSet()) {
            problems.required(spec.at("nodeAffinity"), "Local volume requires node affinity");
        }
        if (spec.at("hostPath").isSet()) {
            problems.requiredText(spec.at("hostPath", "path"));
            PathChecks.noBacksteps(spec.at("hostPath", "path"), problems);
        }
    }

    private static void accessModes(At modes, Problems problems) {
        if (modes.isEmpty()) {
            problems.required(modes, "at least 1 access mode is required");
        }
        for (At mode : modes.items()) {
            if (!MODES.contains(mode.text())) {
                problems.notSupported(modes, mode.text(), MODES);
            }
        }
        boolean exclusive = modes.items().stream().anyMatch(mode -> mode.is("ReadWriteOncePod"));
        if (exclusive && modes.size() > 1) {
            problems.forbidden(modes, "may not use ReadWriteOncePod with other access modes");
        }
    }

    private static KindRules claim() {
        return Kind.namespaced(Names::dns1123Subdomain)
                .defaults(StorageRules::claimDefaults)
                .status()
                .beforeCreate(claim -> At.object(claim, "status").put("phase", "Pending"))
                .check((claim, problems) -> claimSpec(claim.at("spec"), problems))
                .checkUpdate(StorageRules::claimUpdate)
                .build();
    }

    static void claimDefaults(ObjectNode claim) {
        Defaults.put(At.object(claim, "spec"), "volumeMode", "Filesystem");
        Defaults.put(At.object(claim, "status"), "phase", "Pending");
    }

    static void claimSpec(At spec, Problems problems) {
        accessModes(spec.at("accessModes"), problems);
        ObjectMetaRules.labelSelector(spec.at("selector"), problems);
        At storage = spec.at("resources")
                .key("storage")
                .with(spec.at("resources", "requests", "storage").node());
        Optional<Quantity> size = ResourceChecks.quantity(storage);
        if (size.isEmpty()) {
            problems.required(storage, "");
        } else if (size.get().sign() <= 0) {
            problems.invalid(storage, size.get().toString(), "must be greater than zero");
        }
        problems.grammarIfSet(spec.at("storageClassName"), Names::dns1123Subdomain);
        problems.oneOfIfSet(spec.at("volumeMode"), List.of("Block", "Filesystem"));
    }

    /** A claim may be bound, and grow once it is. */
    private static void claimUpdate(At now, At old, Problems problems) {
        if (!(now.at("spec").node().deepCopy() instanceof ObjectNode masked)) {
            return;
        }
        At before = old.at("spec");
        if (before.at("volumeName").isEmpty()) {
            Kind.keep("volumeName", masked, before.node());
        }
        Kind.keep("volumeAttributesClassName", masked, before.node());
        Kind.keep("resources", masked, before.node());
        if (!Trees.same(masked, before.node())) {
            problems.forbidden(
                    now.at("spec"),
                    "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound"
                            + " claims\n");
        }
        At size = now.at("spec", "resources", "requests").key("storage");
        Optional<Quantity> bigger = ResourceChecks.quantity(size);
        Optional<Quantity> smaller =
                ResourceChecks.quantity(before.at("resources", "requests").key("storage"));
        if (bigger.isPresent() && smaller.isPresent()) {
            int order = bigger.get().compareTo(smaller.get());
            if (order < 0) {
                problems.forbidden(
                        now.at("spec", "resources", "requests", "storage"),
                        "field can not be less than status.capacity");
            } else if (order > 0 && !old.at("status", "phase").is("Bound")) {
                problems.forbidden(
                        now.at("spec"),
                        "spec is immutable after creation except resources.requests and volumeAttributesClassName for"
                                + " bound claims\n");
            }
        }
    }

    private static KindRules storageClass() {
        return Kind.clustered(Names::dns1123Subdomain)
                .defaults(storageClass -> {
                    Defaults.put(storageClass, "reclaimPolicy", "Delete");
                    Defaults.put(storageClass, "volumeBindingMode", "Immediate");
                })
                .check((storageClass, problems) -> {
                    problems.requiredGrammar(storageClass.at("provisioner"), Names::qualifiedName);
                    problems.oneOfIfSet(storageClass.at("reclaimPolicy"), List.of("Delete", "Retain"));
                    problems.oneOf(storageClass.at("volumeBindingMode"), List.of("Immediate", "WaitForFirstConsumer"));
                })
                .checkUpdate((now, old, problems) -> {
                    for (String field : List.of("parameters", "provisioner", "reclaimPolicy")) {
                        if (!Trees.same(now.at(field).node(), old.at(field).node())) {
                            problems.forbidden(now.at(field), "updates to " + field + " are forbidden.");
                        }
                    }
                })
                .immutable("volumeBindingMode")
                .build();
    }
}
