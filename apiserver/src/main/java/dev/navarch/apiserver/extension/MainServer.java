package dev.navarch.apiserver.extension;

import java.io.IOException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The cluster's API server, as the extension's own identity sees it. Safe for use by many threads. */
public interface MainServer {
    /** @throws IOException if it can't be reached or refuses */
    JsonNode get(String path) throws IOException;

    /**
     * Creates an object and returns what became of it.
     *
     * @throws IOException if it can't be reached or refuses
     */
    JsonNode create(String path, ObjectNode object) throws IOException;
}
