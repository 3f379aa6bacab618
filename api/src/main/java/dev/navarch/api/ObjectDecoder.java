package dev.navarch.api;

import static java.util.Objects.requireNonNull;

import dev.navarch.api.protobuf.ProtobufCodec;
import dev.navarch.api.values.GoText;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.NullNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads the bodies of requests into trees that conform to a schema, with upstream's words for what is wrong (sources:
 * k8s.io/apimachinery pkg/runtime/serializer/json/json.go, k8s.io/apiserver pkg/endpoints/handlers/rest.go and
 * create.go). Safe for use by many threads.
 *
 * <p>Bounded whatever the body: the work is linear in its length, aliases included. As upstream's, a body may be nested
 * {@value #MAX_NESTING} levels deep; but of what is kept beyond {@value #MAX_DEPTH} levels are refused, since not every
 * reader of a tree would survive it. The length of the body is the caller's to limit.
 */
public final class ObjectDecoder {

    /**
     * How deeply a body may be nested (source: sigs.k8s.io/json internal/golang/encoding/json/scanner.go and
     * sigs.k8s.io/yaml goyaml.v2/parserc.go).
     */
    static final int MAX_NESTING = 10_000;

    /** How deeply objects and lists may be nested that a schema knows. */
    public static final int MAX_DEPTH = 256;

    private static final int SUMMARY_BYTES = 30;
    private static final ProtobufCodec PROTOBUF = new ProtobufCodec(Catalogue.builtIn());
    private static final String JSON_ERROR = "couldn't get version/kind; json parse error: ";

    private static final JsonFactory JSON_TEXT = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_NESTING)
                    .maxNameLength(Integer.MAX_VALUE)
                    .maxStringLength(Integer.MAX_VALUE)
                    .maxNumberLength(10_000)
                    .build())
            .disable(TokenStreamFactory.Feature.FAIL_ON_SYMBOL_HASH_OVERFLOW)
            .build();

    /** What a body is expected to be; {@code kind} is empty when any will do. */
    private record Expected(GroupVersion groupVersion, String kind, ObjectSchema schema, Set<String> olderVersions) {
        boolean takes(String apiVersion) {
            return apiVersion.equals(groupVersion.apiVersion()) || olderVersions.contains(apiVersion);
        }
    }

    /**
     * Reads an object of a resource. A body without {@code apiVersion} or {@code kind} is taken as one of the
     * resource's, and gets them.
     *
     * @throws BadBodyException if it cannot be read or is of another kind
     */
    public Decoded decode(byte[] body, BodyFormat format, ResourceType type) {
        requireNonNull(type, "type");
        return decode(body, format, new Expected(type.groupVersion(), type.kind(), type.schema(), Set.of()));
    }

    /**
     * Reads an object of a subresource, like {@link #decode(byte[], BodyFormat, ResourceType)}.
     *
     * @throws BadBodyException if it cannot be read or is of another kind
     */
    public Decoded decode(byte[] body, BodyFormat format, SubresourceType type) {
        requireNonNull(type, "type");
        return decode(
                body, format, new Expected(type.groupVersion(), type.kind(), type.schema(), type.olderVersions()));
    }

    /**
     * Reads an object of a type, such as {@code DeleteOptions}, whatever kind it calls itself.
     *
     * @throws BadBodyException if it cannot be read
     */
    public Decoded decode(byte[] body, BodyFormat format, ObjectSchema schema) {
        requireNonNull(schema, "schema");
        return decode(body, format, new Expected(new GroupVersion("", ""), "", schema, Set.of()));
    }

    /**
     * Reads an object of any kind as it is, as what is applied: with nulls and with fields that no schema knows. The tree
     * may share parts within itself and is to be read only.
     *
     * @param body YAML, of which JSON is a part
     * @return without unknown fields; duplicate ones are in the words of Go's strict conversion
     * @throws BadBodyException in Go's words if it is no object
     */
    public Decoded decodeUntyped(byte[] body) {
        if (body.length > 0 && body[0] == '{') {
            var plain = UntypedJson.read(JSON_TEXT, body);
            if (plain != null) {
                return new Decoded(plain, List.of());
            }
        }
        YamlReader.Document document;
        try {
            document = YamlReader.read(new String(body, StandardCharsets.UTF_8), MAX_DEPTH);
        } catch (BadBodyException e) {
            throw new BadBodyException("error converting YAML to JSON: " + e.getMessage());
        }
        return switch (document.tree()) {
            case ObjectNode object -> new Decoded(object, document.duplicates());
            case NullNode _ -> new Decoded(JsonNodeFactory.instance.objectNode(), List.of());
            default ->
                throw new BadBodyException("error unmarshaling JSON: while decoding JSON: json: cannot unmarshal "
                        + document.tree().getNodeType().name().toLowerCase(Locale.ROOT)
                        + " into Go value of type map[string]interface {}");
        };
    }

    /**
     * Makes a tree that is there already, such as the outcome of a patch, conform to a schema.
     *
     * @param tree left as it is
     * @throws BadBodyException if a value has a wrong type
     */
    public Decoded conform(JsonNode tree, ObjectSchema schema) {
        try (var tokens = tokensOf(tree)) {
            tokens.nextToken();
            return new SchemaReader(tokens, MAX_NESTING).read(schema);
        }
    }

    private Decoded decode(byte[] body, BodyFormat format, Expected expected) {
        return switch (format) {
            case JSON -> decodeJson(body, expected);
            case YAML -> decodeYaml(body, expected);
            case PROTOBUF -> decodeProtobuf(body, expected);
        };
    }

    private Decoded decodeJson(byte[] body, Expected expected) {
        if (!startsAsUtf8(body)) {
            return afterSyntaxError(body, expected);
        }
        try {
            return read(() -> JSON_TEXT.createParser(ObjectReadContext.empty(), body), body, expected);
        } catch (JacksonException e) {
            return afterSyntaxError(body, expected);
        }
    }

    /** Whether the parser will take the body for UTF-8, the only encoding that Go reads; it knows others too. */
    private static boolean startsAsUtf8(byte[] body) {
        for (int i = 0; i < Math.min(4, body.length); i++) {
            if (body[i] == 0 || body[i] < 0 && i == 0) {
                return false;
            }
        }
        return true;
    }

    /** Go's reader is the judge of what is JSON; where it would have read on, the text is read again as it does. */
    private Decoded afterSyntaxError(byte[] body, Expected expected) {
        var mistake = GoJsonSyntax.mistake(body, MAX_NESTING);
        if (!mistake.isEmpty()) {
            throw unrecognized(JSON_ERROR + mistake, body, expected);
        }
        // Go takes bytes that are no UTF-8 for U+FFFD.
        var text = new String(body, StandardCharsets.UTF_8);
        try {
            return read(() -> JSON_TEXT.createParser(ObjectReadContext.empty(), text), body, expected);
        } catch (JacksonException e) {
            throw unrecognized(JSON_ERROR + e.getOriginalMessage(), body, expected);
        }
    }

    private static Decoded decodeYaml(byte[] body, Expected expected) {
        YamlReader.Document document;
        try {
            document = YamlReader.read(new String(body, StandardCharsets.UTF_8), MAX_NESTING);
        } catch (BadBodyException e) {
            throw unrecognized("error converting YAML to JSON: " + e.getMessage(), body, expected);
        }
        var decoded = read(() -> tokensOf(document.tree()), body, expected);
        var wrong = Stream.concat(document.duplicates().stream(), decoded.strictErrors().stream());
        return new Decoded(decoded.tree(), wrong.toList());
    }

    /** Source: k8s.io/apimachinery pkg/runtime/serializer/protobuf/protobuf.go. */
    private static Decoded decodeProtobuf(byte[] body, Expected expected) {
        ProtobufCodec.Envelope envelope;
        try {
            envelope = PROTOBUF.open(body);
        } catch (BadBodyException e) {
            throw unrecognized(e.getMessage(), body, expected);
        }
        var header = new Header(envelope.apiVersion(), envelope.kind()).orDefault(expected);
        header.check(expected);
        try {
            var tree = PROTOBUF.decodeMessage(envelope.message(), expected.schema());
            if (!expected.kind().isEmpty()) {
                tree.put("apiVersion", header.apiVersion());
                tree.put("kind", header.kind());
            }
            // once more by the schema, which puts quantities into their canonical form
            try (var tokens = tokensOf(tree)) {
                tokens.nextToken();
                return new SchemaReader(tokens, MAX_DEPTH).read(expected.schema());
            }
        } catch (BadBodyException e) {
            throw header.cannotBeHandled(e.getMessage(), expected);
        }
    }

    private static JsonParser tokensOf(JsonNode tree) {
        return tree.traverse(ObjectReadContext.empty());
    }

    private static Decoded read(Supplier<JsonParser> source, byte[] body, Expected expected) {
        Decoded decoded;
        try (var tokens = source.get()) {
            if (tokens.nextToken() == null) {
                throw new StreamReadException(tokens, "no value");
            }
            decoded = new SchemaReader(tokens, MAX_DEPTH).read(expected.schema());
            if (tokens.nextToken() != null) {
                throw new StreamReadException(tokens, "more than one value");
            }
        } catch (BadBodyException e) {
            var header = header(source, body, expected).orDefault(expected);
            header.check(expected);
            throw header.cannotBeHandled(e.getMessage(), expected);
        }
        var tree = decoded.tree();
        if (!expected.kind().isEmpty()) {
            if (!tree.has("kind") || !tree.has("apiVersion")) {
                header(source, body, expected); // complains of what is no object
            }
            var header = new Header(text(tree, "apiVersion"), text(tree, "kind")).orDefault(expected);
            header.check(expected);
            tree.put("apiVersion", header.apiVersion());
            tree.put("kind", header.kind());
        }
        return decoded;
    }

    private static String text(ObjectNode tree, String field) {
        var value = tree.get(field);
        return value == null ? "" : value.stringValue();
    }

    /** What a body says of itself. Reads the whole body, so that bad syntax is found before anything else. */
    private static Header header(Supplier<JsonParser> source, byte[] body, Expected expected) {
        try (var tokens = source.get()) {
            var token = tokens.nextToken();
            if (token != JsonToken.START_OBJECT && token != JsonToken.VALUE_NULL) {
                skip(tokens);
                throw unrecognized(
                        JSON_ERROR + "json: cannot unmarshal " + SchemaReader.kindOf(token) + " into Go value of type "
                                + "struct { APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; "
                                + "Kind string \"json:\\\"kind,omitempty\\\"\" }",
                        body,
                        expected);
            }
            var apiVersion = "";
            var kind = "";
            for (var name = tokens.nextName(); name != null; name = tokens.nextName()) {
                var value = tokens.nextToken();
                boolean wanted = name.equals("apiVersion") || name.equals("kind");
                if (wanted && value != JsonToken.VALUE_STRING && value != JsonToken.VALUE_NULL) {
                    skip(tokens);
                    throw unrecognized(
                            JSON_ERROR + "json: cannot unmarshal " + SchemaReader.kindOf(value)
                                    + " into Go struct field ." + name + " of type string",
                            body,
                            expected);
                }
                if (value == JsonToken.VALUE_STRING && name.equals("apiVersion")) {
                    apiVersion = tokens.getString();
                } else if (value == JsonToken.VALUE_STRING && name.equals("kind")) {
                    kind = tokens.getString();
                }
                tokens.skipChildren();
            }
            skip(tokens);
            return new Header(apiVersion, kind);
        }
    }

    private static void skip(JsonParser tokens) {
        var token = tokens.currentToken();
        while (token != null) {
            token = tokens.nextToken();
        }
    }

    /** The failure of a body that does not even tell its kind. */
    private static BadBodyException unrecognized(String problem, byte[] body, Expected expected) {
        if (expected.kind().isEmpty()) {
            return new BadBodyException(problem);
        }
        return new BadBodyException("the object provided is unrecognized (must be of type " + expected.kind() + "): "
                + problem + " (" + summary(body) + ")");
    }

    private static String summary(byte[] body) {
        if (body.length == 0) {
            return "<empty>";
        }
        int shown = Math.min(body.length, SUMMARY_BYTES);
        var start = body[0] == '{'
                ? new String(body, 0, shown, StandardCharsets.UTF_8)
                : HexFormat.of().formatHex(body, 0, shown);
        return shown < body.length ? start + " ..." : start;
    }

    /** What a body says it is. */
    private record Header(String apiVersion, String kind) {

        Header orDefault(Expected expected) {
            return new Header(
                    apiVersion.isEmpty() ? expected.groupVersion().apiVersion() : apiVersion,
                    kind.isEmpty() ? expected.kind() : kind);
        }

        void check(Expected expected) {
            if (expected.kind().isEmpty()) {
                return;
            }
            if (apiVersion.indexOf('/') != apiVersion.lastIndexOf('/')) {
                throw new BadBodyException("the object provided is unrecognized (must be of type " + expected.kind()
                        + "): unexpected GroupVersion string: " + apiVersion);
            }
            if (!kind.equals(expected.kind())) {
                throw cannotBeHandled(
                        "converting (" + version() + "." + kind + ") to (" + internalType(expected.schema())
                                + "): unknown conversion",
                        expected);
            }
            if (!expected.takes(apiVersion)) {
                throw new BadBodyException("the API version in the data (" + apiVersion
                        + ") does not match the expected API version ("
                        + expected.groupVersion().apiVersion() + ")");
            }
        }

        BadBodyException cannotBeHandled(String problem, Expected expected) {
            if (expected.kind().isEmpty()) {
                return new BadBodyException(problem);
            }
            return new BadBodyException(kind + " in version " + GoText.quote(version()) + " cannot be handled as a "
                    + expected.kind() + ": " + problem);
        }

        /** Upstream's own form of a type, which knows no versions: {@code core.Pod}. */
        private static String internalType(ObjectSchema schema) {
            var parts = schema.name().split("\\.");
            return parts.length < 3 ? schema.goType() : parts[parts.length - 3] + "." + parts[parts.length - 1];
        }

        private String version() {
            return apiVersion.substring(apiVersion.indexOf('/') + 1);
        }
    }
}
