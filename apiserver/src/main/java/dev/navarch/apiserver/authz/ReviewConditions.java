package dev.navarch.apiserver.authz;

import dev.navarch.apiserver.match.MatchConditions.Outcome;
import dev.navarch.apiserver.request.RequestInfo;
import dev.navarch.apiserver.request.User;
import dev.navarch.apiserver.tree.Tree;
import dev.navarch.cel.Budget;
import dev.navarch.cel.CelEnvironment;
import dev.navarch.cel.CelFailure;
import dev.navarch.cel.Expression;
import dev.navarch.cel.ValueType;
import dev.navarch.cel.Values;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/**
 * Expressions about a request that must all hold for a webhook to be asked. They see the spec of a SubjectAccessReview of v1 as
 * {@code request}, with all its texts, also the empty ones (source: k8s.io/apiserver pkg/authorization/cel).
 */
public final class ReviewConditions {
    private static final String REQUEST = "request";
    private static final ValueType STRINGS = ValueType.list(ValueType.STRING);

    /** Made when the first expression is compiled. */
    private static final class Compiled {
        static final ValueType TYPE = specType();
        static final CelEnvironment ENVIRONMENT = new CelEnvironment(Map.of(REQUEST, TYPE));
    }

    private final List<Condition> conditions;

    private record Condition(String text, Expression expression) {}

    /** @throws CelFailure if one does not compile, or gives no truth value */
    ReviewConditions(List<String> expressions) throws CelFailure {
        conditions = new ArrayList<>();
        for (var text : expressions) {
            conditions.add(new Condition(text, Compiled.ENVIRONMENT.condition(text)));
        }
    }

    /** @throws CelFailure if the expression does not compile, or gives no truth value */
    public static void check(String expression) throws CelFailure {
        Compiled.ENVIRONMENT.condition(expression);
    }

    private static ValueType specType() {
        var requirement = ValueType.struct(
                "kubernetes.SelectorRequirement",
                Map.of("key", ValueType.STRING, "operator", ValueType.STRING, "values", STRINGS));
        Map<String, ValueType> selector =
                Map.of("rawSelector", ValueType.STRING, "requirements", ValueType.list(requirement));
        Map<String, ValueType> resource = new HashMap<>();
        for (var field : List.of("namespace", "verb", "group", "version", "resource", "subresource", "name")) {
            resource.put(field, ValueType.STRING);
        }
        resource.put("fieldSelector", ValueType.struct("kubernetes.FieldSelectorAttributes", selector));
        resource.put("labelSelector", ValueType.struct("kubernetes.LabelSelectorAttributes", selector));
        return ValueType.struct(
                "kubernetes.SubjectAccessReviewSpec",
                Map.of(
                        "resourceAttributes",
                        ValueType.struct("kubernetes.ResourceAttributes", resource),
                        "nonResourceAttributes",
                        ValueType.struct(
                                "kubernetes.NonResourceAttributes",
                                Map.of("path", ValueType.STRING, "verb", ValueType.STRING)),
                        "user",
                        ValueType.STRING,
                        "groups",
                        STRINGS,
                        "extra",
                        ValueType.map(STRINGS),
                        "uid",
                        ValueType.STRING));
    }

    boolean isEmpty() {
        return conditions.isEmpty();
    }

    /** One that does not hold decides, whatever goes wrong with others. */
    Outcome judge(User user, RequestInfo request) {
        var value = Values.of(spec(user, request), Compiled.TYPE);
        List<String> errors = new ArrayList<>();
        for (var condition : conditions) {
            try {
                var budget = new Budget(CelEnvironment.PER_CALL_LIMIT);
                if (!Boolean.TRUE.equals(condition.expression.evaluate(Map.of(REQUEST, value), budget))) {
                    return new Outcome(false, "");
                }
            } catch (CelFailure e) {
                errors.add("cel evaluation error: expression '" + condition.text + "' resulted in error: "
                        + e.getMessage());
            }
        }
        return new Outcome(errors.isEmpty(), Aggregate.text(errors));
    }

    private static ObjectNode spec(User user, RequestInfo request) {
        var spec = Tree.object().put("user", user.name()).put("uid", user.uid());
        spec.set("groups", Tree.arrayOf(user.groups()));
        var extra = spec.putObject("extra");
        user.extra().forEach((key, values) -> extra.set(key, Tree.arrayOf(values)));
        if (request.resourceRequest()) {
            var attributes = spec.putObject("resourceAttributes")
                    .put("namespace", request.namespace())
                    .put("verb", request.verb())
                    .put("group", request.group())
                    .put("version", request.version())
                    .put("resource", request.resource())
                    .put("subresource", request.subresource())
                    .put("name", request.name());
            SubjectReview.selectors(attributes, request.selectors());
        } else {
            spec.putObject("nonResourceAttributes").put("verb", request.verb()).put("path", request.path());
        }
        return spec;
    }
}
