package dev.navarch.apiserver.patch;

import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The object that the operations of a JSON patch work on. */
final class JsonDocument {
    private JsonNode root;

    JsonDocument(ObjectNode root) {
        this.root = root;
    }

    ObjectNode object() {
        if (root instanceof ObjectNode object) {
            return object;
        }
        throw PatchException.unprocessable("the patched document is not an object");
    }

    /** A container and the last step below it. */
    private record Place(JsonNode parent, String key, int depth) {}

    private static List<String> steps(String path) {
        List<String> steps = new ArrayList<>();
        for (String part : path.substring(1).split("/", -1)) {
            steps.add(part.replace("~1", "/").replace("~0", "~"));
        }
        return steps;
    }

    private Place place(String path, String operation) {
        if (!path.startsWith("/")) {
            throw missingPath(operation, path);
        }
        List<String> steps = steps(path);
        JsonNode parent = root;
        for (String step : steps.subList(0, steps.size() - 1)) {
            parent = child(parent, step);
            if (!parent.isContainer()) {
                throw missingPath(operation, path);
            }
        }
        return new Place(parent, steps.getLast(), steps.size());
    }

    private static JsonNode child(JsonNode parent, String key) {
        return parent.isArray() ? parent.path(index(key, parent.size())) : parent.path(key);
    }

    /** Counts from the end when negative; -1 stays out of any list for what is no index. */
    private static int index(String key, int size) {
        try {
            int index = Integer.parseInt(key);
            return index < 0 ? index + size : index;
        } catch (NumberFormatException _) {
            return Integer.MAX_VALUE;
        }
    }

    private static PatchException missingPath(String operation, String path) {
        return PatchException.unprocessable(
                operation + " operation does not apply: doc is missing path: \"" + path + "\": missing value");
    }

    /** The value at a path. */
    JsonNode find(String path, String operation) {
        if (path.isEmpty()) {
            return root;
        }
        Place place = place(path, operation);
        JsonNode value = child(place.parent, place.key);
        if (value.isMissingNode()) {
            throw missingPath(operation, path);
        }
        return value;
    }

    void add(String path, JsonNode value) {
        if (path.isEmpty()) {
            root = value;
            return;
        }
        Place place = place(path, "add");
        checkDepth(place, value);
        switch (place.parent) {
            case ObjectNode object -> object.set(place.key, value);
            case ArrayNode array when place.key.equals("-") -> array.add(value);
            case ArrayNode array -> {
                int index = index(place.key, array.size() + 1);
                if (index < 0 || index > array.size()) {
                    throw PatchException.unprocessable("add operation does not apply: error in add for path: '" + path
                            + "': Unable to access invalid index: " + place.key + ": invalid index referenced");
                }
                array.insert(index, value);
            }
            default -> throw missingPath("add", path);
        }
    }

    void replace(String path, JsonNode value) {
        if (path.isEmpty()) {
            root = value;
            return;
        }
        Place place = place(path, "replace");
        if (child(place.parent, place.key).isMissingNode()) {
            throw PatchException.unprocessable(
                    "replace operation does not apply: doc is missing key: " + path + ": missing value");
        }
        checkDepth(place, value);
        switch (place.parent) {
            case ObjectNode object -> object.set(place.key, value);
            case ArrayNode array -> array.set(index(place.key, array.size()), value);
            default -> throw missingPath("replace", path);
        }
    }

    /** Takes the value at a path out. */
    JsonNode remove(String path, String operation) {
        Place place = place(path, operation);
        JsonNode removed = switch (place.parent) {
            case ObjectNode object -> object.remove(place.key);
            case ArrayNode array -> {
                int index = index(place.key, array.size());
                yield index < 0 || index >= array.size() ? null : array.remove(index);
            }
            default -> null;
        };
        if (removed == null) {
            throw PatchException.unprocessable("error in remove for path: '" + path
                    + "': Unable to remove nonexistent key: " + place.key + ": missing value");
        }
        return removed;
    }

    /** That the value at a path is this one; one that is absent counts as null. */
    void test(String path, JsonNode value) {
        JsonNode there = root;
        if (!path.isEmpty()) {
            Place place = place(path, "test");
            there = child(place.parent, place.key);
        }
        if (!JsonPatch.same(there, value)) {
            throw PatchException.failedTest("testing value " + path + " failed: test failed");
        }
    }

    private static void checkDepth(Place place, JsonNode value) {
        if (place.depth + TreeBounds.of(value).depth() > TreeBounds.MAX_DEPTH) {
            throw PatchException.unprocessable(
                    "the patched document would nest deeper than " + TreeBounds.MAX_DEPTH + " levels");
        }
    }
}
