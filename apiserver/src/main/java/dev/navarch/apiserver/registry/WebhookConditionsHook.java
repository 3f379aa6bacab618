package dev.navarch.apiserver.registry;

import dev.navarch.api.FieldError;
import dev.navarch.api.FieldPath;
import dev.navarch.apiserver.match.MatchConditions;
import dev.navarch.apiserver.tree.Meta;
import dev.navarch.apiserver.tree.Tree;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/**
 * Refuses webhook configurations with conditions that do not compile (source: kubernetes
 * pkg/apis/admissionregistration/validation/validation.go, validateMatchConditionsExpression).
 */
record WebhookConditionsHook(String kind) implements KindHook {
    @Override
    public Reservation creating(ObjectNode now) {
        check(now, Set.of());
        return Reservation.NONE;
    }

    /** What was taken once is taken again. */
    @Override
    public Reservation updating(ObjectNode now, ObjectNode old) {
        Set<String> before = new HashSet<>();
        for (var webhook : Tree.objects(old, "webhooks")) {
            Tree.objects(webhook, "matchConditions").forEach(c -> before.add(Tree.text(c, "expression")));
        }
        check(now, before);
        return Reservation.NONE;
    }

    private void check(ObjectNode now, Set<String> before) {
        List<FieldError> errors = new ArrayList<>();
        var webhooks = Tree.objects(now, "webhooks");
        for (int i = 0; i < webhooks.size(); i++) {
            var conditions = Tree.objects(webhooks.get(i), "matchConditions");
            for (int j = 0; j < conditions.size(); j++) {
                var expression = Tree.text(conditions.get(j), "expression");
                var wrong =
                        expression.isBlank() || before.contains(expression) ? "" : MatchConditions.wrong(expression);
                if (!wrong.isEmpty()) {
                    var path = FieldPath.of("webhooks")
                            .index(i)
                            .child("matchConditions")
                            .index(j)
                            .child("expression");
                    errors.add(FieldError.invalid(path.toString(), expression, wrong));
                }
            }
        }
        if (!errors.isEmpty()) {
            throw ServedResource.invalid("admissionregistration.k8s.io", kind, Meta.name(now), errors);
        }
    }
}
