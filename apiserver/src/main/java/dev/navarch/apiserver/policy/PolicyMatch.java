package dev.navarch.apiserver.policy;

import dev.navarch.apiserver.admission.AdmissionRequest;
import dev.navarch.apiserver.following.StoredObjects;
import dev.navarch.apiserver.policy.Policy.Misconfigured;
import dev.navarch.apiserver.request.ApiFailure;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/**
 * Which policies a write is subject to, and with which parameters (source: .../policy/generic/plugin.go,
 * policy_matcher.go and policy_dispatcher.go, CollectParams).
 */
record PolicyMatch(StoredObjects stored, ParamObjects paramObjects) {
    private static final String GROUP = "admissionregistration.k8s.io";
    private static final Set<String> POLICIES = Set.of(
            "validatingadmissionpolicies",
            "validatingadmissionpolicybindings",
            "mutatingadmissionpolicies",
            "mutatingadmissionpolicybindings");

    /** What is evaluated without parameters is evaluated once. */
    private static final List<Optional<ObjectNode>> WITHOUT = List.of(Optional.empty());

    /** Policies don't judge policies, or nobody could mend one. */
    static boolean exempt(AdmissionRequest request) {
        return request.group().equals(GROUP) && POLICIES.contains(request.resource());
    }

    /** The version at which the policy sees the write; empty if it does not. */
    Optional<String> version(AdmissionRequest request, Policy<?> policy) throws Misconfigured {
        Optional<String> version;
        try {
            version = policy.match().version(request, stored);
        } catch (ApiFailure e) {
            throw new Misconfigured("failed to configure policy: " + e.status().message());
        }
        if (version.isPresent()
                && policy.paramKind().isPresent()
                && params(policy).isEmpty()) {
            throw new Misconfigured("failed to configure policy: failed to find resource referenced by paramKind: '"
                    + policy.paramKind().get() + "'");
        }
        return version;
    }

    private Optional<ParamObjects.Params> params(Policy<?> policy) {
        return policy.paramKind().flatMap(kind -> paramObjects.of(kind.apiVersion(), kind.kind()));
    }

    boolean bound(AdmissionRequest request, PolicyBinding binding) throws Misconfigured {
        try {
            return binding.match().isEmpty()
                    || binding.match().get().version(request, stored).isPresent();
        } catch (ApiFailure e) {
            throw new Misconfigured("failed to configure binding: " + e.status().message());
        }
    }

    /** The parameters with which the policy is to be evaluated, each on its own; none if it is not to be evaluated. */
    List<Optional<ObjectNode>> params(AdmissionRequest request, Policy<?> policy, PolicyBinding binding)
            throws Misconfigured {
        if (policy.paramKind().isEmpty() || binding.params().isEmpty()) {
            return WITHOUT;
        }
        var params = params(policy)
                .orElseThrow(() ->
                        misconfigured("paramKind kind `" + policy.paramKind().get() + "` not known"));
        var reference = binding.params().get();
        if (!reference.namespace().isEmpty() && !params.namespaced()) {
            throw misconfigured("paramRef.namespace must not be provided for a cluster-scoped `paramKind`");
        }
        var namespace = !params.namespaced()
                ? ""
                : reference.namespace().isEmpty() ? request.namespace() : reference.namespace();
        if (params.namespaced() && namespace.isEmpty()) {
            throw misconfigured(
                    "cannot use namespaced paramRef in policy binding that matches cluster-scoped resources");
        }
        var found = reference.name().isEmpty()
                ? params.list(namespace).stream()
                        .filter(reference.selector()::matchesObject)
                        .map(Optional::of)
                        .toList()
                : params.get(namespace, reference.name()).stream()
                        .map(Optional::of)
                        .toList();
        if (found.isEmpty() && reference.deniesIfNone()) {
            throw misconfigured("no params found for policy binding with `Deny` parameterNotFoundAction");
        }
        return found;
    }

    private static Misconfigured misconfigured(String why) {
        return new Misconfigured("failed to configure binding: " + why);
    }

    /** The namespace that the object is in; empty if it is in none or is one itself. */
    Optional<ObjectNode> namespace(AdmissionRequest request) {
        var name = request.namespace();
        boolean itself = request.group().isEmpty() && request.resource().equals("namespaces");
        if (name.isEmpty() || itself) {
            return Optional.empty();
        }
        return Optional.of(
                stored.read("", "namespaces", "", name).orElseThrow(() -> ApiFailure.notFound("", "namespaces", name)));
    }
}
