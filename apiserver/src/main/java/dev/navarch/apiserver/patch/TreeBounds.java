package dev.navarch.apiserver.patch;

import java.util.ArrayDeque;
import java.util.Deque;
import tools.jackson.databind.JsonNode;

/**
 * How large and how deep a tree is, found without recursion.
 *
 * @param bytes about as many as its JSON text has
 * @param depth of nesting; 0 for a value that holds no others
 */
record TreeBounds(long bytes, int depth) {
    /** No patched object nests deeper. */
    static final int MAX_DEPTH = 1_000;

    private record Step(JsonNode node, int depth) {}

    static TreeBounds of(JsonNode root) {
        long bytes = 0;
        int deepest = 0;
        Deque<Step> open = new ArrayDeque<>();
        open.push(new Step(root, 0));
        while (!open.isEmpty()) {
            Step step = open.pop();
            JsonNode node = step.node;
            if (node.isContainer()) {
                int depth = step.depth + 1;
                deepest = Math.max(deepest, depth);
                bytes += 2 + node.size();
                node.propertyStream().forEach(entry -> open.push(new Step(entry.getValue(), depth)));
                for (String name : node.propertyNames()) {
                    bytes += name.length() + 3L;
                }
                if (node.isArray()) {
                    node.forEach(item -> open.push(new Step(item, depth)));
                }
            } else {
                bytes += node.isString() ? node.stringValue().length() + 2L : 8;
            }
        }
        return new TreeBounds(bytes, deepest);
    }
}
