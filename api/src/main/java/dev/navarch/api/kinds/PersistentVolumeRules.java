package dev.navarch.api.kinds;

import dev.navarch.api.values.Names;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Persistent volumes.
 *
 * <p>Source: kubernetes pkg/apis/core/v1/defaults.go, pkg/apis/core/validation/validation.go
 * (ValidatePersistentVolume), pkg/registry/core/persistentvolume/strategy.go.
 */
final class PersistentVolumeRules {
    static final List<String> ACCESS_MODES =
            List.of("ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod");
    static final List<String> VOLUME_MODES = List.of("Block", "Filesystem");
    private static final String INLINE = "in the context of inline volumes";

    /** In the order in which upstream looks for them. */
    private static final List<String> SOURCES = List.of(
            "hostPath",
            "gcePersistentDisk",
            "awsElasticBlockStore",
            "glusterfs",
            "flocker",
            "nfs",
            "rbd",
            "quobyte",
            "cephfs",
            "iscsi",
            "cinder",
            "fc",
            "flexVolume",
            "azureFile",
            "vsphereVolume",
            "photonPersistentDisk",
            "portworxVolume",
            "azureDisk",
            "scaleIO",
            "local",
            "storageos",
            "csi");

    private PersistentVolumeRules() {}

    static Map<String, KindRules> all() {
        return Map.of("/PersistentVolume", volume());
    }

    private static KindRules volume() {
        return Kind.clustered(Names::dns1123Subdomain)
                .defaults(PersistentVolumeRules::defaults)
                .status()
                .beforeCreate(PersistentVolumeRules::pending)
                .check((volume, problems) -> check(volume, problems))
                .checkUpdate(PersistentVolumeRules::checkUpdate)
                .build();
    }

    private static void defaults(ObjectNode volume) {
        ObjectNode spec = At.object(volume, "spec");
        Defaults.put(spec, "persistentVolumeReclaimPolicy", "Retain");
        Defaults.put(spec, "volumeMode", "Filesystem");
        Defaults.put(At.object(volume, "status"), "phase", "Pending");
        for (String kind : SOURCES) {
            if (spec.path(kind) instanceof ObjectNode source) {
                VolumeDefaults.source(kind, source);
            }
        }
    }

    /** The phase is as old as the object. */
    private static void pending(ObjectNode volume) {
        ObjectNode status = At.object(volume, "status").put("phase", "Pending");
        JsonNode created = volume.path("metadata").path("creationTimestamp");
        if (created.isString()) {
            status.set("lastPhaseTransitionTime", created);
        }
    }

    private static void check(At volume, Problems problems) {
        At spec = volume.at("spec");
        modes(spec.at("accessModes"), "", problems);
        capacity(spec.at("capacity"), problems);
        problems.oneOfIfSet(spec.at("persistentVolumeReclaimPolicy"), List.of("Delete", "Recycle", "Retain"));
        At affinity = spec.at("nodeAffinity");
        if (affinity.isSet()) {
            if (affinity.at("required").isSet()) {
                SchedulingChecks.nodeSelector(affinity.at("required"), problems);
            } else {
                problems.required(affinity.at("required"), "must specify required node constraints");
            }
        }
        sources(spec, problems);
        At portal = spec.at("iscsi", "targetPortal");
        String name = volume.at("metadata", "name").text();
        if (spec.at("iscsi", "initiatorName").isSet() && (name + ":" + portal.text()).length() > 64) {
            problems.invalid(
                    spec.at("iscsi", "targetportal").with(portal.node()),
                    "Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if"
                            + " iscsi.initiatorName is specified.");
        }
        if (spec.at("local").isSet() && !affinity.isSet()) {
            problems.required(affinity, "Local volume requires node affinity");
        }
        recycledRoot(spec, problems);
        problems.grammarIfSet(spec.at("storageClassName"), Names::dns1123Subdomain);
        problems.oneOfIfSet(spec.at("volumeMode"), VOLUME_MODES);
        attributes(spec, problems);
    }

    /** The volume that an attachment brings with it: of a CSI driver, and bound to nothing. */
    static void inline(At spec, Problems problems) {
        for (String field : List.of("claimRef", "capacity")) {
            if (!spec.at(field).isEmpty()) {
                problems.forbidden(spec.at(field), "may not be specified " + INLINE);
            }
        }
        if (!spec.at("csi").isSet()) {
            problems.required(spec.at("csi"), "has to be specified " + INLINE);
        }
        modes(spec.at("accessModes"), "", problems);
        At policy = spec.at("persistentVolumeReclaimPolicy");
        if (!policy.isEmpty() && !policy.is("Retain")) {
            problems.forbidden(policy, "may only be Retain " + INLINE);
        }
        if (spec.at("nodeAffinity").isSet()) {
            problems.forbidden(spec.at("nodeAffinity"), "may not be specified " + INLINE);
        }
        sources(spec, problems);
        recycledRoot(spec, problems);
        if (!spec.at("storageClassName").isEmpty()) {
            problems.forbidden(spec.at("storageClassName"), "may not be specified " + INLINE);
        }
        At mode = spec.at("volumeMode");
        if (mode.isSet() && !mode.is("Filesystem")) {
            problems.forbidden(mode, "may not specify volumeMode other than Filesystem " + INLINE);
        }
        attributes(spec, problems);
    }

    static void modes(At modes, String whyRequired, Problems problems) {
        if (modes.isEmpty()) {
            problems.required(modes, whyRequired);
        }
        boolean exclusive = false;
        boolean shared = false;
        for (String mode : modes.texts()) {
            if (!ACCESS_MODES.contains(mode)) {
                problems.notSupported(modes, mode, ACCESS_MODES);
            } else if (mode.equals("ReadWriteOncePod")) {
                exclusive = true;
            } else {
                shared = true;
            }
        }
        if (exclusive && shared) {
            problems.forbidden(modes, "may not use ReadWriteOncePod with other access modes");
        }
    }

    private static void capacity(At capacity, Problems problems) {
        if (capacity.isEmpty()) {
            problems.required(capacity, "");
        }
        if (!capacity.key("storage").isSet() || capacity.size() > 1) {
            problems.notSupported(capacity, List.of("storage"));
        }
        for (Map.Entry<String, At> amount : capacity.entries()) {
            ResourceChecks.basic(amount.getValue(), problems);
            ResourceChecks.positive(amount.getValue(), problems);
        }
    }

    private static void sources(At spec, Problems problems) {
        int count = 0;
        for (String kind : SOURCES) {
            At source = spec.at(kind);
            if (!source.isSet()) {
                continue;
            }
            count++;
            if (count > 1 && !kind.equals("flexVolume")) {
                problems.forbidden(
                        kind.equals("cephfs") ? spec.at("cephFS") : source, "may not specify more than 1 volume type");
            } else {
                VolumeSourceChecks.check(spec, kind, true, problems);
            }
        }
        if (count == 0) {
            problems.required(spec, "must specify a volume type");
        }
    }

    private static void recycledRoot(At spec, Problems problems) {
        boolean root = spec.at("hostPath", "path").text().matches("/+(\\./*)*");
        if (root && spec.at("persistentVolumeReclaimPolicy").is("Recycle")) {
            problems.forbidden(
                    spec.at("persistentVolumeReclaimPolicy"), "may not be 'recycle' for a hostPath mount of '/'");
        }
    }

    private static void attributes(At spec, Problems problems) {
        At attributes = spec.at("volumeAttributesClassName");
        if (!attributes.isSet()) {
            return;
        }
        if (attributes.isEmpty()) {
            problems.required(attributes, "an empty string is disallowed");
        } else {
            problems.grammar(attributes, Names::dns1123Subdomain);
        }
        if (!spec.at("csi").isSet()) {
            problems.required(spec.at("csi"), "has to be specified when using volumeAttributesClassName");
        }
    }

    private static void checkUpdate(At now, At old, Problems problems) {
        At spec = now.at("spec");
        At before = old.at("spec");
        if (!sameSource(spec, before)) {
            problems.forbidden(
                    spec.at("persistentvolumesource"), "spec.persistentvolumesource is immutable after creation\n");
        }
        problems.immutable(now.at("volumeMode").with(spec.at("volumeMode").node()), before.at("volumeMode"));
        At affinity = now.at("nodeAffinity").with(spec.at("nodeAffinity").node());
        if (before.at("nodeAffinity").isSet()
                && !Trees.same(affinity.node(), before.at("nodeAffinity").node())) {
            problems.invalid(affinity, "field is immutable, except for updating from beta label to GA");
        }
        At attributes = spec.at("volumeAttributesClassName");
        if (before.at("volumeAttributesClassName").isSet() && !attributes.isSet()) {
            problems.forbidden(attributes, "update from non-nil value to nil is forbidden");
        }
    }

    private static boolean sameSource(At now, At old) {
        for (String kind : SOURCES) {
            JsonNode after = now.at(kind).node();
            JsonNode before = old.at(kind).node();
            boolean expansionSecretCame = kind.equals("csi")
                    && before.isObject()
                    && !before.hasNonNull("controllerExpandSecretRef")
                    && after.hasNonNull("controllerExpandSecretRef");
            if (expansionSecretCame && after.deepCopy() instanceof ObjectNode masked) {
                masked.remove("controllerExpandSecretRef");
                after = masked;
            }
            if (!Trees.same(after, before)) {
                return false;
            }
        }
        return true;
    }
}
