package dev.navarch.apiserver.policy;

import dev.navarch.api.BadBodyException;
import dev.navarch.api.ObjectDecoder;
import dev.navarch.apiserver.admission.AdmissionPlugin;
import dev.navarch.apiserver.admission.AdmissionRequest;
import dev.navarch.apiserver.admission.AdmissionRequest.Operation;
import dev.navarch.apiserver.admission.Reinvocation.Asked;
import dev.navarch.apiserver.fields.ApplyConfigurations;
import dev.navarch.apiserver.match.ConditionMetrics;
import dev.navarch.apiserver.match.RequestView;
import dev.navarch.apiserver.patch.Patch;
import dev.navarch.apiserver.patch.PatchException;
import dev.navarch.apiserver.policy.MutatingRules.Apply;
import dev.navarch.apiserver.policy.MutatingRules.JsonPatch;
import dev.navarch.apiserver.policy.MutatingRules.Mutation;
import dev.navarch.apiserver.policy.Policy.Misconfigured;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.Authorizer;
import dev.navarch.apiserver.request.Status;
import dev.navarch.apiserver.request.Status.Cause;
import dev.navarch.apiserver.tree.Meta;
import dev.navarch.cel.CelFailure;
import dev.navarch.cel.Patches;
import dev.navarch.time.TimeSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Changes what is written, as policies say, one after the other and before any webhook (source:
 * .../policy/mutating/dispatcher.go and .../policy/generic/policy_dispatcher.go).
 */
final class MutatingPolicies implements AdmissionPlugin {
    private final PolicySource source;
    private final PolicyMatch match;
    private final Authorizer authorizer;
    private final PolicyMetrics metrics;
    private final ConditionMetrics conditions;
    private final TimeSource time;
    private final ObjectDecoder decoder = new ObjectDecoder();
    private final ApplyConfigurations applying = new ApplyConfigurations();

    MutatingPolicies(
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
        return "MutatingAdmissionPolicy";
    }

    /** A policy that is to be evaluated, as which version it sees the write, and with which parameters. */
    private record Invocation(
            Policy<MutatingRules> policy, PolicyBinding binding, String version, Optional<ObjectNode> params) {
        Key key() {
            return new Key(
                    policy.name(),
                    binding.name(),
                    params.map(p -> Meta.namespace(p) + "/" + Meta.name(p)).orElse(""));
        }
    }

    private record Key(String policy, String binding, String params) {}

    /** @param reason of the status; empty for the usual one */
    private record Problem(String message, String reason) {}

    @Override
    public void admit(AdmissionRequest request) {
        var policies = source.current().mutating().at(request.resource());
        if (policies.isEmpty() || request.operation() == Operation.DELETE || PolicyMatch.exempt(request)) {
            return;
        }
        List<Problem> problems = new ArrayList<>();
        var invocations = invocations(request, policies, problems);
        if (!invocations.isEmpty()) {
            var namespace = match.namespace(request).orElse(null);
            var asked = request.context().reinvocation().askedBy(name());
            asked.begin(request.object());
            for (var invocation : invocations) {
                invoke(invocation, request, namespace, asked, problems);
            }
            asked.end(request.object());
        }
        if (!problems.isEmpty()) {
            throw refused(request, problems);
        }
    }

    private List<Invocation> invocations(
            AdmissionRequest request, List<Policy<MutatingRules>> policies, List<Problem> problems) {
        List<Invocation> invocations = new ArrayList<>();
        for (var policy : policies) {
            Optional<String> version;
            try {
                version = match.version(request, policy);
            } catch (Misconfigured e) {
                problem(policy, "", e.getMessage(), "", problems);
                continue;
            }
            if (version.isEmpty()) {
                continue;
            }
            for (var binding : policy.bindings()) {
                try {
                    if (match.bound(request, binding)) {
                        for (var params : match.params(request, policy, binding)) {
                            invocations.add(new Invocation(policy, binding, version.get(), params));
                        }
                    }
                } catch (Misconfigured e) {
                    problem(policy, binding.name(), e.getMessage(), "", problems);
                }
            }
        }
        return invocations;
    }

    /** @param binding empty if it is about the policy itself */
    private static void problem(
            Policy<?> policy, String binding, String message, String reason, List<Problem> problems) {
        if (!policy.ignoresFailures()) {
            problems.add(new Problem(
                    (binding.isEmpty()
                                    ? "policy " + policy.quoted()
                                    : "policy '" + policy.name() + "' with binding '" + binding + "'")
                            + " denied request: " + message,
                    reason));
        }
    }

    private void invoke(
            Invocation invocation,
            AdmissionRequest request,
            @Nullable ObjectNode namespace,
            Asked asked,
            List<Problem> problems) {
        var policy = invocation.policy;
        var binding = invocation.binding.name();
        var params = invocation.params.orElse(null);
        var matches = policy.rules()
                .conditions()
                .judge(
                        new RequestView(request, invocation.version, authorizer).with(params, null),
                        conditions.ofPolicy(policy.name(), request.operation()));
        if (!matches.holds()) {
            if (!matches.failure().isEmpty()) {
                problem(policy, binding, matches.failure(), "Invalid", problems);
            }
            return;
        }
        if (!asked.asks(invocation.key()) || request.object().isEmpty()) {
            return;
        }
        boolean changed = false;
        for (var mutation : policy.rules().mutations()) {
            long from = time.nanoTime();
            try {
                changed |= mutate(invocation, mutation, request, namespace);
                metrics.observe(time.nanoTime() - from, policy.name(), binding, "no_error");
            } catch (CelFailure | Misconfigured e) {
                var message = String.valueOf(e.getMessage());
                metrics.observe(time.nanoTime() - from, policy.name(), binding, PolicyMetrics.errorType(message));
                problem(policy, binding, message, "Invalid", problems);
            }
        }
        if (changed) {
            asked.changed();
        }
        if (policy.rules().reinvoked()) {
            asked.wantsMore(invocation.key());
        }
    }

    /** @return whether the object is another now */
    private boolean mutate(
            Invocation invocation, Mutation mutation, AdmissionRequest request, @Nullable ObjectNode namespace)
            throws CelFailure, Misconfigured {
        if (!mutation.expression().wrong().isEmpty()) {
            throw new Misconfigured(mutation.expression().wrong());
        }
        var values = new RequestView(request, invocation.version, authorizer)
                .with(invocation.params.orElse(null), namespace);
        var result = invocation.policy.rules().evaluate(mutation, values);
        if (!result.failure().isEmpty()) {
            throw new Misconfigured(result.failure());
        }
        var object = request.object().orElseThrow();
        var kind = request.admitted();
        var versions = kind.versions();
        var shown = versions.convert(object, versions.stored(), invocation.version);
        var value = result.value().orElseThrow();
        var patched = switch (mutation) {
            case Apply _ -> apply(shown, value, request, invocation.version);
            case JsonPatch _ -> patch(shown, value);
        };
        var stored = versions.convert(patched, invocation.version, versions.stored());
        try {
            var next = decoder.conform(stored, kind.type().schema());
            if (!next.strictErrors().isEmpty()) {
                throw ApiFailure.internalError("strict decoding error: " + String.join(", ", next.strictErrors()));
            }
            kind.rules().defaults(next.tree());
            if (next.tree().equals(object)) {
                return false;
            }
            object.removeAll();
            object.setAll(next.tree());
            return true;
        } catch (BadBodyException e) {
            throw ApiFailure.internalError(e.getMessage());
        }
    }

    private ObjectNode apply(ObjectNode shown, Object value, AdmissionRequest request, String version)
            throws CelFailure, Misconfigured {
        var schema = request.admitted()
                .versions()
                .schema(version)
                .orElseThrow(() -> ApiFailure.serviceUnavailable("Resource kind " + request.kind()
                        + " not found. There can be a delay between when CustomResourceDefinitions are created and when"
                        + " they are available."));
        var config = Patches.applyConfiguration(value);
        try {
            return applying.merge(shown, config, schema);
        } catch (ApplyConfigurations.Refused e) {
            throw new Misconfigured("error applying patch: " + e.getMessage());
        }
    }

    private static ObjectNode patch(ObjectNode shown, Object value) throws CelFailure, Misconfigured {
        var operations = Patches.jsonPatch(value);
        try {
            return Patch.operations(operations).apply(shown.deepCopy());
        } catch (PatchException e) {
            if (e.failedTest()) {
                return shown;
            }
            throw new Misconfigured("JSON Patch: " + e.getMessage());
        }
    }

    private static ApiFailure refused(AdmissionRequest request, List<Problem> problems) {
        var forbidden = request.forbidden("").status();
        var first = problems.getFirst();
        var causes = problems.stream().map(p -> new Cause("", p.message, "")).toList();
        return new ApiFailure(new Status(
                forbidden.status(),
                first.message,
                first.reason.isEmpty() ? forbidden.reason() : first.reason,
                forbidden.details().map(details -> details.withCauses(causes)),
                forbidden.code()));
    }
}
