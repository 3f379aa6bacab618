package dev.navarch.api.kinds;

import dev.navarch.api.values.Names;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Volumes of pods.
 *
 * <p>Source: kubernetes pkg/apis/core/validation/validation.go (ValidateVolumes, validateVolumeSource).
 */
final class VolumeChecks {
    private static final List<String> HOST_PATH_TYPES = List.of(
            "", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket");

    /** Fields that a source cannot do without, for the sources that have nothing else to check. */
    private static final Map<String, List<String>> REQUIRED = Map.of(
            "nfs", List.of("server", "path"),
            "persistentVolumeClaim", List.of("claimName"),
            "csi", List.of("driver"),
            "iscsi", List.of("targetPortal", "iqn"),
            "flexVolume", List.of("driver"),
            "azureFile", List.of("secretName", "shareName"),
            "awsElasticBlockStore", List.of("volumeID"),
            "gcePersistentDisk", List.of("pdName"),
            "cinder", List.of("volumeID"));

    private VolumeChecks() {}

    static void check(At volumes, Problems problems) {
        Set<String> names = new HashSet<>();
        for (At volume : volumes.items()) {
            At name = volume.at("name");
            source(volume, problems);
            if (name.isEmpty()) {
                problems.required(name, "");
            } else {
                problems.grammar(name, Names::dns1123Label);
                if (!names.add(name.text())) {
                    problems.duplicate(name, name.text());
                }
            }
        }
    }

    private static void source(At volume, Problems problems) {
        int count = 0;
        for (String kind : volume.node().propertyNames()) {
            At source = volume.at(kind);
            if (kind.equals("name") || !source.isSet()) {
                continue;
            }
            count++;
            if (count > 1) {
                problems.forbidden(source, "may not specify more than 1 volume type");
            } else {
                source(kind, source, problems);
            }
        }
        if (count == 0) {
            problems.required(volume, "must specify a volume type");
        }
    }

    private static void source(String kind, At source, Problems problems) {
        switch (kind) {
            case "emptyDir" -> {
                if (ResourceChecks.quantity(source.at("sizeLimit"))
                        .filter(size -> size.sign() < 0)
                        .isPresent()) {
                    problems.forbidden(source.at("sizeLimit"), "SizeLimit field must be a valid resource quantity");
                }
            }
            case "hostPath" -> {
                problems.requiredText(source.at("path"));
                PathChecks.noBacksteps(source.at("path"), problems);
                problems.oneOfIfSet(source.at("type"), HOST_PATH_TYPES);
            }
            case "secret" -> {
                problems.requiredText(source.at("secretName"));
                mode(source.at("defaultMode"), problems);
                keys(source.at("items"), problems);
            }
            case "configMap" -> {
                problems.requiredText(source.at("name"));
                mode(source.at("defaultMode"), problems);
                keys(source.at("items"), problems);
            }
            case "downwardAPI" -> {
                mode(source.at("defaultMode"), problems);
                downward(source.at("items"), problems);
            }
            case "projected" -> projected(source, problems);
            case "ephemeral" -> {
                At template = source.at("volumeClaimTemplate");
                if (!template.isSet()) {
                    problems.required(template, "");
                } else {
                    StorageRules.claimSpec(template.at("spec"), problems);
                }
            }
            case "image" -> problems.oneOfIfSet(source.at("pullPolicy"), List.of("Always", "IfNotPresent", "Never"));
            default -> REQUIRED.getOrDefault(kind, List.of()).forEach(field -> problems.requiredText(source.at(field)));
        }
    }

    private static void projected(At projected, Problems problems) {
        mode(projected.at("defaultMode"), problems);
        Set<String> paths = new HashSet<>();
        for (At source : projected.at("sources").items()) {
            int count = 0;
            for (String kind : source.node().propertyNames()) {
                At at = source.at(kind);
                if (!at.isSet()) {
                    continue;
                }
                count++;
                if (count > 1) {
                    problems.forbidden(source, "may not specify more than 1 volume type");
                    continue;
                }
                projection(kind, at, problems);
                at.at("items").items().forEach(item -> unique(item.at("path"), paths, problems));
                unique(at.at("path"), paths, problems);
            }
        }
    }

    private static void unique(At path, Set<String> paths, Problems problems) {
        if (!path.isEmpty() && !paths.add(path.text())) {
            problems.invalid(path, "conflicting duplicate paths");
        }
    }

    private static void projection(String kind, At source, Problems problems) {
        switch (kind) {
            case "secret", "configMap" -> {
                problems.requiredText(source.at("name"));
                keys(source.at("items"), problems);
            }
            case "downwardAPI" -> downward(source.at("items"), problems);
            case "serviceAccountToken" -> {
                At seconds = source.at("expirationSeconds");
                if (seconds.isSet() && seconds.number() < 600) {
                    problems.invalid(seconds, "may not specify a duration less than 10 minutes");
                }
                if (seconds.number() > 1L << 32) {
                    problems.invalid(seconds, "may not specify a duration larger than 2^32 seconds");
                }
                path(source.at("path"), problems);
            }
            default -> path(source.at("path"), problems);
        }
    }

    private static void keys(At items, Problems problems) {
        for (At item : items.items()) {
            problems.requiredText(item.at("key"));
            path(item.at("path"), problems);
            mode(item.at("mode"), problems);
        }
    }

    private static void downward(At items, Problems problems) {
        for (At item : items.items()) {
            path(item.at("path"), problems);
            boolean field = item.at("fieldRef").isSet();
            boolean resource = item.at("resourceFieldRef").isSet();
            if (field) {
                EnvironmentChecks.volumeField(item.at("fieldRef"), problems);
                if (resource) {
                    problems.invalid(
                            item, "resource", "fieldRef and resourceFieldRef can not be specified simultaneously");
                }
            } else if (resource) {
                EnvironmentChecks.resourceField(item.at("resourceFieldRef"), true, problems);
            } else {
                problems.required(item, "one of fieldRef and resourceFieldRef is required");
            }
            mode(item.at("mode"), problems);
        }
    }

    private static void path(At path, Problems problems) {
        problems.requiredText(path);
        PathChecks.localNonReserved(path, problems);
    }

    private static void mode(At mode, Problems problems) {
        if (mode.isSet() && (mode.number() < 0 || mode.number() > 0777)) {
            problems.invalid(mode, "must be a number between 0 and 0777 (octal), both inclusive");
        }
    }
}
