package dev.navarch.client;

import io.fabric8.kubernetes.api.model.HasMetadata;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.JsonNode;

/**
 * The verbs on one type. An empty namespace means cluster scoped, or all namespaces in lists. Failures are those of
 * {@link ApiClient}.
 */
public final class Resource<T extends HasMetadata> {
    private static final String JSON = "application/json";
    private static final byte[] NONE = {};

    private final ApiClient client;
    private final ResourceKind<T> kind;
    private final SharedObjects.Reader<T> reader;

    Resource(ApiClient client, ResourceKind<T> kind, SharedObjects.Reader<T> reader) {
        this.client = client;
        this.kind = kind;
        this.reader = reader;
    }

    public ResourceKind<T> kind() {
        return kind;
    }

    public Optional<T> get(String namespace, String name) {
        try {
            return Optional.of(
                    answer(client.exchange("GET", kind.path(namespace, name, ""), accept(false), NONE, JSON)));
        } catch (ApiFailure e) {
            if (e.notFound()) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /** All objects; follows pages to the end when the query has a limit. */
    public ObjectList<T> list(ListQuery query) {
        List<T> items = new ArrayList<>();
        var next = "";
        while (true) {
            var path = new Query(kind.path(query.namespace()))
                    .with("labelSelector", query.labelSelector())
                    .with("fieldSelector", query.fieldSelector())
                    .with("resourceVersion", next.isEmpty() ? query.resourceVersion() : "")
                    .with("limit", query.limit() > 0 ? Integer.toString(query.limit()) : "")
                    .with("continue", next);
            var page = page(client.exchange("GET", path.toString(), accept(true), NONE, JSON), items);
            if (page.next.isEmpty()) {
                return new ObjectList<>(items, page.resourceVersion);
            }
            next = page.next;
        }
    }

    private record PageEnd(String resourceVersion, String next) {}

    private PageEnd page(byte[] body, List<T> into) {
        var end = new PageEnd("", "");
        try (JsonParser parser = Json.mapper().createParser(body)) {
            parser.nextToken();
            while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                var name = parser.currentName();
                parser.nextToken();
                if (name.equals("items") && parser.currentToken() == JsonToken.START_ARRAY) {
                    while (parser.nextToken() != JsonToken.END_ARRAY) {
                        into.add(reader.read(body, parser));
                        if (parser.currentToken() == JsonToken.START_OBJECT) {
                            parser.skipChildren();
                        }
                    }
                } else if (name.equals("metadata")) {
                    JsonNode meta = parser.readValueAsTree();
                    end = new PageEnd(
                            meta.path("resourceVersion").asString(""),
                            meta.path("continue").asString(""));
                } else {
                    parser.skipChildren();
                }
            }
            return end;
        } catch (JacksonException e) {
            throw ApiClient.unreadable(e);
        }
    }

    public T create(T object) {
        return write("POST", kind.path(Key.of(object).namespace()), object);
    }

    /** Creates an object whose stored state does not matter to the caller. */
    public void createUnread(T object) {
        send("POST", kind.path(Key.of(object).namespace()), object);
    }

    /** Replaces the object; refused with a conflict if its resource version is not the current one. */
    public T update(T object) {
        return update(object, "");
    }

    /**
     * Replaces an object whose stored state does not matter to the caller.
     *
     * @return the resource version that it has now
     */
    public String updateUnread(T object) {
        var key = Key.of(object);
        var stored = send("PUT", kind.path(key.namespace(), key.name(), ""), object);
        var identity = Identity.of(stored, 0);
        return identity == null ? answer(stored).getMetadata().getResourceVersion() : Long.toString(identity.version());
    }

    public T updateStatus(T object) {
        return update(object, "status");
    }

    /** Replaces the object through a subresource such as {@code finalize}. */
    public T update(T object, String subresource) {
        var key = Key.of(object);
        return write("PUT", kind.path(key.namespace(), key.name(), subresource), object);
    }

    private T write(String method, String path, T object) {
        return answer(send(method, path, object));
    }

    private byte[] send(String method, String path, Object body) {
        var target = new Query(path).with("fieldManager", client.fieldManager()).toString();
        return client.exchange(method, target, accept(false), ApiClient.bytes(body), JSON);
    }

    public T patch(String namespace, String name, Patch patch) {
        return patch(namespace, name, "", patch);
    }

    public T patchStatus(String namespace, String name, Patch patch) {
        return patch(namespace, name, "status", patch);
    }

    public T patch(String namespace, String name, String subresource, Patch patch) {
        return answer(send(namespace, name, subresource, patch));
    }

    /** Patches the status of an object whose stored state does not matter to the caller. */
    public void patchStatusUnread(String namespace, String name, Patch patch) {
        send(namespace, name, "status", patch);
    }

    private byte[] send(String namespace, String name, String subresource, Patch patch) {
        var path = new Query(kind.path(namespace, name, subresource))
                .with("fieldManager", client.fieldManager())
                .with("force", patch instanceof Patch.Apply ? "true" : "")
                .toString();
        var body = ApiClient.bytes(patch.document());
        return client.exchange("PATCH", path, accept(false), body, patch.contentType());
    }

    /** Asks for the deletion; the object may live on until its grace period and finalizers are done. */
    public void delete(String namespace, String name, DeleteOptions options) {
        client.exchange("DELETE", kind.path(namespace, name, ""), JSON, ApiClient.bytes(options.toTree()), JSON);
    }

    /** Deletes all that the query selects. */
    public void deleteCollection(ListQuery query, DeleteOptions options) {
        var path = new Query(kind.path(query.namespace()))
                .with("labelSelector", query.labelSelector())
                .with("fieldSelector", query.fieldSelector());
        client.exchange("DELETE", path.toString(), JSON, ApiClient.bytes(options.toTree()), JSON);
    }

    /** Creates at a subresource such as {@code token}. */
    public <R> R post(String namespace, String name, String subresource, Object body, Class<R> answer) {
        return ApiClient.decode(send("POST", kind.path(namespace, name, subresource), body), answer);
    }

    /** Creates at a subresource whose answer says nothing more, such as {@code binding} or {@code eviction}. */
    public void post(String namespace, String name, String subresource, Object body) {
        send("POST", kind.path(namespace, name, subresource), body);
    }

    /**
     * Streams the changes after a version, with bookmarks. The server ends it after a while of its choosing.
     *
     * @param fromResourceVersion as a list gave it; empty starts with the present objects as added
     */
    public WatchStream<T> watch(ListQuery query, String fromResourceVersion) {
        return watch(query, fromResourceVersion, Duration.ZERO);
    }

    /** @param timeout after which the server ends the stream; zero leaves it to the server */
    public WatchStream<T> watch(ListQuery query, String fromResourceVersion, Duration timeout) {
        var path = new Query(kind.path(query.namespace()))
                .with("watch", "true")
                .with("allowWatchBookmarks", "true")
                .with("labelSelector", query.labelSelector())
                .with("fieldSelector", query.fieldSelector())
                .with("resourceVersion", fromResourceVersion)
                .with("timeoutSeconds", timeout.isZero() ? "" : Long.toString(timeout.toSeconds()));
        return new WatchStream<>(reader, client.send("GET", path.toString(), accept(false), NONE, JSON));
    }

    /** Whether a watch may last as long as client and server do. */
    boolean lasting() {
        return client.transport().lasting();
    }

    private T answer(byte[] body) {
        return named(kind, ApiClient.decode(body, kind.type()));
    }

    /** Items of lists come without their type. */
    static <T extends HasMetadata> T named(ResourceKind<? super T> kind, T object) {
        if (kind.metadataOnly() && object instanceof io.fabric8.kubernetes.api.model.PartialObjectMetadata partial) {
            partial.setApiVersion(kind.apiVersion());
            partial.setKind(kind.kind());
        }
        return object;
    }

    /** source: kubernetes apimachinery pkg/apis/meta/v1, the {@code as=} parameter of the Accept header. */
    private String accept(boolean list) {
        return kind.metadataOnly()
                ? "application/json;as=PartialObjectMetadata" + (list ? "List" : "") + ";g=meta.k8s.io;v=v1"
                : JSON;
    }
}
