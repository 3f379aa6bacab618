package dev.navarch.api.values;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One condition on the labels of an object.
 *
 * <p>Source: apimachinery pkg/labels/selector.go (Requirement).
 *
 * @param values in the order in which they print
 */
public record Requirement(String key, Operator operator, List<String> values) {
    /** How the label's value relates to the values. */
    public enum Operator {
        IN("in"),
        NOT_IN("notin"),
        EQUALS("="),
        DOUBLE_EQUALS("=="),
        NOT_EQUALS("!="),
        GREATER_THAN("gt"),
        LESS_THAN("lt"),
        EXISTS("exists"),
        DOES_NOT_EXIST("!");

        final String word;

        Operator(String word) {
            this.word = word;
        }
    }

    public Requirement {
        values = List.copyOf(values);
    }

    /**
     * A requirement whose key and values are well formed.
     *
     * @throws SelectorException if they are not
     */
    static Requirement checked(String key, Operator operator, List<String> values) {
        LinkedHashSet<String> wrong = new LinkedHashSet<>();
        addInvalid(wrong, "key", key, Names.qualifiedName(key));
        String count = switch (operator) {
            case IN, NOT_IN -> values.isEmpty() ? "for 'in', 'notin' operators, values set can't be empty" : "";
            case EQUALS, DOUBLE_EQUALS, NOT_EQUALS ->
                values.size() == 1 ? "" : "exact-match compatibility requires one single value";
            case EXISTS, DOES_NOT_EXIST ->
                values.isEmpty() ? "" : "values set must be empty for exists and does not exist";
            case GREATER_THAN, LESS_THAN ->
                values.size() == 1 ? "" : "for 'Gt', 'Lt' operators, exactly one value is required";
        };
        if (!count.isEmpty()) {
            wrong.add("values: Invalid value: "
                    + values.stream().map(GoText::quote).collect(Collectors.joining(", ", "[]string{", "}"))
                    + ": " + count);
        }
        for (int i = 0; i < values.size(); i++) {
            if ((operator == Operator.GREATER_THAN || operator == Operator.LESS_THAN)
                    && integer(values.get(i)).isEmpty()) {
                wrong.add("values[" + i + "]: Invalid value: " + GoText.quote(values.get(i))
                        + ": for 'Gt', 'Lt' operators, the value must be an integer");
            }
        }
        for (int i = 0; i < values.size(); i++) {
            addInvalid(wrong, "values[" + i + "][" + key + "]", values.get(i), Names.labelValue(values.get(i)));
        }
        if (!wrong.isEmpty()) {
            List<String> messages = new ArrayList<>(wrong);
            throw new SelectorException(messages.size() == 1 ? messages.getFirst() : messages.toString());
        }
        return new Requirement(key, operator, values);
    }

    private static void addInvalid(LinkedHashSet<String> wrong, String path, String value, List<String> messages) {
        if (!messages.isEmpty()) {
            wrong.add(path + ": Invalid value: " + GoText.quote(value) + ": " + String.join("; ", messages));
        }
    }

    /** Whether labels meet this condition. */
    public boolean matches(Map<String, String> labels) {
        @Nullable String value = labels.get(key);
        return switch (operator) {
            case IN, EQUALS, DOUBLE_EQUALS -> value != null && values.contains(value);
            case NOT_IN, NOT_EQUALS -> value == null || !values.contains(value);
            case EXISTS -> value != null;
            case DOES_NOT_EXIST -> value == null;
            case GREATER_THAN -> value != null && compares(value, 1);
            case LESS_THAN -> value != null && compares(value, -1);
        };
    }

    private boolean compares(String value, int sign) {
        OptionalLong left = integer(value);
        OptionalLong right = values.size() == 1 ? integer(values.getFirst()) : OptionalLong.empty();
        return left.isPresent() && right.isPresent() && Long.compare(left.getAsLong(), right.getAsLong()) == sign;
    }

    private static OptionalLong integer(String text) {
        try {
            return OptionalLong.of(Long.parseLong(text));
        } catch (NumberFormatException _) {
            return OptionalLong.empty();
        }
    }

    @Override
    public String toString() {
        String all = values.stream().sorted().collect(Collectors.joining(","));
        return switch (operator) {
            case EXISTS -> key;
            case DOES_NOT_EXIST -> "!" + key;
            case IN -> key + " in (" + all + ")";
            case NOT_IN -> key + " notin (" + all + ")";
            case EQUALS, DOUBLE_EQUALS, NOT_EQUALS -> key + operator.word + all;
            case GREATER_THAN -> key + ">" + all;
            case LESS_THAN -> key + "<" + all;
        };
    }
}
