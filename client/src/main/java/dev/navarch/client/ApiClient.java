package dev.navarch.client;

import static java.util.Objects.requireNonNull;

import io.fabric8.kubernetes.api.model.HasMetadata;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/**
 * The API as one identity sees it. Safe for use by many threads.
 *
 * <p>Every method throws {@link ApiFailure} when the server refuses and {@link UncheckedIOException} when it can't be
 * reached or answers nonsense; an interrupt is the latter with the thread's flag set again.
 */
public final class ApiClient {
    private static final byte[] NONE = {};
    private static final int NOT_MODIFIED = 304;

    private final Transport transport;
    private final String fieldManager;
    private final SharedObjects shared;

    /** A client whose informers share objects with each other only. */
    public ApiClient(Transport transport, String fieldManager) {
        this(transport, fieldManager, new SharedObjects());
    }

    /**
     * @param fieldManager names the writer in {@code metadata.managedFields}; may be empty
     * @param shared the objects of this client's informers and of others of the same cluster
     */
    public ApiClient(Transport transport, String fieldManager, SharedObjects shared) {
        this.shared = requireNonNull(shared);
        this.transport = requireNonNull(transport);
        this.fieldManager = requireNonNull(fieldManager);
    }

    public <T extends HasMetadata> Resource<T> resource(Class<T> type) {
        return resource(ResourceKind.of(type));
    }

    public <T extends HasMetadata> Resource<T> resource(ResourceKind<T> kind) {
        return new Resource<>(this, kind, new OwnObjects<>(kind));
    }

    /** The same, but its lists and watches give objects that are shared and must not be changed. */
    <T extends HasMetadata> Resource<T> observed(ResourceKind<T> kind) {
        return new Resource<>(this, kind, shared.of(kind));
    }

    /** The same identity under another field manager's name. */
    public ApiClient as(String manager) {
        return new ApiClient(transport, manager, shared);
    }

    public String fieldManager() {
        return fieldManager;
    }

    /** The way the requests go, for what is not JSON. */
    public Transport transport() {
        return transport;
    }

    /** GETs any path, such as discovery, as a tree. */
    public JsonNode raw(String path) {
        return raw("GET", path, null);
    }

    /**
     * A document with the tag by which its server knows it again.
     *
     * @param tag empty if the server gave none
     */
    public record Tagged(JsonNode tree, String tag) {}

    /** GETs a document in a form of it, unless it still has this tag; empty then. No tag is empty. */
    public Optional<Tagged> rawUnless(String tag, String path, String accept) {
        Map<String, String> headers = new HashMap<>();
        headers.put("Accept", accept);
        if (!tag.isEmpty()) {
            headers.put("If-None-Match", tag);
        }
        try (var response = call(new Request("GET", path, headers, NONE))) {
            return response.status() == NOT_MODIFIED
                    ? Optional.empty()
                    : Optional.of(new Tagged(
                            decode(response.readAll(), JsonNode.class),
                            response.header("ETag").orElse("")));
        } catch (IOException e) {
            throw new UncheckedIOException("GET " + path + ": " + e.getMessage(), e);
        }
    }

    /** Sends a JSON body, or none, to any path and reads the answer as a tree; missing if it has no body. */
    public JsonNode raw(String method, String path, @Nullable JsonNode body) {
        var answer = exchange(method, path, "application/json", body == null ? NONE : bytes(body), "application/json");
        return answer.length == 0 ? MissingNode.getInstance() : decode(answer, JsonNode.class);
    }

    /** Applies an object of any kind by server-side apply, taking over what others own; returns what is there then. */
    public JsonNode apply(String path, JsonNode object) {
        var target = new Query(path).with("fieldManager", fieldManager).with("force", "true");
        return decode(
                exchange(
                        "PATCH",
                        target.toString(),
                        "application/json",
                        bytes(object),
                        new Patch.Apply(object).contentType()),
                JsonNode.class);
    }

    byte[] exchange(String method, String path, String accept, byte[] body, String contentType) {
        try (var response = send(method, path, accept, body, contentType)) {
            return response.readAll();
        } catch (IOException e) {
            throw new UncheckedIOException(method + " " + path + ": " + e.getMessage(), e);
        }
    }

    /** An answer with a good status; the caller closes it. */
    Response send(String method, String path, String accept, byte[] body, String contentType) {
        Map<String, String> headers = new HashMap<>();
        headers.put("Accept", accept);
        if (body.length > 0) {
            headers.put("Content-Type", contentType);
        }
        return call(new Request(method, path, headers, body));
    }

    private Response call(Request request) {
        var what = request.method() + " " + request.path();
        try {
            var response = transport.send(request);
            if (response.status() < 300 || response.status() == NOT_MODIFIED) {
                return response;
            }
            try (response) {
                throw ApiFailure.of(response.status(), response.readAll());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(what + ": " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UncheckedIOException(new InterruptedIOException(what + " was interrupted"));
        }
    }

    static byte[] bytes(Object value) {
        return Json.mapper().writeValueAsBytes(value);
    }

    static <R> R decode(byte[] bytes, Class<R> type) {
        try {
            return Json.mapper().readValue(bytes, type);
        } catch (JacksonException e) {
            throw unreadable(e);
        }
    }

    static UncheckedIOException unreadable(JacksonException e) {
        return new UncheckedIOException(
                new IOException("the server's answer is unreadable: " + e.getOriginalMessage(), e));
    }
}
