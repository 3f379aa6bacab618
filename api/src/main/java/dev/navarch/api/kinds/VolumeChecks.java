package dev.navarch.api.kinds;

import dev.navarch.api.values.Names;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Volumes of pods.
 *
 * <p>Source: kubernetes pkg/apis/core/validation/validation.go (ValidateVolumes, validateVolumeSource).
 */
final class VolumeChecks {
    private static final List<String> KEY_TYPES =
            List.of("RSA3072", "RSA4096", "ECDSAP256", "ECDSAP384", "ECDSAP521", "ED25519");

    /** In the order in which upstream looks for them. */
    private static final List<String> SOURCES = List.of(
            "emptyDir",
            "hostPath",
            "gitRepo",
            "gcePersistentDisk",
            "awsElasticBlockStore",
            "secret",
            "nfs",
            "iscsi",
            "glusterfs",
            "flocker",
            "persistentVolumeClaim",
            "rbd",
            "cinder",
            "cephfs",
            "quobyte",
            "downwardAPI",
            "fc",
            "flexVolume",
            "configMap",
            "azureFile",
            "vsphereVolume",
            "photonPersistentDisk",
            "portworxVolume",
            "azureDisk",
            "storageos",
            "projected",
            "scaleIO",
            "csi",
            "ephemeral",
            "image");

    private VolumeChecks() {}

    static void check(At volumes, Problems problems) {
        Set<String> names = new HashSet<>();
        for (At volume : volumes.items()) {
            At name = volume.at("name");
            sources(volume, problems);
            if (name.isEmpty()) {
                problems.required(name, "");
                continue;
            }
            List<String> complaints = Names.dns1123Label(name.text());
            complaints.forEach(complaint -> problems.invalid(name, complaint));
            if (complaints.isEmpty() && !names.add(name.text())) {
                problems.duplicate(name, name.text());
            }
        }
    }

    /** What a volume of a pod, unlike one of a template, must satisfy: the name of its claim is the pod's and its own. */
    static void checkOfPod(At volumes, String pod, Problems problems) {
        for (At volume : volumes.items()) {
            String name = volume.at("name").text();
            if (volume.at("ephemeral").isSet() && !pod.isEmpty() && !name.isEmpty()) {
                String claim = pod + "-" + name;
                Names.dns1123Subdomain(claim)
                        .forEach(complaint ->
                                problems.invalid(volume.at("name"), name, "PVC name \"" + claim + "\": " + complaint));
            }
        }
    }

    private static void sources(At volume, Problems problems) {
        String only = "";
        int count = 0;
        for (String field : volume.node().propertyNames()) {
            if (!field.equals("name") && volume.at(field).isSet()) {
                only = field;
                count++;
            }
        }
        if (count == 1) {
            source(volume, only, problems);
        } else if (count == 0) {
            problems.required(volume, "must specify a volume type");
        } else {
            first(volume, problems);
        }
    }

    private static void first(At volume, Problems problems) {
        boolean seen = false;
        for (String kind : SOURCES) {
            if (!volume.at(kind).isSet()) {
                continue;
            }
            if (!seen) {
                source(volume, kind, problems);
                seen = true;
                continue;
            }
            // Upstream spells two of them in its own way here.
            String spelled = switch (kind) {
                case "cephfs" -> "cephFS";
                case "downwardAPI" -> "downwarAPI";
                default -> kind;
            };
            problems.forbidden(volume.at(spelled), "may not specify more than 1 volume type");
        }
    }

    private static void source(At volume, String kind, Problems problems) {
        At source = volume.at(kind);
        switch (kind) {
            case "emptyDir" -> {
                At limit = source.at("sizeLimit");
                if (limit.isSet()
                        && ResourceChecks.quantity(limit)
                                .filter(size -> size.sign() < 0)
                                .isPresent()) {
                    problems.forbidden(limit, "SizeLimit field must be a valid resource quantity");
                }
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
            case "persistentVolumeClaim" -> problems.requiredText(source.at("claimName"));
            case "downwardAPI" -> {
                mode(source.at("defaultMode"), problems);
                downward(source, problems);
            }
            case "gitRepo" -> {
                problems.requiredText(source.at("repository"));
                PathChecks.localDescending(source.at("directory"), problems);
            }
            case "iscsi" -> {
                VolumeSourceChecks.check(volume, kind, false, problems);
                String name = volume.at("name").text();
                String portal = source.at("targetPortal").text();
                if (source.at("initiatorName").isSet() && (name + ":" + portal).length() > 64) {
                    problems.invalid(
                            volume.at("name"),
                            name,
                            "Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if"
                                    + " iscsi.initiatorName is specified.");
                }
            }
            case "projected" -> projected(source, problems);
            case "ephemeral" -> {
                At template = source.at("volumeClaimTemplate");
                if (!template.isSet()) {
                    problems.required(template, "");
                } else {
                    VolumeClaimRules.template(template, problems);
                }
            }
            case "image" -> problems.oneOf(source.at("pullPolicy"), List.of("Always", "IfNotPresent", "Never"));
            default -> VolumeSourceChecks.check(volume, kind, false, problems);
        }
    }

    private static void projected(At projected, Problems problems) {
        mode(projected.at("defaultMode"), problems);
        Set<String> paths = new HashSet<>();
        for (At source : projected.at("sources").items()) {
            int count = 0;
            for (String kind : source.node().propertyNames()) {
                if (source.at(kind).isSet()) {
                    count++;
                    projection(projected, kind, source.at(kind), paths, problems);
                }
            }
            if (count > 1) {
                problems.forbidden(source, "may not specify more than 1 volume type per source");
            }
        }
    }

    private static void projection(At projected, String kind, At source, Set<String> paths, Problems problems) {
        switch (kind) {
            case "secret", "configMap" -> {
                problems.requiredText(source.at("name"));
                keys(source.at("items"), problems);
                for (At item : source.at("items").items()) {
                    unique(projected, item.at("path").text(), source.at("name").text(), paths, problems);
                }
            }
            case "downwardAPI" -> {
                downward(source, problems);
                for (At item : source.at("items").items()) {
                    String path = item.at("path").text();
                    unique(projected, path, path, paths, problems);
                }
            }
            case "serviceAccountToken" -> {
                tokenLifetime(source.at("expirationSeconds"), problems);
                // Upstream names the volume's path here.
                At path = projected.at("path").with(source.at("path").node());
                problems.requiredText(path);
                PathChecks.localNonReserved(path, problems);
            }
            case "clusterTrustBundle" -> {
                trustBundle(source, problems);
                path(source.at("path"), problems);
                unique(projected, source.at("path").text(), source.at("path").text(), paths, problems);
            }
            case "podCertificate" -> podCertificate(source, problems);
            default -> {}
        }
    }

    private static void unique(At projected, String path, String shown, Set<String> paths, Problems problems) {
        if (!path.isEmpty() && !paths.add(path)) {
            problems.invalid(projected, shown, "conflicting duplicate paths");
        }
    }

    private static void trustBundle(At bundle, Problems problems) {
        At name = bundle.at("name");
        At signer = bundle.at("signerName");
        if (name.isSet() && signer.isSet()) {
            problems.invalid(bundle, "only one of name and signerName may be used");
        } else if (name.isSet()) {
            if (name.isEmpty()) {
                problems.required(name, "must be a valid object name");
            }
            String own = name.text().substring(name.text().lastIndexOf(':') + 1);
            Names.dns1123Subdomain(own)
                    .forEach(complaint -> problems.invalid(name, "not a valid clustertrustbundlename: " + complaint));
            if (bundle.at("labelSelector").isSet()) {
                problems.invalid(bundle.at("labelSelector"), "labelSelector must be unset if name is specified");
            }
        } else if (signer.isSet()) {
            if (signer.isEmpty()) {
                problems.required(signer, "must be a valid signer name");
            }
            CertificateRules.signerName(signer, problems);
            ObjectMetaRules.labelSelector(bundle.at("labelSelector"), problems);
        } else {
            problems.required(bundle, "either name or signerName must be specified");
        }
    }

    private static void podCertificate(At certificate, Problems problems) {
        CertificateRules.signerName(certificate.at("signerName"), problems);
        problems.oneOf(certificate.at("keyType"), KEY_TYPES);
        for (String field : List.of("credentialBundlePath", "keyPath", "certificateChainPath")) {
            PathChecks.localNonReserved(certificate.at(field), problems);
        }
    }

    private static void keys(At items, Problems problems) {
        for (At item : items.items()) {
            problems.requiredText(item.at("key"));
            path(item.at("path"), problems);
            mode(item.at("mode"), problems);
        }
    }

    /** Upstream names the list's place for every item. */
    private static void downward(At source, Problems problems) {
        for (At item : source.at("items").items()) {
            At file = source.with(item.node());
            path(file.at("path"), problems);
            boolean field = file.at("fieldRef").isSet();
            boolean resource = file.at("resourceFieldRef").isSet();
            if (field) {
                EnvironmentChecks.volumeField(file.at("fieldRef"), problems);
                if (resource) {
                    problems.invalid(
                            file, "resource", "fieldRef and resourceFieldRef can not be specified simultaneously");
                }
            } else if (resource) {
                EnvironmentChecks.resourceField(file.at("resourceFieldRef"), true, problems);
            } else {
                problems.required(file, "one of fieldRef and resourceFieldRef is required");
            }
            mode(file.at("mode"), problems);
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

    /** For how long a token is good, if that is said. */
    static void tokenLifetime(At seconds, Problems problems) {
        if (seconds.isSet() && seconds.number() < 600) {
            problems.invalid(seconds, "may not specify a duration less than 10 minutes");
        }
        if (seconds.number() > 1L << 32) {
            problems.invalid(seconds, "may not specify a duration larger than 2^32 seconds");
        }
    }
}
