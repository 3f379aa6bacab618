package dev.navarch.cel.rules;

import dev.navarch.api.FieldError;
import dev.navarch.api.FieldPath;
import dev.navarch.api.structural.Correlated;
import dev.navarch.api.structural.Structural;
import dev.navarch.cel.Budget;
import dev.navarch.cel.CelFailure;
import dev.navarch.cel.Values;
import dev.navarch.cel.rules.RuleSet.Compiled;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * All rules of a schema, checked against objects: parts without rules below them are not looked at, and rules are
 * compiled when a value first meets them. A rule that compares with the old value runs only where there is one; the
 * complaints of a part that did not change are warnings. Safe for use by many threads.
 */
public final class SchemaRules {
    /** What all rules may cost on one object (source: k8s.io/apiserver pkg/apis/cel/config.go). */
    public static final long BUDGET = 10_000_000;

    private static final int LONGEST_MESSAGE = 5 * 1024;
    private static final String NOWHERE = "<nil>";

    private final Structural schema;
    private final boolean root;
    private final Map<String, SchemaRules> properties;
    private final @Nullable SchemaRules additional;
    private final @Nullable SchemaRules items;
    private volatile @Nullable RuleSet compiled;

    private SchemaRules(
            Structural schema,
            boolean root,
            Map<String, SchemaRules> properties,
            @Nullable SchemaRules additional,
            @Nullable SchemaRules items) {
        this.schema = schema;
        this.root = root;
        this.properties = properties;
        this.additional = additional;
        this.items = items;
    }

    /** Nothing for a schema without rules. */
    public static Optional<SchemaRules> of(Structural schema) {
        return Optional.ofNullable(of(schema, true));
    }

    private static @Nullable SchemaRules of(@Nullable Structural schema, boolean root) {
        if (schema == null) {
            return null;
        }
        var properties = new LinkedHashMap<String, SchemaRules>();
        schema.properties().forEach((name, below) -> {
            var rules = of(below, below.traits().embeddedResource());
            if (rules != null) {
                properties.put(name, rules);
            }
        });
        var additional = embeddable(schema.additional());
        var items = embeddable(schema.items());
        if (properties.isEmpty()
                && additional == null
                && items == null
                && schema.traits().rules().isEmpty()) {
            return null;
        }
        return new SchemaRules(schema, root, properties, additional, items);
    }

    private static @Nullable SchemaRules embeddable(@Nullable Structural schema) {
        return schema == null ? null : of(schema, schema.traits().embeddedResource());
    }

    /**
     * Everything that the rules say is wrong.
     *
     * @param old what was there before; null for a new object
     * @param warnings gets what would be wrong, were it not unchanged
     */
    public List<FieldError> validate(ObjectNode object, @Nullable ObjectNode old, Consumer<String> warnings) {
        var run = new Run(new Budget(BUDGET), warnings);
        run.visit(this, object, old, null, old != null, false);
        return run.errors;
    }

    private RuleSet ruleSet() {
        var now = compiled;
        if (now == null) {
            now = RuleSet.compile(schema.traits().rules(), schema, root); // twice, maybe, with equal results
            compiled = now;
        }
        return now;
    }

    /** One pass over one object. */
    private static final class Run {
        final List<FieldError> errors = new ArrayList<>();
        private final Budget budget;
        private final Consumer<String> warnings;
        private boolean ended;

        Run(Budget budget, Consumer<String> warnings) {
            this.budget = budget;
            this.warnings = warnings;
        }

        /**
         * @param old null where there is none to compare with
         * @param correlated whether the old value, or its absence, is that of the same thing
         * @param unchanged whether something around the value is as it was
         */
        void visit(
                @Nullable SchemaRules rules,
                JsonNode value,
                @Nullable JsonNode old,
                @Nullable FieldPath path,
                boolean correlated,
                boolean unchanged) {
            if (rules == null || value.isNull() || ended) {
                return;
            }
            var before = old == null || old.isNull() ? null : old;
            boolean same =
                    unchanged || correlated && before != null && new Correlated(value, before, rules.schema).same();
            if (!rules.schema.traits().rules().isEmpty()) {
                expressions(rules, value, before, path, same);
            }
            if (value.isArray() && rules.items != null && path != null) {
                var counterparts = counterparts(rules.schema, before);
                for (int i = 0; i < value.size(); i++) {
                    var counterpart = counterparts == null ? null : counterparts.get(key(rules.schema, value.get(i)));
                    visit(
                            rules.items,
                            value.get(i),
                            counterpart,
                            path.index(i),
                            correlated && counterparts != null,
                            same);
                }
            } else if (value.isObject()) {
                for (var field : value.properties()) {
                    var named = rules.properties.get(field.getKey());
                    var below = before == null ? null : before.get(field.getKey());
                    if (named != null) {
                        visit(named, field.getValue(), below, child(path, field.getKey()), correlated, same);
                    } else if (rules.additional != null && path != null) {
                        visit(rules.additional, field.getValue(), below, path.key(field.getKey()), correlated, same);
                    }
                }
            }
        }

        private void expressions(
                SchemaRules rules, JsonNode value, @Nullable JsonNode old, @Nullable FieldPath path, boolean same) {
            var set = rules.ruleSet();
            var self = Values.of(value, set.type());
            var before = old == null ? null : Values.of(old, set.type());
            for (var rule : set.rules()) {
                if (ended) {
                    return;
                }
                if (budget.exhausted()) {
                    end(
                            path,
                            rules.schema,
                            "validation failed due to running out of cost budget, "
                                    + "no further validation rules will be run");
                    return;
                }
                if (rule.condition() == null) {
                    errors.add(invalid(path, rules.schema, "rule compile error: " + rule.failure()));
                } else if (!rule.comparesWithOld() || before != null || rule.oldIsOptional()) {
                    expression(rule, rules.schema, self, before, path, same && !rule.comparesWithOld());
                }
            }
        }

        private void expression(
                Compiled rule,
                Structural schema,
                Object self,
                @Nullable Object before,
                @Nullable FieldPath path,
                boolean lenient) {
            Map<String, Object> values = new HashMap<>();
            values.put(RuleSet.SELF, self);
            if (rule.oldIsOptional()) {
                values.put(RuleSet.OLD_SELF, Optional.ofNullable(before));
            } else if (before != null) {
                values.put(RuleSet.OLD_SELF, before);
            }
            try {
                if (Boolean.TRUE.equals(rule.condition().evaluate(values, budget))) {
                    return;
                }
            } catch (CelFailure e) {
                failed(e, rule, schema, path);
                return;
            }
            var detail = message(rule, schema, values, path);
            if (detail.isEmpty()) {
                return;
            }
            var error = complaint(rule.rule(), schema, path, detail.get());
            if (lenient) {
                warnings.accept(error.message());
            } else {
                errors.add(error);
            }
        }

        private void failed(CelFailure failure, Compiled rule, Structural schema, @Nullable FieldPath path) {
            var named = named(rule.rule());
            if (failure.overBudget()) {
                if (budget.exhausted()) {
                    end(
                            path,
                            schema,
                            "validation failed due to running out of cost budget, "
                                    + "no further validation rules will be run");
                } else {
                    end(
                            path,
                            schema,
                            "'" + failure.getMessage() + "': no further validation rules will be run due to "
                                    + "call cost exceeds limit for rule: " + named);
                }
            } else if (failure.getMessage().startsWith("no such overload")
                    || failure.getMessage().startsWith("No matching overload")) {
                errors.add(invalid(
                        path,
                        schema,
                        "'no such overload': call arguments did not match a supported "
                                + "operator, function or macro signature for rule: " + named));
            } else {
                errors.add(invalid(path, schema, failure.getMessage() + " evaluating rule: " + named));
            }
        }

        /** Nothing if the message's own evaluation ended everything. */
        private Optional<String> message(
                Compiled rule, Structural schema, Map<String, Object> values, @Nullable FieldPath path) {
            var fallback = rule.rule().message().isEmpty()
                    ? "failed rule: " + named(rule.rule())
                    : rule.rule().message().strip();
            if (rule.message() == null) {
                return Optional.of(fallback);
            }
            try {
                var text =
                        String.valueOf(rule.message().evaluate(values, budget)).strip();
                boolean usable = !text.isEmpty() && text.indexOf('\n') < 0 && text.length() <= LONGEST_MESSAGE;
                return Optional.of(usable ? text : fallback);
            } catch (CelFailure e) {
                if (e.overBudget()) {
                    end(
                            path,
                            schema,
                            "messageExpression evaluation failed due to running out of cost budget, "
                                    + "no further validation rules will be run");
                    return Optional.empty();
                }
                return Optional.of(fallback);
            }
        }

        private void end(@Nullable FieldPath path, Structural schema, String detail) {
            errors.add(invalid(path, schema, detail));
            ended = true;
        }
    }

    private static FieldError invalid(@Nullable FieldPath path, Structural schema, String detail) {
        return FieldError.invalid(text(path), schema.type(), detail);
    }

    private static FieldError complaint(
            Structural.Rule rule, Structural schema, @Nullable FieldPath path, String detail) {
        var at = text(path);
        if (!rule.fieldPath().isEmpty()) {
            at = path == null ? rule.fieldPath().substring(1) : at + rule.fieldPath();
        }
        return switch (rule.reason()) {
            case "FieldValueForbidden" -> FieldError.forbidden(at, detail);
            case "FieldValueRequired" -> FieldError.required(at, detail);
            case "FieldValueDuplicate" -> FieldError.duplicate(at, schema.type());
            default -> FieldError.invalid(at, schema.type(), detail);
        };
    }

    private static String named(Structural.Rule rule) {
        return (rule.message().isEmpty() ? rule.rule() : rule.message()).strip();
    }

    private static String text(@Nullable FieldPath path) {
        return path == null ? NOWHERE : path.toString();
    }

    private static FieldPath child(@Nullable FieldPath path, String name) {
        return path == null ? FieldPath.of(name) : path.child(name);
    }

    /** The elements of a map in list form by their keys; null for other lists, whose elements can't be compared. */
    private static @Nullable Map<List<JsonNode>, JsonNode> counterparts(Structural schema, @Nullable JsonNode list) {
        if (!schema.traits().listType().equals("map")) {
            return null;
        }
        Map<List<JsonNode>, JsonNode> byKey = new HashMap<>();
        if (list != null) {
            list.forEach(element -> byKey.put(key(schema, element), element));
        }
        return byKey;
    }

    private static List<JsonNode> key(Structural schema, JsonNode element) {
        List<JsonNode> key = new ArrayList<>();
        for (var name : schema.traits().listMapKeys()) {
            var part = element.get(name);
            key.add(part == null ? JsonNodeFactory.instance.missingNode() : part);
        }
        return key;
    }
}
