package dev.navarch.apiserver.authz;

import dev.navarch.apiserver.request.User;
import java.util.List;

/** Tells what a user may do, as far as that can be told without asking (source: k8s.io/apiserver pkg/authorization/authorizer). */
interface RuleResolver {
    Resolved rules(User user, String namespace);

    /**
     * @param incomplete whether the user may be allowed more
     * @param error why; empty if all is told
     */
    record Resolved(List<Rule> rules, boolean incomplete, String error) {
        static final Resolved NOTHING = new Resolved(List.of(), false, "");

        static Resolved incomplete(String why) {
            return new Resolved(List.of(), true, why);
        }
    }
}
