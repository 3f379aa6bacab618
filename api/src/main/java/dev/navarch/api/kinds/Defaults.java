package dev.navarch.api.kinds;

import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Setting fields that the user left out. */
final class Defaults {
    private Defaults() {}

    private static boolean isMissing(ObjectNode object, String field) {
        JsonNode there = object.path(field);
        return there.isMissingNode()
                || there.isNull()
                || (there.isString() && there.stringValue().isEmpty());
    }

    static void put(ObjectNode object, String field, String value) {
        if (isMissing(object, field)) {
            object.put(field, value);
        }
    }

    static void put(ObjectNode object, String field, int value) {
        if (isMissing(object, field)) {
            object.put(field, value);
        }
    }

    static void put(ObjectNode object, String field, boolean value) {
        if (isMissing(object, field)) {
            object.put(field, value);
        }
    }

    /** For a pointer upstream, whose empty text is a value. */
    static void putIfAbsent(ObjectNode object, String field, String value) {
        if (!object.hasNonNull(field)) {
            object.put(field, value);
        }
    }

    /** For a number that is no pointer upstream. */
    static void putIfZero(ObjectNode object, String field, int value) {
        if (isMissing(object, field)
                || (object.get(field).isNumber() && object.get(field).asLong(1) == 0)) {
            object.put(field, value);
        }
    }

    /** A rule for {@code spec}, which is put there if it is absent. */
    static Consumer<ObjectNode> spec(Consumer<ObjectNode> rule) {
        return object -> rule.accept(At.object(object, "spec"));
    }
}
