package dev.navarch.api.kinds;

import dev.navarch.api.values.Names;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Environment variables and where their values come from.
 *
 * <p>Source: kubernetes pkg/apis/core/validation/validation.go (ValidateEnv, ValidateEnvFrom).
 */
final class EnvironmentChecks {
    private static final List<String> FIELDS = List.of(
            "metadata.name",
            "metadata.namespace",
            "metadata.uid",
            "spec.nodeName",
            "spec.serviceAccountName",
            "status.hostIP",
            "status.hostIPs",
            "status.podIP",
            "status.podIPs");
    private static final List<String> VOLUME_FIELDS =
            List.of("metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid");
    private static final List<String> RESOURCES = List.of(
            "limits.cpu",
            "limits.ephemeral-storage",
            "limits.memory",
            "requests.cpu",
            "requests.ephemeral-storage",
            "requests.memory");
    private static final Set<String> SUBSCRIPTS = Set.of("metadata.labels", "metadata.annotations");

    private EnvironmentChecks() {}

    static void env(At env, Problems problems) {
        for (At variable : env.items()) {
            problems.requiredGrammar(variable.at("name"), Names::environmentVariable);
            if (variable.at("valueFrom").isSet()) {
                valueFrom(variable, problems);
            }
        }
    }

    private static void valueFrom(At variable, Problems problems) {
        At from = variable.at("valueFrom");
        int sources = 0;
        if (from.at("fieldRef").isSet()) {
            sources++;
            field(from.at("fieldRef"), FIELDS, problems);
        }
        if (from.at("resourceFieldRef").isSet()) {
            sources++;
            resourceField(from.at("resourceFieldRef"), false, problems);
        }
        for (String kind : List.of("configMapKeyRef", "secretKeyRef")) {
            if (from.at(kind).isSet()) {
                sources++;
                keyReference(from.at(kind), problems);
            }
        }
        if (from.at("fileKeyRef").isSet()) {
            sources++;
        }
        if (sources == 0) {
            problems.invalid(
                    from,
                    "",
                    "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or"
                            + " `fileKeyRef`");
        } else if (!variable.at("value").isEmpty()) {
            problems.invalid(from, "", "may not be specified when `value` is not empty");
        } else if (sources > 1) {
            problems.invalid(from, "", "may not have more than one field specified at a time");
        }
    }

    private static void keyReference(At reference, Problems problems) {
        problems.requiredText(reference.at("name"));
        problems.requiredGrammar(reference.at("key"), Names::configKey);
    }

    /** A field of the pod for a volume. */
    static void volumeField(At reference, Problems problems) {
        field(reference, VOLUME_FIELDS, problems);
    }

    private static void field(At reference, List<String> plain, Problems problems) {
        problems.requiredText(reference.at("apiVersion"));
        At path = reference.at("fieldPath");
        if (path.isEmpty()) {
            problems.required(path, "");
            return;
        }
        String text = path.text();
        int open = text.indexOf("['");
        if (open > 0 && text.endsWith("']")) {
            String key = text.substring(open + 2, text.length() - 2);
            if (!SUBSCRIPTS.contains(text.substring(0, open))) {
                problems.invalid(path, text, "error converting fieldPath: field label does not support subscript");
            }
            Names.qualifiedName(key).forEach(complaint -> problems.invalid(path, key, complaint));
            return;
        }
        if (!plain.contains(text)) {
            problems.notSupported(path, sorted(plain));
        }
    }

    private static List<String> sorted(List<String> values) {
        List<String> sorted = new ArrayList<>(values);
        sorted.sort(null);
        return sorted;
    }

    /** A request or limit of a container. */
    static void resourceField(At reference, boolean ofVolume, Problems problems) {
        if (ofVolume && reference.at("containerName").isEmpty()) {
            problems.required(reference.at("containerName"), "");
        }
        At resource = reference.at("resource");
        if (resource.isEmpty()) {
            problems.required(resource, "");
        } else if (!RESOURCES.contains(resource.text())
                && !resource.text().matches("(limits|requests)\\.hugepages-.{1,63}")) {
            problems.notSupported(resource, RESOURCES);
        }
    }

    static void envFrom(At list, Problems problems) {
        for (At source : list.items()) {
            problems.grammarIfSet(source.at("prefix"), Names::environmentVariable);
            int sources = 0;
            for (String kind : List.of("configMapRef", "secretRef")) {
                if (source.at(kind).isSet()) {
                    sources++;
                    problems.requiredGrammar(source.at(kind, "name"), Names::dns1123Subdomain);
                }
            }
            if (sources == 0) {
                problems.invalid(source, "", "must specify one of: `configMapRef` or `secretRef`");
            } else if (sources > 1) {
                problems.invalid(source, "", "may not have more than one field specified at a time");
            }
        }
    }
}
