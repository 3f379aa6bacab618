package dev.navarch.apiserver.webhook;

import dev.navarch.api.values.LabelSelector;
import dev.navarch.apiserver.ApiFailure;
import dev.navarch.apiserver.admission.AdmissionRequest;
import dev.navarch.apiserver.admission.AdmissionRequest.Operation;
import dev.navarch.apiserver.admission.StoredObjects;
import dev.navarch.apiserver.tree.Tree;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * One webhook of a configuration.
 *
 * @param equivalent whether the request is shown in a version that the rules name, if they don't name its own
 * @param ignoresFailures whether a request passes if the webhook can't be asked
 * @param reinvoked whether it is asked again when others have changed the object after it
 * @param dryRun whether it may be asked about what is not going to happen
 * @param reviewVersions those that it understands, the best first
 */
record Hook(
        String name,
        List<HookRule> rules,
        boolean equivalent,
        LabelSelector namespaces,
        LabelSelector objects,
        MatchConditions conditions,
        boolean ignoresFailures,
        Duration timeout,
        boolean reinvoked,
        boolean dryRun,
        List<String> reviewVersions,
        JsonNode client) {

    static Hook of(JsonNode hook) {
        boolean ignores = Tree.text(hook, "failurePolicy").equals("Ignore");
        return new Hook(
                Tree.text(hook, "name"),
                Tree.objects(hook, "rules").stream().map(HookRule::of).toList(),
                !Tree.text(hook, "matchPolicy").equals("Exact"),
                selector(Tree.at(hook, "namespaceSelector")),
                selector(Tree.at(hook, "objectSelector")),
                MatchConditions.of(Tree.objects(hook, "matchConditions"), ignores),
                ignores,
                Duration.ofSeconds(Tree.number(hook, 10, "timeoutSeconds")),
                Tree.text(hook, "reinvocationPolicy").equals("IfNeeded"),
                List.of("None", "NoneOnDryRun").contains(Tree.text(hook, "sideEffects")),
                Tree.strings(hook, "admissionReviewVersions"),
                Tree.at(hook, "clientConfig"));
    }

    private static LabelSelector selector(JsonNode selector) {
        return selector.isObject() ? LabelSelector.ofObject(selector) : LabelSelector.everything();
    }

    /**
     * The version at which the webhook is to see the request; empty if it is not to see it (source: .../generic/webhook.go,
     * ShouldCallHook).
     *
     * @throws ApiFailure if that can't be told
     */
    Optional<String> wants(AdmissionRequest request, StoredObjects stored, MatchConditions.Asking asking) {
        if (!selectsObject(request)) {
            return Optional.empty();
        }
        var version = version(request);
        if (version.isEmpty() || !selectsNamespace(request, stored)) {
            return Optional.empty();
        }
        return conditions.hold(request, version.get(), asking) ? version : Optional.empty();
    }

    private Optional<String> version(AdmissionRequest request) {
        var requested = request.admitted().requested();
        for (var rule : rules) {
            if (rule.matches(request, requested)) {
                return Optional.of(requested);
            }
        }
        if (!equivalent) {
            return Optional.empty();
        }
        var others = request.admitted().versions().all().stream()
                .filter(v -> !v.equals(requested))
                .sorted()
                .toList();
        return rules.stream()
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
