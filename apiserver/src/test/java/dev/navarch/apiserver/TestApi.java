package dev.navarch.apiserver;

import dev.navarch.apiserver.discovery.Api;
import dev.navarch.apiserver.pages.NotFoundPage;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.ApiRequest;
import dev.navarch.apiserver.request.ApiResponse;
import dev.navarch.apiserver.request.RequestInfo;
import dev.navarch.apiserver.request.VirtualResource;
import dev.navarch.storage.Draft;
import dev.navarch.storage.Store;
import dev.navarch.storage.Write;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Serves just enough of resources for the tests of what stands before them. */
final class TestApi implements Api {
    private final JsonMapper json = new JsonMapper();
    private final Map<VirtualResource.Target, VirtualResource> virtual;
    private final Store store;

    TestApi(Map<VirtualResource.Target, VirtualResource> virtual, Store store) {
        this.virtual = virtual;
        this.store = store;
    }

    @Override
    public void start() {}

    @Override
    public void provide(String manager, List<ObjectNode> objects) {
        for (var object : objects) {
            var resource = object.get("kind").asString().toLowerCase(Locale.ROOT) + "s";
            var apiVersion = object.get("apiVersion").asString();
            put(
                    apiVersion.substring(0, Math.max(0, apiVersion.indexOf('/'))),
                    resource,
                    object.path("metadata").path("namespace").asString(""),
                    object.toString());
        }
    }

    @Override
    public void advertise(String machine, String address, int port) {}

    @Override
    public void close() {}

    @Override
    public boolean mayBlock(ApiRequest request) {
        return !request.method().equals("GET");
    }

    @Override
    public ApiResponse handle(ApiRequest request) {
        var info = request.info();
        if (!info.resourceRequest()) {
            return NotFoundPage.response();
        }
        if (request.method().equals("GET")) {
            var entry = store.get(key(info, info.name()))
                    .orElseThrow(() -> ApiFailure.notFound(info.group(), info.resource(), info.name()));
            return ApiResponse.json(200, entry.value());
        }
        var body = (ObjectNode) json.readTree(request.body());
        var answering = virtual.get(new VirtualResource.Target(info.group(), info.resource(), info.subresource()));
        if (answering != null) {
            return ApiResponse.json(201, bytes(answering.create(request, body)));
        }
        return ApiResponse.json(201, put(info, body));
    }

    /** Stores an object. */
    void put(String group, String resource, String namespace, String text) {
        put(new RequestInfo(true, "create", group, "v1", resource, "", namespace, "", ""), (ObjectNode)
                json.readTree(text));
    }

    private byte[] put(RequestInfo info, ObjectNode object) {
        var meta = (ObjectNode) object.get("metadata");
        if (!meta.has("uid")) {
            meta.put("uid", UUID.randomUUID().toString());
        }
        var bytes = bytes(object);
        var key = key(info, meta.get("name").asString());
        var old = store.get(key);
        store.write(
                old.isEmpty()
                        ? new Write.Create(key, new Draft(bytes, -1))
                        : new Write.Update(key, old.get().revision(), new Draft(bytes, -1)));
        return bytes;
    }

    private static byte[] bytes(ObjectNode tree) {
        return tree.toString().getBytes(StandardCharsets.UTF_8);
    }

    static String key(RequestInfo info, String name) {
        return "/registry/" + (info.group().isEmpty() ? "core" : info.group()) + "/" + info.resource() + "/"
                + (info.namespace().isEmpty() ? "" : info.namespace() + "/") + name;
    }
}
