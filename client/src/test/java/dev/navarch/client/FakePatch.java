package dev.navarch.client;

import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The three kinds of patch, as far as controllers use them. */
final class FakePatch {
    /** Merge keys by the name of the list's field. */
    private static final Map<String, String> MERGE_KEYS = Map.of(
            "conditions", "type",
            "ownerReferences", "uid",
            "containers", "name",
            "initContainers", "name",
            "env", "name",
            "volumes", "name",
            "addresses", "type",
            "reservedFor", "uid",
            "resourceClaimStatuses", "name");

    private FakePatch() {}

    static ObjectNode apply(ObjectNode object, String contentType, byte[] body) {
        var patch = Json.mapper().readTree(body);
        var result = object.deepCopy();
        switch (contentType) {
            case "application/json-patch+json" -> patch.forEach(op -> operation(result, op));
            case "application/merge-patch+json" -> merge(result, (ObjectNode) patch, false);
            case "application/strategic-merge-patch+json" -> merge(result, (ObjectNode) patch, true);
            default -> throw FakeApi.failure(415, "UnsupportedMediaType", "no such patch: " + contentType);
        }
        return result;
    }

    private static void merge(ObjectNode target, ObjectNode patch, boolean strategic) {
        for (var entry : patch.properties()) {
            var name = entry.getKey();
            var value = entry.getValue();
            var present = target.get(name);
            if (name.startsWith("$deleteFromPrimitiveList/")) {
                deletePrimitives(target.get(name.substring(name.indexOf('/') + 1)), value);
            } else if (name.startsWith("$")) {
                continue;
            } else if (value.isNull()) {
                target.remove(name);
            } else if (value instanceof ObjectNode changes) {
                if (strategic && "replace".equals(changes.path("$patch").asString(""))) {
                    var copy = changes.deepCopy();
                    copy.remove("$patch");
                    target.set(name, copy);
                    continue;
                }
                var into = present instanceof ObjectNode o ? o : target.putObject(name);
                merge(into, changes, strategic);
            } else if (strategic && value instanceof ArrayNode changes && present instanceof ArrayNode list) {
                mergeList(name, list, changes);
            } else {
                target.set(name, value.deepCopy());
            }
        }
    }

    private static void mergeList(String name, ArrayNode list, ArrayNode changes) {
        var key = MERGE_KEYS.get(name);
        if (name.equals("finalizers")) {
            for (var value : changes) {
                if (!contains(list, value)) {
                    list.add(value);
                }
            }
        } else if (key == null) {
            list.removeAll();
            changes.forEach(v -> list.add(v.deepCopy()));
        } else {
            for (var change : changes) {
                mergeItem(list, key, (ObjectNode) change);
            }
        }
    }

    private static void mergeItem(ArrayNode list, String key, ObjectNode change) {
        boolean delete = "delete".equals(change.path("$patch").asString(""));
        for (int i = 0; i < list.size(); i++) {
            if (list.get(i).path(key).equals(change.path(key))) {
                if (delete) {
                    list.remove(i);
                } else {
                    merge((ObjectNode) list.get(i), change, true);
                }
                return;
            }
        }
        if (!delete) {
            list.add(change.deepCopy());
        }
    }

    private static void deletePrimitives(JsonNode list, JsonNode values) {
        if (list instanceof ArrayNode array) {
            for (int i = array.size() - 1; i >= 0; i--) {
                if (contains((ArrayNode) values, array.get(i))) {
                    array.remove(i);
                }
            }
        }
    }

    private static boolean contains(ArrayNode list, JsonNode value) {
        for (var item : list) {
            if (item.equals(value)) {
                return true;
            }
        }
        return false;
    }

    private static void operation(ObjectNode root, JsonNode op) {
        var path = op.path("path").asString();
        int slash = path.lastIndexOf('/');
        var parent = root.at(path.substring(0, slash));
        var name = path.substring(slash + 1).replace("~1", "/").replace("~0", "~");
        var value = op.path("value");
        var kind = op.path("op").asString();
        var present =
                parent instanceof ArrayNode a && !name.equals("-") ? a.path(Integer.parseInt(name)) : parent.path(name);
        if (kind.equals("test") && !present.equals(value)) {
            throw FakeApi.failure(422, "Invalid", "testing path " + path + " failed");
        } else if (!kind.equals("test") && !kind.equals("add") && present.isMissingNode()) {
            throw FakeApi.failure(422, "Invalid", "path " + path + " does not exist");
        }
        switch (kind) {
            case "test" -> {}
            case "remove" -> {
                if (parent instanceof ArrayNode a) {
                    a.remove(Integer.parseInt(name));
                } else {
                    ((ObjectNode) parent).remove(name);
                }
            }
            case "add", "replace" -> {
                if (parent instanceof ArrayNode a) {
                    if (name.equals("-")) {
                        a.add(value);
                    } else if (kind.equals("add")) {
                        a.insert(Integer.parseInt(name), value);
                    } else {
                        a.set(Integer.parseInt(name), value);
                    }
                } else if (parent instanceof ObjectNode o) {
                    o.set(name, value);
                } else {
                    throw FakeApi.failure(422, "Invalid", "path " + path + " does not exist");
                }
            }
            default -> throw FakeApi.failure(400, "BadRequest", "unknown operation " + kind);
        }
    }
}
