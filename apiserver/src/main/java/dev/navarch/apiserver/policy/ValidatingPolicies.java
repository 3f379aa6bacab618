package dev.navarch.apiserver.policy;

import dev.navarch.apiserver.admission.AdmissionPlugin;
import dev.navarch.apiserver.admission.AdmissionRequest;
import dev.navarch.apiserver.match.ConditionMetrics;
import dev.navarch.apiserver.match.RequestView;
import dev.navarch.apiserver.policy.Policy.Misconfigured;
import dev.navarch.apiserver.policy.ValidatingRules.Decision;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.Authorizer;
import dev.navarch.apiserver.request.Status;
import dev.navarch.apiserver.request.Status.Cause;
import dev.navarch.apiserver.tree.Tree;
import dev.navarch.time.TimeSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Refuses writes that policies don't allow, or warns of them, or tells the audit log (source:
 * .../policy/validating/dispatcher.go).
 */
final class ValidatingPolicies implements AdmissionPlugin {
    private static final String FAILURE = "validation.policy.admission.k8s.io/validation_failure";
    private static final int LONGEST_ANNOTATION = 10 * 1024;

    private final PolicySource source;
    private final PolicyMatch match;
    private final Authorizer authorizer;
    private final PolicyMetrics metrics;
    private final ConditionMetrics conditions;
    private final TimeSource time;

    ValidatingPolicies(
            PolicySource source,
            PolicyMatch match,
            Authorizer authorizer,
            PolicyMetrics metrics,
            ConditionMetrics conditions,
            TimeSource time) {
        this.source = source;
        this.match = match;
        this.authorizer = authorizer;
        this.metrics = metrics;
        this.conditions = conditions;
        this.time = time;
    }

    @Override
    public String name() {
        return "ValidatingAdmissionPolicy";
    }

    @Override
    public void validate(AdmissionRequest request) {
        var policies = source.current().validating().at(request.resource());
        if (policies.isEmpty() || PolicyMatch.exempt(request)) {
            return;
        }
        var run = new Run(request);
        policies.forEach(run::judge);
        if (run.refusal != null) {
            throw run.refusal;
        }
    }

    /** All policies on one write. The first refusal is what the client is told. */
    private final class Run {
        private final AdmissionRequest request;
        private final Map<String, RequestView> views = new HashMap<>();
        private @Nullable ApiFailure refusal;
        private @Nullable Optional<ObjectNode> namespace;

        Run(AdmissionRequest request) {
            this.request = request;
        }

        void judge(Policy<ValidatingRules> policy) {
            Optional<String> version;
            try {
                version = match.version(request, policy);
            } catch (Misconfigured e) {
                misconfigured(policy, "", e);
                return;
            }
            if (version.isEmpty()) {
                return;
            }
            Map<String, List<String>> annotations = new LinkedHashMap<>();
            for (var binding : policy.bindings()) {
                try {
                    if (match.bound(request, binding)) {
                        for (var params : match.params(request, policy, binding)) {
                            judge(policy, binding, version.get(), params, annotations);
                        }
                    }
                } catch (Misconfigured e) {
                    misconfigured(policy, binding.name(), e);
                }
            }
            annotations.forEach((key, values) ->
                    request.context().annotations().add(policy.name() + "/" + key, String.join(", ", values)));
        }

        private void misconfigured(Policy<?> policy, String binding, Misconfigured why) {
            if (!policy.ignoresFailures()) {
                refuse(policy, binding, why.getMessage(), "");
            }
        }

        private void judge(
                Policy<ValidatingRules> policy,
                PolicyBinding binding,
                String version,
                Optional<ObjectNode> params,
                Map<String, List<String>> annotations) {
            if (namespace == null) {
                namespace = match.namespace(request);
            }
            var view = views.computeIfAbsent(version, v -> new RequestView(request, v, authorizer));
            var param = params.orElse(null);
            var verdict = policy.rules()
                    .judge(
                            view.with(param, null),
                            view.with(param, namespace.orElse(null)),
                            conditions.ofPolicy(policy.name(), request.operation()),
                            time);
            verdict.decisions().forEach(decision -> decide(policy, binding, decision));
            for (var published : verdict.annotations()) {
                var value = published.value();
                var values = annotations.computeIfAbsent(published.key(), _ -> new ArrayList<>());
                var shown = value.length() > LONGEST_ANNOTATION ? value.substring(0, LONGEST_ANNOTATION) : value;
                if (!values.contains(shown)) {
                    values.add(shown);
                }
            }
            verdict.annotationFailures().forEach(failure -> {
                refuse(policy, binding.name(), failure.message(), failure.reason());
                observe(policy, binding, failure, "deny");
            });
        }

        private void decide(Policy<?> policy, PolicyBinding binding, Decision decision) {
            if (!decision.denies()) {
                observe(policy, binding, decision, "allow");
                return;
            }
            for (var action : binding.actions()) {
                switch (action) {
                    case "Deny" -> {
                        refuse(policy, binding.name(), decision.message(), decision.reason());
                        observe(policy, binding, decision, "deny");
                    }
                    case "Audit" -> {
                        request.context().annotations().add(FAILURE, annotation(policy, binding, decision));
                        observe(policy, binding, decision, "audit");
                    }
                    case "Warn" -> {
                        request.warn("Validation failed for ValidatingAdmissionPolicy '" + policy.name()
                                + "' with binding '" + binding.name() + "': " + decision.message());
                        observe(policy, binding, decision, "warn");
                    }
                    default -> {}
                }
            }
        }

        /** @param binding empty if it is about the policy itself */
        private void refuse(Policy<?> policy, String binding, String message, String reason) {
            if (refusal == null) {
                refusal = refused(
                        request,
                        "ValidatingAdmissionPolicy '" + policy.name() + "'"
                                + (binding.isEmpty() ? "" : " with binding '" + binding + "'") + " denied request: "
                                + message,
                        reason.isEmpty() ? "Invalid" : reason);
            }
        }
    }

    private void observe(Policy<?> policy, PolicyBinding binding, Decision decision, String action) {
        metrics.observe(decision.nanos(), policy.name(), binding.name(), decision.errorType(), action);
    }

    private static String annotation(Policy<?> policy, PolicyBinding binding, Decision decision) {
        var failure = Tree.object()
                .put("message", decision.message())
                .put("policy", policy.name())
                .put("binding", binding.name())
                .put("expressionIndex", decision.index());
        failure.set("validationActions", Tree.arrayOf(binding.actions()));
        return Tree.array().add(failure).toString();
    }

    private static ApiFailure refused(AdmissionRequest request, String message, String reason) {
        var forbidden = request.forbidden(message).status();
        return new ApiFailure(new Status(
                forbidden.status(),
                forbidden.message(),
                reason,
                forbidden.details().map(details -> details.withCauses(List.of(new Cause("", message, "")))),
                switch (reason) {
                    case "Forbidden" -> 403;
                    case "Unauthorized" -> 401;
                    case "RequestEntityTooLarge" -> 413;
                    default -> 422;
                }));
    }
}
