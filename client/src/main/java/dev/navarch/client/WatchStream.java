package dev.navarch.client;

import io.fabric8.kubernetes.api.model.HasMetadata;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.JsonNode;

/** An open watch. One thread reads; any thread may close. */
public final class WatchStream<T extends HasMetadata> implements AutoCloseable {
    private final SharedObjects.Reader<T> reader;
    private final Response response;

    WatchStream(SharedObjects.Reader<T> reader, Response response) {
        this.reader = reader;
        this.response = response;
    }

    /**
     * Waits for the next change.
     *
     * @return null when the stream has ended
     * @throws ApiFailure the server ended the watch with a Status
     * @throws UncheckedIOException the connection broke, or what came is no watch event
     */
    public @Nullable WatchEvent<T> next() throws InterruptedException {
        try {
            var frame = response.readFrame();
            return frame == null ? null : decode(frame);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (JacksonException e) {
            throw ApiClient.unreadable(e);
        }
    }

    /** Reads without a tree in between as long as the type comes before the object, as all servers send it. */
    private WatchEvent<T> decode(byte[] frame) {
        try (JsonParser parser = Json.mapper().createParser(frame)) {
            parser.nextToken();
            var type = "";
            while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                var name = parser.currentName();
                parser.nextToken();
                if (name.equals("type")) {
                    type = parser.getString();
                } else if (name.equals("object") && isChange(type)) {
                    return change(type, type.equals("DELETED") ? reader.readAlone(parser) : reader.read(frame, parser));
                } else if (name.equals("object")) {
                    JsonNode object = parser.readValueAsTree();
                    return type.isEmpty() ? late(frame) : other(type, object);
                } else {
                    parser.skipChildren();
                }
            }
        }
        throw new UncheckedIOException(new IOException("a frame of the watch is no event"));
    }

    private WatchEvent<T> late(byte[] frame) {
        var tree = Json.mapper().readTree(frame);
        var type = tree.path("type").asString("");
        var object = tree.path("object");
        if (!isChange(type)) {
            return other(type, object);
        }
        try (var parser = Json.mapper().createParser(ApiClient.bytes(object))) {
            parser.nextToken();
            return change(type, reader.readAlone(parser));
        }
    }

    private static boolean isChange(String type) {
        return type.equals("ADDED") || type.equals("MODIFIED") || type.equals("DELETED");
    }

    private WatchEvent<T> change(String type, T object) {
        return switch (type) {
            case "ADDED" -> new WatchEvent.Added<>(object);
            case "MODIFIED" -> new WatchEvent.Modified<>(object);
            default -> new WatchEvent.Deleted<>(object);
        };
    }

    private WatchEvent<T> other(String type, JsonNode object) {
        return switch (type) {
            case "BOOKMARK" ->
                new WatchEvent.Bookmark<>(
                        object.path("metadata").path("resourceVersion").asString(""));
            case "ERROR" -> throw ApiFailure.of(object.path("code").asInt(500), ApiClient.bytes(object));
            default -> throw new UncheckedIOException(new IOException("unknown type of watch event: " + type));
        };
    }

    @Override
    public void close() {
        response.close();
    }
}
