package dev.navarch.apiserver.authz;

import dev.navarch.api.values.FieldSelector;
import dev.navarch.api.values.GoText;
import dev.navarch.api.values.LabelSelector;
import dev.navarch.api.values.Requirement;
import dev.navarch.api.values.SelectorException;
import dev.navarch.apiserver.request.Selectors;
import dev.navarch.apiserver.request.Status.Cause;
import dev.navarch.apiserver.tree.Tree;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The selectors that an access review asks about. What can't be understood of them is left out, so that more is asked than was
 * meant, and told (source: kubernetes pkg/registry/authorization/util/helpers.go and
 * pkg/apis/authorization/validation/validation.go).
 *
 * @param complaints of the status's {@code evaluationError}
 */
record ReviewSelectors(Selectors selectors, List<String> complaints) {
    private static final String PATH = "spec.resourceAttributes.";

    /** @param resource what the review asks about; valid */
    static ReviewSelectors of(JsonNode resource) {
        List<String> complaints = new ArrayList<>();
        var fields = fields(Tree.at(resource, "fieldSelector"), complaints);
        var labels = labels(Tree.at(resource, "labelSelector"), complaints);
        return new ReviewSelectors(
                fields.matchesEverything() && labels.matchesEverything()
                        ? Selectors.NONE
                        : new Selectors(fields, labels),
                complaints);
    }

    private static FieldSelector fields(JsonNode selector, List<String> complaints) {
        List<FieldSelector.Term> terms = new ArrayList<>();
        boolean complete = true;
        try {
            terms.addAll(FieldSelector.parse(Tree.text(selector, "rawSelector")).terms());
        } catch (SelectorException _) {
            complete = false;
        }
        for (var requirement : Tree.objects(selector, "requirements")) {
            var term = term(requirement);
            term.ifPresent(terms::add);
            complete &= term.isPresent();
        }
        complain("fieldSelector", complete, terms.isEmpty(), complaints);
        return new FieldSelector(terms);
    }

    /** Fields can be compared with one value only. */
    private static Optional<FieldSelector.Term> term(ObjectNode requirement) {
        var values = Tree.strings(requirement, "values");
        var operator = Tree.text(requirement, "operator");
        boolean in = operator.equals("In");
        return values.size() == 1 && (in || operator.equals("NotIn"))
                ? Optional.of(new FieldSelector.Term(Tree.text(requirement, "key"), in, values.getFirst()))
                : Optional.empty();
    }

    private static LabelSelector labels(JsonNode selector, List<String> complaints) {
        List<Requirement> requirements = new ArrayList<>();
        boolean complete = true;
        try {
            requirements.addAll(
                    LabelSelector.parse(Tree.text(selector, "rawSelector")).requirements());
        } catch (SelectorException _) {
            complete = false;
        }
        for (var requirement : Tree.objects(selector, "requirements")) {
            try {
                var one = Tree.object();
                one.putArray("matchExpressions").add(requirement);
                requirements.addAll(LabelSelector.ofObject(one).requirements());
            } catch (SelectorException _) {
                complete = false;
            }
        }
        complain("labelSelector", complete, requirements.isEmpty(), complaints);
        return LabelSelector.of(requirements);
    }

    private static void complain(String which, boolean complete, boolean empty, List<String> complaints) {
        if (!complete) {
            complaints.add(PATH + which + (empty ? "" : " partially") + " ignored due to parse error");
        }
    }

    /** What is wrong with the selectors of a review. */
    static List<Cause> check(JsonNode resource) {
        return Stream.of("fieldSelector", "labelSelector")
                .filter(which -> Tree.has(resource, which))
                .flatMap(which -> check(Tree.at(resource, which), which).stream())
                .toList();
    }

    private static List<Cause> check(JsonNode selector, String which) {
        List<Cause> causes = new ArrayList<>();
        var path = PATH + which;
        var raw = Tree.text(selector, "rawSelector");
        var requirements = Tree.objects(selector, "requirements");
        if (!raw.isEmpty() && !requirements.isEmpty()) {
            causes.add(invalid(path + ".rawSelector", raw, "may not specified at the same time as requirements"));
        }
        if (raw.isEmpty() && requirements.isEmpty()) {
            causes.add(new Cause(
                    "FieldValueRequired",
                    "Required value: when " + path + " is specified, requirements or rawSelector is required",
                    path + ".requirements"));
        }
        for (int i = 0; i < requirements.size(); i++) {
            check(requirements.get(i), path + ".requirements[" + i + "]", causes);
        }
        return causes;
    }

    /** Unknown operators are let pass: who asks may be newer (source: k8s.io/apimachinery pkg/apis/meta/v1/validation). */
    private static void check(ObjectNode requirement, String path, List<Cause> causes) {
        boolean values = !Tree.strings(requirement, "values").isEmpty();
        switch (Tree.text(requirement, "operator")) {
            case "In", "NotIn" -> {
                if (!values) {
                    causes.add(new Cause(
                            "FieldValueRequired",
                            "Required value: must be specified when `operator` is 'In' or 'NotIn'",
                            path + ".values"));
                }
            }
            case "Exists", "DoesNotExist" -> {
                if (values) {
                    causes.add(new Cause(
                            "FieldValueForbidden",
                            "Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
                            path + ".values"));
                }
            }
            default -> {}
        }
        if (Tree.text(requirement, "key").isEmpty()) {
            causes.add(new Cause("FieldValueRequired", "Required value: must be specified", path + ".key"));
        }
    }

    private static Cause invalid(String field, String value, String why) {
        return new Cause("FieldValueInvalid", "Invalid value: " + GoText.quote(value) + ": " + why, field);
    }
}
