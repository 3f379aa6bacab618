package dev.navarch.cel.rules;

import dev.navarch.api.FieldError;
import dev.navarch.api.FieldPath;
import dev.navarch.api.structural.Structural;
import dev.navarch.cel.ValueType;
import dev.navarch.cel.rules.RuleSet.Compiled;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Whether the rules of a definition can be taken: they compile, compare only what can be compared, and can't cost too
 * much (source: k8s.io/apiextensions-apiserver pkg/apis/apiextensions/validation/validation.go and cel_validation.go).
 */
public final class RuleChecks {
    private static final long RULE_LIMIT = 10_000_000;
    private static final long SCHEMA_LIMIT = 100_000_000;
    private static final Set<String> REASONS =
            Set.of("", "FieldValueInvalid", "FieldValueForbidden", "FieldValueRequired", "FieldValueDuplicate");
    private static final String ADVICE = " (try simplifying the rule, or adding maxItems, maxProperties, and maxLength "
            + "where arrays, maps, and strings are declared)";
    private static final Pattern FIELD_PATH = Pattern.compile("(?:\\.[^.\\[\\]]+|\\['[^']+'\\])+");

    private final List<FieldError> errors = new ArrayList<>();
    private long total;

    private RuleChecks() {}

    /** Everything that is wrong with the rules of a schema. */
    public static List<FieldError> check(Structural schema, FieldPath path) {
        var checks = new RuleChecks();
        checks.visit(schema, true, path, 1, null);
        if (checks.total > SCHEMA_LIMIT) {
            checks.errors.add(FieldError.forbidden(
                    path.toString(),
                    tooExpensive(
                            "x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema",
                            checks.total,
                            SCHEMA_LIMIT)));
        }
        return checks.errors;
    }

    /**
     * @param times how many values there may be at this place
     * @param uncorrelated the list above whose elements have no counterparts in an older object; null for none
     */
    private void visit(Structural schema, boolean root, FieldPath path, long times, @Nullable FieldPath uncorrelated) {
        if (!schema.traits().rules().isEmpty()) {
            rules(schema, root, path.child("x-kubernetes-validations"), times, uncorrelated);
        }
        schema.properties()
                .forEach((name, below) -> visit(
                        below,
                        below.traits().embeddedResource(),
                        path.child("properties").key(name),
                        times,
                        uncorrelated));
        var additional = schema.additional();
        if (additional != null) {
            visit(
                    additional,
                    additional.traits().embeddedResource(),
                    path.child("additionalProperties"),
                    multiply(times, size(schema)),
                    uncorrelated);
        }
        var items = schema.items();
        if (items != null) {
            boolean comparable = schema.traits().listType().equals("map");
            visit(
                    items,
                    items.traits().embeddedResource(),
                    path.child("items"),
                    multiply(times, size(schema)),
                    comparable || uncorrelated != null ? uncorrelated : path);
        }
    }

    private static long size(Structural schema) {
        return ValueType.of(schema, false).map(ValueType::maxElements).orElse(1L);
    }

    private void rules(Structural schema, boolean root, FieldPath path, long times, @Nullable FieldPath uncorrelated) {
        if (ValueType.of(schema, root).isEmpty()) {
            errors.add(FieldError.invalid(
                    path.toString(),
                    "",
                    "rule declared on schema that does not support validation rules type: '" + schema.type()
                            + "' x-kubernetes-preserve-unknown-fields: '"
                            + schema.traits().preservesUnknown() + "'"));
            return;
        }
        var list = schema.traits().rules();
        for (int i = 0; i < list.size(); i++) {
            form(list.get(i), path.index(i));
        }
        var compiled = RuleSet.compile(list, schema, root).rules();
        for (var rule : compiled) {
            compiled(rule, path.index(list.indexOf(rule.rule())), times, uncorrelated);
        }
    }

    private void form(Structural.Rule rule, FieldPath path) {
        if (rule.rule().isBlank()) {
            errors.add(FieldError.required(path.child("rule").toString(), "rule is not specified"));
        }
        if (!rule.message().isEmpty()) {
            if (rule.message().isBlank()) {
                errors.add(FieldError.invalid(
                        path.child("message").toString(), rule.message(), "message must be non-empty if specified"));
            } else if (rule.message().indexOf('\n') >= 0) {
                errors.add(FieldError.invalid(
                        path.child("message").toString(), rule.message(), "message must not contain line breaks"));
            }
        } else if (rule.rule().strip().indexOf('\n') >= 0
                && rule.messageExpression().isEmpty()) {
            errors.add(FieldError.required(
                    path.child("message").toString(), "message must be specified if rule contains line breaks"));
        }
        if (!REASONS.contains(rule.reason())) {
            errors.add(FieldError.notSupported(
                    path.child("reason").toString(),
                    rule.reason(),
                    REASONS.stream().filter(r -> !r.isEmpty()).sorted().toList()));
        }
        if (!rule.fieldPath().isEmpty() && !FIELD_PATH.matcher(rule.fieldPath()).matches()) {
            errors.add(FieldError.invalid(
                    path.child("fieldPath").toString(), rule.fieldPath(), "fieldPath must be a valid path"));
        }
    }

    private void compiled(Compiled rule, FieldPath path, long times, @Nullable FieldPath uncorrelated) {
        var at = path.child("rule").toString();
        if (!rule.failure().isEmpty()) {
            errors.add(FieldError.invalid(at, rule.rule().rule(), rule.failure()));
            return;
        }
        if (!rule.messageFailure().isEmpty()) {
            errors.add(FieldError.invalid(
                    path.child("messageExpression").toString(),
                    rule.rule().messageExpression(),
                    rule.messageFailure()));
        }
        if (rule.comparesWithOld() && uncorrelated != null) {
            errors.add(FieldError.invalid(
                    at,
                    rule.rule().rule(),
                    "oldSelf cannot be used on the uncorrelatable portion of the schema within " + uncorrelated));
        }
        if (rule.rule().optionalOldSelf() != null && !rule.comparesWithOld()) {
            errors.add(FieldError.invalid(
                    path.child("optionalOldSelf").toString(),
                    rule.rule().optionalOldSelf(),
                    "may not be set if oldSelf is not used in rule"));
        }
        cost(at, "estimated rule cost", multiply(rule.cost(), times));
        cost(
                path.child("messageExpression").toString(),
                "estimated messageExpression cost",
                multiply(rule.messageCost(), times));
    }

    private void cost(String at, String what, long cost) {
        if (cost > RULE_LIMIT) {
            errors.add(FieldError.forbidden(at, tooExpensive(what, cost, RULE_LIMIT)));
        }
        total = total + cost < 0 ? Long.MAX_VALUE : total + cost;
    }

    private static String tooExpensive(String what, long cost, long limit) {
        double factor = (double) cost / limit;
        return factor > 100
                ? what + " exceeds budget by factor of more than 100x" + ADVICE
                : what + String.format(Locale.ROOT, " exceeds budget by factor of %.1fx", factor) + ADVICE;
    }

    private static long multiply(long a, long b) {
        return Math.multiplyHigh(a, b) != 0 || a * b < 0 ? Long.MAX_VALUE : a * b;
    }
}
