package dev.navarch.apiserver.policy;

import dev.navarch.apiserver.match.Judged;
import dev.navarch.apiserver.match.MatchConditions;
import dev.navarch.apiserver.match.RequestVariables;
import dev.navarch.apiserver.tree.Tree;
import dev.navarch.cel.Budget;
import dev.navarch.cel.Composition;
import dev.navarch.cel.Expression.Bindings;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * What a mutating policy says, compiled (source: .../policy/mutating/compilation.go).
 *
 * @param reinvoked whether it is evaluated again when others have changed the object after it
 */
record MutatingRules(boolean reinvoked, Composition variables, MatchConditions conditions, List<Mutation> mutations) {

    /** One change, made of an expression. */
    sealed interface Mutation {
        Judged expression();
    }

    record Apply(Judged expression) implements Mutation {}

    record JsonPatch(Judged expression) implements Mutation {}

    static MutatingRules compile(JsonNode spec) {
        var base = RequestVariables.environment(Tree.has(spec, "paramKind"), true);
        var variables = PolicyVariables.compile(spec, base);
        var environment = variables.in(base);
        List<Mutation> mutations = new ArrayList<>();
        for (var mutation : Tree.objects(spec, "mutations")) {
            switch (Tree.text(mutation, "patchType")) {
                case "ApplyConfiguration" ->
                    mutations.add(new Apply(Judged.compile(
                            Tree.text(mutation, "applyConfiguration", "expression"), environment::applyConfiguration)));
                case "JSONPatch" ->
                    mutations.add(new JsonPatch(
                            Judged.compile(Tree.text(mutation, "jsonPatch", "expression"), environment::jsonPatch)));
                default -> {}
            }
        }
        return new MutatingRules(
                Tree.text(spec, "reinvocationPolicy").equals("IfNeeded"),
                variables,
                MatchConditions.of(Tree.objects(spec, "matchConditions"), environment, variables),
                List.copyOf(mutations));
    }

    Judged.Result evaluate(Mutation mutation, Bindings request) {
        var budget = new Budget(PolicyVariables.BUDGET);
        return mutation.expression().evaluate(variables.bind(request, budget), budget);
    }
}
