package dev.navarch.apiserver.registry;

import dev.navarch.apiserver.tree.Tree;
import dev.navarch.storage.Store;
import tools.jackson.databind.node.ObjectNode;

/**
 * What the store is told of objects, so that a watch of those with one value of a field is not woken for the others: of
 * pods their node, since each node watches its own (source: kubernetes pkg/registry/core/pod/strategy.go,
 * NodeNameTriggerFunc). A topic is the value's hash; a watch still looks at what it gets.
 *
 * @see Store#watch(String, long, int)
 */
public final class Topics {
    /** Of a pod that no node has, and of nothing else. */
    public static final int UNBOUND = 1;

    private static final String FIELD = "spec.nodeName";

    private Topics() {}

    /** @param object as it will be stored */
    static int of(ServedResource resource, ObjectNode object) {
        return resource.is("", "pods") ? of(Tree.text(object, "spec", "nodeName")) : 0;
    }

    static int of(ServedResource resource, Selection selection) {
        return resource.is("", "pods")
                ? selection.required(FIELD).map(Topics::of).orElse(0)
                : 0;
    }

    private static int of(String value) {
        if (value.isEmpty()) {
            return UNBOUND;
        }
        int hash = value.hashCode();
        return hash == 0 || hash == UNBOUND ? 2 : hash;
    }
}
