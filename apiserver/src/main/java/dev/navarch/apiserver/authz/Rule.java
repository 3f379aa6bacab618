package dev.navarch.apiserver.authz;

import dev.navarch.apiserver.request.RequestInfo;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** One rule of a role. Source of the matching: k8s.io/kubernetes pkg/apis/rbac/v1/evaluation_helpers.go. */
record Rule(List<String> verbs, List<String> groups, List<String> resources, List<String> names, List<String> urls) {

    static Rule of(JsonNode tree) {
        return new Rule(
                strings(tree.path("verbs")),
                strings(tree.path("apiGroups")),
                strings(tree.path("resources")),
                strings(tree.path("resourceNames")),
                strings(tree.path("nonResourceURLs")));
    }

    private static List<String> strings(JsonNode array) {
        return array.valueStream().map(JsonNode::asString).toList();
    }

    static List<Rule> listOf(JsonNode array) {
        return array.valueStream().map(Rule::of).toList();
    }

    boolean allows(RequestInfo request) {
        if (!allowsVerb(request.verb())) {
            return false;
        }
        return request.resourceRequest()
                ? (groups.contains("*") || groups.contains(request.group()))
                        && allowsResource(request.resource(), request.subresource())
                        && (names.isEmpty() || names.contains(request.name()))
                : allowsUrl(request.path());
    }

    private boolean allowsVerb(String verb) {
        return verbs.contains(verb) || verbs.contains("*");
    }

    private boolean allowsResource(String resource, String subresource) {
        for (var pattern : resources) {
            if (pattern.equals("*") || matches(pattern, resource, subresource)) {
                return true;
            }
        }
        return false;
    }

    /** "pods", "pods/log" or "&#42;/scale". */
    private static boolean matches(String pattern, String resource, String subresource) {
        if (subresource.isEmpty()) {
            return pattern.equals(resource);
        }
        int slash = pattern.indexOf('/');
        return slash > 0
                && pattern.length() == slash + 1 + subresource.length()
                && pattern.endsWith(subresource)
                && (pattern.startsWith("*/") || (slash == resource.length() && pattern.startsWith(resource)));
    }

    private boolean allowsUrl(String path) {
        for (var pattern : urls) {
            if (pattern.equals("*")
                    || pattern.equals(path)
                    || (pattern.endsWith("*") && path.startsWith(pattern.substring(0, pattern.length() - 1)))) {
                return true;
            }
        }
        return false;
    }
}
