package dev.navarch.apiserver.patch;

import dev.navarch.api.ObjectSchema;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A change of an object. Immutable: one patch may be applied to many objects, and to a newer state of an object when
 * a write lost a race.
 */
public sealed interface Patch permits JsonPatch, MergePatch, StrategicMergePatch, StrictPatch {
    /**
     * The patched object. The given one is used up: it is changed, or parts of it are in the result.
     *
     * @throws PatchException if the patch does not fit
     */
    ObjectNode apply(ObjectNode object);

    /** What strict validation finds in the body: duplicate fields, and those that an operation does not have. */
    default List<String> problems() {
        return List.of();
    }

    /**
     * Reads a list of operations (RFC 6902; content type {@code application/json-patch+json}).
     *
     * @throws PatchException if it is malformed or has more than 10,000 operations
     */
    static Patch json(byte[] body) {
        var read = PatchBody.read(body);
        return StrictPatch.of(JsonPatch.read(read.tree()), JsonPatch.problems(read));
    }

    /**
     * Likewise, of operations that are read already.
     *
     * @throws PatchException if they are malformed or more than 10,000
     */
    static Patch operations(JsonNode list) {
        return JsonPatch.read(list);
    }

    /**
     * Reads a partial object (RFC 7386; content type {@code application/merge-patch+json}).
     *
     * @throws PatchException if it is malformed
     */
    static Patch merge(byte[] body) {
        var read = PatchBody.read(body);
        return StrictPatch.of(new MergePatch(object(read.tree(), "Invalid JSON Patch")), read.duplicates());
    }

    /**
     * Reads a partial object whose lists merge as the schema says (content type
     * {@code application/strategic-merge-patch+json}).
     *
     * @throws PatchException if it is malformed
     */
    static Patch strategic(byte[] body, ObjectSchema schema) {
        var read = PatchBody.read(body);
        return StrictPatch.of(
                new StrategicMergePatch(object(read.tree(), "invalid JSON document"), schema), read.duplicates());
    }

    private static ObjectNode object(JsonNode body, String complaint) {
        if (body instanceof ObjectNode object) {
            return object;
        }
        throw PatchException.malformed(complaint);
    }
}
