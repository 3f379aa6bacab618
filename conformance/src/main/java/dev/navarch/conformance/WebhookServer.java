package dev.navarch.conformance;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.util.concurrent.Executors;
import java.util.function.UnaryOperator;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A server of webhooks in this process, which the cluster's API server calls as a service of the scenario's namespace:
 * one without a selector, whose endpoint is this machine. Closed after the scenario.
 */
public final class WebhookServer {
    private static final String SERVICE = "e2e-test-webhook";
    private static final int PORT = 8443;
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final HttpsServer server;
    private final ServingIdentity identity;
    private final String namespace;

    private WebhookServer(HttpsServer server, ServingIdentity identity, String namespace) {
        this.server = server;
        this.identity = identity;
        this.namespace = namespace;
    }

    public static WebhookServer start(Scenario scenario) {
        var namespace = scenario.namespace();
        try {
            var identity = ServingIdentity.of(SERVICE + "." + namespace + ".svc");
            var address = address(scenario);
            var server = HttpsServer.create(new InetSocketAddress(address, 0), 0);
            server.setHttpsConfigurator(new HttpsConfigurator(identity.tls()));
            var threads = Executors.newCachedThreadPool();
            server.setExecutor(threads);
            scenario.afterwards(threads::shutdownNow);
            server.start();
            scenario.afterwards(() -> server.stop(0));
            expose(scenario, address, server.getAddress().getPort());
            return new WebhookServer(server, identity, namespace);
        } catch (Exception e) {
            throw new AssertionError("no server of webhooks: " + e, e);
        }
    }

    /** Of this machine, as others see it: endpoints on the loopback address are refused. */
    private static InetAddress address(Scenario scenario) throws IOException {
        var master = scenario.client().getMasterUrl();
        try (var socket = new DatagramSocket()) {
            socket.connect(InetAddress.getByName(master.getHost()), master.getPort() < 0 ? 443 : master.getPort());
            if (!socket.getLocalAddress().isLoopbackAddress()) {
                return socket.getLocalAddress();
            }
        }
        return NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .filter(Inet4Address.class::isInstance)
                .filter(address -> !address.isLoopbackAddress() && !address.isLinkLocalAddress())
                .findFirst()
                .orElseThrow(() -> new IOException("this machine has no address but the loopback's"));
    }

    private static void expose(Scenario scenario, InetAddress address, int port) {
        scenario.create(Service.class, """
            apiVersion: v1
            kind: Service
            metadata: {name: %s}
            spec:
              ports: [{port: %d, targetPort: %d}]
            """.formatted(SERVICE, PORT, port));
        scenario.create(EndpointSlice.class, """
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: {name: %1$s, labels: {kubernetes.io/service-name: %1$s}}
            addressType: %2$s
            endpoints: [{addresses: ["%3$s"], conditions: {ready: true}}]
            ports: [{name: "", port: %4$d, protocol: TCP}]
            """.formatted(
                        SERVICE, address instanceof Inet4Address ? "IPv4" : "IPv6", address.getHostAddress(), port));
    }

    /** Answers what is posted at a path. */
    public WebhookServer at(String path, UnaryOperator<ObjectNode> answer) {
        server.createContext(path, exchange -> {
            try (exchange) {
                answer(exchange, answer);
            }
        });
        return this;
    }

    private static void answer(HttpExchange exchange, UnaryOperator<ObjectNode> answer) throws IOException {
        var review = (ObjectNode) JSON.readTree(exchange.getRequestBody().readAllBytes());
        var body = JSON.writeValueAsBytes(answer.apply(review));
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(200, body.length);
        exchange.getResponseBody().write(body);
    }

    /** {@code clientConfig} of a webhook that is at a path here, as a YAML flow mapping. */
    public String clientConfig(String path) {
        return "{caBundle: %s, service: %s}".formatted(identity.caBundle(), service(path));
    }

    /** Likewise, without the certificate by which a client could trust this server. */
    public String untrustedClientConfig(String path) {
        return "{service: " + service(path) + "}";
    }

    private String service(String path) {
        return "{namespace: %s, name: %s, port: %d, path: \"%s\"}".formatted(namespace, SERVICE, PORT, path);
    }
}
