package dev.navarch.api;

import tools.jackson.databind.node.ObjectNode;

/** Writes the one canonical form of an object. */
public final class ObjectEncoder {

    public Encoded encode(ObjectNode tree, ObjectSchema schema) {
        throw new UnsupportedOperationException();
    }
}
