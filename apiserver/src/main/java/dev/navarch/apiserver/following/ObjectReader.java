package dev.navarch.apiserver.following;

import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/** Looks up stored objects, for parts of the server that need one or two beside their request's own. Never blocks. */
public interface ObjectReader {

    /** @param namespace empty for cluster-scoped resources */
    Optional<ObjectNode> read(String group, String resource, String namespace, String name);
}
