package dev.navarch.api.structural;

import dev.navarch.api.Catalogue;
import dev.navarch.api.ListSchema;
import dev.navarch.api.ObjectSchema;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Takes out of an object what its schema does not know (source: k8s.io/apiextensions-apiserver
 * pkg/apiserver/schema/pruning/algorithm.go).
 */
public final class Pruning {
    private static final int MOST_REPORTED = 100;

    private final List<String> unknown = new ArrayList<>();

    private Pruning() {}

    /**
     * @param object a whole object, which is changed
     * @return the paths of what was taken out, as in {@code spec.list[0].other}; the first hundred of them
     */
    public static List<String> prune(ObjectNode object, Structural schema) {
        var pruning = new Pruning();
        pruning.prune(object, schema.asResource(), false, "");
        return pruning.unknown;
    }

    /** @param inList whether the value is an element of a list that keeps what it doesn't know */
    private void prune(JsonNode value, @Nullable Structural schema, boolean inList, String path) {
        boolean keeps = inList || schema != null && schema.traits().preservesUnknown();
        if (value instanceof ObjectNode object) {
            pruneFields(object, schema, keeps, path);
        } else if (value.isArray() && !(keeps && schema == null)) {
            for (int i = 0; i < value.size(); i++) {
                prune(value.get(i), schema == null ? null : schema.items(), keeps, path + "[" + i + "]");
            }
        }
    }

    private void pruneFields(ObjectNode object, @Nullable Structural schema, boolean keeps, String path) {
        List<String> gone = List.of();
        for (var field : object.properties()) {
            var name = field.getKey();
            if (schema != null && schema.isServersOwn(name)) {
                if (name.equals("metadata") && !path.isEmpty() && field.getValue() instanceof ObjectNode metadata) {
                    pruneMetadata(metadata, Catalogue.builtIn().metaSchema("ObjectMeta"), child(path, name));
                }
                continue;
            }
            var below = schema == null ? null : schema.property(name);
            if (below != null || schema != null && schema.others() != null) {
                prune(field.getValue(), below, false, child(path, name));
            } else if (!keeps) {
                gone = gone.isEmpty() ? new ArrayList<>() : gone;
                gone.add(name);
            }
        }
        for (var name : gone) {
            object.remove(name);
            report(child(path, name));
        }
    }

    /** Of an embedded object; those of a whole one are decoded strictly. */
    private void pruneMetadata(ObjectNode object, ObjectSchema schema, String path) {
        for (var name : List.copyOf(object.propertyNames())) {
            var field = schema.field(name);
            if (field == null) {
                object.remove(name);
                report(child(path, name));
            } else if (field.schema() instanceof ListSchema list && list.element() instanceof ObjectSchema element) {
                int index = 0;
                for (var each : object.get(name)) {
                    if (each instanceof ObjectNode below) {
                        pruneMetadata(below, element, child(path, name) + "[" + index + "]");
                    }
                    index++;
                }
            }
        }
    }

    private void report(String path) {
        if (unknown.size() < MOST_REPORTED) {
            unknown.add(path);
        }
    }

    private static String child(String path, String name) {
        return path.isEmpty() ? name : path + "." + name;
    }
}
