package dev.navarch.client;

import tools.jackson.databind.JsonNode;

/** A partial change. {@code document} is a tree, so that it is well-formed whatever the values in it. */
public sealed interface Patch {

    JsonNode document();

    /** RFC 6902. */
    record Json(JsonNode document) implements Patch {}

    /** RFC 7386. */
    record Merge(JsonNode document) implements Patch {}

    /** Kubernetes' own: lists merge by their keys. */
    record Strategic(JsonNode document) implements Patch {}

    /** Server-side apply by the client's field manager, taking over what others own. */
    record Apply(JsonNode document) implements Patch {}

    default String contentType() {
        return switch (this) {
            case Json _ -> "application/json-patch+json";
            case Merge _ -> "application/merge-patch+json";
            case Strategic _ -> "application/strategic-merge-patch+json";
            case Apply _ -> "application/apply-patch+yaml";
        };
    }

    /** A merge patch from JSON text that is known to be well-formed. */
    static Patch merge(String json) {
        return new Merge(dev.navarch.client.Json.mapper().readTree(json));
    }

    /** A strategic merge patch from JSON text that is known to be well-formed. */
    static Patch strategic(String json) {
        return new Strategic(dev.navarch.client.Json.mapper().readTree(json));
    }
}
