package dev.navarch.api.table;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Tables of persistent volumes, their claims and classes, and storage drivers. */
final class StorageTables {
    /** In the order in which they are shown. */
    private static final Map<String, String> MODES =
            Map.of("ReadWriteOnce", "RWO", "ReadOnlyMany", "ROX", "ReadWriteMany", "RWX", "ReadWriteOncePod", "RWOP");

    private static final List<String> MODE_ORDER = List.of("RWO", "ROX", "RWX", "RWOP");

    private StorageTables() {}

    static Map<String, TablePrinter> all() {
        return Map.of(
                "/PersistentVolume", volume(),
                "/PersistentVolumeClaim", claim(),
                "storage.k8s.io/StorageClass", storageClass(),
                "storage.k8s.io/VolumeAttachment", attachment(),
                "storage.k8s.io/CSINode", csiNode(),
                "storage.k8s.io/CSIDriver", csiDriver(),
                "storage.k8s.io/CSIStorageCapacity", csiCapacity(),
                "storage.k8s.io/VolumeAttributesClass", attributesClass());
    }

    private static String modes(Row row, String path) {
        List<String> there = row.texts(path).stream()
                .map(mode -> MODES.getOrDefault(mode, ""))
                .toList();
        return MODE_ORDER.stream().filter(there::contains).collect(Collectors.joining(","));
    }

    private static String phase(Row row) {
        return row.isBeingDeleted() ? "Terminating" : row.text("status.phase");
    }

    private static TablePrinter volume() {
        return Printer.named()
                .text("Capacity", "How large it is.", row -> row.text("spec.capacity.storage", "0"))
                .text("Access Modes", "How it may be mounted.", row -> modes(row, "spec.accessModes"))
                .text(
                        "Reclaim Policy",
                        "What becomes of it when released.",
                        row -> row.text("spec.persistentVolumeReclaimPolicy"))
                .text("Status", "Whether it is bound.", StorageTables::phase)
                .text(
                        "Claim",
                        "Which claim has it.",
                        row -> row.has("spec.claimRef")
                                ? row.text("spec.claimRef.namespace") + "/" + row.text("spec.claimRef.name")
                                : "")
                .text("StorageClass", "Its class.", row -> row.text("spec.storageClassName"))
                .text(
                        "VolumeAttributesClass",
                        "Its changeable attributes.",
                        row -> row.text("spec.volumeAttributesClassName", Row.UNSET))
                .text("Reason", "Why it is in its state.", row -> row.text("status.reason"))
                .age()
                .wide("VolumeMode", "File system or block device.", row -> row.text("spec.volumeMode", Row.UNSET))
                .build();
    }

    private static TablePrinter claim() {
        return Printer.named()
                .text("Status", "Whether it is bound.", StorageTables::phase)
                .text("Volume", "Which volume it has.", row -> row.text("spec.volumeName"))
                .text(
                        "Capacity",
                        "How large that is.",
                        row -> row.has("spec.volumeName") ? row.text("status.capacity.storage", "0") : "")
                .text(
                        "Access Modes",
                        "How it may be mounted.",
                        row -> row.has("spec.volumeName") ? modes(row, "status.accessModes") : "")
                .text("StorageClass", "The class it asks for.", row -> row.text("spec.storageClassName"))
                .text(
                        "VolumeAttributesClass",
                        "The changeable attributes it asks for.",
                        row -> row.text("spec.volumeAttributesClassName", Row.UNSET))
                .age()
                .wide("VolumeMode", "File system or block device.", row -> row.text("spec.volumeMode", Row.UNSET))
                .build();
    }

    private static TablePrinter storageClass() {
        return Printer.unnamed()
                .name(row -> {
                    String isDefault = row.at("metadata.annotations")
                            .path("storageclass.kubernetes.io/is-default-class")
                            .asString("");
                    return row.text("metadata.name") + (isDefault.equals("true") ? " (default)" : "");
                })
                .text("Provisioner", "Who makes volumes.", row -> row.text("provisioner"))
                .text(
                        "ReclaimPolicy",
                        "What becomes of them when released.",
                        row -> row.text("reclaimPolicy", "Delete"))
                .text("VolumeBindingMode", "When claims are bound.", row -> row.text("volumeBindingMode", "Immediate"))
                .column(
                        "AllowVolumeExpansion",
                        "string",
                        "Whether volumes may grow.",
                        row -> row.isTrue("allowVolumeExpansion"))
                .age()
                .build();
    }

    private static TablePrinter attachment() {
        return Printer.named()
                .text("Attacher", "Who attaches it.", row -> row.text("spec.attacher"))
                .text("PV", "Which volume.", row -> row.text("spec.source.persistentVolumeName"))
                .text("Node", "To which node.", row -> row.text("spec.nodeName"))
                .column("Attached", "boolean", "Whether it is.", row -> row.isTrue("status.attached"))
                .age()
                .build();
    }

    private static TablePrinter csiNode() {
        return Printer.named()
                .number("Drivers", "How many drivers the node has.", row -> row.size("spec.drivers"))
                .age()
                .build();
    }

    private static TablePrinter csiCapacity() {
        return Printer.named()
                .text("StorageClassName", "For which class.", row -> row.text("storageClassName"))
                .text("Capacity", "How much there is.", row -> row.text("capacity", Row.UNSET))
                .build();
    }

    private static TablePrinter attributesClass() {
        return Printer.named()
                .text("DriverName", "Who knows the attributes.", row -> row.text("driverName"))
                .age()
                .build();
    }

    private static TablePrinter csiDriver() {
        return Printer.named()
                .column(
                        "AttachRequired",
                        "boolean",
                        "Whether volumes are attached.",
                        row -> row.isTrue("spec.attachRequired"))
                .column(
                        "PodInfoOnMount",
                        "boolean",
                        "Whether it is told of pods.",
                        row -> row.isTrue("spec.podInfoOnMount"))
                .column(
                        "StorageCapacity",
                        "boolean",
                        "Whether it tells capacity.",
                        row -> row.isTrue("spec.storageCapacity"))
                .text(
                        "TokenRequests",
                        "Which tokens it gets.",
                        row -> row.size("spec.tokenRequests") == 0
                                ? Row.UNSET
                                : row.each("spec.tokenRequests", "audience"))
                .column(
                        "RequiresRepublish",
                        "boolean",
                        "Whether it is called again.",
                        row -> row.isTrue("spec.requiresRepublish"))
                .text(
                        "Modes",
                        "How long volumes live.",
                        row -> row.size("spec.volumeLifecycleModes") == 0
                                ? Row.NONE
                                : String.join(",", row.texts("spec.volumeLifecycleModes")))
                .age()
                .build();
    }
}
