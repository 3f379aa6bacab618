package dev.navarch.api.structural;

import dev.navarch.api.FieldError;
import dev.navarch.api.FieldErrorType;
import dev.navarch.api.values.GoText;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Checks a value against its schema, with upstream's words for what is wrong (source: k8s.io/kube-openapi
 * pkg/validation/validate and pkg/validation/errors/schema.go; k8s.io/apiextensions-apiserver
 * pkg/apiserver/validation/validation.go). Of several alternatives that all fail, the complaints of the one are shown
 * that came furthest.
 */
public final class StructuralValidator {
    private static final String NOWHERE = "<nil>";

    private StructuralValidator() {}

    /** Everything that is wrong with a whole object, in the order of its schema. */
    public static List<FieldError> validate(ObjectNode object, Structural schema) {
        return visit(object, schema, "").errors;
    }

    /** What came of a check: what is wrong, and how many checks there were, by which alternatives are compared. */
    private static final class Result {
        final List<FieldError> errors = new ArrayList<>();
        int checks;

        boolean valid() {
            return errors.isEmpty();
        }

        void add(Result other) {
            errors.addAll(other.errors);
            checks += other.checks;
        }

        void fail(FieldErrorType type, String path, @Nullable Object value, String detail) {
            errors.add(new FieldError(type, path.isEmpty() ? NOWHERE : path, value, detail));
        }

        void invalid(String path, @Nullable Object value, String complaint) {
            fail(FieldErrorType.INVALID, path, value, path + " in body " + complaint);
        }

        /** Of a junctor: upstream gives it no place. */
        void invalid(String complaint) {
            fail(FieldErrorType.INVALID, "", "", complaint);
        }
    }

    private static Result visit(JsonNode value, Structural schema, String path) {
        var result = new Result();
        result.checks++;
        if (value.isNull()) {
            if (hasType(schema) && !schema.nullable()) {
                wrongType(result, path, expected(schema), "null");
            }
            result.checks++;
            enumeration(result, value, schema.checks(), path);
            return result;
        }
        type(result, value, schema, path);
        junctors(result, value, schema.checks(), path);
        if (value.isString()) {
            string(result, value.stringValue(), schema.checks(), path);
        } else if (value.isNumber()) {
            number(result, value, schema, path);
        } else if (value.isArray()) {
            array(result, value, schema, path);
        }
        enumeration(result, value, schema.checks(), path);
        if (value.isObject()) {
            object(result, value, schema, path);
        }
        return result;
    }

    private static boolean hasType(Structural schema) {
        return !schema.type().isEmpty() || schema.traits().intOrString();
    }

    private static String expected(Structural schema) {
        return schema.traits().intOrString() ? "integer,string" : schema.type();
    }

    private static void wrongType(Result result, String path, String expected, String found) {
        result.fail(
                FieldErrorType.TYPE_INVALID,
                path,
                found,
                path + " in body must be of type " + expected + ": \"" + found + "\"");
    }

    private static void type(Result result, JsonNode value, Structural schema, String path) {
        if (!hasType(schema)) {
            return;
        }
        var found = typeOf(value);
        boolean fits = schema.traits().intOrString()
                ? value.isString() || isInteger(value)
                : switch (schema.type()) {
                    case "integer" -> isInteger(value);
                    case "number" -> value.isNumber();
                    default -> found.equals(schema.type());
                };
        if (!fits) {
            wrongType(result, path, expected(schema), found);
        }
    }

    private static String typeOf(JsonNode value) {
        return switch (value.getNodeType()) {
            case OBJECT -> "object";
            case ARRAY -> "array";
            case STRING, BINARY -> "string";
            case BOOLEAN -> "boolean";
            case NUMBER -> value.isIntegralNumber() ? "integer" : "number";
            case NULL, MISSING, POJO -> "null";
        };
    }

    private static boolean isInteger(JsonNode value) {
        return value.isIntegralNumber() || value.isNumber() && value.doubleValue() == Math.rint(value.doubleValue());
    }

    private static void junctors(Result result, JsonNode value, Checks checks, String path) {
        result.checks++;
        if (!checks.anyOf().isEmpty()) {
            anyOf(result, value, checks.anyOf(), path);
        }
        if (!checks.oneOf().isEmpty()) {
            oneOf(result, value, checks.oneOf(), path);
        }
        if (!checks.allOf().isEmpty()) {
            allOf(result, value, checks.allOf(), path);
        }
        var not = checks.not();
        if (not != null && visit(value, not, path).valid()) {
            result.invalid("\"" + path + "\" must not validate the schema (not)");
        }
    }

    private static void anyOf(Result result, JsonNode value, List<Structural> clauses, String path) {
        Result best = null;
        for (var clause : clauses) {
            var one = visit(value, clause, path);
            if (one.valid()) {
                result.add(one);
                return;
            }
            if (best == null || one.checks > best.checks) {
                best = one;
            }
        }
        result.invalid("\"" + path + "\" must validate at least one schema (anyOf)");
        if (best != null) {
            result.add(best);
        }
    }

    private static void oneOf(Result result, JsonNode value, List<Structural> clauses, String path) {
        Result best = null;
        int valid = 0;
        for (var clause : clauses) {
            var one = visit(value, clause, path);
            if (one.valid()) {
                valid++;
            } else if (best == null || one.checks > best.checks) {
                best = one;
            }
        }
        if (valid == 1) {
            result.checks++;
            return;
        }
        result.invalid("\"" + path + "\" must validate one and only one schema (oneOf). "
                + (valid == 0 ? "Found none valid" : "Found " + valid + " valid alternatives"));
        if (valid == 0 && best != null) {
            result.add(best);
        }
    }

    private static void allOf(Result result, JsonNode value, List<Structural> clauses, String path) {
        int valid = 0;
        for (var clause : clauses) {
            var one = visit(value, clause, path);
            valid += one.valid() ? 1 : 0;
            result.add(one);
        }
        if (valid != clauses.size()) {
            result.invalid(
                    "\"" + path + "\" must validate all the schemas (allOf)" + (valid == 0 ? ". None validated" : ""));
        }
    }

    private static void string(Result result, String text, Checks checks, String path) {
        result.checks++;
        if (checks.maxLength().isPresent() || checks.minLength().isPresent()) {
            int length = text.codePointCount(0, text.length());
            if (checks.maxLength().isPresent() && length > checks.maxLength().getAsLong()) {
                result.errors.add(
                        FieldError.tooLong(path, (int) checks.maxLength().getAsLong()));
                return;
            }
            if (checks.minLength().isPresent() && length < checks.minLength().getAsLong()) {
                result.invalid(
                        path, text, "should be at least " + checks.minLength().getAsLong() + " chars long");
                return;
            }
        }
        var pattern = checks.compiled();
        if (pattern != null && !pattern.matcher(text).find()) {
            result.invalid(path, text, "should match '" + checks.pattern() + "'");
            return;
        }
        if (!checks.format().isEmpty() && !Formats.holds(checks.format(), text)) {
            result.fail(
                    FieldErrorType.TYPE_INVALID,
                    path,
                    text,
                    path + " in body must be of type " + checks.format() + ": " + GoText.quote(text));
        }
    }

    private static void number(Result result, JsonNode value, Structural schema, String path) {
        result.checks++;
        var checks = schema.checks();
        double number = value.doubleValue();
        if (checks.format().equals("int32") && number != (int) number) {
            result.invalid("Checked value must be of type integer with format int32 in " + path);
        }
        var factor = checks.multipleOf();
        if (factor != null && factor > 0 && !isMultiple(value, factor)) {
            result.invalid(path, value, "should be a multiple of " + shown(factor));
        }
        var maximum = checks.maximum();
        if (maximum.value() != null && (maximum.exclusive() ? number >= maximum.value() : number > maximum.value())) {
            result.invalid(
                    path,
                    value,
                    "should be less than " + (maximum.exclusive() ? "" : "or equal to ") + shown(maximum.value()));
        }
        var minimum = checks.minimum();
        if (minimum.value() != null && (minimum.exclusive() ? number <= minimum.value() : number < minimum.value())) {
            result.invalid(
                    path,
                    value,
                    "should be greater than " + (minimum.exclusive() ? "" : "or equal to ") + shown(minimum.value()));
        }
    }

    private static boolean isMultiple(JsonNode value, double factor) {
        return new BigDecimal(value.asString())
                        .remainder(BigDecimal.valueOf(factor))
                        .signum()
                == 0;
    }

    /** As Go's %v prints a float64 of everyday size. */
    private static String shown(double number) {
        return number == (long) number && Math.abs(number) < 1e21
                ? Long.toString((long) number)
                : BigDecimal.valueOf(number).stripTrailingZeros().toPlainString();
    }

    private static void array(Result result, JsonNode value, Structural schema, String path) {
        result.checks++;
        var checks = schema.checks();
        int size = value.size();
        if (schema.items() != null) {
            for (int i = 0; i < size; i++) {
                result.add(visit(value.get(i), schema.items(), path + "[" + i + "]"));
            }
        }
        if (checks.minItems().isPresent() && size < checks.minItems().getAsLong()) {
            result.invalid(
                    path, size, "should have at least " + checks.minItems().getAsLong() + " items");
        }
        if (checks.maxItems().isPresent() && size > checks.maxItems().getAsLong()) {
            result.errors.add(
                    FieldError.tooMany(path, size, (int) checks.maxItems().getAsLong()));
        }
        if (checks.uniqueItems()) {
            Set<JsonNode> seen = new HashSet<>();
            for (var element : value) {
                if (!seen.add(element)) {
                    result.invalid(path, "", "shouldn't contain duplicates");
                    break;
                }
            }
        }
    }

    private static void enumeration(Result result, JsonNode value, Checks checks, String path) {
        if (checks.values().isEmpty()) {
            return;
        }
        result.checks++;
        for (var allowed : checks.values()) {
            if (allowed.equals(value)
                    || allowed.isNumber() && value.isNumber() && allowed.doubleValue() == value.doubleValue()) {
                return;
            }
        }
        result.errors.add(FieldError.notSupported(
                path.isEmpty() ? NOWHERE : path,
                value,
                checks.values().stream()
                        .map(v -> v.isString() ? v.stringValue() : v.toString())
                        .toList()));
    }

    private static void object(Result result, JsonNode value, Structural schema, String path) {
        result.checks++;
        var checks = schema.checks();
        int size = value.size();
        if (checks.minProperties().isPresent() && size < checks.minProperties().getAsLong()) {
            result.invalid(
                    path, size, "should have at least " + checks.minProperties().getAsLong() + " properties");
            return;
        }
        if (checks.maxProperties().isPresent() && size > checks.maxProperties().getAsLong()) {
            result.errors.add(
                    FieldError.tooMany(path, size, (int) checks.maxProperties().getAsLong()));
            return;
        }
        boolean closed = Boolean.FALSE.equals(schema.others());
        for (var field : value.properties()) {
            var below = schema.property(field.getKey());
            if (below != null) {
                result.add(visit(field.getValue(), below, child(path, field.getKey())));
            } else if (closed && !schema.isServersOwn(field.getKey())) {
                result.fail(
                        FieldErrorType.INVALID,
                        path,
                        field.getKey(),
                        path + "." + field.getKey() + " in body is a forbidden property");
            }
        }
        for (var name : checks.required()) {
            if (!value.has(name)) {
                result.errors.add(FieldError.required(child(path, name), ""));
            }
        }
    }

    private static String child(String path, String name) {
        return path.isEmpty() ? name : path + "." + name;
    }
}
