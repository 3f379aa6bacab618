package dev.navarch.api.values;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/**
 * A conjunction of requirements on labels. Without requirements it matches everything; {@link #nothing()} is the
 * one that matches nothing, which is what an absent selector object means.
 *
 * <p>Source: apimachinery pkg/labels/selector.go and pkg/apis/meta/v1/helpers.go (LabelSelectorAsSelector).
 */
public final class LabelSelector {
    private static final LabelSelector EVERYTHING = new LabelSelector(List.of(), true);
    private static final LabelSelector NOTHING = new LabelSelector(List.of(), false);

    private final List<Requirement> requirements;
    private final boolean selects;

    private LabelSelector(List<Requirement> requirements, boolean selects) {
        this.requirements = requirements;
        this.selects = selects;
    }

    public static LabelSelector everything() {
        return EVERYTHING;
    }

    public static LabelSelector nothing() {
        return NOTHING;
    }

    /**
     * Reads the form of the query parameter: {@code a=b,c!=d,e in (x,y),!f,g>1}.
     *
     * @throws SelectorException with upstream's message
     */
    public static LabelSelector parse(String text) {
        return of(LabelSelectorParser.parse(text));
    }

    /** Exactly these labels; none of them is checked. */
    public static LabelSelector ofLabels(Map<String, String> labels) {
        return of(labels.entrySet().stream()
                .map(label -> new Requirement(label.getKey(), Requirement.Operator.EQUALS, List.of(label.getValue())))
                .toList());
    }

    /**
     * Reads the object form ({@code matchLabels}, {@code matchExpressions}); an absent or null object matches
     * nothing, an empty one everything.
     *
     * @throws SelectorException if an expression is not well formed
     */
    public static LabelSelector ofObject(JsonNode selector) {
        if (!selector.isObject()) {
            return nothing();
        }
        List<Requirement> all = new ArrayList<>();
        for (Map.Entry<String, JsonNode> label : selector.path("matchLabels").properties()) {
            all.add(Requirement.checked(
                    label.getKey(),
                    Requirement.Operator.EQUALS,
                    List.of(label.getValue().asString(""))));
        }
        for (JsonNode expression : selector.path("matchExpressions")) {
            List<String> values = new ArrayList<>();
            expression.path("values").forEach(value -> values.add(value.asString("")));
            all.add(Requirement.checked(
                    expression.path("key").asString(""),
                    operator(expression.path("operator").asString("")),
                    values));
        }
        return of(all);
    }

    private static Requirement.Operator operator(String word) {
        return switch (word) {
            case "In" -> Requirement.Operator.IN;
            case "NotIn" -> Requirement.Operator.NOT_IN;
            case "Exists" -> Requirement.Operator.EXISTS;
            case "DoesNotExist" -> Requirement.Operator.DOES_NOT_EXIST;
            default -> throw new SelectorException(GoText.quote(word) + " is not a valid label selector operator");
        };
    }

    /** Exactly these requirements. */
    public static LabelSelector of(List<Requirement> requirements) {
        if (requirements.isEmpty()) {
            return EVERYTHING;
        }
        return new LabelSelector(
                requirements.stream()
                        .sorted(Comparator.comparing(Requirement::key))
                        .toList(),
                true);
    }

    public List<Requirement> requirements() {
        return requirements;
    }

    /** Whether this restricts nothing. */
    public boolean matchesEverything() {
        return selects && requirements.isEmpty();
    }

    /** Whether this can match no object. */
    public boolean matchesNothing() {
        return !selects;
    }

    public boolean matches(Map<String, String> labels) {
        if (!selects) {
            return false;
        }
        for (Requirement requirement : requirements) {
            if (!requirement.matches(labels)) {
                return false;
            }
        }
        return true;
    }

    /** Whether the labels of an object ({@code metadata.labels}) match. */
    public boolean matchesObject(JsonNode object) {
        if (requirements.isEmpty()) {
            return selects;
        }
        Map<String, String> labels = new TreeMap<>();
        object.path("metadata")
                .path("labels")
                .properties()
                .forEach(label -> labels.put(label.getKey(), label.getValue().asString("")));
        return matches(labels);
    }

    /** The value that a label must have, if this asks for exactly one. */
    public Optional<String> requiredValue(String key) {
        return requirements.stream()
                .filter(requirement -> requirement.key().equals(key))
                .findFirst()
                .filter(requirement -> requirement.values().size() == 1)
                .filter(requirement -> switch (requirement.operator()) {
                    case EQUALS, DOUBLE_EQUALS, IN -> true;
                    case NOT_IN, NOT_EQUALS, GREATER_THAN, LESS_THAN, EXISTS, DOES_NOT_EXIST -> false;
                })
                .map(requirement -> requirement.values().getFirst());
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof LabelSelector that && selects == that.selects && requirements.equals(that.requirements);
    }

    @Override
    public int hashCode() {
        return requirements.hashCode();
    }

    @Override
    public String toString() {
        return requirements.stream().map(Requirement::toString).collect(Collectors.joining(","));
    }
}
