package dev.navarch.apiserver.policy;

import dev.navarch.api.values.LabelSelector;
import dev.navarch.apiserver.match.MatchCriteria;
import dev.navarch.apiserver.tree.Tree;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * Where a policy applies, and with which parameters.
 *
 * @param match narrows the policy's own criteria; empty for no more
 * @param actions what is done when a validation fails
 */
record PolicyBinding(
        String name, String policy, Optional<MatchCriteria> match, Optional<ParamRef> params, List<String> actions) {

    /**
     * Which objects are parameters.
     *
     * @param name empty if they are selected
     * @param namespace empty for that of the request
     * @param selector if there is no name
     */
    record ParamRef(String name, String namespace, LabelSelector selector, boolean deniesIfNone) {
        static ParamRef of(JsonNode reference) {
            return new ParamRef(
                    Tree.text(reference, "name"),
                    Tree.text(reference, "namespace"),
                    LabelSelector.ofObject(Tree.at(reference, "selector")),
                    Tree.text(reference, "parameterNotFoundAction").equals("Deny"));
        }
    }

    /** @throws dev.navarch.api.values.SelectorException if a selector can't be read */
    static PolicyBinding of(JsonNode binding) {
        var spec = Tree.at(binding, "spec");
        return new PolicyBinding(
                Tree.text(binding, "metadata", "name"),
                Tree.text(spec, "policyName"),
                Tree.has(spec, "matchResources")
                        ? Optional.of(MatchCriteria.ofResources(Tree.at(spec, "matchResources")))
                        : Optional.empty(),
                Tree.has(spec, "paramRef") ? Optional.of(ParamRef.of(Tree.at(spec, "paramRef"))) : Optional.empty(),
                Tree.strings(spec, "validationActions"));
    }
}
