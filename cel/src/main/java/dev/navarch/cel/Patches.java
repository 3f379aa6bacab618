package dev.navarch.cel;

import com.google.common.primitives.UnsignedLong;
import dev.cel.common.values.CelByteString;
import dev.cel.common.values.NullValue;
import dev.navarch.cel.PatchTypes.Part;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads the patches that expressions have built (source: k8s.io/apiserver
 * pkg/admission/plugin/policy/mutating/patch/smd.go and json_patch.go).
 */
public final class Patches {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private Patches() {}

    /**
     * The part of an object that {@link CelEnvironment#applyConfiguration} gave.
     *
     * @throws CelFailure if it is put together of parts that don't belong there
     */
    public static ObjectNode applyConfiguration(Object value) throws CelFailure {
        if (!(value instanceof Part part)) {
            throw new CelFailure("unsupported return type from ApplyConfiguration expression");
        }
        checkNames(part);
        return (ObjectNode) tree(part);
    }

    /**
     * The JSON patch that {@link CelEnvironment#jsonPatch} gave.
     *
     * @throws CelFailure if it cannot be one
     */
    public static ArrayNode jsonPatch(Object value) throws CelFailure {
        if (!(value instanceof List<?> operations)) {
            throw new CelFailure("type mismatch: JSONPatchType.expression should evaluate to array");
        }
        var patch = NODES.arrayNode();
        for (var each : operations) {
            if (!(each instanceof Part operation)) {
                throw new CelFailure("type mismatch: JSONPatchType.expression should evaluate to array of JSONPatch");
            }
            var fields = operation.fields();
            var node = patch.addObject();
            node.put("op", fields.get("op") instanceof String op ? op : "");
            node.put("path", fields.get("path") instanceof String path ? path : "");
            if (fields.get("from") instanceof String from && !from.isEmpty()) {
                node.put("from", from);
            }
            var given = fields.get("value");
            if (given != null) {
                if (given instanceof Part part) {
                    checkNames(part);
                }
                node.set("value", tree(given));
            }
        }
        return patch;
    }

    private static void checkNames(Part part) throws CelFailure {
        List<String> wrong = new ArrayList<>();
        checkNames(part, part.type(), wrong);
        if (!wrong.isEmpty()) {
            throw new CelFailure("type mismatch: " + String.join("\n", wrong));
        }
    }

    private static void checkNames(Object value, String expected, List<String> wrong) {
        switch (value) {
            case Part part -> {
                if (!part.type().equals(expected)) {
                    wrong.add("unexpected type name \"" + part.type() + "\", expected \"" + expected
                            + "\", which matches field name path from root Object type");
                }
                part.fields().forEach((name, below) -> checkNames(below, expected + "." + name, wrong));
            }
            case List<?> list when Values.viewed(list).isEmpty() -> list.forEach(e -> checkNames(e, expected, wrong));
            case Map<?, ?> map
            when Values.viewed(map).isEmpty() -> map.values().forEach(e -> checkNames(e, expected, wrong));
            default -> {}
        }
    }

    /** Any value of expressions as JSON. */
    static JsonNode tree(Object value) throws CelFailure {
        var viewed = Values.viewed(value);
        if (viewed.isPresent()) {
            return viewed.get().deepCopy();
        }
        return switch (value) {
            case Part part -> object(part.fields());
            case String text -> NODES.stringNode(text);
            case Boolean flag -> NODES.booleanNode(flag);
            case Long number when number == number.intValue() -> NODES.numberNode(number.intValue()); // as parsers do
            case Long number -> NODES.numberNode(number);
            case UnsignedLong number -> NODES.numberNode(number.bigIntegerValue());
            case Double number -> NODES.numberNode(number);
            case NullValue _, Absent _ -> NODES.nullNode();
            case CelByteString bytes -> NODES.stringNode(Base64.getEncoder().encodeToString(bytes.toByteArray()));
            case Instant time -> NODES.stringNode(time.toString());
            case Duration duration -> NODES.stringNode(duration.toSeconds() + "s");
            case List<?> list -> {
                var array = NODES.arrayNode();
                for (var element : list) {
                    array.add(tree(element));
                }
                yield array;
            }
            case Map<?, ?> map -> object(map);
            default ->
                throw new CelFailure("a value cannot be converted to JSON: "
                        + value.getClass().getSimpleName());
        };
    }

    private static ObjectNode object(Map<?, ?> fields) throws CelFailure {
        var object = NODES.objectNode();
        for (var field : fields.entrySet()) {
            if (!(field.getKey() instanceof String name)) {
                throw new CelFailure("map key \"" + field.getKey() + "\" is not string");
            }
            object.set(name, tree(field.getValue()));
        }
        return object;
    }
}
