package dev.navarch.apiserver.streaming;

import dev.navarch.apiserver.following.ObjectReader;
import dev.navarch.apiserver.net.EventLoops;
import dev.navarch.apiserver.net.TlsMaterial;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.ApiRequest;
import dev.navarch.apiserver.request.ApiResponse;
import dev.navarch.apiserver.request.Authorizer;
import dev.navarch.apiserver.request.ClientConnection;
import dev.navarch.apiserver.request.Forbidden;
import dev.navarch.apiserver.request.Headers;
import dev.navarch.apiserver.request.RequestInfo;
import dev.navarch.apiserver.request.Status;
import dev.navarch.apiserver.request.StreamingHandler;
import io.netty.channel.Channel;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import tools.jackson.databind.node.ObjectNode;

/**
 * Serves log, exec, attach, port-forward and proxy requests. A SPDY client is joined to the kubelet as it is; a
 * WebSocket client's channels are translated into SPDY streams, or carry SPDY themselves. A refused upgrade is the
 * client's answer and ends its connection (CVE-2018-1002105); redirects are never followed.
 *
 * <p>Source: k8s.io/kubernetes pkg/registry/core/pod/rest, k8s.io/apimachinery pkg/util/proxy/upgradeaware.go,
 * k8s.io/apiserver pkg/util/proxy.
 */
public final class KubeletStreams implements StreamingHandler, AutoCloseable {
    private static final String SPDY = "SPDY/3.1";
    private static final String TUNNEL_PREFIX = "SPDY/3.1+";
    private static final String REMOTE_COMMAND = "v4.channel.k8s.io";

    private final Authorizer authorizer;
    private final Admission admission;
    private final KubeletTls tls;
    private static final Duration ANSWER = Duration.ofSeconds(10);
    private static final int MOST_BYTES = 32 * 1024 * 1024;

    private final PodTarget pods;
    private final ProxyTarget proxies;
    private final Upgrader upgrader;
    private final KubeletLogs logs;
    private final Forwarder forwarder;

    /** Says no, by throwing, to clients that may not be joined to something. */
    @FunctionalInterface
    public interface Admission {
        void admit(ApiRequest request) throws InterruptedException;
    }

    /**
     * @param slices all EndpointSlices of a namespace
     * @param ownPort that this server listens on
     * @param random chooses among a service's endpoints
     */
    public KubeletStreams(
            ObjectReader objects,
            Function<String, List<ObjectNode>> slices,
            Authorizer authorizer,
            Admission admission,
            EventLoops loops,
            Supplier<TlsMaterial> identity,
            List<X509Certificate> authorities,
            IntSupplier ownPort,
            RandomGenerator random) {
        this.authorizer = authorizer;
        this.admission = admission;
        tls = new KubeletTls(identity, authorities);
        pods = new PodTarget(objects, new Reachable(ownPort));
        proxies = new ProxyTarget(objects, slices::apply, pods, random);
        upgrader = new Upgrader(loops);
        logs = new KubeletLogs(tls);
        forwarder = new Forwarder(upgrader);
    }

    @Override
    public boolean serves(RequestInfo info) {
        if (!info.resourceRequest() || !info.group().isEmpty() || info.name().isEmpty()) {
            return false;
        }
        return switch (info.subresource()) {
            case "log", "exec", "attach", "portforward" -> info.resource().equals("pods");
            case "proxy" ->
                info.resource().equals("pods")
                        || info.resource().equals("services")
                        || info.resource().equals("nodes");
            default -> false;
        };
    }

    @Override
    public void serve(ApiRequest request, ClientConnection client) throws InterruptedException {
        switch (request.info().subresource()) {
            case "log" -> log(request, client);
            case "proxy" -> proxy(request, client);
            case "portforward" -> portForward(request, client);
            default -> command(request, client);
        }
    }

    /**
     * What the kubelet of a node answers to a question of this server's own.
     *
     * @throws IOException if it doesn't, or there is no such node
     */
    public byte[] read(String node, String pathAndQuery) throws IOException, InterruptedException {
        Location location;
        try {
            location = pods.kubelet(node, pathAndQuery);
        } catch (ApiFailure e) {
            throw new IOException(e.getMessage(), e);
        }
        var answer = tls.kubelets()
                .client()
                .send(
                        HttpRequest.newBuilder(location.uri())
                                .timeout(ANSWER)
                                .GET()
                                .build(),
                        HttpResponse.BodyHandlers.limiting(HttpResponse.BodyHandlers.ofByteArray(), MOST_BYTES));
        if (answer.statusCode() != 200) {
            throw new IOException("node " + node + " answered " + answer.statusCode());
        }
        return answer.body();
    }

    private void log(ApiRequest request, ClientConnection client) throws InterruptedException {
        if (!request.method().equals("GET")) {
            throw ApiFailure.methodNotAllowed();
        }
        var location = pods.log(request);
        client.answer(
                location.isPresent()
                        ? logs.read(request, location.get())
                        : new ApiResponse.Whole(204, "", Headers.EMPTY));
    }

    /**
     * A node's kubelet runs commands for whoever upgrades a GET, so that the right to read through a node does not suffice
     * for that. Upstream lets them (KEP-2862 is its way out).
     */
    private void proxy(ApiRequest request, ClientConnection client) throws InterruptedException {
        boolean upgrades = !Forwarder.upgrade(request).isEmpty();
        if (upgrades
                && request.info().resource().equals("nodes")
                && request.method().equals("GET")) {
            checkCreate(request);
        }
        admission.admit(request);
        var location = proxies.find(request);
        forwarder.forward(
                request,
                client,
                tls.of(location),
                location,
                Forwarder.forwardable(request.headers()),
                Optional.empty());
    }

    private void command(ApiRequest request, ClientConnection client) throws InterruptedException {
        checkCreate(request);
        admission.admit(request);
        var location = pods.command(request, request.info().subresource());
        switch (Forwarder.upgrade(request).toLowerCase(Locale.ROOT)) {
            case "websocket" -> {
                var offered = WebSocketHandshake.offered(request.headers());
                var protocol = offered.isEmpty()
                        ? "channel.k8s.io"
                        : CommandTranslator.choose(offered)
                                .orElseThrow(() -> ApiFailure.badRequest(
                                        "websocket server subprotocol not supported: " + String.join(", ", offered)));
                translate(request, client, location, protocol, offered.isEmpty() ? "" : protocol);
            }
            case "spdy/3.1" -> join(request, client, location, spdyHeaders(request));
            default -> throw upgradeRequired();
        }
    }

    private void portForward(ApiRequest request, ClientConnection client) throws InterruptedException {
        checkCreate(request);
        admission.admit(request);
        var location = pods.portForward(request);
        switch (Forwarder.upgrade(request).toLowerCase(Locale.ROOT)) {
            case "websocket" -> {
                var tunnelled = WebSocketHandshake.offered(request.headers()).stream()
                        .filter(p -> p.startsWith(TUNNEL_PREFIX) && p.endsWith(".k8s.io"))
                        .map(p -> p.substring(TUNNEL_PREFIX.length()))
                        .toList();
                if (tunnelled.isEmpty()) {
                    join(
                            request,
                            client,
                            location,
                            Forwarder.forwardable(request.headers())
                                    .with("Connection", "Upgrade")
                                    .with("Upgrade", "websocket"));
                } else {
                    tunnel(request, client, location, tunnelled);
                }
            }
            case "spdy/3.1" -> join(request, client, location, spdyHeaders(request));
            default -> throw upgradeRequired();
        }
    }

    /**
     * A GET may open a shell as well as a POST, so that reading alone must not suffice (source: k8s.io/kubernetes
     * pkg/registry/core/pod/rest/subresources.go).
     */
    private void checkCreate(ApiRequest request) {
        if (request.method().equals("POST")) {
            return;
        }
        if (!request.method().equals("GET")) {
            throw ApiFailure.methodNotAllowed();
        }
        var info = request.info().withVerb("create");
        var decision = authorizer.authorize(request.user(), info);
        if (!decision.allowed()) {
            throw Forbidden.failure(request.user(), info, decision.reason());
        }
    }

    private static ApiFailure upgradeRequired() {
        return ApiFailure.badRequest("Upgrade request required");
    }

    private static Headers spdyHeaders(ApiRequest request) {
        var headers = Headers.of("Connection", "Upgrade", "Upgrade", SPDY);
        for (var version : request.headers().all("X-Stream-Protocol-Version")) {
            headers = headers.with("X-Stream-Protocol-Version", version);
        }
        return headers;
    }

    private void join(ApiRequest request, ClientConnection client, Location location, Headers headers)
            throws InterruptedException {
        forwarder.join(request, client, tls.of(location), location, headers);
    }

    /** SPDY within a WebSocket's binary messages, for port-forward. */
    private void tunnel(ApiRequest request, ClientConnection client, Location location, List<String> protocols)
            throws InterruptedException {
        Forwarder.mustBeTakenOver(client);
        var headers = Headers.of("Connection", "Upgrade", "Upgrade", SPDY);
        for (var protocol : protocols) {
            headers = headers.with("X-Stream-Protocol-Version", protocol);
        }
        WebSocketHandshake.accept(request.headers(), ""); // refuses before anything is dialled
        switch (upgrader.upgrade(location, tls.of(location), client.eventLoop(), "POST", headers)) {
            case Upgrader.Outcome.Refused(var answer) -> client.answer(answer);
            case Upgrader.Outcome.Upgraded(var channel, var answered) -> {
                var chosen = answered.first("X-Stream-Protocol-Version")
                        .map(version -> TUNNEL_PREFIX + version)
                        .orElse("");
                client.takeOver(WebSocketHandshake.accept(request.headers(), chosen), mine -> {
                    WebSocketTunnel.install(mine);
                    Relay.join(mine, channel);
                });
            }
        }
    }

    /** A WebSocket client's channels as SPDY streams, for exec and attach. */
    private void translate(
            ApiRequest request, ClientConnection client, Location location, String protocol, String answered)
            throws InterruptedException {
        Forwarder.mustBeTakenOver(client);
        var translator = new CommandTranslator(
                Streams.asked(request.query(), request.info().subresource()), protocol);
        client.takeOver(WebSocketHandshake.accept(request.headers(), answered), translator::client);
        var headers = Headers.of("Connection", "Upgrade", "Upgrade", SPDY, "X-Stream-Protocol-Version", REMOTE_COMMAND);
        try {
            switch (upgrader.upgrade(location, tls.of(location), client.eventLoop(), "POST", headers)) {
                case Upgrader.Outcome.Upgraded(Channel channel, var _) ->
                    client.eventLoop().execute(() -> translator.kubelet(channel));
                case Upgrader.Outcome.Refused(var answer) ->
                    client.eventLoop().execute(() -> translator.finish(reason(answer)));
            }
        } catch (ApiFailure e) {
            client.eventLoop().execute(() -> translator.finish(e.status()));
        }
    }

    /** A refusal's text as a Status, for a client that has left HTTP already. */
    private static Status reason(ApiResponse.Whole answer) {
        var text = new String(answer.parts().toByteArray(), StandardCharsets.UTF_8);
        return ApiFailure.internalError("unable to upgrade connection: " + text.strip())
                .status();
    }

    @Override
    public void close() {
        tls.close();
    }
}
