package dev.navarch.api;

import static java.util.Objects.requireNonNull;

/**
 * Reads the bodies of requests.
 */
public final class ObjectDecoder {

    /**
     * Reads an object of a resource. A body without {@code apiVersion} and {@code kind} is taken as the resource's.
     *
     * @throws BadBodyException if it cannot be read
     */
    public Decoded decode(byte[] body, BodyFormat format, ResourceType type) {
        requireNonNull(type, "type");
        return decode(body, format, type.schema());
    }

    /**
     * Reads an object of a type.
     *
     * @throws BadBodyException if it cannot be read
     */
    public Decoded decode(byte[] body, BodyFormat format, ObjectSchema schema) {
        throw new UnsupportedOperationException();
    }
}
