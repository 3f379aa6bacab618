package dev.navarch.api;

import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Makes the nodes of trees: Jackson's own, whose objects are smaller. */
public final class Nodes extends JsonNodeFactory {
    public static final JsonNodeFactory INSTANCE = new Nodes();

    private static final long serialVersionUID = 1;

    private Nodes() {}

    @Override
    public ObjectNode objectNode() {
        return new ObjectNode(this, new Members());
    }
}
