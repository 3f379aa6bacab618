package dev.navarch.apiserver.policy;

import dev.navarch.api.values.GoText;
import dev.navarch.apiserver.match.MatchCriteria;
import java.util.List;
import java.util.Optional;

/**
 * A policy with what binds it.
 *
 * @param ignoresFailures whether a write passes that it can't judge
 * @param rules what it does, compiled
 * @param bindings at least one
 */
record Policy<R>(
        String name,
        boolean ignoresFailures,
        MatchCriteria match,
        Optional<ParamKind> paramKind,
        R rules,
        List<PolicyBinding> bindings) {

    /** The kind of its parameters. */
    record ParamKind(String apiVersion, String kind) {
        /** As Go prints a GroupVersionKind. */
        @Override
        public String toString() {
            return (apiVersion.contains("/") ? apiVersion : "/" + apiVersion) + ", Kind=" + kind;
        }
    }

    /** Something that keeps a policy or a binding from being used; the message is upstream's. */
    static final class Misconfigured extends Exception {
        private static final long serialVersionUID = 1;

        Misconfigured(String message) {
            super(message, null, false, false);
        }
    }

    /** How messages name it. */
    String quoted() {
        return GoText.quote(name);
    }
}
