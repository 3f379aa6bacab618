package dev.navarch.api;

/** How a request's body is written. */
public enum BodyFormat {
    JSON,
    YAML,
    /** {@code application/vnd.kubernetes.protobuf}: what Go clients send when nobody is to read it. */
    PROTOBUF
}
