package dev.navarch.apiserver.patch;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;

/**
 * The order of a merged list: that of the patch among the elements it names, that of the live list among the others;
 * others stand before the first named element that they stood before in the live list.
 *
 * <p>Source: apimachinery pkg/util/strategicpatch/patch.go (normalizeElementOrder, mergeSortedSlice).
 */
final class ElementOrder {
    private final Map<ElementKey, Integer> patch;
    private final Map<ElementKey, Integer> live;
    private final String key;

    private ElementOrder(Map<ElementKey, Integer> patch, Map<ElementKey, Integer> live, String key) {
        this.patch = patch;
        this.live = live;
        this.key = key;
    }

    /**
     * @param key the name of the field that tells elements apart; empty for lists of scalars
     */
    static ElementOrder of(List<? extends JsonNode> patch, List<? extends JsonNode> live, String key) {
        return new ElementOrder(places(patch, key), places(live, key), key);
    }

    private static Map<ElementKey, Integer> places(List<? extends JsonNode> list, String key) {
        Map<ElementKey, Integer> places = new HashMap<>();
        for (int i = 0; i < list.size(); i++) {
            places.putIfAbsent(identity(list.get(i), key), i);
        }
        return places;
    }

    private static ElementKey identity(JsonNode element, String key) {
        return ElementKey.of(key.isEmpty() || !element.isObject() ? element : element.path(key));
    }

    ArrayNode sort(ArrayNode merged) {
        List<JsonNode> named = new ArrayList<>();
        List<JsonNode> others = new ArrayList<>();
        for (JsonNode item : merged) {
            (patch.containsKey(identity(item, key)) ? named : others).add(item);
        }
        named.sort(Comparator.comparingInt(item -> patch.get(identity(item, key))));
        others.sort(Comparator.comparingInt(item -> live.getOrDefault(identity(item, key), Integer.MAX_VALUE)));
        return interleave(others, named, merged.arrayNode(merged.size()));
    }

    private ArrayNode interleave(List<JsonNode> others, List<JsonNode> named, ArrayNode sorted) {
        int i = 0;
        int j = 0;
        while (i < others.size() || j < named.size()) {
            boolean other = j >= named.size() || (i < others.size() && stoodBefore(others.get(i), named.get(j)));
            sorted.add(other ? others.get(i++) : named.get(j++));
        }
        return sorted;
    }

    private boolean stoodBefore(JsonNode a, JsonNode b) {
        Integer left = live.get(identity(a, key));
        Integer right = live.get(identity(b, key));
        return left != null && right != null && left < right;
    }

    /** That the elements of a patch's list come in the order which the patch asks for. */
    static void checkAgainst(JsonNode changes, ArrayNode order, String key) {
        if (changes.isEmpty() || order.isEmpty()) {
            return;
        }
        int at = 0;
        for (JsonNode change : changes) {
            if (change.has(StrategicMergePatch.DIRECTIVE)) {
                continue;
            }
            while (at < order.size() && !identity(order.get(at), key).equals(identity(change, key))) {
                at++;
            }
            if (at == order.size()) {
                throw PatchException.failed("The order in patch list:\n" + GoValue.of(changes)
                        + "\n doesn't match $setElementOrder list:\n" + GoValue.of(order) + "\n");
            }
            at++;
        }
    }

    /** Whether lists hold objects; they must not hold other things too, nor lists. */
    static boolean holdsObjects(ArrayNode a, ArrayNode b) {
        boolean objects = false;
        boolean scalars = false;
        for (ArrayNode list : List.of(a, b)) {
            for (JsonNode item : list) {
                if (item.isArray()) {
                    throw PatchException.unprocessable("lists of lists are not supported");
                }
                objects |= item.isObject();
                scalars |= !item.isObject();
            }
        }
        if (objects && scalars) {
            throw PatchException.failed(
                    "list element types are not identical: [" + GoValue.of(a) + " " + GoValue.of(b) + "]");
        }
        return objects;
    }
}
