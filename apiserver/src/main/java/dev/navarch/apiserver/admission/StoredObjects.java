package dev.navarch.apiserver.admission;

import dev.navarch.apiserver.ObjectReader;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/** Reads stored objects. They are shared: never change one. Never blocks. */
public interface StoredObjects extends ObjectReader {

    /** @param namespace empty for all namespaces and for cluster-scoped resources */
    List<ObjectNode> list(String group, String resource, String namespace);
}
