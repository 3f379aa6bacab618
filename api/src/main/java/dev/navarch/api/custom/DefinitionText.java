package dev.navarch.api.custom;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The stored text of a definition, of which schemas are most: they are passed over, and each is read only when it is asked
 * for.
 */
public final class DefinitionText {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final JsonFactory JSON = new JsonFactory();
    private static final String SCHEMA = "openAPIV3Schema";
    private static final byte[] KEY = ('"' + SCHEMA + '"').getBytes(StandardCharsets.US_ASCII);

    private final Supplier<byte[]> text;
    /** In the order of the versions; null until a schema is asked for. */
    private volatile @Nullable List<Place> schemas;

    /** Where a version's schema is in the text; nothing if there is none. */
    private record Place(int from, int to) {
        static final Place NOWHERE = new Place(0, 0);
    }

    private DefinitionText(Supplier<byte[]> text) {
        this.text = text;
    }

    /** One reading of the text. */
    private static final class Reading {
        final ObjectNode outline;
        /** In the order of the text. */
        private final List<Place> found = new ArrayList<>();
        /** In the order of the versions. */
        final List<Place> schemas = new ArrayList<>();

        Reading(byte[] text) {
            var rest = withoutSchemas(text);
            try (var tokens = JSON.createParser(ObjectReadContext.empty(), rest)) {
                outline = tokens.nextToken() == JsonToken.START_OBJECT ? object(tokens) : NODES.objectNode();
            }
        }

        /** The text with a number in the place of each schema: which of those that were found it is. */
        private byte[] withoutSchemas(byte[] bytes) {
            var rest = new ByteArrayOutputStream(4096);
            int copied = 0;
            for (int i = 0; i < bytes.length; i++) {
                if (bytes[i] != '"') {
                    continue;
                }
                int end = endOfString(bytes, i);
                if (end - i == KEY.length && Arrays.equals(bytes, i, end, KEY, 0, KEY.length)) {
                    int from = end + 1;
                    if (from < bytes.length && bytes[end] == ':' && bytes[from] == '{') {
                        int to = endOfObject(bytes, from);
                        rest.write(bytes, copied, from - copied);
                        rest.writeBytes(Integer.toString(found.size()).getBytes(StandardCharsets.US_ASCII));
                        found.add(new Place(from, to));
                        copied = to;
                        end = to;
                    }
                }
                i = end - 1;
            }
            rest.write(bytes, copied, bytes.length - copied);
            return rest.toByteArray();
        }

        private ObjectNode object(JsonParser tokens) {
            var object = NODES.objectNode();
            for (var name = tokens.nextName(); name != null; name = tokens.nextName()) {
                var token = tokens.nextToken();
                if (name.equals("managedFields")) {
                    tokens.skipChildren();
                } else if (name.equals(SCHEMA)) {
                    int index = token == JsonToken.VALUE_NUMBER_INT ? tokens.getIntValue() : -1;
                    if (index >= 0 && index < found.size() && !schemas.isEmpty()) {
                        schemas.set(schemas.size() - 1, found.get(index));
                    } else {
                        tokens.skipChildren();
                    }
                } else {
                    object.set(name, value(tokens, token, name.equals("versions")));
                }
            }
            return object;
        }

        /** @param versions whether each element is a version, which has a schema or has none */
        private JsonNode value(JsonParser tokens, JsonToken token, boolean versions) {
            return switch (token) {
                case START_OBJECT -> object(tokens);
                case START_ARRAY -> {
                    var array = NODES.arrayNode();
                    for (var next = tokens.nextToken(); next != JsonToken.END_ARRAY; next = tokens.nextToken()) {
                        if (versions) {
                            schemas.add(Place.NOWHERE);
                        }
                        array.add(value(tokens, next, false));
                    }
                    yield array;
                }
                case VALUE_STRING -> NODES.stringNode(tokens.getString());
                case VALUE_TRUE, VALUE_FALSE -> NODES.booleanNode(token == JsonToken.VALUE_TRUE);
                case VALUE_NUMBER_INT -> NODES.numberNode(tokens.getLongValue());
                case VALUE_NUMBER_FLOAT -> NODES.numberNode(tokens.getDoubleValue());
                default -> NODES.nullNode();
            };
        }
    }

    /** Behind the closing quote of the string that begins there. */
    private static int endOfString(byte[] bytes, int from) {
        int i = from + 1;
        while (i < bytes.length && bytes[i] != '"') {
            i += bytes[i] == '\\' ? 2 : 1;
        }
        return Math.min(i + 1, bytes.length);
    }

    /** Behind the closing brace of the object that begins there. */
    private static int endOfObject(byte[] bytes, int from) {
        int depth = 0;
        for (int i = from; i < bytes.length; i++) {
            switch (bytes[i]) {
                case '"' -> i = endOfString(bytes, i) - 1;
                case '{' -> depth++;
                case '}' -> {
                    if (--depth == 0) {
                        return i + 1;
                    }
                }
                default -> {}
            }
        }
        return bytes.length;
    }

    /** @param text gives the same bytes whenever it is asked */
    public static DefinitionText of(Supplier<byte[]> text) {
        return new DefinitionText(text);
    }

    /**
     * The definition without schemas and without managed fields, read anew.
     *
     * @throws tools.jackson.core.JacksonException if it is no JSON
     */
    public ObjectNode outline() {
        var reading = new Reading(text.get());
        schemas = reading.schemas;
        return reading.outline;
    }

    /** The schema of a version, by its place among {@code spec.versions}; missing if there is none. */
    public JsonNode schema(int version) {
        var bytes = text.get();
        var known = schemas;
        if (known == null) {
            known = new Reading(bytes).schemas;
            schemas = known;
        }
        var place = version < known.size() ? known.get(version) : Place.NOWHERE;
        return place == Place.NOWHERE
                ? NODES.missingNode()
                : JsonMapper.shared().readTree(bytes, place.from, place.to - place.from);
    }
}
