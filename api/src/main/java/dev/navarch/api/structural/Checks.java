package dev.navarch.api.structural;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The validations of a value beyond its structure.
 *
 * @param format of strings and numbers; empty for none, and where the format is not one that is checked
 * @param pattern in Go's syntax of regular expressions; empty for none
 * @param compiled the pattern; null for none or one that does not compile
 * @param values the enumeration; empty for any value
 * @param required names of properties
 */
public record Checks(
        String format,
        Bound maximum,
        Bound minimum,
        @Nullable Double multipleOf,
        OptionalLong maxLength,
        OptionalLong minLength,
        String pattern,
        @Nullable Pattern compiled,
        OptionalLong maxItems,
        OptionalLong minItems,
        boolean uniqueItems,
        OptionalLong maxProperties,
        OptionalLong minProperties,
        List<JsonNode> values,
        List<String> required,
        List<Structural> allOf,
        List<Structural> anyOf,
        List<Structural> oneOf,
        @Nullable Structural not) {

    /** A limit of numbers; {@code value} is null for none. */
    public record Bound(@Nullable Double value, boolean exclusive) {
        static final Bound NONE = new Bound(null, false);
    }

    static final Checks NONE = new Checks(
            "",
            Bound.NONE,
            Bound.NONE,
            null,
            OptionalLong.empty(),
            OptionalLong.empty(),
            "",
            null,
            OptionalLong.empty(),
            OptionalLong.empty(),
            false,
            OptionalLong.empty(),
            OptionalLong.empty(),
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            null);

    static Checks of(JsonNode schema) {
        var not = schema.get("not");
        var pattern = Structural.text(schema, "pattern");
        var checks = new Checks(
                Formats.checked(Structural.text(schema, "type"), Structural.text(schema, "format")),
                bound(schema, "maximum", "exclusiveMaximum"),
                bound(schema, "minimum", "exclusiveMinimum"),
                number(schema, "multipleOf"),
                limit(schema, "maxLength"),
                limit(schema, "minLength"),
                pattern,
                compile(pattern),
                limit(schema, "maxItems"),
                limit(schema, "minItems"),
                Structural.flag(schema, "uniqueItems"),
                limit(schema, "maxProperties"),
                limit(schema, "minProperties"),
                values(schema.get("enum")),
                Structural.texts(schema.get("required")),
                clauses(schema.get("allOf")),
                clauses(schema.get("anyOf")),
                clauses(schema.get("oneOf")),
                not != null && not.isObject() ? Structural.of(not) : null);
        return checks.equals(NONE) ? NONE : checks;
    }

    private static @Nullable Pattern compile(String pattern) {
        try {
            return pattern.isEmpty() ? null : Pattern.compile(pattern);
        } catch (PatternSyntaxException _) {
            return null;
        }
    }

    private static Bound bound(JsonNode schema, String limit, String exclusive) {
        var value = number(schema, limit);
        return value == null ? Bound.NONE : new Bound(value, Structural.flag(schema, exclusive));
    }

    private static @Nullable Double number(JsonNode schema, String field) {
        var value = schema.get(field);
        return value != null && value.isNumber() ? (Double) value.doubleValue() : null;
    }

    private static OptionalLong limit(JsonNode schema, String field) {
        var value = schema.get(field);
        return value != null && value.isIntegralNumber() ? OptionalLong.of(value.longValue()) : OptionalLong.empty();
    }

    private static List<JsonNode> values(@Nullable JsonNode list) {
        if (list == null || list.isEmpty()) {
            return List.of();
        }
        List<JsonNode> values = new ArrayList<>(list.size());
        list.forEach(values::add);
        return List.copyOf(values);
    }

    private static List<Structural> clauses(@Nullable JsonNode list) {
        if (list == null || list.isEmpty()) {
            return List.of();
        }
        List<Structural> clauses = new ArrayList<>(list.size());
        list.forEach(e -> clauses.add(Structural.of(e)));
        return List.copyOf(clauses);
    }
}
