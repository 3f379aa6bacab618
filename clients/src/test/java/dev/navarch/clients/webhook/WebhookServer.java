package dev.navarch.clients.webhook;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/** Mutates, validates and converts panes: {@code v1} has a size as text, {@code v2} a width and a height. */
final class WebhookServer implements AutoCloseable {
    private static final String GROUP = "panes.example.com/";

    private final ObjectMapper json = new ObjectMapper();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final HttpsServer server;
    private final Map<String, AtomicInteger> calls = new ConcurrentHashMap<>();

    WebhookServer(ServerIdentity identity) throws IOException {
        server = HttpsServer.create(new InetSocketAddress(0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(identity.tls()));
        server.setExecutor(threads);
        serve("/mutate", this::mutate);
        serve("/validate", this::validate);
        serve("/convert", this::convert);
        server.start();
    }

    int port() {
        return server.getAddress().getPort();
    }

    int calls(String path) {
        return calls.computeIfAbsent(path, _ -> new AtomicInteger()).get();
    }

    private void serve(String path, Function<ObjectNode, ObjectNode> answer) {
        server.createContext(path, exchange -> {
            try (exchange) {
                calls.computeIfAbsent(path, _ -> new AtomicInteger()).incrementAndGet();
                respond(exchange, answer);
            }
        });
    }

    private void respond(HttpExchange exchange, Function<ObjectNode, ObjectNode> answer) throws IOException {
        var review = (ObjectNode) json.readTree(exchange.getRequestBody());
        var request = (ObjectNode) review.remove("request");
        var response = answer.apply(request);
        response.set("uid", request.get("uid"));
        review.set("response", response);
        var bytes = json.writeValueAsBytes(review);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(200, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    /** Panes without a colour get one; the version is the one that the rules name. */
    private ObjectNode mutate(ObjectNode request) {
        var response = json.createObjectNode().put("allowed", true);
        var spec = request.at("/object/spec");
        if (spec.has("width") && !spec.has("colour")) {
            var patch = "[{\"op\":\"add\",\"path\":\"/spec/colour\",\"value\":\"clear\"}]";
            response.put("patchType", "JSONPatch")
                    .put("patch", Base64.getEncoder().encodeToString(patch.getBytes(StandardCharsets.UTF_8)));
        }
        return response;
    }

    /** No pane is larger than a hundred, and one of more than fifty is warned of. */
    private ObjectNode validate(ObjectNode request) {
        int width = request.at("/object/spec/width").asInt();
        var response = json.createObjectNode().put("allowed", width <= 100);
        response.putObject("auditAnnotations").put("width", String.valueOf(width));
        if (width > 100) {
            response.putObject("status")
                    .put("code", 403)
                    .put("reason", "Forbidden")
                    .put("message", "a pane of " + width + " breaks");
        } else if (width > 50) {
            response.putArray("warnings").add("a pane of " + width + " is heavy");
        }
        return response;
    }

    private ObjectNode convert(ObjectNode request) {
        var response = json.createObjectNode();
        var converted = response.putArray("convertedObjects");
        var wanted = request.get("desiredAPIVersion").asText();
        for (JsonNode object : request.get("objects")) {
            if (object.at("/spec/colour").asText().equals("stubborn")) {
                response.putArray("convertedObjects");
                response.putObject("result").put("status", "Failure").put("message", "this pane won't change");
                return response;
            }
            converted.add(convert((ObjectNode) object, wanted));
        }
        response.putObject("result").put("status", "Success");
        return response;
    }

    private static ObjectNode convert(ObjectNode object, String wanted) {
        var spec = (ObjectNode) object.get("spec");
        if (wanted.equals(GROUP + "v2") && spec.has("size")) {
            var sides = spec.remove("size").asText().split("x");
            spec.put("width", Integer.parseInt(sides[0])).put("height", Integer.parseInt(sides[1]));
        } else if (wanted.equals(GROUP + "v1") && spec.has("width")) {
            spec.put(
                    "size",
                    spec.remove("width").asInt() + "x" + spec.remove("height").asInt());
        }
        return object.put("apiVersion", wanted);
    }

    @Override
    public void close() {
        server.stop(0);
        threads.close();
    }
}
