package dev.navarch.api;

import static java.util.Objects.requireNonNull;

/**
 * A map from strings.
 *
 * @param value what each value looks like
 * @param goType see {@link Schema#goType()}
 */
public record MapSchema(Schema value, String goType) implements Schema {

    public MapSchema {
        requireNonNull(value, "value");
        requireNonNull(goType, "goType");
    }
}
