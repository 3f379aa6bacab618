package dev.navarch.api.kinds;

import dev.navarch.api.values.Names;
import java.util.List;
import java.util.Locale;
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

    /** All that upstream can convert; not each is allowed everywhere. */
    private static final Set<String> KNOWN = Set.of(
            "metadata.annotations",
            "metadata.labels",
            "metadata.name",
            "metadata.namespace",
            "metadata.uid",
            "spec.nodeName",
            "spec.restartPolicy",
            "spec.serviceAccountName",
            "spec.schedulerName",
            "status.phase",
            "status.hostIP",
            "status.hostIPs",
            "status.podIP",
            "status.podIPs");

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
        problems.grammar(reference.at("name"), Names::dns1123Subdomain);
        problems.requiredGrammar(reference.at("key"), Names::configKey);
    }

    /** A field of the pod for a volume. */
    static void volumeField(At reference, Problems problems) {
        field(reference, VOLUME_FIELDS, problems);
    }

    private static void field(At reference, List<String> plain, Problems problems) {
        At path = reference.at("fieldPath");
        if (reference.at("apiVersion").isEmpty()) {
            problems.required(reference.at("apiVersion"), "");
        } else if (path.isEmpty()) {
            problems.required(path, "");
        } else if (path.text().indexOf("['") > 0 && path.text().endsWith("']")) {
            subscripted(reference, path, problems);
        } else if (!KNOWN.contains(path.text())) {
            problems.invalid(path, "error converting fieldPath: field label not supported: " + path.text());
        } else if (!plain.contains(path.text())) {
            problems.notSupported(path, plain);
        }
    }

    /** One label or annotation, {@code metadata.labels['app']}. */
    private static void subscripted(At reference, At path, Problems problems) {
        String text = path.text();
        int open = text.indexOf("['");
        String key = text.substring(open + 2, text.length() - 2);
        switch (text.substring(0, open)) {
            case "metadata.labels" ->
                Names.qualifiedName(key).forEach(complaint -> problems.invalid(reference, key, complaint));
            case "metadata.annotations" ->
                Names.qualifiedName(key.toLowerCase(Locale.ROOT))
                        .forEach(complaint -> problems.invalid(reference, key, complaint));
            default ->
                problems.invalid(path, "error converting fieldPath: field label does not support subscript: " + text);
        }
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
                problems.invalid(list, "", "must specify one of: `configMapRef` or `secretRef`");
            } else if (sources > 1) {
                problems.invalid(list, "", "may not have more than one field specified at a time");
            }
        }
    }
}
