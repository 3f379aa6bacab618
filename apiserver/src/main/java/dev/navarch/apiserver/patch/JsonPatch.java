package dev.navarch.apiserver.patch;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A list of operations (RFC 6902), worded as the library that upstream uses.
 *
 * <p>Source: github.com/evanphx/json-patch v4 patch.go; the limits are those of k8s.io/apiserver
 * pkg/endpoints/handlers/patch.go and pkg/server/config.go.
 */
final class JsonPatch implements Patch {
    private static final int MOST_OPERATIONS = 10_000;
    private static final int MOST_PROBLEMS = 100;
    private static final Set<String> FIELDS = Set.of("op", "path", "from", "value");
    private static final long MOST_COPIED_BYTES = 3L * 1024 * 1024;

    private record Operation(String kind, String path, String from, JsonNode value) {}

    private final List<Operation> operations;

    private JsonPatch(List<Operation> operations) {
        this.operations = List.copyOf(operations);
    }

    static JsonPatch read(JsonNode body) {
        if (!body.isArray()) {
            throw PatchException.malformed(
                    "json: cannot unmarshal " + typeName(body) + " into Go value of type jsonpatch.Patch");
        }
        if (body.size() > MOST_OPERATIONS) {
            throw PatchException.tooLarge(
                    "The allowed maximum operations in a JSON patch is " + MOST_OPERATIONS + ", got " + body.size());
        }
        List<Operation> operations = new ArrayList<>(body.size());
        for (JsonNode operation : body) {
            if (!operation.isObject()) {
                throw PatchException.malformed(
                        "json: cannot unmarshal " + typeName(operation) + " into Go value of type jsonpatch.Operation");
            }
            operations.add(new Operation(
                    operation.path("op").asString(""),
                    operation.path("path").asString(""),
                    operation.path("from").asString(""),
                    operation.path("value")));
        }
        return new JsonPatch(operations);
    }

    /** source: k8s.io/apiserver pkg/endpoints/handlers/patch.go (applyJSPatch). */
    static List<String> problems(PatchBody body) {
        List<String> problems = new ArrayList<>();
        body.duplicates().forEach(d -> problems.add("json patch " + d));
        for (int i = 0; i < body.tree().size(); i++) {
            for (String name : body.tree().get(i).propertyNames()) {
                if (!FIELDS.contains(name) && problems.size() < MOST_PROBLEMS) {
                    problems.add("json patch unknown field \"[" + i + "]." + name + "\"");
                }
            }
        }
        return problems;
    }

    private static String typeName(JsonNode node) {
        return switch (node.getNodeType()) {
            case OBJECT, POJO -> "object";
            case ARRAY -> "array";
            case STRING, BINARY -> "string";
            case NUMBER -> "number";
            case BOOLEAN -> "bool";
            case NULL, MISSING -> "null";
        };
    }

    @Override
    public ObjectNode apply(ObjectNode object) {
        JsonDocument document = new JsonDocument(object);
        long copied = 0;
        for (Operation operation : operations) {
            switch (operation.kind) {
                case "add" -> document.add(operation.path, value(operation));
                case "replace" -> document.replace(operation.path, value(operation));
                case "remove" -> document.remove(operation.path, "remove");
                case "move" -> document.add(operation.path, document.remove(operation.from, "move"));
                case "copy" -> copied = copy(document, operation, copied);
                case "test" -> document.test(operation.path, operation.value);
                default -> throw PatchException.unprocessable("Unexpected kind: " + operation.kind);
            }
        }
        return document.object();
    }

    private static JsonNode value(Operation operation) {
        if (operation.value.isMissingNode()) {
            throw PatchException.unprocessable(operation.kind + " operation does not apply: missing value");
        }
        return operation.value.deepCopy();
    }

    private static long copy(JsonDocument document, Operation operation, long copied) {
        JsonNode value = document.find(operation.from, "copy");
        long total = copied + TreeBounds.of(value).bytes();
        if (total > MOST_COPIED_BYTES) {
            throw PatchException.unprocessable("Unable to complete the copy, the accumulated size increase of copy is "
                    + total + ", exceeding the limit " + MOST_COPIED_BYTES);
        }
        document.add(operation.path, value.deepCopy());
        return total;
    }

    /** Whether two values are the same JSON: numbers by what they count, absent the same as null. */
    static boolean same(JsonNode a, JsonNode b) {
        if (a.isObject() && b.isObject()) {
            return a.size() == b.size()
                    && a.propertyStream()
                            .allMatch(entry -> b.has(entry.getKey()) && same(entry.getValue(), b.get(entry.getKey())));
        }
        if (a instanceof ArrayNode && b instanceof ArrayNode) {
            if (a.size() != b.size()) {
                return false;
            }
            for (int i = 0; i < a.size(); i++) {
                if (!same(a.get(i), b.get(i))) {
                    return false;
                }
            }
            return true;
        }
        if (a.isNumber() && b.isNumber()) {
            return sameNumber(a, b);
        }
        boolean nothing = a.isNull() || a.isMissingNode();
        return nothing ? b.isNull() || b.isMissingNode() : a.equals(b);
    }

    private static boolean sameNumber(JsonNode a, JsonNode b) {
        if (a.isIntegralNumber() && b.isIntegralNumber() && a.canConvertToLong() && b.canConvertToLong()) {
            return a.longValue() == b.longValue();
        }
        return a.decimalValue().compareTo(b.decimalValue()) == 0;
    }
}
