package dev.navarch.apiserver.patch;

import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A JSON merge patch (RFC 7386): objects merge, null deletes, everything else replaces.
 *
 * @param body what to merge in; never changed
 */
record MergePatch(ObjectNode body) implements Patch {
    @Override
    public ObjectNode apply(ObjectNode object) {
        merge(object, body);
        return object;
    }

    private static void merge(ObjectNode target, ObjectNode patch) {
        for (Map.Entry<String, JsonNode> entry : patch.properties()) {
            String name = entry.getKey();
            switch (entry.getValue()) {
                case JsonNode value when value.isNull() -> target.remove(name);
                case ObjectNode value -> {
                    ObjectNode below = target.get(name) instanceof ObjectNode there ? there : target.putObject(name);
                    merge(below, value);
                }
                case JsonNode value -> target.set(name, value.deepCopy());
            }
        }
    }
}
