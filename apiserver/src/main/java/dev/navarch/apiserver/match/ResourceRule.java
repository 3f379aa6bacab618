package dev.navarch.apiserver.match;

import dev.navarch.apiserver.admission.AdmissionRequest;
import dev.navarch.apiserver.tree.Tree;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * Which resources and operations are wanted (source: k8s.io/apiserver
 * pkg/admission/plugin/webhook/predicates/rules/rules.go).
 *
 * @param resources with their subresources behind a slash
 * @param names of objects; empty for any
 */
record ResourceRule(
        List<String> groups,
        List<String> versions,
        List<String> operations,
        List<String> resources,
        String scope,
        List<String> names) {

    static ResourceRule of(JsonNode rule) {
        return new ResourceRule(
                Tree.strings(rule, "apiGroups"),
                Tree.strings(rule, "apiVersions"),
                Tree.strings(rule, "operations"),
                Tree.strings(rule, "resources"),
                Tree.text(rule, "scope"),
                Tree.strings(rule, "resourceNames"));
    }

    /** @param apiVersion at which the request is looked at */
    boolean matches(AdmissionRequest request, String apiVersion) {
        int slash = apiVersion.indexOf('/');
        return inScope(request)
                && has(operations, request.operation().name())
                && has(groups, slash < 0 ? "" : apiVersion.substring(0, slash))
                && has(versions, apiVersion.substring(slash + 1))
                && isFor(request.resource(), request.subresource())
                && (names.isEmpty() || names.contains(request.name()));
    }

    private boolean inScope(AdmissionRequest request) {
        return switch (scope) {
            case "Namespaced" -> request.namespaced();
            case "Cluster" -> !request.namespaced();
            default -> true;
        };
    }

    private static boolean has(List<String> wanted, String value) {
        return wanted.contains("*") || wanted.contains(value);
    }

    private boolean isFor(String resource, String subresource) {
        for (var wanted : resources) {
            int slash = wanted.indexOf('/');
            var name = slash < 0 ? wanted : wanted.substring(0, slash);
            var part = slash < 0 ? "" : wanted.substring(slash + 1);
            if ((name.equals("*") || name.equals(resource)) && (part.equals("*") || part.equals(subresource))) {
                return true;
            }
        }
        return false;
    }
}
