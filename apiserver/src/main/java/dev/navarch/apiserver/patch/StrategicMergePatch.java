package dev.navarch.apiserver.patch;

import dev.navarch.api.Field;
import dev.navarch.api.ListSchema;
import dev.navarch.api.MapSchema;
import dev.navarch.api.ObjectSchema;
import dev.navarch.api.ScalarSchema;
import dev.navarch.api.Schema;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A partial object whose lists merge by key where the schema says so. Directives: {@code $patch} (replace, delete),
 * {@code $retainKeys}, {@code $setElementOrder/list}, {@code $deleteFromPrimitiveList/list}.
 *
 * <p>Source: apimachinery pkg/util/strategicpatch/patch.go.
 *
 * @param body what to merge in; never changed
 */
record StrategicMergePatch(ObjectNode body, ObjectSchema schema) implements Patch {
    static final String DIRECTIVE = "$patch";
    private static final String RETAIN_KEYS = "$retainKeys";
    private static final String ELEMENT_ORDER = "$setElementOrder/";
    private static final String DELETE_FROM_LIST = "$deleteFromPrimitiveList/";

    private static final String BAD_RETAIN_KEYS = "invalid patch format of retainKeys";
    private static final String BAD_ELEMENT_ORDER = "invalid patch format of setElementOrder list";
    private static final String BAD_PRIMITIVE_LIST = "invalid patch format of primitive list";

    @Override
    public ObjectNode apply(ObjectNode object) {
        return mergeObject(object, body, schema);
    }

    /** How the list in a field merges. */
    private record Merging(
            boolean merges,
            boolean replaces,
            String key,
            @Nullable Schema element) {
        static Merging of(@Nullable Field field) {
            if (field == null) {
                return new Merging(false, false, "", null);
            }
            Schema element = field.schema() instanceof ListSchema list ? list.element() : null;
            return new Merging(
                    field.patchStrategies().contains("merge"),
                    field.patchStrategies().contains("replace"),
                    field.patchMergeKey(),
                    element);
        }
    }

    private static @Nullable Field field(@Nullable Schema schema, String name) {
        return schema instanceof ObjectSchema object ? object.field(name) : null;
    }

    /** The schema of the value of a field or of a key of a map. */
    private static @Nullable Schema below(@Nullable Schema schema, String name) {
        return switch (schema) {
            case ObjectSchema object -> {
                Field field = object.field(name);
                yield field == null ? null : field.schema();
            }
            case MapSchema map -> map.value();
            case ListSchema _, ScalarSchema _ -> null;
            case null -> null;
        };
    }

    private static ObjectNode mergeObject(ObjectNode target, ObjectNode patch, @Nullable Schema schema) {
        if (patch.has(DIRECTIVE)) {
            return directive(patch);
        }
        retainKeys(target, patch);
        Set<String> done = new HashSet<>();
        for (String name : patch.propertyNames()) {
            if (name.startsWith(ELEMENT_ORDER)) {
                String list = name.substring(ELEMENT_ORDER.length());
                mergeOrdered(target, patch, list, Merging.of(field(schema, list)));
                done.add(list);
            } else if (name.startsWith(DELETE_FROM_LIST)) {
                deleteFromList(target, patch, name);
            }
        }
        for (Map.Entry<String, JsonNode> entry : patch.properties()) {
            if (!isDirective(entry.getKey()) && !done.contains(entry.getKey())) {
                mergeField(target, entry.getKey(), entry.getValue(), schema);
            }
        }
        return target;
    }

    private static boolean isDirective(String name) {
        return name.equals(RETAIN_KEYS)
                || name.equals(DIRECTIVE)
                || name.startsWith(ELEMENT_ORDER)
                || name.startsWith(DELETE_FROM_LIST);
    }

    /** {@code $patch: replace} takes the patch as it is, {@code delete} leaves nothing. */
    private static ObjectNode directive(ObjectNode patch) {
        String directive = patch.path(DIRECTIVE).asString("");
        return switch (directive) {
            case "replace" -> plainObject(patch);
            case "delete" -> patch.objectNode();
            default -> throw unknownDirective(patch);
        };
    }

    static PatchException unknownDirective(ObjectNode patch) {
        return PatchException.failed(
                "unknown patch type: " + patch.path(DIRECTIVE).asString("") + " in map: " + GoValue.of(patch));
    }

    private static void retainKeys(ObjectNode target, ObjectNode patch) {
        if (!patch.has(RETAIN_KEYS)) {
            return;
        }
        if (!(patch.get(RETAIN_KEYS) instanceof ArrayNode list)) {
            throw PatchException.malformed(BAD_RETAIN_KEYS);
        }
        Set<String> retained = new HashSet<>();
        list.forEach(name -> retained.add(name.asString("")));
        for (Map.Entry<String, JsonNode> entry : patch.properties()) {
            if (!isDirective(entry.getKey()) && !entry.getValue().isNull() && !retained.contains(entry.getKey())) {
                throw PatchException.malformed(BAD_RETAIN_KEYS);
            }
        }
        target.retain(retained);
    }

    private static void mergeField(ObjectNode target, String name, JsonNode patch, @Nullable Schema schema) {
        if (patch.isNull()) {
            target.remove(name);
            return;
        }
        JsonNode there = target.path(name);
        Merging merging = Merging.of(field(schema, name));
        switch (patch) {
            case ObjectNode object
            when there instanceof ObjectNode old ->
                target.set(
                        name, merging.replaces ? plainObject(object) : mergeObject(old, object, below(schema, name)));
            case ArrayNode array
            when there instanceof ArrayNode old ->
                target.set(name, merging.merges ? mergeList(old, array, merging) : plain(array));
            default -> target.set(name, plain(patch));
        }
    }

    /** A value of the patch where there is nothing to merge with: without its nulls and directives. */
    private static JsonNode plain(JsonNode patch) {
        return switch (patch) {
            case ObjectNode object -> plainObject(object);
            case ArrayNode array -> {
                ArrayNode plain = array.arrayNode(array.size());
                for (JsonNode item : array) {
                    if (!(item instanceof ObjectNode object) || !object.has(DIRECTIVE)) {
                        plain.add(plain(item));
                    } else if (object.size() > 1
                            && object.path(DIRECTIVE).asString("").equals("replace")) {
                        plain.add(plainObject(object));
                    }
                }
                yield plain;
            }
            default -> patch;
        };
    }

    private static ObjectNode plainObject(ObjectNode patch) {
        ObjectNode plain = patch.objectNode();
        if (patch.path(DIRECTIVE).asString("").equals("delete")) {
            return plain;
        }
        for (Map.Entry<String, JsonNode> entry : patch.properties()) {
            if (!isDirective(entry.getKey()) && !entry.getValue().isNull()) {
                plain.set(entry.getKey(), plain(entry.getValue()));
            }
        }
        return plain;
    }

    private static void deleteFromList(ObjectNode target, ObjectNode patch, String directive) {
        String name = directive.substring(DELETE_FROM_LIST.length());
        if (!(patch.get(directive) instanceof ArrayNode gone)) {
            throw PatchException.malformed(BAD_PRIMITIVE_LIST);
        }
        if (target.get(name) instanceof ArrayNode list) {
            Set<ElementKey> keys = new HashSet<>();
            gone.forEach(item -> keys.add(ElementKey.of(item)));
            ArrayNode kept = list.arrayNode();
            for (JsonNode item : list) {
                if (item.isContainer() || !keys.contains(ElementKey.of(item))) {
                    kept.add(item);
                }
            }
            target.set(name, kept);
        }
    }

    /** Merges a list and puts it into the order that the patch gives. */
    private static void mergeOrdered(ObjectNode target, ObjectNode patch, String name, Merging merging) {
        if (!(patch.get(ELEMENT_ORDER + name) instanceof ArrayNode order)) {
            throw PatchException.malformed(BAD_ELEMENT_ORDER);
        }
        JsonNode old = target.path(name);
        JsonNode changes = patch.path(name);
        if (changes.isNull() || (!old.isMissingNode() && !old.isArray())) {
            mergeField(target, name, changes, null);
            return;
        }
        if (!changes.isMissingNode() && !changes.isArray()) {
            throw PatchException.malformed(BAD_ELEMENT_ORDER);
        }
        ElementOrder.checkAgainst(changes, order, merging.key);
        if (old.isMissingNode() && changes.isMissingNode()) {
            return;
        }
        List<JsonNode> before =
                merging.key.isEmpty() ? items(old) : KeyedLists.orderAfter(items(old), items(changes), merging.key);
        ArrayNode merged;
        if (changes.isMissingNode()) {
            merged = (ArrayNode) old;
        } else if (old.isMissingNode()) {
            merged = (ArrayNode) plain(changes);
        } else {
            merged = merging.merges
                    ? mergeList((ArrayNode) old, (ArrayNode) changes, merging)
                    : (ArrayNode) plain(changes);
        }
        target.set(name, ElementOrder.of(items(order), before, merging.key).sort(merged));
    }

    private static List<JsonNode> items(JsonNode list) {
        List<JsonNode> items = new ArrayList<>(list.size());
        list.forEach(items::add);
        return items;
    }

    private static ArrayNode mergeList(ArrayNode old, ArrayNode patch, Merging merging) {
        if (old.isEmpty() && patch.isEmpty()) {
            return old;
        }
        boolean objects = ElementOrder.holdsObjects(old, patch);
        if (!objects) {
            return mergeScalars(old, patch);
        }
        if (merging.key.isEmpty()) {
            throw PatchException.failed("cannot merge lists without merge key for type struct");
        }
        return KeyedLists.merge(
                old, patch, merging.key, (there, change) -> mergeObject(there, change, merging.element));
    }

    /** Both, each value once. */
    private static ArrayNode mergeScalars(ArrayNode old, ArrayNode patch) {
        Set<ElementKey> seen = new HashSet<>();
        ArrayNode merged = old.arrayNode();
        for (ArrayNode list : List.of(old, patch)) {
            for (JsonNode item : list) {
                if (seen.add(ElementKey.of(item))) {
                    merged.add(item);
                }
            }
        }
        return ElementOrder.of(items(patch), items(old), "").sort(merged);
    }

    /** An element of a patch's list that is new. */
    static JsonNode plainElement(ObjectNode element) {
        return plainObject(element);
    }
}
