package dev.navarch.api.kinds;

import java.util.List;

/**
 * How the nodes that a gated pod may go to may change: they may become fewer.
 *
 * <p>Source: kubernetes pkg/apis/core/validation/validation.go (validateNodeAffinityMutation).
 */
final class NodeAffinityChange {
    private static final String REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution";

    private NodeAffinityChange() {}

    static void check(At now, At old, Problems problems) {
        At before = old.at(REQUIRED);
        if (!before.isSet()) {
            return;
        }
        At terms = now.at(REQUIRED, "nodeSelectorTerms");
        List<At> had = before.at("nodeSelectorTerms").items();
        if (terms.size() != had.size()) {
            problems.invalid(terms, "no additions/deletions to non-empty NodeSelectorTerms list are allowed");
            return;
        }
        for (int i = 0; i < had.size(); i++) {
            if (!narrows(terms.item(i), had.get(i))) {
                problems.invalid(terms.item(i), "only additions are allowed (no mutations or deletions)");
            }
        }
    }

    /** A term only gets more to satisfy; one that has nothing matches nothing, and must stay so. */
    private static boolean narrows(At now, At old) {
        if (old.at("matchExpressions").isEmpty() && old.at("matchFields").isEmpty()) {
            return now.at("matchExpressions").isEmpty() && now.at("matchFields").isEmpty();
        }
        return startsWith(now.at("matchExpressions"), old.at("matchExpressions"))
                && startsWith(now.at("matchFields"), old.at("matchFields"));
    }

    private static boolean startsWith(At now, At old) {
        List<At> had = old.items();
        if (now.size() < had.size()) {
            return false;
        }
        for (int i = 0; i < had.size(); i++) {
            if (!Trees.same(now.item(i).node(), had.get(i).node())) {
                return false;
            }
        }
        return true;
    }
}
