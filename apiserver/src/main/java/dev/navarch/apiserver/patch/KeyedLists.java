package dev.navarch.apiserver.patch;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BinaryOperator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Merges lists of objects that a key tells apart.
 *
 * <p>Source: apimachinery pkg/util/strategicpatch/patch.go (mergeSliceWithSpecialElements,
 * mergeSliceWithoutSpecialElements).
 */
final class KeyedLists {
    private KeyedLists() {}

    /**
     * @param old used up
     * @param key the name of the field that tells elements apart
     * @param mergeElement gives the merged element from the old one and its change
     */
    static ArrayNode merge(ArrayNode old, ArrayNode patch, String key, BinaryOperator<ObjectNode> mergeElement) {
        Set<ElementKey> deleted = new HashSet<>();
        List<ObjectNode> changes = new ArrayList<>();
        boolean replace = false;
        for (JsonNode item : patch) {
            ObjectNode element = (ObjectNode) item;
            if (!element.has(StrategicMergePatch.DIRECTIVE)) {
                changes.add(element);
                continue;
            }
            switch (element.path(StrategicMergePatch.DIRECTIVE).asString("")) {
                case "delete" -> deleted.add(keyOf(element, key));
                case "replace" -> replace = true;
                case "merge" -> throw PatchException.failed("merging lists cannot yet be specified in the patch");
                default -> throw StrategicMergePatch.unknownDirective(element);
            }
        }
        if (replace) {
            ArrayNode replaced = old.arrayNode();
            changes.forEach(change -> replaced.add(StrategicMergePatch.plainElement(change)));
            return replaced;
        }
        return merge(old, deleted, changes, key, mergeElement);
    }

    private static ArrayNode merge(
            ArrayNode old,
            Set<ElementKey> deleted,
            List<ObjectNode> changes,
            String key,
            BinaryOperator<ObjectNode> mergeElement) {
        List<JsonNode> before = new ArrayList<>();
        Map<ElementKey, Integer> places = new HashMap<>();
        for (JsonNode item : old) {
            ElementKey itemKey = ElementKey.of(item.path(key));
            if (!deleted.contains(itemKey)) {
                places.putIfAbsent(itemKey, before.size());
                before.add(item);
            }
        }
        List<JsonNode> merged = new ArrayList<>(before);
        for (ObjectNode change : changes) {
            ElementKey changeKey = keyOf(change, key);
            Integer place = places.get(changeKey);
            if (place == null) {
                places.put(changeKey, merged.size());
                merged.add(StrategicMergePatch.plainElement(change));
            } else {
                merged.set(place, mergeElement.apply((ObjectNode) merged.get(place), change));
            }
        }
        ArrayNode result = old.arrayNode(merged.size());
        merged.forEach(result::add);
        return ElementOrder.of(List.copyOf(changes), before, key).sort(result);
    }

    /**
     * The order that the other elements keep when the patch gives one: the old list's, where new elements have taken the
     * places that deleted ones left at its end. Upstream's tests expect that of it (patch_test.go, "add map and delete map
     * from merging list").
     */
    static List<JsonNode> orderAfter(List<JsonNode> old, Iterable<JsonNode> patch, String key) {
        Set<ElementKey> deleted = new HashSet<>();
        for (JsonNode change : patch) {
            if (change.path(StrategicMergePatch.DIRECTIVE).asString("").equals("delete")) {
                deleted.add(ElementKey.of(change.path(key)));
            }
        }
        if (deleted.isEmpty()) {
            return old;
        }
        List<JsonNode> order = new ArrayList<>();
        Set<ElementKey> known = new HashSet<>();
        for (JsonNode item : old) {
            ElementKey itemKey = ElementKey.of(item.path(key));
            if (!deleted.contains(itemKey)) {
                order.add(item);
                known.add(itemKey);
            }
        }
        for (JsonNode change : patch) {
            if (order.size() < old.size()
                    && !change.has(StrategicMergePatch.DIRECTIVE)
                    && known.add(ElementKey.of(change.path(key)))) {
                order.add(change);
            }
        }
        return order;
    }

    static ElementKey keyOf(ObjectNode element, String key) {
        if (!element.has(key)) {
            throw PatchException.failed("map: " + GoValue.of(element) + " does not contain declared merge key: " + key);
        }
        return ElementKey.of(element.get(key));
    }
}
