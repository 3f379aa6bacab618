package dev.navarch.apiserver.following;

import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/** Reads stored objects. They are shared: never change one. Reads never block. */
public interface StoredObjects extends ObjectReader {

    /** @param namespace empty for all namespaces and for cluster-scoped resources */
    List<ObjectNode> list(String group, String resource, String namespace);

    /**
     * Stores {@code now} in the place of {@code old}, in the form in which it is stored. Blocks for the commit.
     *
     * @return false if {@code old}, an object as it was read, is no longer what is stored
     */
    boolean replace(String group, String resource, ObjectNode old, ObjectNode now);
}
