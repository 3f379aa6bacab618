package dev.navarch.api;

import static java.util.Objects.requireNonNull;

/**
 * A value without fields of its own, or one whose inside no schema describes.
 *
 * @param type how it is read and written
 * @param goType see {@link Schema#goType()}
 */
public record ScalarSchema(ScalarType type, String goType) implements Schema {

    public ScalarSchema {
        requireNonNull(type, "type");
        requireNonNull(goType, "goType");
    }
}
