package dev.navarch.apiserver.authz;

import dev.navarch.apiserver.request.Authorizer;
import dev.navarch.apiserver.request.Decision;
import dev.navarch.apiserver.request.RequestInfo;
import dev.navarch.apiserver.request.User;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Role-based access control. Source: k8s.io/kubernetes plugin/pkg/auth/authorizer/rbac/rbac.go and
 * pkg/registry/rbac/validation/rule.go.
 */
final class RbacAuthorizer implements Authorizer, RuleResolver {
    private static final Decision NO_OPINION = Decision.noOpinion("");

    private final RbacIndex index;

    /** @param index in step with the store whenever this is asked */
    RbacAuthorizer(RbacIndex index) {
        this.index = index;
    }

    @Override
    public Decision authorize(User user, RequestInfo request) {
        var search = new Search(request);
        visit(user, request.resourceRequest() ? request.namespace() : "", search);
        return search.decision();
    }

    /** Looks through grants until one allows the request. */
    private final class Search implements Predicate<RbacIndex.Grant> {
        private final RequestInfo request;
        private @Nullable Decision allowed;
        private @Nullable List<String> missing;

        Search(RequestInfo request) {
            this.request = request;
        }

        @Override
        public boolean test(RbacIndex.Grant grant) {
            var rules = index.rules(grant.roleKey());
            if (rules == null) {
                missing(grant.binding());
                return true;
            }
            for (int i = 0; i < rules.size(); i++) {
                if (rules.get(i).allows(request)) {
                    allowed = grant.allowed();
                    return false;
                }
            }
            return true;
        }

        private void missing(Binding binding) {
            var known = missing == null ? new ArrayList<String>() : missing;
            known.add(notFound(binding));
            missing = known;
        }

        Decision decision() {
            if (allowed != null) {
                return allowed;
            }
            return missing == null ? NO_OPINION : Decision.noOpinion("RBAC: " + Aggregate.text(missing));
        }
    }

    private static String notFound(Binding binding) {
        return (binding.clusterRole() ? "clusterrole" : "role") + ".rbac.authorization.k8s.io \"" + binding.role()
                + "\" not found";
    }

    /** Shows the user's grants, those of the cluster first, until the visitor has seen enough. */
    private void visit(User user, String namespace, Predicate<RbacIndex.Grant> visitor) {
        if (visitIn("", user, visitor) && !namespace.isEmpty()) {
            visitIn(namespace, user, visitor);
        }
    }

    private boolean visitIn(String namespace, User user, Predicate<RbacIndex.Grant> visitor) {
        if (!visit(index.ofUser(namespace, user.name()), visitor)) {
            return false;
        }
        var groups = user.groups();
        for (int i = 0; i < groups.size(); i++) {
            if (!visit(index.ofGroup(namespace, groups.get(i)), visitor)) {
                return false;
            }
        }
        return true;
    }

    private static boolean visit(List<RbacIndex.Grant> grants, Predicate<RbacIndex.Grant> visitor) {
        for (int i = 0; i < grants.size(); i++) {
            if (!visitor.test(grants.get(i))) {
                return false;
            }
        }
        return true;
    }

    @Override
    public Resolved rules(User user, String namespace) {
        List<Rule> all = new ArrayList<>();
        List<String> missing = new ArrayList<>();
        visit(user, namespace, grant -> {
            var rules = index.rules(grant.roleKey());
            if (rules == null) {
                missing.add(notFound(grant.binding()));
            } else {
                all.addAll(rules);
            }
            return true;
        });
        return new Resolved(all, false, Aggregate.text(missing));
    }

    /**
     * The rules of a role; empty if there is no such role.
     *
     * @param namespace of a Role; ignored for a ClusterRole
     */
    Optional<List<Rule>> role(boolean cluster, String namespace, String name) {
        return Optional.ofNullable(index.rules(RbacIndex.roleKey(cluster, namespace, name)));
    }
}
