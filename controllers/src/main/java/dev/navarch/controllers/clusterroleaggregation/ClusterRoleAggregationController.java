package dev.navarch.controllers.clusterroleaggregation;

import dev.navarch.client.ControllerLoop;
import dev.navarch.client.Handler;
import dev.navarch.client.Informer;
import dev.navarch.client.Key;
import dev.navarch.client.Resource;
import dev.navarch.client.Selectors;
import dev.navarch.client.WorkQueue;
import dev.navarch.controllers.Controller;
import dev.navarch.controllers.ControllerContext;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBuilder;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Gives a role with an aggregation rule the rules of the roles that it selects. source: kubernetes
 * pkg/controller/clusterroleaggregation/clusterroleaggregation_controller.go.
 */
public final class ClusterRoleAggregationController {
    private final Informer<ClusterRole> roles;
    private final Resource<ClusterRole> resource;

    private ClusterRoleAggregationController(Informer<ClusterRole> roles, Resource<ClusterRole> resource) {
        this.roles = roles;
        this.resource = resource;
    }

    public static Controller create(ControllerContext context) {
        WorkQueue<Key> queue = context.queue("ClusterRoleAggregator");
        var roles = context.informer(ClusterRole.class);
        roles.addHandler(Handler.each(_ -> roles.list().stream()
                .filter(ClusterRoleAggregationController::aggregates)
                .forEach(r -> queue.add(Key.of(r)))));
        var controller =
                new ClusterRoleAggregationController(roles, context.client().resource(ClusterRole.class));
        return Controller.of(new ControllerLoop<>("clusterrole-aggregation", queue, 1, controller::reconcile));
    }

    private static boolean aggregates(ClusterRole role) {
        return role.getAggregationRule() != null;
    }

    private void reconcile(Key key) {
        var found = roles.get(key).filter(ClusterRoleAggregationController::aggregates);
        if (found.isEmpty()) {
            return;
        }
        var rules = rules(found.get(), roles.list());
        if (!rules.equals(found.get().getRules())) {
            resource.update(new ClusterRoleBuilder(found.get()).withRules(rules).build());
        }
    }

    /** The rules of all roles but itself that some selector finds, each once, by the roles' names. */
    static List<PolicyRule> rules(ClusterRole role, List<ClusterRole> all) {
        Set<PolicyRule> rules = new LinkedHashSet<>();
        for (var selector : role.getAggregationRule().getClusterRoleSelectors()) {
            var wanted = Selectors.of(selector);
            all.stream()
                    .filter(r ->
                            !r.getMetadata().getName().equals(role.getMetadata().getName()))
                    .filter(r -> Selectors.matches(wanted, r))
                    .sorted(Comparator.comparing(r -> r.getMetadata().getName()))
                    .forEach(r -> rules.addAll(r.getRules()));
        }
        return new ArrayList<>(rules);
    }
}
