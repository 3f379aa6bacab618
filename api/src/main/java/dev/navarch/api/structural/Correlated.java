package dev.navarch.api.structural;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/**
 * A value, what it was, and what is known of both. Elements of a list that is a map are the same by their keys, wherever
 * they are; those of other lists are not told apart (source: k8s.io/apiserver pkg/cel/common/equality.go).
 *
 * @param now missing if there is none
 * @param old likewise
 */
public record Correlated(
        JsonNode now, JsonNode old, @Nullable Structural schema) {
    public static final Correlated NONE = new Correlated(MissingNode.getInstance(), MissingNode.getInstance(), null);

    /** Whether the value is there, and was. */
    public boolean isThere() {
        return !now.isMissingNode() && !old.isMissingNode();
    }

    public Correlated field(String name) {
        if (schema == null) {
            return new Correlated(now.path(name), old.path(name), null);
        }
        return new Correlated(now.path(name), old.path(name), schema.property(name));
    }

    /** An element of the new list with what it was; nothing if that can't be told. */
    public Correlated element(int index) {
        if (schema == null || !isMap(schema)) {
            return NONE;
        }
        var element = now.path(index);
        var keys = schema.traits().listMapKeys();
        for (var candidate : old) {
            if (keys.stream().allMatch(key -> candidate.path(key).equals(element.path(key)))) {
                return new Correlated(element, candidate, schema.items());
            }
        }
        return NONE;
    }

    private static boolean isMap(Structural schema) {
        return schema.traits().listType().equals("map");
    }

    /** Whether nothing has changed. */
    public boolean same() {
        if (!isThere() || now.size() != old.size()) {
            return false;
        }
        if (now.isArray() && old.isArray() && schema != null && isMap(schema)) {
            for (int i = 0; i < now.size(); i++) {
                if (!element(i).same()) {
                    return false;
                }
            }
            return true;
        }
        if (now.isObject() && old.isObject()) {
            for (var name : now.propertyNames()) {
                if (!field(name).same()) {
                    return false;
                }
            }
            return true;
        }
        return now.equals(old);
    }
}
