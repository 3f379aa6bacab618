package dev.navarch.api.kinds;

import dev.navarch.api.values.Names;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The sources of volumes that pods and persistent volumes share: disks, file servers, drivers.
 *
 * <p>Source: kubernetes pkg/apis/core/v1/defaults.go, pkg/apis/core/validation/validation.go (validateNFSVolumeSource
 * and its like).
 */
final class VolumeSourceChecks {
    /** Fields that a source cannot do without. */
    private static final Map<String, List<String>> REQUIRED = Map.ofEntries(
            Map.entry("nfs", List.of("server", "path")),
            Map.entry("gcePersistentDisk", List.of("pdName")),
            Map.entry("awsElasticBlockStore", List.of("volumeID")),
            Map.entry("iscsi", List.of("targetPortal")),
            Map.entry("glusterfs", List.of("endpoints", "path")),
            Map.entry("rbd", List.of("monitors", "image")),
            Map.entry("cinder", List.of("volumeID")),
            Map.entry("cephfs", List.of("monitors")),
            Map.entry("flexVolume", List.of("driver")),
            Map.entry("azureFile", List.of("secretName", "shareName")),
            Map.entry("azureDisk", List.of("diskName", "diskURI")),
            Map.entry("vsphereVolume", List.of("volumePath")),
            Map.entry("photonPersistentDisk", List.of("pdID")),
            Map.entry("portworxVolume", List.of("volumeID")),
            Map.entry("scaleIO", List.of("gateway", "system", "volumeName")));

    private static final List<String> HOST_PATH_TYPES = List.of(
            "", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket");

    private VolumeSourceChecks() {}

    /**
     * One source.
     *
     * @param parent where the source is
     * @param persistent whether in a persistent volume, whose references to secrets have a namespace
     */
    static void check(At parent, String kind, boolean persistent, Problems problems) {
        // Upstream calls this one by another name inside.
        At source = kind.equals("gcePersistentDisk")
                ? parent.at("persistentDisk").with(parent.at(kind).node())
                : parent.at(kind);
        for (String field : REQUIRED.getOrDefault(kind, List.of())) {
            problems.requiredText(source.at(field));
        }
        switch (kind) {
            case "hostPath" -> hostPath(source, problems);
            case "nfs" -> {
                if (!source.at("path").text().startsWith("/")) {
                    problems.invalid(source.at("path"), "must be an absolute path");
                }
            }
            case "gcePersistentDisk", "awsElasticBlockStore" -> {
                At partition = source.at("partition");
                if (partition.number() < 0 || partition.number() > 255) {
                    problems.invalid(partition, "must be between 0 and 255, inclusive");
                }
            }
            case "iscsi" -> iscsi(source, persistent, problems);
            case "fc" -> fibreChannel(source, problems);
            case "quobyte" -> quobyte(source, problems);
            case "flocker" -> flocker(source, problems);
            case "glusterfs" -> glusterfs(source.at("endpointsNamespace"), problems);
            case "cinder" -> secret(source.at("secretRef"), persistent, problems);
            case "storageos" -> {
                problems.requiredGrammar(source.at("volumeName"), Names::dns1123Label);
                problems.grammarIfSet(source.at("volumeNamespace"), Names::dns1123Label);
                secret(source.at("secretRef"), persistent, problems);
            }
            case "flexVolume" -> options(source.at("options"), problems);
            case "azureFile" -> {
                At namespace = source.at("secretNamespace");
                if (namespace.isSet()) {
                    problems.requiredText(namespace);
                }
            }
            case "azureDisk" -> azureDisk(source, problems);
            case "local" -> {
                problems.requiredText(source.at("path"));
                PathChecks.noBacksteps(source.at("path"), problems);
            }
            case "csi" -> csi(source, persistent, problems);
            default -> {}
        }
    }

    private static void hostPath(At source, Problems problems) {
        At path = source.at("path");
        if (path.isEmpty()) {
            problems.required(path, "");
            return;
        }
        PathChecks.noBacksteps(path, problems);
        problems.oneOfIfSet(source.at("type"), HOST_PATH_TYPES);
    }

    private static void iscsi(At source, boolean persistent, Problems problems) {
        At iqn = source.at("iqn");
        if (iqn.isEmpty()) {
            problems.required(iqn, "");
        } else {
            qualified(iqn, persistent ? "must be valid format" : STARTS, problems);
        }
        lun(source.at("lun"), problems);
        boolean authenticated = source.at("chapAuthDiscovery").isTrue()
                || source.at("chapAuthSession").isTrue();
        if (authenticated && !source.at("secretRef").isSet()) {
            problems.required(source.at("secretRef"), "");
        }
        if (persistent && source.at("secretRef").isSet()) {
            problems.requiredText(source.at("secretRef", "name"));
        }
        At initiator = source.at("initiatorName");
        if (initiator.isSet()) {
            qualified(
                    source.at("initiatorname").with(initiator.node()),
                    persistent ? "must be valid format" : STARTS,
                    problems);
        }
    }

    private static final String STARTS = "must be valid format starting with iqn, eui, or naa";

    private static void qualified(At name, String otherwise, Problems problems) {
        String text = name.text();
        boolean valid = switch (text.substring(0, Math.min(3, text.length()))) {
            case "iqn" -> text.matches("iqn\\.\\d{4}-\\d{2}\\.([A-Za-z0-9.-]+)(:[^,;*&$|\\s]+)$");
            case "eui" -> text.matches("eui\\.[A-Fa-f0-9]{16}");
            case "naa" -> text.matches("naa\\.[A-Fa-f0-9]{32}");
            default -> {
                problems.invalid(name, otherwise);
                yield true;
            }
        };
        if (!valid) {
            problems.invalid(name, "must be valid format");
        }
    }

    private static void lun(At lun, Problems problems) {
        Names.inRange(lun.number(), 0, 255).forEach(complaint -> problems.invalid(lun, complaint));
    }

    private static void fibreChannel(At source, Problems problems) {
        At targets = source.at("targetWWNs");
        boolean identified = !source.at("wwids").isEmpty();
        if (targets.isEmpty() && !identified) {
            problems.required(targets, "must specify either targetWWNs or wwids, but not both");
        } else if (!targets.isEmpty() && identified) {
            problems.invalid(targets, "targetWWNs and wwids can not be specified simultaneously");
        }
        if (!targets.isEmpty()) {
            if (!source.at("lun").isSet()) {
                problems.required(source.at("lun"), "lun is required if targetWWNs is specified");
            } else {
                lun(source.at("lun"), problems);
            }
        }
    }

    private static void quobyte(At source, Problems problems) {
        At registry = source.at("registry");
        String form = "must be a host:port pair or multiple pairs separated by commas";
        if (registry.isEmpty()) {
            problems.required(registry, form);
        } else if (source.at("tenant").text().length() >= 65) {
            problems.required(source.at("tenant"), "must be a UUID and may not exceed a length of 64 characters");
        } else {
            for (String pair : registry.text().split(",", -1)) {
                if (!pair.matches("(\\[[^\\]]*\\]|[^:\\[\\]]*):[^:]*")) {
                    problems.invalid(registry, form);
                }
            }
        }
        problems.requiredText(source.at("volume"));
    }

    private static void flocker(At source, Problems problems) {
        At name = source.at("datasetName");
        boolean identified = !source.at("datasetUUID").isEmpty();
        if (name.isEmpty() && !identified) {
            problems.required(source, "one of datasetName and datasetUUID is required");
        } else if (!name.isEmpty() && identified) {
            problems.invalid(source, "resource", "datasetName and datasetUUID can not be specified simultaneously");
        }
        if (name.text().contains("/")) {
            problems.invalid(name, "must not contain '/'");
        }
    }

    private static void glusterfs(At namespace, Problems problems) {
        if (namespace.isSet() && namespace.isEmpty()) {
            problems.invalid(namespace, "", "if the endpointnamespace is set, it must be a valid namespace name");
        } else if (namespace.isSet()) {
            problems.grammar(namespace, Names::dns1123Label);
        }
    }

    private static void secret(At reference, boolean persistent, Problems problems) {
        if (reference.isSet()) {
            problems.requiredText(reference.at("name"));
            if (persistent) {
                problems.requiredText(reference.at("namespace"));
            }
        }
    }

    private static void options(At options, Problems problems) {
        for (Map.Entry<String, At> option : options.entries()) {
            String key = option.getKey();
            String namespace = "." + key.split("/", 2)[0].toLowerCase(Locale.ROOT);
            if (namespace.endsWith(".kubernetes.io") || namespace.endsWith(".k8s.io")) {
                problems.invalid(option.getValue(), key, "kubernetes.io and k8s.io namespaces are reserved");
            }
        }
    }

    private static void azureDisk(At source, Problems problems) {
        problems.oneOfIfSet(source.at("cachingMode"), List.of("None", "ReadOnly", "ReadWrite"));
        problems.oneOfIfSet(source.at("kind"), List.of("Dedicated", "Managed", "Shared"));
        At uri = source.at("diskURI");
        if (source.at("kind").is("Managed")) {
            if (!uri.text().startsWith("/subscriptions/")) {
                problems.notSupported(
                        uri,
                        List.of("/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/"
                                + "{disk-id}"));
            }
        } else if (!uri.text().startsWith("https://")) {
            problems.notSupported(
                    uri, List.of("https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd"));
        }
    }

    private static void csi(At source, boolean persistent, Problems problems) {
        CsiRules.driverName(source.at("driver"), problems);
        if (persistent) {
            problems.requiredText(source.at("volumeHandle"));
            for (String reference : List.of(
                    "controllerPublishSecretRef",
                    "controllerExpandSecretRef",
                    "nodePublishSecretRef",
                    "nodeExpandSecretRef")) {
                if (source.at(reference).isSet()) {
                    problems.requiredGrammar(source.at(reference, "name"), Names::dns1123Subdomain);
                    problems.requiredGrammar(source.at(reference, "namespace"), Names::dns1123Label);
                }
            }
        } else if (source.at("nodePublishSecretRef").isSet()) {
            At name = source.at("nodePublishSecretRef", "name");
            if (name.isEmpty()) {
                problems.required(name, "");
            } else {
                problems.grammar(source.at("name").with(name.node()), Names::dns1123Subdomain);
            }
        }
    }
}
