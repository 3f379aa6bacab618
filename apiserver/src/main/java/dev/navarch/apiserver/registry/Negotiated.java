package dev.navarch.apiserver.registry;

import dev.navarch.apiserver.ApiFailure;
import dev.navarch.apiserver.ApiRequest;
import java.util.List;

/**
 * The form in which an answer is wanted (source: k8s.io/apiserver pkg/endpoints/handlers/negotiation and response.go).
 *
 * @param version of meta.k8s.io, for tables and partial objects: v1 or v1beta1
 */
record Negotiated(Format format, Shape shape, String version, boolean pretty) {
    static final Negotiated PLAIN_JSON = new Negotiated(Format.JSON, Shape.OBJECT, "", false);
    static final List<String> MEDIA_TYPES = List.of("application/json", "application/yaml");

    enum Format {
        JSON,
        YAML;

        String mediaType() {
            return this == JSON ? "application/json" : "application/yaml";
        }
    }

    enum Shape {
        OBJECT,
        TABLE,
        PARTIAL
    }

    boolean plainJson() {
        return format == Format.JSON && shape == Shape.OBJECT && !pretty;
    }

    /** @throws ApiFailure 406 if nothing that the client accepts can be made */
    static Negotiated of(ApiRequest request) {
        var accept = request.header("Accept", "");
        boolean pretty = pretty(request);
        if (!pretty && (accept.isEmpty() || accept.equals("application/json") || accept.equals("*/*"))) {
            return PLAIN_JSON;
        }
        if (accept.isEmpty()) {
            return new Negotiated(Format.JSON, Shape.OBJECT, "", pretty);
        }
        for (var clause : MediaType.list(accept)) {
            var format = switch (clause.type()) {
                case "application/json", "*/*", "application/*" -> Format.JSON;
                case "application/yaml" -> Format.YAML;
                default -> null;
            };
            if (format == null || clause.quality() == 0) {
                continue;
            }
            var as = clause.parameter("as");
            if (as.isEmpty()) {
                return new Negotiated(format, Shape.OBJECT, "", pretty);
            }
            var version = clause.parameter("v");
            if (!clause.parameter("g").equals("meta.k8s.io") || !(version.equals("v1") || version.equals("v1beta1"))) {
                continue;
            }
            switch (as) {
                case "Table" -> {
                    return new Negotiated(format, Shape.TABLE, version, pretty);
                }
                case "PartialObjectMetadata", "PartialObjectMetadataList" -> {
                    return new Negotiated(format, Shape.PARTIAL, version, pretty);
                }
                default -> {}
            }
        }
        throw ApiFailure.notAcceptable(MEDIA_TYPES);
    }

    /** Asked for by the query, or the client is one that people look at. */
    private static boolean pretty(ApiRequest request) {
        if (request.query().has("pretty")) {
            return request.query().flag("pretty");
        }
        var agent = request.header("User-Agent", "");
        return agent.startsWith("curl") || agent.startsWith("Wget") || agent.startsWith("Mozilla/5.0");
    }
}
