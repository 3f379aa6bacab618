package dev.navarch.apiserver.match;

import dev.navarch.api.values.LabelSelector;
import dev.navarch.apiserver.admission.AdmissionRequest;
import dev.navarch.apiserver.admission.AdmissionRequest.Operation;
import dev.navarch.apiserver.following.StoredObjects;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.tree.Tree;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Which writes a webhook, a policy or a binding is about (source: k8s.io/apiserver
 * pkg/admission/plugin/webhook/generic/webhook.go, ShouldCallHook; pkg/admission/plugin/policy/matching/matching.go).
 */
public final class MatchCriteria {
    private final List<ResourceRule> rules;
    private final List<ResourceRule> excluded;
    private final boolean everything;
    private final boolean equivalent;
    private final LabelSelector namespaces;
    private final LabelSelector objects;

    private MatchCriteria(JsonNode from, List<ResourceRule> rules, List<ResourceRule> excluded, boolean everything) {
        this.rules = rules;
        this.excluded = excluded;
        this.everything = everything;
        equivalent = !Tree.text(from, "matchPolicy").equals("Exact");
        namespaces = selector(Tree.at(from, "namespaceSelector"));
        objects = selector(Tree.at(from, "objectSelector"));
    }

    private static LabelSelector selector(JsonNode selector) {
        return selector.isObject() ? LabelSelector.ofObject(selector) : LabelSelector.everything();
    }

    /**
     * Of a webhook.
     *
     * @throws dev.navarch.api.values.SelectorException if a selector can't be read
     */
    public static MatchCriteria ofWebhook(JsonNode webhook) {
        return new MatchCriteria(webhook, rules(webhook, "rules"), List.of(), false);
    }

    /**
     * Of {@code matchConstraints} and {@code matchResources}; those without rules want everything.
     *
     * @throws dev.navarch.api.values.SelectorException if a selector can't be read
     */
    public static MatchCriteria ofResources(JsonNode match) {
        var rules = rules(match, "resourceRules");
        return new MatchCriteria(match, rules, rules(match, "excludeResourceRules"), rules.isEmpty());
    }

    private static List<ResourceRule> rules(JsonNode from, String field) {
        return Tree.objects(from, field).stream().map(ResourceRule::of).toList();
    }

    /** The resources that are named, without their subresources, in whatever group; {@code *} for any. */
    public Collection<String> resources() {
        var named = new TreeSet<String>();
        if (everything) {
            named.add("*");
        }
        rules.forEach(r -> r.resources().forEach(n -> named.add(n.substring(0, end(n)))));
        return named;
    }

    private static int end(String resource) {
        int slash = resource.indexOf('/');
        return slash < 0 ? resource.length() : slash;
    }

    /**
     * The version at which the write is to be seen; empty if it is not wanted.
     *
     * @throws ApiFailure if that can't be told
     */
    public Optional<String> version(AdmissionRequest request, StoredObjects stored) {
        if (!selectsObject(request) || find(excluded, request).isPresent()) {
            return Optional.empty();
        }
        var version = everything ? Optional.of(request.admitted().requested()) : find(rules, request);
        return version.isPresent() && selectsNamespace(request, stored) ? version : Optional.empty();
    }

    private Optional<String> find(List<ResourceRule> among, AdmissionRequest request) {
        if (among.isEmpty()) {
            return Optional.empty();
        }
        var requested = request.admitted().requested();
        for (var rule : among) {
            if (rule.matches(request, requested)) {
                return Optional.of(requested);
            }
        }
        if (!equivalent || request.admitted().versions().all().size() == 1) {
            return Optional.empty();
        }
        var others = request.admitted().versions().all().stream()
                .filter(v -> !v.equals(requested))
                .sorted()
                .toList();
        return among.stream()
                .flatMap(rule -> others.stream().filter(v -> rule.matches(request, v)))
                .findFirst();
    }

    private boolean selectsObject(AdmissionRequest request) {
        return objects.matchesEverything()
                || request.object().filter(objects::matchesObject).isPresent()
                || request.old().filter(objects::matchesObject).isPresent();
    }

    /** Source: .../predicates/namespace/matcher.go. */
    private boolean selectsNamespace(AdmissionRequest request, StoredObjects stored) {
        if (namespaces.matchesEverything()) {
            return true;
        }
        if (request.resource().equals("namespaces") && request.group().isEmpty()) {
            Optional<ObjectNode> namespace = request.operation() == Operation.DELETE
                    ? request.old()
                    : request.object().or(request::old);
            return namespace.filter(namespaces::matchesObject).isPresent();
        }
        if (!request.namespaced()) {
            return true;
        }
        return namespaces.matchesObject(stored.read("", "namespaces", "", request.namespace())
                .orElseThrow(() -> ApiFailure.notFound("", "namespaces", request.namespace())));
    }
}
