package dev.navarch.api;

/**
 * What a value of an API type looks like. Schemas follow the Go types of upstream, because these, not the published
 * OpenAPI documents, decide what decodes, in which order fields are encoded, and which zero values appear.
 */
public sealed interface Schema permits ObjectSchema, ListSchema, MapSchema, ScalarSchema {

    /** The type as Go prints it in decoding errors, such as {@code v1.PodSpec} or {@code []string}. */
    String goType();
}
