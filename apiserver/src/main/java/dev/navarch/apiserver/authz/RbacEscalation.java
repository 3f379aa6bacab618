package dev.navarch.apiserver.authz;

import dev.navarch.api.values.GoText;
import dev.navarch.apiserver.admission.AdmissionPlugin;
import dev.navarch.apiserver.admission.AdmissionRequest;
import dev.navarch.apiserver.admission.AdmissionRequest.Operation;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.Authorizer;
import dev.navarch.apiserver.request.RequestInfo;
import dev.navarch.apiserver.request.User;
import dev.navarch.apiserver.tree.Meta;
import dev.navarch.apiserver.tree.Tree;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/**
 * Nobody grants by a role or a binding what they do not hold themselves, unless they may {@code escalate} that resource
 * or {@code bind} that role (source: kubernetes pkg/registry/rbac/{role,clusterrole,rolebinding,clusterrolebinding}/
 * policybased/storage.go, pkg/registry/rbac/escalation_check.go and pkg/registry/rbac/validation/rule.go).
 */
final class RbacEscalation implements AdmissionPlugin {
    private static final String GROUP = "rbac.authorization.k8s.io";

    private final Authorizer authorizer;
    private final RbacAuthorizer rbac;

    /**
     * @param authorizer asked about the verbs {@code escalate} and {@code bind}
     * @param rbac knows what users hold
     */
    RbacEscalation(Authorizer authorizer, RbacAuthorizer rbac) {
        this.authorizer = authorizer;
        this.rbac = rbac;
    }

    @Override
    public String name() {
        return "RBACEscalation";
    }

    @Override
    public void validate(AdmissionRequest request) {
        if (!request.group().equals(GROUP)
                || request.operation() == Operation.DELETE
                || request.object().isEmpty()
                || request.user().isMemberOf(User.MASTERS)
                || changesNothing(request)) {
            return;
        }
        var object = request.object().get();
        switch (request.resource()) {
            case "roles", "clusterroles" -> role(request, object);
            case "rolebindings", "clusterrolebindings" -> binding(request, object);
            default -> {}
        }
    }

    /** The garbage collector may do its work on roles that are more than it holds. */
    private static boolean changesNothing(AdmissionRequest request) {
        return request.old()
                .filter(old ->
                        significant(old).equals(significant(request.object().orElseThrow())))
                .isPresent();
    }

    private static ObjectNode significant(ObjectNode object) {
        var copy = object.deepCopy();
        Meta.of(copy).remove(List.of("ownerReferences", "finalizers", "managedFields", "resourceVersion"));
        return copy;
    }

    private void role(AdmissionRequest request, ObjectNode role) {
        if (may(request.user(), "escalate", request.resource(), request.namespace(), request.name())) {
            return;
        }
        confirm(request, Rule.listOf(role.path("rules")));
        boolean aggregates = aggregates(role)
                || request.old().filter(RbacEscalation::aggregates).isPresent();
        if (aggregates
                && !RuleCover.missing(held(request).rules(), RuleCover.EVERYTHING)
                        .isEmpty()) {
            throw forbidden(request, "must have cluster-admin privileges to use the aggregationRule");
        }
    }

    private static boolean aggregates(ObjectNode role) {
        return !Tree.at(role, "aggregationRule", "clusterRoleSelectors").isEmpty();
    }

    private void binding(AdmissionRequest request, ObjectNode binding) {
        var name = Tree.text(binding, "roleRef", "name");
        var kind = Tree.text(binding, "roleRef", "kind");
        boolean cluster = kind.equals("ClusterRole");
        if (!cluster && !kind.equals("Role")) {
            return; // validation refuses it
        }
        var roles = cluster ? "clusterroles" : "roles";
        if (may(request.user(), "bind", roles, request.namespace(), name)) {
            return;
        }
        Optional<List<Rule>> rules = rbac.role(cluster, request.namespace(), name);
        confirm(request, rules.orElseThrow(() -> ApiFailure.notFound(GROUP, roles, name)));
    }

    private boolean may(User user, String verb, String resource, String namespace, String name) {
        var asked = new RequestInfo(true, verb, GROUP, "*", resource, "", namespace, name, "");
        return authorizer.authorize(user, asked).allowed();
    }

    private RuleResolver.Resolved held(AdmissionRequest request) {
        return rbac.rules(request.user(), request.namespace());
    }

    private void confirm(AdmissionRequest request, List<Rule> granted) {
        var held = held(request);
        var missing = RuleCover.missing(held.rules(), granted);
        if (!missing.isEmpty()) {
            var user = request.user();
            throw forbidden(
                    request,
                    "user " + GoText.quote(user.name()) + " (groups=" + GoText.quote(user.groups())
                            + ") is attempting to grant RBAC permissions not currently held:\n"
                            + RuleCover.describe(missing)
                            + (held.error().isEmpty() ? "" : "; resolution errors: [" + held.error() + "]"));
        }
    }

    private static ApiFailure forbidden(AdmissionRequest request, String why) {
        return ApiFailure.forbidden(
                GROUP, request.resource(), request.object().map(Meta::name).orElse(request.name()), why);
    }
}
