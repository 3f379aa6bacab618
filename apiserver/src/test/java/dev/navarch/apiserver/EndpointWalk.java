package dev.navarch.apiserver;

import com.sun.net.httpserver.HttpServer;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Does what a line of the table of endpoints says, on a server over real sockets, with a kubelet and a pod that answer.
 * Every line gets objects of its own, so that the lines don't depend on each other.
 */
final class EndpointWalk implements AutoCloseable {
    private static final String MERGE = "application/merge-patch+json";
    private static final String NAMESPACE = "walk";
    private static final String POD = "standing";

    private final TestServer server;
    private final FakeKubelet kubelet;
    private final HttpServer pod;
    private final HttpClient admin;
    private final MinimalObjects minimal = new MinimalObjects();
    private final JsonMapper json = new JsonMapper();
    private int number;

    /** @param logs the directory that the server shows */
    EndpointWalk(RuntimeConfig apis, Path logs) throws Exception {
        Files.writeString(logs.resolve("walk.log"), "on and on");
        server = new TestServer(config -> config.apis(apis).logs(logs));
        admin = server.client("CN=admin,O=system:masters");
        kubelet = new FakeKubelet(server.certificates);
        kubelet.logReleased.countDown();
        var address = outsideAddress();
        pod = HttpServer.create(new InetSocketAddress(address, 0), 0);
        pod.createContext("/", exchange -> {
            var body = ("pod " + exchange.getRequestMethod() + " " + exchange.getRequestURI())
                    .getBytes(StandardCharsets.UTF_8);
            boolean head = exchange.getRequestMethod().equals("HEAD");
            exchange.sendResponseHeaders(200, head ? -1 : body.length);
            if (!head) {
                exchange.getResponseBody().write(body);
            }
            exchange.close();
        });
        pod.start();
        furnish(address.getHostAddress(), pod.getAddress().getPort());
    }

    /** The server leads nobody to its own machine's loopback. */
    private static InetAddress outsideAddress() throws Exception {
        return NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .filter(a -> a instanceof Inet4Address && !a.isLoopbackAddress() && !a.isLinkLocalAddress())
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("this machine has no address but loopback"));
    }

    /** What the proxies need: a node, a pod on it, a service with an endpoint. */
    private void furnish(String address, int port) throws Exception {
        made("/api/v1/namespaces", "{'metadata':{'name':'walk'}}");
        made("/api/v1/nodes", """
            {'metadata':{'name':'walk'},'status':{'addresses':[{'type':'InternalIP','address':'127.0.0.1'}],
            'daemonEndpoints':{'kubeletEndpoint':{'Port':%d}}}}\
            """.formatted(kubelet.port()));
        made("/api/v1/namespaces/walk/serviceaccounts", "{'metadata':{'name':'default'}}");
        made("/api/v1/namespaces/walk/pods", """
            {'metadata':{'name':'standing'},'spec':{'nodeName':'walk','containers':[
            {'name':'raw','image':'i','ports':[{'containerPort':%d}]}]}}\
            """.formatted(port));
        var patched = send(
                "PATCH",
                "/api/v1/namespaces/walk/pods/standing/status",
                "{'status':{'podIP':'%s','podIPs':[{'ip':'%s'}]}}"
                        .formatted(address, address)
                        .replace('\'', '"'),
                MERGE);
        check(patched.statusCode() == 200, patched.body());
        made("/api/v1/namespaces/walk/services", "{'metadata':{'name':'standing'},'spec':{'ports':[{'port':80}]}}");
        made("/apis/discovery.k8s.io/v1/namespaces/walk/endpointslices", """
            {'metadata':{'name':'standing','labels':{'kubernetes.io/service-name':'standing'}},'addressType':'IPv4',
            'endpoints':[{'addresses':['%s']}],'ports':[{'name':'','port':%d,'protocol':'TCP'}]}\
            """.formatted(address, port));
    }

    private void made(String path, String body) throws Exception {
        var answer = send("POST", path, body.replace('\'', '"'), "application/json");
        check(answer.statusCode() == 201, path + " " + answer.body());
    }

    private static final class Unexpected extends Exception {
        private static final long serialVersionUID = 1L;

        Unexpected(String what) {
            super(what);
        }
    }

    private static void check(boolean holds, String otherwise) throws Unexpected {
        if (!holds) {
            throw new Unexpected(otherwise.strip());
        }
    }

    HttpResponse<String> get(String path) throws Exception {
        return send("GET", path, "", "");
    }

    private HttpResponse<String> send(String method, String path, String body, String contentType) throws Exception {
        var request = server.request(path)
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        if (!contentType.isEmpty()) {
            request.header("Content-Type", contentType);
        }
        return admin.send(request.build(), BodyHandlers.ofString());
    }

    /** What is wrong with this endpoint; empty if nothing is. */
    Optional<String> problem(EndpointRow row) throws Exception {
        try {
            exercise(row);
            return Optional.empty();
        } catch (Unexpected e) {
            return Optional.of(row + ": " + e.getMessage());
        }
    }

    private void exercise(EndpointRow row) throws Exception {
        if (row.action().isEmpty()) {
            var answer = get(row.path().replace("{logpath}", "walk.log"));
            check(answer.statusCode() == 200, answer.statusCode() + " " + answer.body());
            return;
        }
        switch (row.action()) {
            case "connect" -> connect(row);
            case "post" -> post(row);
            case "list" -> list(row);
            case "deletecollection" -> deleteCollection(row);
            default -> one(row);
        }
    }

    private static String path(EndpointRow row, String name) {
        return row.path()
                .replace("{namespace}", NAMESPACE)
                .replace("{name}", name.replace(":", "%3A"))
                .replace("{path}", "some/path");
    }

    private void post(EndpointRow row) throws Exception {
        number++;
        var within = switch (row.resource() + "/" + row.subresource()) {
            case "pods/eviction", "pods/binding", "bindings/" -> created("v1", "Pod", "/api/v1/namespaces/walk/pods");
            case "serviceaccounts/token" -> created("v1", "ServiceAccount", "/api/v1/namespaces/walk/serviceaccounts");
            default -> "";
        };
        number++;
        var body = minimal.of(row.apiVersion(), row.kind(), number, within);
        var answer = send("POST", path(row, within), body.toString(), "application/json");
        check(answer.statusCode() == 201, answer.statusCode() + " " + answer.body());
        boolean done = List.of("Binding", "Eviction").contains(row.kind());
        check(is(tree(answer), done ? "v1" : row.apiVersion(), done ? "Status" : row.kind()), answer.body());
    }

    private JsonNode tree(HttpResponse<String> answer) {
        return json.readTree(answer.body());
    }

    private static boolean is(JsonNode object, String apiVersion, String kind) {
        return object.path("kind").asString("").equals(kind)
                && object.path("apiVersion").asString("").equals(apiVersion);
    }

    /** Creates an object of a kind and returns its name. */
    private String created(String apiVersion, String kind, String collection) throws Exception {
        var body = minimal.of(apiVersion, kind, number, POD);
        var answer = send("POST", collection, body.toString(), "application/json");
        check(answer.statusCode() == 201, "to begin with: " + answer.statusCode() + " " + answer.body());
        return body.path("metadata").path("name").asString();
    }

    /** Where the objects of a line's resource are created, which may be another kind than the line's. */
    private String createdFor(EndpointRow row) throws Exception {
        number++;
        var path = row.path().contains("/{name}")
                ? row.path().substring(0, row.path().indexOf("/{name}"))
                : row.path();
        var collection = path.replace("{namespace}", NAMESPACE);
        boolean everywhere = row.action().equals("list") && !row.namespaced() && namespacedKind(row);
        if (everywhere) {
            int end = collection.length() - row.resource().length();
            collection = collection.substring(0, end) + "namespaces/walk/" + row.resource();
        }
        var kind = row.kind().equals("Scale") ? kindOf(row.resource()) : row.kind();
        var version = row.path().startsWith("/api/")
                ? "v1"
                : row.path().split("/")[2] + "/" + row.path().split("/")[3];
        return created(version, kind, collection);
    }

    private static String kindOf(String resource) {
        return switch (resource) {
            case "replicationcontrollers" -> "ReplicationController";
            case "deployments" -> "Deployment";
            case "replicasets" -> "ReplicaSet";
            case "statefulsets" -> "StatefulSet";
            default -> throw new IllegalArgumentException(resource);
        };
    }

    private static boolean namespacedKind(EndpointRow row) {
        return row.operation().endsWith("ForAllNamespaces");
    }

    private void list(EndpointRow row) throws Exception {
        boolean made = !row.kind().equals("ComponentStatus");
        var name = made ? createdFor(row) : "";
        var answer = get(path(row, ""));
        check(answer.statusCode() == 200, answer.statusCode() + " " + answer.body());
        check(is(tree(answer), row.apiVersion(), row.kind() + "List"), answer.body());
        if (!made) {
            return;
        }
        var names = tree(answer)
                .path("items")
                .valueStream()
                .map(o -> o.at("/metadata/name").asString())
                .toList();
        check(names.contains(name), name + " is not in " + names);
        var watch = admin.send(
                server.request(path(row, "") + "?watch=true&timeoutSeconds=30&labelSelector=walk%3D" + number)
                        .build(),
                BodyHandlers.ofInputStream());
        try (var events = new BufferedReader(new InputStreamReader(watch.body(), StandardCharsets.UTF_8))) {
            var line = events.readLine();
            check(watch.statusCode() == 200 && line != null, "watch: " + watch.statusCode());
            var event = json.readTree(line);
            check(event.path("type").asString().equals("ADDED"), line);
            check(is(event.path("object"), row.apiVersion(), row.kind()), line);
        }
    }

    private void deleteCollection(EndpointRow row) throws Exception {
        var name = createdFor(row);
        var answer = send("DELETE", path(row, "") + "?labelSelector=walk%3D" + number, "", "");
        check(answer.statusCode() == 200, answer.statusCode() + " " + answer.body());
        check(tree(answer).path("items").size() == 1, answer.body());
        gone(path(row, "") + "/" + name.replace(":", "%3A"));
    }

    private void gone(String path) throws Exception {
        var left = get(path);
        boolean goes = left.statusCode() == 404 || tree(left).at("/metadata").has("deletionTimestamp");
        check(goes, "still there: " + left.body());
    }

    private void one(EndpointRow row) throws Exception {
        if (row.kind().equals("ComponentStatus")) {
            var answer = get(path(row, "etcd-0"));
            check(answer.statusCode() == 200 && is(tree(answer), "v1", "ComponentStatus"), answer.body());
            return;
        }
        if (row.subresource().equals("log")) {
            var answer = get(path(row, POD));
            check(answer.statusCode() == 200 && answer.body().startsWith("first"), answer.body());
            return;
        }
        var name = createdFor(row);
        var path = path(row, name);
        var before = row.subresource().equals("finalize") ? get(path.replace("/finalize", "")) : get(path);
        check(before.statusCode() == 200, before.statusCode() + " " + before.body());
        var kind = row.subresource().equals("finalize") ? "Namespace" : row.kind();
        check(is(tree(before), row.apiVersion(), kind), before.body());
        switch (row.action()) {
            case "get" -> check(tree(before).at("/metadata/name").asString().equals(name), before.body());
            case "put" -> put(row, path, (ObjectNode) tree(before));
            case "patch" -> {
                var scale = row.kind().equals("Scale");
                var body = scale ? "{\"spec\":{\"replicas\":2}}" : "{\"metadata\":{\"annotations\":{\"walk\":\"on\"}}}";
                var answer = send("PATCH", path, body, MERGE);
                check(answer.statusCode() == 200, answer.statusCode() + " " + answer.body());
                check(is(tree(answer), row.apiVersion(), row.kind()), answer.body());
                check(scale ? tree(answer).at("/spec/replicas").asInt() == 2 : annotated(row, answer), answer.body());
            }
            case "delete" -> {
                var answer = send("DELETE", path, "", "");
                check(answer.statusCode() == 200, answer.statusCode() + " " + answer.body());
                gone(path);
            }
            default -> throw new Unexpected("what is " + row.action());
        }
    }

    private void put(EndpointRow row, String path, ObjectNode object) throws Exception {
        boolean scale = row.kind().equals("Scale");
        if (scale) {
            object.withObject("/spec").put("replicas", 3);
        } else {
            object.withObject("/metadata/annotations").put("walk", "on");
        }
        var answer = send("PUT", path, object.toString(), "application/json");
        while (answer.statusCode() == 409) {
            // the server itself wrote in between, as it does to definitions of custom resources
            var now = tree(send("GET", path, "", "")).at("/metadata/resourceVersion");
            object.withObject("/metadata").set("resourceVersion", now);
            answer = send("PUT", path, object.toString(), "application/json");
        }
        check(answer.statusCode() == 200, answer.statusCode() + " " + answer.body());
        check(is(tree(answer), row.apiVersion(), row.kind()), answer.body());
        check(scale ? tree(answer).at("/spec/replicas").asInt() == 3 : annotated(row, answer), answer.body());
        object.withObject("/metadata").put("resourceVersion", "1");
        var stale = send("PUT", path, object.toString(), "application/json");
        check(stale.statusCode() == 409, "a stale update: " + stale.statusCode() + " " + stale.body());
    }

    /** Some subresources change a part of the spec and nothing else. */
    private boolean annotated(EndpointRow row, HttpResponse<String> answer) {
        boolean whole = row.subresource().isEmpty() || row.subresource().equals("status");
        return !whole
                || tree(answer).at("/metadata/annotations/walk").asString("").equals("on");
    }

    private void connect(EndpointRow row) throws Exception {
        var name = row.resource().equals("nodes") ? "walk" : POD;
        var path = path(row, name);
        switch (row.subresource()) {
            case "exec" -> upgrade(row, path + "?container=raw&stdin=1&stdout=1&command=sh", "v5.channel.k8s.io");
            case "attach" -> upgrade(row, path + "?container=raw&stdin=1&stdout=1", "v5.channel.k8s.io");
            case "portforward" -> upgrade(row, path, "SPDY/3.1+portforward.k8s.io");
            default -> proxy(row, path);
        }
    }

    private void proxy(EndpointRow row, String path) throws Exception {
        var answer = send(row.method(), path, row.method().equals("POST") ? "x" : "", "");
        boolean slash = path.endsWith("/proxy");
        if (slash && answer.statusCode() == 301 && List.of("GET", "HEAD").contains(row.method())) {
            check(answer.headers().firstValue("Location").orElse("").endsWith("/proxy/"), answer.headers() + "");
            return;
        }
        check(answer.statusCode() == 200, answer.statusCode() + " " + answer.body());
        if (!row.method().equals("HEAD")) {
            var expected = row.method() + " " + (slash ? "/" : "/some/path");
            check(answer.body().endsWith(expected), answer.body());
        }
    }

    private void upgrade(EndpointRow row, String path, String protocol) throws Exception {
        boolean socket = row.method().equals("GET");
        try (var connection = server.socket("CN=admin,O=system:masters")) {
            var how = socket
                    ? "Upgrade: websocket\r\n"
                            + "Sec-WebSocket-Version: 13\r\n"
                            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                            + "Sec-WebSocket-Protocol: " + protocol + "\r\n\r\n"
                    : "Upgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: v4.channel.k8s.io\r\n"
                            + "X-Stream-Protocol-Version: portforward.k8s.io\r\nContent-Length: 0\r\n\r\n";
            var request = row.method() + " " + path + " HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n" + how;
            connection.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
            var head = new StringBuilder();
            int next;
            while (head.indexOf("\r\n\r\n") < 0
                    && (next = connection.getInputStream().read()) >= 0) {
                head.append((char) next);
            }
            check(head.toString().startsWith("HTTP/1.1 101 "), head.toString());
        }
    }

    @Override
    public void close() {
        admin.shutdownNow();
        pod.stop(0);
        kubelet.close();
        server.close();
    }
}
