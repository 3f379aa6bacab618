package dev.navarch.apiserver.fields;

import dev.navarch.api.ObjectSchema;
import dev.navarch.apiserver.fields.Shape.Deduced;
import dev.navarch.apiserver.fields.Shape.Keyed;
import dev.navarch.apiserver.fields.Shape.Leaf;
import dev.navarch.apiserver.fields.Shape.ListOf;
import dev.navarch.apiserver.fields.Shape.SetOf;
import dev.navarch.apiserver.fields.Shape.Struct;
import dev.navarch.apiserver.tree.Tree;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Merges parts of objects as server-side apply does, without managers: nobody owns what a policy sets. Safe for use by
 * many threads (source: k8s.io/apiserver pkg/admission/plugin/policy/mutating/patch/smd.go, ApplyStructuredMergeDiff).
 */
public final class ApplyConfigurations {
    private final Map<ObjectSchema, Struct> shapes = Collections.synchronizedMap(new WeakHashMap<>());

    /** A part of an object that can't be merged into it; the message is upstream's. */
    public static final class Refused extends Exception {
        private static final long serialVersionUID = 1;

        private Refused(String message) {
            super(message, null, false, false);
        }
    }

    /**
     * The object with the part in it.
     *
     * @param live not changed
     * @param config gets the object's version and kind
     * @param schema of both
     */
    public ObjectNode merge(ObjectNode live, ObjectNode config, ObjectSchema schema) throws Refused {
        config.put("apiVersion", Tree.text(live, "apiVersion")).put("kind", Tree.text(live, "kind"));
        var shape = shapes.computeIfAbsent(schema, Struct::of);
        var mistakes = ConfigCheck.mistakes(config, shape);
        if (!mistakes.isEmpty()) {
            throw new Refused("failed to convert patch object to typed object: " + mistakes);
        }
        List<String> atomics = new ArrayList<>();
        atomics("", config, shape, atomics);
        if (!atomics.isEmpty()) {
            throw new Refused("invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: "
                    + String.join(", ", atomics));
        }
        try {
            return Merger.merge(live, config, shape).deepCopy();
        } catch (FieldsException e) {
            throw new Refused("failed to merge patch: " + e.getMessage());
        }
    }

    /** Whoever sets one field of what is replaced as a whole would remove the others unawares. */
    private static void atomics(String path, JsonNode value, Shape shape, List<String> found) {
        switch (shape) {
            case Leaf _ -> {
                if (value.isContainer()) {
                    found.add(path);
                }
            }
            case Struct struct ->
                fields(
                        path,
                        value,
                        (name, below, at) ->
                                atomics(at, below, struct.shapeOf(name).orElse(Deduced.DEDUCED), found));
            case Keyed map -> fields(path, value, (_, below, at) -> atomics(at, below, map.value(), found));
            case SetOf set -> elements(path, value, set.element(), found);
            case ListOf list -> elements(path, value, list.element(), found);
            case Deduced _ -> {
                if (value.isArray()) {
                    found.add(path);
                }
                fields(path, value, (_, below, at) -> atomics(at, below, shape, found));
            }
        }
    }

    private interface Field {
        void visit(String name, JsonNode value, String path);
    }

    private static void fields(String path, JsonNode value, Field visitor) {
        if (value instanceof ObjectNode object) {
            object.properties().forEach(f -> visitor.visit(f.getKey(), f.getValue(), path + "." + f.getKey()));
        }
    }

    private static void elements(String path, JsonNode value, Shape element, List<String> found) {
        if (value instanceof ArrayNode list) {
            for (int i = 0; i < list.size(); i++) {
                atomics(path + "[" + i + "]", list.get(i), element, found);
            }
        }
    }
}
