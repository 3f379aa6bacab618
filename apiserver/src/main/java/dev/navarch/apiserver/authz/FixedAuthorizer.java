package dev.navarch.apiserver.authz;

import dev.navarch.apiserver.request.Authorizer;
import dev.navarch.apiserver.request.Decision;
import dev.navarch.apiserver.request.RequestInfo;
import dev.navarch.apiserver.request.User;
import java.util.List;

/** Says the same of everybody (source: k8s.io/apiserver pkg/authorization/authorizerfactory/builtin.go). */
enum FixedAuthorizer implements Authorizer, RuleResolver {
    ALLOW(Decision.allow(""), RuleCover.EVERYTHING),
    DENY(Decision.noOpinion("Everything is forbidden."), List.of());

    private final Decision decision;
    private final Resolved rules;

    FixedAuthorizer(Decision decision, List<Rule> rules) {
        this.decision = decision;
        this.rules = new Resolved(rules, false, "");
    }

    @Override
    public Decision authorize(User user, RequestInfo request) {
        return decision;
    }

    @Override
    public Resolved rules(User user, String namespace) {
        return rules;
    }
}
