package dev.navarch.apiserver.policy;

import dev.navarch.apiserver.tree.Tree;
import dev.navarch.cel.CelEnvironment;
import dev.navarch.cel.CelFailure;
import dev.navarch.cel.Composition;
import tools.jackson.databind.JsonNode;

/** The variables that a policy defines for its other expressions. */
final class PolicyVariables {
    /** What the expressions of a policy may cost for one parameter (source: k8s.io/apiserver pkg/apis/cel/config.go). */
    static final long BUDGET = 10_000_000;

    private PolicyVariables() {}

    static Composition compile(JsonNode spec, CelEnvironment base) {
        var variables = new Composition();
        for (var variable : Tree.objects(spec, "variables")) {
            try {
                variables.add(Tree.text(variable, "name"), Tree.text(variable, "expression"), base);
            } catch (CelFailure _) {
                // fails whoever asks for it
            }
        }
        return variables;
    }
}
