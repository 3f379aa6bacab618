package dev.navarch.api.kinds;

import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Defaults of volumes, of pods and persistent ones.
 *
 * <p>Source: kubernetes pkg/apis/core/v1/defaults.go (SetDefaults_Volume, SetDefaults_ISCSIVolumeSource and its like).
 */
final class VolumeDefaults {
    private static final int READABLE = 0644;

    /** Texts that a source gets if it has none or an empty one. */
    private static final Map<String, Map<String, String>> TEXTS = Map.of(
            "iscsi", Map.of("iscsiInterface", "default"),
            "rbd", Map.of("pool", "rbd", "user", "admin", "keyring", "/etc/ceph/keyring"),
            "scaleIO", Map.of("storageMode", "ThinProvisioned", "fsType", "xfs"));

    /** Texts that a source gets only if it has none. */
    private static final Map<String, Map<String, String>> ABSENT = Map.of(
            "hostPath", Map.of("type", ""),
            "azureDisk", Map.of("cachingMode", "ReadWrite", "kind", "Shared", "fsType", "ext4"));

    private VolumeDefaults() {}

    /** A volume of a pod: an empty directory unless it says what it is. */
    static void volume(ObjectNode volume) {
        boolean sourced = false;
        for (Map.Entry<String, JsonNode> source : volume.properties()) {
            if (source.getValue() instanceof ObjectNode there) {
                sourced = true;
                source(source.getKey(), there);
            }
        }
        if (!sourced) {
            volume.putObject("emptyDir");
        }
    }

    /** A source of either kind of volume. */
    static void source(String kind, ObjectNode source) {
        TEXTS.getOrDefault(kind, Map.of()).forEach((field, text) -> Defaults.put(source, field, text));
        ABSENT.getOrDefault(kind, Map.of()).forEach((field, text) -> Defaults.putIfAbsent(source, field, text));
        switch (kind) {
            case "secret", "configMap" -> Defaults.put(source, "defaultMode", READABLE);
            case "downwardAPI" -> {
                Defaults.put(source, "defaultMode", READABLE);
                fieldVersions(source);
            }
            case "projected" -> projected(source);
            case "azureDisk" -> Defaults.put(source, "readOnly", false);
            case "image" ->
                Defaults.put(
                        source,
                        "pullPolicy",
                        PodDefaults.pullPolicy(source.path("reference").asString("")));
            case "ephemeral" -> {
                if (source.path("volumeClaimTemplate") instanceof ObjectNode template) {
                    Defaults.put(At.object(template, "spec"), "volumeMode", "Filesystem");
                }
            }
            default -> {}
        }
    }

    private static void projected(ObjectNode projected) {
        Defaults.put(projected, "defaultMode", READABLE);
        for (ObjectNode source : At.objects(projected.path("sources"))) {
            fieldVersions(source.path("downwardAPI"));
            if (source.path("serviceAccountToken") instanceof ObjectNode token) {
                Defaults.put(token, "expirationSeconds", 3600);
            }
        }
    }

    private static void fieldVersions(JsonNode downward) {
        At.objects(downward.path("items")).forEach(item -> PodDefaults.fieldVersion(item.path("fieldRef")));
    }
}
