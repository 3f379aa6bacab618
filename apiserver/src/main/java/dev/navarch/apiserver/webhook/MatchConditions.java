package dev.navarch.apiserver.webhook;

import dev.navarch.apiserver.ApiFailure;
import dev.navarch.apiserver.Authorizer;
import dev.navarch.apiserver.RequestInfo;
import dev.navarch.apiserver.User;
import dev.navarch.apiserver.admission.AdmissionRequest;
import dev.navarch.apiserver.tree.Tree;
import dev.navarch.cel.Budget;
import dev.navarch.cel.CelEnvironment;
import dev.navarch.cel.CelFailure;
import dev.navarch.cel.Expression;
import dev.navarch.cel.ValueType;
import dev.navarch.cel.Values;
import dev.navarch.cel.library.AuthorizerLibrary;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.MissingNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Expressions that must all hold for a request to be of interest (source: k8s.io/apiserver
 * pkg/admission/plugin/webhook/matchconditions/matcher.go).
 */
final class MatchConditions {
    /** Source: k8s.io/apiserver pkg/apis/cel/config.go, RuntimeCELCostBudgetMatchConditions. */
    private static final long BUDGET = 2_500_000;

    private static final MatchConditions NONE = new MatchConditions(List.of(), false);
    private static final String REQUEST_RESOURCE = "authorizer.requestResource";

    /** Made when the first condition is compiled. */
    private static final class Variables {
        static final CelEnvironment ENVIRONMENT = new CelEnvironment(Map.of(
                "object",
                ValueType.DYN,
                "oldObject",
                ValueType.DYN,
                "request",
                ValueType.DYN,
                "authorizer",
                ValueType.opaque(AuthorizerLibrary.AUTHORIZER),
                REQUEST_RESOURCE,
                ValueType.opaque(AuthorizerLibrary.RESOURCE_CHECK)));
    }

    private final List<Condition> conditions;
    private final boolean ignoresFailures;

    /** @param expression null if it does not compile, for which {@code wrong} is the reason */
    private record Condition(String text, @Nullable Expression expression, String wrong) {
        static Condition of(String text) {
            try {
                return new Condition(text, Variables.ENVIRONMENT.condition(text), "");
            } catch (CelFailure e) {
                return new Condition(text, null, e.getMessage());
            }
        }
    }

    /**
     * Who asks, for expressions.
     *
     * @param review the request of a review, without its objects
     */
    record Asking(Authorizer authorizer, Reviewing review) {
        interface Reviewing {
            ObjectNode request(AdmissionRequest request, String apiVersion);
        }
    }

    private MatchConditions(List<Condition> conditions, boolean ignoresFailures) {
        this.conditions = conditions;
        this.ignoresFailures = ignoresFailures;
    }

    static MatchConditions of(List<ObjectNode> conditions, boolean ignoresFailures) {
        return conditions.isEmpty()
                ? NONE
                : new MatchConditions(
                        conditions.stream()
                                .map(c -> Condition.of(Tree.text(c, "expression")))
                                .toList(),
                        ignoresFailures);
    }

    /**
     * Whether they all hold; one that does not decides, whatever goes wrong with others.
     *
     * @throws ApiFailure 403 if one can't be evaluated and failures are not ignored
     */
    boolean hold(AdmissionRequest request, String apiVersion, Asking asking) {
        if (conditions.isEmpty()) {
            return true;
        }
        var values = values(request, apiVersion, asking);
        var budget = new Budget(BUDGET);
        List<String> wrong = new ArrayList<>();
        for (var condition : conditions) {
            var expression = condition.expression;
            if (expression == null) {
                wrong.add(condition.wrong);
                continue;
            }
            try {
                if (Boolean.FALSE.equals(expression.evaluate(values, budget))) {
                    return false;
                }
            } catch (CelFailure e) {
                wrong.add("expression '" + condition.text + "' resulted in error: " + e.getMessage());
            }
        }
        if (wrong.isEmpty()) {
            return true;
        }
        if (ignoresFailures) {
            return false;
        }
        throw ApiFailure.forbidden(
                request.group(),
                request.resource(),
                request.name(),
                wrong.size() == 1 ? wrong.getFirst() : "[" + String.join(", ", wrong) + "]");
    }

    private static Map<String, Object> values(AdmissionRequest request, String apiVersion, Asking asking) {
        Map<String, Object> values = new HashMap<>();
        values.put("object", shown(request, request.object(), apiVersion));
        values.put("oldObject", shown(request, request.old(), apiVersion));
        values.put("request", Values.of(asking.review.request(request, apiVersion)));
        var authorizer = new Questions(asking.authorizer, request.user());
        values.put("authorizer", authorizer);
        values.put(
                REQUEST_RESOURCE,
                AuthorizerLibrary.Question.ofResource(
                        authorizer,
                        request.group(),
                        request.resource(),
                        request.subresource(),
                        request.namespace(),
                        request.name()));
        return values;
    }

    private static Object shown(AdmissionRequest request, Optional<ObjectNode> object, String apiVersion) {
        var versions = request.admitted().versions();
        return object.map(o -> Values.of(versions.convert(o, versions.stored(), apiVersion)))
                .orElseGet(() -> Values.of(MissingNode.getInstance()));
    }

    /** What expressions ask of the cluster's authorizer. */
    private record Questions(Authorizer authorizer, User user) implements AuthorizerLibrary.Authorizer {
        @Override
        public AuthorizerLibrary.Decision decide(AuthorizerLibrary.Question question) {
            var info = question.path().isEmpty()
                    ? new RequestInfo(
                            true,
                            question.verb(),
                            question.group(),
                            "*",
                            question.resource(),
                            question.subresource(),
                            question.namespace(),
                            question.name(),
                            "")
                    : RequestInfo.nonResource(question.verb(), question.path());
            var decision = authorizer.authorize(user, info);
            return new AuthorizerLibrary.Decision(
                    decision.allowed(), decision.reason(), decision.allowed() ? "" : decision.evaluationError());
        }

        @Override
        public AuthorizerLibrary.Authorizer serviceAccount(String namespace, String name) {
            return new Questions(authorizer, User.serviceAccount(namespace, name, "", Map.of()));
        }
    }
}
