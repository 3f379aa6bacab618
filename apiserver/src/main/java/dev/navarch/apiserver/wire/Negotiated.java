package dev.navarch.apiserver.wire;

import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.ApiRequest;
import dev.navarch.apiserver.request.Headers;
import dev.navarch.apiserver.request.Query;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * The form in which an answer is wanted (source: k8s.io/apiserver pkg/endpoints/handlers/negotiation/negotiate.go and
 * rest.go, AllowsMediaTypeTransform).
 *
 * @param version of meta.k8s.io, for tables and partial objects: v1 or v1beta1
 * @param pretty whether JSON is indented
 */
public record Negotiated(Format format, Shape shape, String version, boolean pretty) {
    public static final Negotiated PLAIN_JSON = new Negotiated(Format.JSON, Shape.OBJECT, "", false);
    /** What is said of kinds that have no message in protobuf. */
    public static final String NO_MESSAGE = "object *unstructured.Unstructured does not implement the protobuf"
            + " marshalling interface and cannot be encoded to a protobuf message";

    private static final Negotiated PLAIN_PROTOBUF = new Negotiated(Format.PROTOBUF, Shape.OBJECT, "", false);

    /** In the order in which they are offered to a client that takes several. */
    public enum Format {
        JSON("application/json"),
        YAML("application/yaml"),
        PROTOBUF("application/vnd.kubernetes.protobuf");

        private final String mediaType;

        Format(String mediaType) {
            this.mediaType = mediaType;
        }

        public String mediaType() {
            return mediaType;
        }

        /** Whether a watch can be answered in it. */
        boolean streams() {
            return this != YAML;
        }

        private boolean isMeantBy(String type) {
            return type.equals(mediaType) || type.equals("*/*") || type.equals("application/*");
        }
    }

    /** What is shown of an object or a list. */
    public enum Shape {
        OBJECT,
        TABLE,
        PARTIAL,
        PARTIAL_LIST
    }

    /** The form of an object or a list of a resource; 406 if nothing that the client accepts can be made. */
    public static Negotiated of(ApiRequest request) {
        return of(request.headers(), request.query(), true, _ -> true)
                .orElseThrow(() -> ApiFailure.notAcceptable(mediaTypes()));
    }

    /** The form of a watch's events; 406 if nothing that the client accepts can be made. */
    public static Negotiated ofWatch(ApiRequest request) {
        return of(request.headers(), request.query(), true, _ -> true)
                .filter(n -> n.format.streams())
                .orElseThrow(() -> ApiFailure.notAcceptable(streamedTypes()));
    }

    /**
     * This form, or for a kind that has no message in protobuf the next one that the client accepts; 406 if there is none
     * (source: k8s.io/apimachinery pkg/runtime/serializer/protobuf/protobuf.go, errNotMarshalable; that clients may name
     * other forms to fall back to is in the documentation of Kubernetes, "API concepts").
     */
    public Negotiated withoutMessages(ApiRequest request) {
        return plainProtobuf()
                ? of(request.headers(), request.query(), true, form -> !form.plainProtobuf())
                        .orElseThrow(() -> ApiFailure.notAcceptable(NO_MESSAGE))
                : this;
    }

    /** The form of what is neither an object nor a list of a resource, such as a refusal; empty if there is none. */
    public static Optional<Negotiated> ofDocument(Headers headers, Query query) {
        return of(headers, query, false, _ -> true);
    }

    /** Likewise; 406 if there is none. */
    public static Negotiated ofDocument(ApiRequest request) {
        return ofDocument(request.headers(), request.query()).orElseThrow(() -> ApiFailure.notAcceptable(mediaTypes()));
    }

    private static Optional<Negotiated> of(
            Headers headers, Query query, boolean shapes, Predicate<Negotiated> possible) {
        var accept = headers.first("Accept").orElse("");
        boolean pretty = pretty(headers, query);
        if (accept.isEmpty() || accept.equals("application/json") || accept.equals("*/*")) {
            return Optional.of(pretty ? new Negotiated(Format.JSON, Shape.OBJECT, "", true) : PLAIN_JSON);
        }
        if (accept.startsWith(Format.PROTOBUF.mediaType) && accept.indexOf(';') < 0 && possible.test(PLAIN_PROTOBUF)) {
            return Optional.of(PLAIN_PROTOBUF);
        }
        for (var clause : MediaType.list(accept)) {
            for (var format : Format.values()) {
                if (format.isMeantBy(clause.type()) && clause.quality() > 0) {
                    var accepted = accepted(clause, format, shapes, pretty).filter(possible);
                    if (accepted.isPresent()) {
                        return accepted;
                    }
                }
            }
        }
        return Optional.empty();
    }

    private static Optional<Negotiated> accepted(MediaType clause, Format format, boolean shapes, boolean pretty) {
        var stream = clause.parameter("stream");
        if (!stream.isEmpty() && !(stream.equals("watch") && format.streams())) {
            return Optional.empty();
        }
        var version = clause.parameter("v");
        var kind = clause.parameter("as");
        boolean indented = (pretty || clause.parameter("pretty").equals("1")) && format == Format.JSON;
        if (kind.isEmpty() && version.isEmpty() && clause.parameter("g").isEmpty()) {
            return Optional.of(new Negotiated(format, Shape.OBJECT, "", indented));
        }
        boolean known =
                clause.parameter("g").equals("meta.k8s.io") && (version.equals("v1") || version.equals("v1beta1"));
        if (!known || !shapes) {
            return Optional.empty();
        }
        var shape = switch (kind) {
            case "Table" -> Optional.of(Shape.TABLE).filter(_ -> format != Format.PROTOBUF);
            case "PartialObjectMetadata" -> Optional.of(Shape.PARTIAL);
            case "PartialObjectMetadataList" -> Optional.of(Shape.PARTIAL_LIST);
            default -> Optional.<Shape>empty();
        };
        return shape.map(s -> new Negotiated(format, s, version, indented));
    }

    /** Asked for by the query, or the client is one that people look at. */
    private static boolean pretty(Headers headers, Query query) {
        var asked = query.value("pretty");
        if (!asked.isEmpty()) {
            return List.of("1", "t", "T", "TRUE", "true", "True").contains(asked);
        }
        var agent = headers.first("User-Agent").orElse("");
        return agent.startsWith("curl") || agent.startsWith("Wget") || agent.startsWith("Mozilla/5.0");
    }

    /** Whether the stored bytes, with no more than an envelope around them, are the answer. */
    public boolean plainJson() {
        return format == Format.JSON && shape == Shape.OBJECT && !pretty;
    }

    /** Likewise, of what is stored of the metadata. */
    public boolean plainPartialList() {
        return format == Format.JSON && shape == Shape.PARTIAL_LIST && !pretty;
    }

    public boolean plainProtobuf() {
        return format == Format.PROTOBUF && shape == Shape.OBJECT;
    }

    /** The same for an object that is shown as it is. */
    public Negotiated whole() {
        return shape == Shape.OBJECT ? this : new Negotiated(format, Shape.OBJECT, "", pretty);
    }

    /** Of a watch in this form (source: k8s.io/apiserver pkg/endpoints/handlers/watch.go, serveWatchHandler). */
    public String streamType() {
        return format == Format.JSON ? format.mediaType : format.mediaType + ";stream=watch";
    }

    private static List<String> mediaTypes() {
        List<String> types = new ArrayList<>();
        for (var format : Format.values()) {
            types.add(format.mediaType);
        }
        return types;
    }

    private static List<String> streamedTypes() {
        List<String> types = new ArrayList<>();
        for (var format : Format.values()) {
            if (format.streams()) {
                types.add(format.mediaType + ";stream=watch");
            }
        }
        return types;
    }
}
