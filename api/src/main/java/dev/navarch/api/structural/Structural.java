package dev.navarch.api.structural;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A node of a schema, or a clause under one of its junctors. Descriptions and examples are not kept.
 *
 * @param type {@code object}, {@code array}, {@code string}, {@code integer}, {@code number}, {@code boolean}; empty
 *     where the schema says nothing
 * @param nullable whether null is a value
 * @param defaultValue what an absent value becomes; never changed
 * @param properties by name, in the order of the schema
 * @param additional of the values of properties that are not named; null where the schema gives none
 * @param others whether properties that are not named may be there, where {@code additionalProperties} is a plain
 *     boolean; else null
 * @param items of an array's elements
 * @param traits the Kubernetes extensions
 * @param checks the value validations
 */
public record Structural(
        String type,
        boolean nullable,
        @Nullable JsonNode defaultValue,
        Map<String, Structural> properties,
        @Nullable Structural additional,
        @Nullable Boolean others,
        @Nullable Structural items,
        Traits traits,
        Checks checks) {

    public Structural {
        requireNonNull(type, "type");
        requireNonNull(properties, "properties");
        requireNonNull(traits, "traits");
        requireNonNull(checks, "checks");
    }

    /**
     * The extensions {@code x-kubernetes-…}.
     *
     * @param listType {@code atomic}, {@code set} or {@code map}; empty where the schema says nothing
     * @param mapType {@code atomic} or {@code granular}; empty where the schema says nothing
     * @param rules CEL rules
     */
    public record Traits(
            boolean embeddedResource,
            boolean intOrString,
            boolean preservesUnknown,
            String listType,
            List<String> listMapKeys,
            String mapType,
            List<Rule> rules) {
        static final Traits NONE = new Traits(false, false, false, "", List.of(), "", List.of());
    }

    /**
     * A CEL rule of {@code x-kubernetes-validations}; texts are empty where it does not say.
     *
     * @param optionalOldSelf whether {@code oldSelf} is an optional, so that the rule runs on creation too; null where
     *     the rule does not say
     */
    public record Rule(
            String rule,
            String message,
            String messageExpression,
            String reason,
            String fieldPath,
            @Nullable Boolean optionalOldSelf) {}

    /**
     * Reads a schema as {@code spec.versions[*].schema.openAPIV3Schema} has it. Never fails on what the definition's
     * own schema lets through: what is not understood is left out, and {@link StructuralRules} complains of it.
     */
    public static Structural of(JsonNode schema) {
        var additional = schema.get("additionalProperties");
        var items = schema.get("items");
        return new Structural(
                text(schema, "type"),
                flag(schema, "nullable"),
                schema.get("default"),
                children(schema.get("properties")),
                additional != null && additional.isObject() ? of(additional) : null,
                additional != null && additional.isBoolean() ? (Boolean) additional.booleanValue() : null,
                items != null && items.isObject() ? of(items) : null,
                traits(schema),
                Checks.of(schema));
    }

    /** The schema of everything: keeps all, checks nothing. */
    public static Structural anything() {
        return new Structural(
                "object",
                false,
                null,
                Map.of(),
                null,
                null,
                null,
                new Traits(false, false, true, "", List.of(), "", List.of()),
                Checks.NONE);
    }

    /** This schema as that of a whole object, whose {@code apiVersion}, {@code kind} and {@code metadata} are kept. */
    Structural asResource() {
        if (traits.embeddedResource) {
            return this;
        }
        var resource = new Traits(
                true,
                traits.intOrString,
                traits.preservesUnknown,
                traits.listType,
                traits.listMapKeys,
                traits.mapType,
                traits.rules);
        return new Structural(type, nullable, defaultValue, properties, additional, others, items, resource, checks);
    }

    /** The schema of a property, named or not; null if nothing is known of it. */
    @Nullable
    Structural property(String name) {
        var named = properties.get(name);
        return named == null ? additional : named;
    }

    /** Whether the server itself looks after a field of an object with this schema. */
    boolean isServersOwn(String field) {
        return traits.embeddedResource
                && (field.equals("metadata") || field.equals("apiVersion") || field.equals("kind"));
    }

    private static Map<String, Structural> children(@Nullable JsonNode properties) {
        if (properties == null || !properties.isObject() || properties.isEmpty()) {
            return Map.of();
        }
        var children = new LinkedHashMap<String, Structural>();
        for (var property : properties.properties()) {
            children.put(property.getKey().intern(), of(property.getValue()));
        }
        return children;
    }

    private static Traits traits(JsonNode schema) {
        var traits = new Traits(
                flag(schema, "x-kubernetes-embedded-resource"),
                flag(schema, "x-kubernetes-int-or-string"),
                flag(schema, "x-kubernetes-preserve-unknown-fields"),
                text(schema, "x-kubernetes-list-type"),
                texts(schema.get("x-kubernetes-list-map-keys")),
                text(schema, "x-kubernetes-map-type"),
                rules(schema.get("x-kubernetes-validations")));
        return traits.equals(Traits.NONE) ? Traits.NONE : traits;
    }

    private static List<Rule> rules(@Nullable JsonNode list) {
        if (list == null) {
            return List.of();
        }
        List<Rule> rules = new ArrayList<>();
        for (var rule : list) {
            var optional = rule.get("optionalOldSelf");
            rules.add(new Rule(
                    text(rule, "rule"),
                    text(rule, "message"),
                    text(rule, "messageExpression"),
                    text(rule, "reason"),
                    text(rule, "fieldPath"),
                    optional == null || !optional.isBoolean() ? null : optional.booleanValue()));
        }
        return List.copyOf(rules);
    }

    static String text(JsonNode in, String field) {
        var value = in.get(field);
        return value != null && value.isString() ? value.stringValue().intern() : "";
    }

    static boolean flag(JsonNode in, String field) {
        var value = in.get(field);
        return value != null && value.isBoolean() && value.booleanValue();
    }

    static List<String> texts(@Nullable JsonNode list) {
        if (list == null || list.isEmpty()) {
            return List.of();
        }
        List<String> texts = new ArrayList<>(list.size());
        list.forEach(e -> texts.add(e.isString() ? e.stringValue().intern() : e.toString()));
        return List.copyOf(texts);
    }
}
