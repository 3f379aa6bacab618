package dev.navarch.apiserver.admission.webhook;

import dev.navarch.apiserver.admission.AdmissionRequest;
import dev.navarch.apiserver.following.StoredObjects;
import dev.navarch.apiserver.match.ConditionMetrics;
import dev.navarch.apiserver.match.MatchConditions;
import dev.navarch.apiserver.match.MatchCriteria;
import dev.navarch.apiserver.match.RequestView;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.Authorizer;
import dev.navarch.apiserver.tree.Tree;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * One webhook of a configuration.
 *
 * @param ignoresFailures whether a request passes if the webhook can't be asked
 * @param reinvoked whether it is asked again when others have changed the object after it
 * @param dryRun whether it may be asked about what is not going to happen
 * @param reviewVersions those that it understands, the best first
 */
record Hook(
        String name,
        MatchCriteria match,
        MatchConditions conditions,
        boolean ignoresFailures,
        Duration timeout,
        boolean reinvoked,
        boolean dryRun,
        List<String> reviewVersions,
        JsonNode client) {

    static Hook of(JsonNode hook) {
        return new Hook(
                Tree.text(hook, "name"),
                MatchCriteria.ofWebhook(hook),
                MatchConditions.of(Tree.objects(hook, "matchConditions")),
                Tree.text(hook, "failurePolicy").equals("Ignore"),
                Duration.ofSeconds(Tree.number(hook, 10, "timeoutSeconds")),
                Tree.text(hook, "reinvocationPolicy").equals("IfNeeded"),
                List.of("None", "NoneOnDryRun").contains(Tree.text(hook, "sideEffects")),
                Tree.strings(hook, "admissionReviewVersions"),
                Tree.at(hook, "clientConfig"));
    }

    /**
     * The version at which the webhook is to see the request; empty if it is not to see it.
     *
     * @param metrics where it is counted what its conditions say
     * @throws ApiFailure if that can't be told
     */
    Optional<String> wants(
            AdmissionRequest request, StoredObjects stored, Authorizer authorizer, ConditionMetrics.Series metrics) {
        var version = match.version(request, stored);
        if (version.isEmpty()) {
            return version;
        }
        var outcome = conditions.judge(new RequestView(request, version.get(), authorizer), metrics);
        if (!outcome.failure().isEmpty() && !ignoresFailures) {
            throw ApiFailure.forbidden(request.group(), request.resource(), request.name(), outcome.failure());
        }
        if (!outcome.holds()) {
            metrics.excluded();
            return Optional.empty();
        }
        return version;
    }
}
