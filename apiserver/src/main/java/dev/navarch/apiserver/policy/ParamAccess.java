package dev.navarch.apiserver.policy;

import dev.navarch.apiserver.admission.AdmissionPlugin;
import dev.navarch.apiserver.admission.AdmissionRequest;
import dev.navarch.apiserver.admission.AdmissionRequest.Operation;
import dev.navarch.apiserver.following.StoredObjects;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.Authorizer;
import dev.navarch.apiserver.request.RequestInfo;
import dev.navarch.apiserver.request.Status.Cause;
import dev.navarch.apiserver.request.User;
import dev.navarch.apiserver.tree.Meta;
import dev.navarch.apiserver.tree.Tree;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Nobody lets a policy read what they may not read themselves (source: kubernetes
 * pkg/registry/admissionregistration/validatingadmissionpolicy/authz.go and validatingadmissionpolicybinding/authz.go, and
 * those of the mutating ones).
 */
record ParamAccess(StoredObjects stored, ParamObjects params, Authorizer authorizer) implements AdmissionPlugin {
    private static final String ANY = "*";
    private static final Map<String, String> POLICIES_OF = Map.of(
            "validatingadmissionpolicybindings", "validatingadmissionpolicies",
            "mutatingadmissionpolicybindings", "mutatingadmissionpolicies");

    /** What somebody must be able to get. */
    private record Resource(String group, String version, String plural) {
        static final Resource EVERYTHING = new Resource(ANY, ANY, ANY);
    }

    @Override
    public String name() {
        return "AdmissionPolicyParams";
    }

    @Override
    public void validate(AdmissionRequest request) {
        if (!PolicyMatch.exempt(request)
                || request.operation() == Operation.DELETE
                || !request.subresource().isEmpty()
                || request.user().isMemberOf(User.MASTERS)) {
            return;
        }
        var spec = Tree.at(request.object().orElseThrow(), "spec");
        var before = request.old().map(o -> Tree.at(o, "spec")).orElseGet(Tree::object);
        if (POLICIES_OF.containsKey(request.resource())) {
            binding(request, spec, before);
        } else {
            policy(request, Tree.at(spec, "paramKind"), Tree.at(before, "paramKind"));
        }
    }

    private void policy(AdmissionRequest request, JsonNode kind, JsonNode before) {
        if (kind.isObject() && !kind.equals(before) && !mayGet(request.user(), resource(kind), ANY, ANY)) {
            throw refused(
                    request,
                    "spec.paramKind",
                    "user " + goText(request.user()) + " must have \"get\" permission on all objects of the referenced"
                            + " paramKind (kind=" + Tree.text(kind, "kind") + ", apiVersion="
                            + Tree.text(kind, "apiVersion") + ")");
        }
    }

    private void binding(AdmissionRequest request, JsonNode spec, JsonNode before) {
        var reference = Tree.at(spec, "paramRef");
        var policyName = Tree.text(spec, "policyName");
        boolean unchanged =
                reference.equals(Tree.at(before, "paramRef")) && policyName.equals(Tree.text(before, "policyName"));
        if (!reference.isObject() || unchanged) {
            return;
        }
        var resource = stored.read("admissionregistration.k8s.io", POLICIES_OF.get(request.resource()), "", policyName)
                .map(policy -> Tree.at(policy, "spec", "paramKind"))
                .filter(JsonNode::isObject)
                .map(this::resource)
                .orElse(Resource.EVERYTHING);
        if (!mayGet(request.user(), resource, Tree.text(reference, "namespace"), Tree.text(reference, "name"))) {
            throw refused(
                    request,
                    "spec.paramRef",
                    "user " + goText(request.user())
                            + " does not have \"get\" permission on the object referenced by paramRef");
        }
    }

    private Resource resource(JsonNode kind) {
        var apiVersion = Tree.text(kind, "apiVersion");
        int slash = apiVersion.indexOf('/');
        return new Resource(
                slash < 0 ? "" : apiVersion.substring(0, slash),
                apiVersion.substring(slash + 1),
                params.of(apiVersion, Tree.text(kind, "kind"))
                        .map(ParamObjects.Params::plural)
                        .orElse(ANY));
    }

    private boolean mayGet(User user, Resource resource, String namespace, String name) {
        return authorizer
                .authorize(
                        user,
                        new RequestInfo(
                                true,
                                "get",
                                resource.group,
                                resource.version,
                                resource.plural,
                                "",
                                namespace,
                                name,
                                ""))
                .allowed();
    }

    private static ApiFailure refused(AdmissionRequest request, String field, String why) {
        ObjectNode object = request.object().orElseThrow();
        return ApiFailure.invalid(
                request.group(),
                request.kind(),
                Meta.name(object),
                List.of(new Cause("FieldValueForbidden", "Forbidden: " + why, field)));
    }

    /** As Go prints a user. */
    private static String goText(User user) {
        var extra = new StringBuilder();
        new TreeMap<>(user.extra())
                .forEach((key, values) -> extra.append(extra.isEmpty() ? "" : " ")
                        .append(key)
                        .append(":[")
                        .append(String.join(" ", values))
                        .append(']'));
        return "&{" + user.name() + " " + user.uid() + " [" + String.join(" ", user.groups()) + "] map[" + extra + "]}";
    }
}
