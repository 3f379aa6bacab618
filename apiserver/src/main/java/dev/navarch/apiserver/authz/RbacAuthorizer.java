package dev.navarch.apiserver.authz;

import dev.navarch.apiserver.Authorizer;
import dev.navarch.apiserver.Decision;
import dev.navarch.apiserver.RequestInfo;
import dev.navarch.apiserver.User;
import dev.navarch.apiserver.admission.AdmissionPlugin;
import dev.navarch.storage.Store;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiPredicate;

/**
 * Role-based access control. Source: k8s.io/kubernetes plugin/pkg/auth/authorizer/rbac/rbac.go and
 * pkg/registry/rbac/validation/rule.go. Members of system:masters may do everything, whatever the bindings say.
 */
public final class RbacAuthorizer implements Authorizer, AutoCloseable {
    private final RbacIndex index;

    public RbacAuthorizer(Store store) {
        index = new RbacIndex(store);
    }

    @Override
    public Decision authorize(User user, RequestInfo request) {
        if (user.isMemberOf(User.MASTERS)) {
            return Decision.allow("");
        }
        var search = new Search(user, request);
        visit(user, request.resourceRequest() ? request.namespace() : "", search);
        if (search.reason != null) {
            return Decision.allow(search.reason);
        }
        var errors = String.join(", ", search.errors);
        return new Decision(
                Decision.Outcome.NO_OPINION, errors.isEmpty() ? "" : "RBAC: " + bracketed(search.errors), errors);
    }

    private static String bracketed(List<String> errors) {
        return errors.size() == 1 ? errors.getFirst() : "[" + String.join(", ", errors) + "]";
    }

    /** Looks through rules until one allows the request. */
    private static final class Search implements BiPredicate<Binding, List<Rule>> {
        private final User user;
        private final RequestInfo request;
        private final List<String> errors = new ArrayList<>();
        private @org.jspecify.annotations.Nullable String reason;

        Search(User user, RequestInfo request) {
            this.user = user;
            this.request = request;
        }

        @Override
        public boolean test(Binding binding, @org.jspecify.annotations.Nullable List<Rule> rules) {
            if (rules == null) {
                errors.add((binding.clusterRole() ? "clusterrole" : "role") + ".rbac.authorization.k8s.io \""
                        + binding.role() + "\" not found");
                return true;
            }
            for (var rule : rules) {
                if (rule.allows(request)) {
                    reason = binding.reason(subject(binding, user));
                    return false;
                }
            }
            return true;
        }
    }

    private static Binding.Subject subject(Binding binding, User user) {
        for (var subject : binding.subjects()) {
            boolean mine = subject.kind().equals("Group")
                    ? user.isMemberOf(subject.name())
                    : subject.key().equals(Binding.userKey(user.name()));
            if (mine) {
                return subject;
            }
        }
        throw new IllegalStateException("the index found a binding that does not name " + user.name());
    }

    /** Shows the user's bindings, those of the cluster first, until the visitor has seen enough. */
    private void visit(User user, String namespace, BiPredicate<Binding, List<Rule>> visitor) {
        if (visitIn("", user, visitor) && !namespace.isEmpty()) {
            visitIn(namespace, user, visitor);
        }
    }

    private boolean visitIn(String namespace, User user, BiPredicate<Binding, List<Rule>> visitor) {
        if (!visit(index.bindings(namespace, Binding.userKey(user.name())), visitor)) {
            return false;
        }
        for (var group : user.groups()) {
            if (!visit(index.bindings(namespace, Binding.groupKey(group)), visitor)) {
                return false;
            }
        }
        return true;
    }

    private boolean visit(List<Binding> bindings, BiPredicate<Binding, List<Rule>> visitor) {
        for (int i = 0; i < bindings.size(); i++) {
            var binding = bindings.get(i);
            if (!visitor.test(binding, index.rules(binding))) {
                return false;
            }
        }
        return true;
    }

    /** All rules that hold for a user in a namespace; for SelfSubjectRulesReview. */
    List<Rule> rules(User user, String namespace) {
        List<Rule> all = new ArrayList<>();
        visit(user, namespace, (_, rules) -> {
            if (rules != null) {
                all.addAll(rules);
            }
            return true;
        });
        return all;
    }

    /**
     * The rules of a role; empty if there is no such role.
     *
     * @param namespace of a Role; ignored for a ClusterRole
     */
    Optional<List<Rule>> role(boolean cluster, String namespace, String name) {
        return Optional.ofNullable(index.rules(new Binding(namespace, "", cluster, name, List.of())));
    }

    /** What keeps users from giving away more than they have. */
    public AdmissionPlugin escalationCheck(Authorizer whole) {
        return new RbacEscalation(whole, this);
    }

    /** Waits until objects written up to {@code revision} are heeded. */
    public void await(long revision) throws InterruptedException {
        index.await(revision);
    }

    @Override
    public void close() {
        index.close();
    }
}
