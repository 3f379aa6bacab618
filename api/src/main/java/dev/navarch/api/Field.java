package dev.navarch.api;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.NullNode;

/**
 * A field of an object.
 *
 * @param name in JSON
 * @param schema of its value
 * @param required whether the published schema demands it
 * @param pointer whether Go tells an absent value from a zero one
 * @param omittedWhenEmpty whether Go leaves it out when it is empty; else an absent one is written as its zero value
 * @param numbers the field's number in the protobuf form, after those of the messages around it if Go embeds the struct
 *     that it is in; empty if that form does not have it
 * @param topology how writers share a map or an object under server-side apply ({@code x-kubernetes-map-type}):
 *     {@code atomic}, {@code granular}, or nothing, which leaves it to the type
 * @param patchStrategies of strategic merge patch: any of {@code merge}, {@code replace}, {@code retainKeys}
 * @param patchMergeKey of strategic merge patch, for lists of objects with the strategy {@code merge}; else empty
 * @param defaultJson the default as JSON text
 */
public record Field(
        String name,
        Schema schema,
        boolean required,
        boolean pointer,
        boolean omittedWhenEmpty,
        List<Integer> numbers,
        String topology,
        Set<String> patchStrategies,
        String patchMergeKey,
        Optional<String> defaultJson) {

    public Field {
        name = name.intern(); // so that who looks for a field by its name has the very same text
        requireNonNull(schema, "schema");
        requireNonNull(topology, "topology");
        requireNonNull(patchMergeKey, "patchMergeKey");
        requireNonNull(defaultJson, "defaultJson");
        numbers = List.copyOf(numbers);
        patchStrategies = Set.copyOf(patchStrategies);
    }

    /** Whether one writer owns a map or an object in this field as a whole. */
    public boolean atomic() {
        return topology.equals("atomic")
                || topology.isEmpty() && schema instanceof ObjectSchema object && object.atomic();
    }

    /** What Go's {@code omitempty} leaves out: nothing, and the empty values of what is no pointer. */
    public boolean omits(@Nullable JsonNode value) {
        if (!omittedWhenEmpty) {
            return false;
        }
        if (value == null || value.isNull()) {
            return true;
        }
        return !pointer && isEmpty(value);
    }

    private boolean isEmpty(JsonNode value) {
        return switch (schema) {
            case ObjectSchema _ -> false;
            case ListSchema _, MapSchema _ -> value.isEmpty();
            case ScalarSchema scalar ->
                switch (scalar.type()) {
                    case STRING, BYTES ->
                        value.isString() && value.stringValue().isEmpty();
                    case BOOL -> value.isBoolean() && !value.booleanValue();
                    case INT32, INT64, FLOAT64 -> value.isNumber() && value.doubleValue() == 0;
                    case QUANTITY, INT_OR_STRING, TIME, MICRO_TIME, DURATION, RAW, FIELDS_V1, JSON -> false;
                };
        };
    }

    /** What Go writes where nothing is given and the field is not left out. */
    public JsonNode zero() {
        if (pointer) {
            return NullNode.instance;
        }
        return switch (schema) {
            case ObjectSchema _ -> JsonNodeFactory.instance.objectNode();
            case ListSchema _, MapSchema _ -> NullNode.instance;
            case ScalarSchema scalar ->
                switch (scalar.type()) {
                    case STRING -> JsonNodeFactory.instance.stringNode("");
                    case BOOL -> JsonNodeFactory.instance.booleanNode(false);
                    case INT32, INT64, FLOAT64, INT_OR_STRING -> JsonNodeFactory.instance.numberNode(0);
                    case QUANTITY -> JsonNodeFactory.instance.stringNode("0");
                    case DURATION -> JsonNodeFactory.instance.stringNode("0s");
                    case BYTES, TIME, MICRO_TIME, RAW, FIELDS_V1, JSON -> NullNode.instance;
                };
        };
    }

    /** The field's number in the message that it is in, in the protobuf form; 0 for none. */
    public int number() {
        return numbers.isEmpty() ? 0 : numbers.getLast();
    }
}
