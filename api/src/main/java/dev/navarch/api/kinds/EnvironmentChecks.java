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

    /** Divisors of what comes in bytes. */
    private static final Set<String> BYTE_DIVISORS =
            Set.of("1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei");

    static void env(At env, At podSpec, Problems problems) {
        for (At variable : env.items()) {
            problems.requiredGrammar(variable.at("name"), Names::environmentVariable);
            if (variable.at("valueFrom").isSet()) {
                valueFrom(variable, podSpec, problems);
            }
        }
    }

    private static void valueFrom(At variable, At podSpec, Problems problems) {
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
            file(from.at("fileKeyRef"), podSpec.at("volumes"), problems);
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

    /** A key of a file, which is in an empty directory of the pod. */
    private static void file(At reference, At volumes, Problems problems) {
        problems.requiredGrammar(reference.at("key"), Names::environmentVariable);
        problems.requiredText(reference.at("path"));
        PathChecks.localNonReserved(reference.at("path"), problems);
        At name = reference.at("volumeName");
        if (name.isEmpty()) {
            problems.required(name, "");
            return;
        }
        for (At volume : volumes.items()) {
            if (volume.at("name").is(name.text())) {
                if (!volume.at("emptyDir").isSet()) {
                    problems.invalid(name, "referenced volume must be of type emptyDir");
                }
                return;
            }
        }
        problems.notFound(name, name.text());
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
        divisor(reference, resource.text(), problems);
    }

    private static void divisor(At reference, String resource, Problems problems) {
        String divisor = ResourceChecks.quantity(reference.at("divisor"))
                .filter(amount -> !amount.isZero())
                .map(Object::toString)
                .orElse("1");
        String bytes =
                "only divisor's values 1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei are supported with"
                        + " the ";
        String kind = resource.substring(resource.indexOf('.') + 1);
        At at = reference.at("divisor");
        if (kind.equals("cpu")) {
            if (!divisor.equals("1") && !divisor.equals("1m")) {
                problems.invalid(at, resource, "only divisor's values 1m and 1 are supported with the cpu resource");
            }
        } else if (!BYTE_DIVISORS.contains(divisor)) {
            String what = kind.equals("memory")
                    ? "memory"
                    : kind.equals("ephemeral-storage") ? "local ephemeral storage" : "hugepages";
            problems.invalid(at, resource, bytes + what + " resource");
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
