package dev.navarch.api;

/** How a request's body is written. */
public enum BodyFormat {
    JSON,
    YAML
}
