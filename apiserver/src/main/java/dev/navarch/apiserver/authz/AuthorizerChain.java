package dev.navarch.apiserver.authz;

import dev.navarch.apiserver.request.Authorizer;
import dev.navarch.apiserver.request.Decision;
import dev.navarch.apiserver.request.RequestInfo;
import dev.navarch.apiserver.request.User;
import java.util.ArrayList;
import java.util.List;

/**
 * Asks one authorizer after the other until one allows or denies (source: k8s.io/apiserver
 * pkg/authorization/union/union.go).
 */
final class AuthorizerChain implements Authorizer, RuleResolver {
    private static final Decision NO_OPINION = Decision.noOpinion("");

    private final List<Part> parts;
    private final boolean mayBlock;

    /** An authorizer, which can also tell its rules, and where its decisions are counted. */
    record Part(Authorizer authorizer, RuleResolver rules, AuthorizationMetrics.Series counted) {
        static <T extends Authorizer & RuleResolver> Part of(T authorizer, AuthorizationMetrics.Series counted) {
            return new Part(authorizer, authorizer, counted);
        }
    }

    AuthorizerChain(List<Part> parts) {
        this.parts = List.copyOf(parts);
        this.mayBlock = parts.stream().anyMatch(part -> part.authorizer.mayBlock());
    }

    @Override
    public boolean mayBlock() {
        return mayBlock;
    }

    @Override
    public Decision authorize(User user, RequestInfo request) {
        Decision before = NO_OPINION;
        for (int i = 0; i < parts.size(); i++) {
            var part = parts.get(i);
            var decision = part.authorizer.authorize(user, request);
            part.counted.decided(decision.outcome());
            if (decision.outcome() != Decision.Outcome.NO_OPINION) {
                return decision;
            }
            before = and(before, decision);
        }
        return before;
    }

    private static Decision and(Decision before, Decision then) {
        if (before == NO_OPINION
                || then.reason().isEmpty() && then.evaluationError().isEmpty()) {
            return before == NO_OPINION ? then : before;
        }
        return new Decision(
                Decision.Outcome.NO_OPINION,
                joined("\n", before.reason(), then.reason()),
                joined(", ", before.evaluationError(), then.evaluationError()));
    }

    private static String joined(String between, String some, String more) {
        return some.isEmpty() ? more : more.isEmpty() ? some : some + between + more;
    }

    @Override
    public Resolved rules(User user, String namespace) {
        List<Rule> all = new ArrayList<>();
        List<String> errors = new ArrayList<>();
        boolean incomplete = false;
        for (var part : parts) {
            var known = part.rules.rules(user, namespace);
            all.addAll(known.rules());
            incomplete |= known.incomplete();
            if (!known.error().isEmpty()) {
                errors.add(known.error());
            }
        }
        return new Resolved(all, incomplete, Aggregate.text(errors));
    }
}
