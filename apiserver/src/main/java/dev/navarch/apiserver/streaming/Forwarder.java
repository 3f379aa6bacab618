package dev.navarch.apiserver.streaming;

import dev.navarch.apiserver.net.DialFailure;
import dev.navarch.apiserver.net.EventLoops;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.ApiRequest;
import dev.navarch.apiserver.request.ApiResponse;
import dev.navarch.apiserver.request.ClientConnection;
import dev.navarch.apiserver.request.Headers;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Passes requests on to other servers and their answers back, as they come; a request that leaves HTTP has its
 * connection joined to one of the other server. A refused upgrade is the client's answer and ends its connection
 * (CVE-2018-1002105).
 *
 * <p>Source: k8s.io/apimachinery pkg/util/proxy/upgradeaware.go.
 */
public final class Forwarder {
    /** Answers up to this length are passed on in one piece. */
    private static final long WHOLE = 1024 * 1024;

    /** Fields that concern one connection only, or that the other side must not see. */
    private static final Set<String> NOT_FORWARDED = Set.of(
            "authorization",
            "connection",
            "content-length",
            "expect",
            "host",
            "http2-settings",
            "keep-alive",
            "proxy-authenticate",
            "proxy-authorization",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade");

    /** Fields of answers that this server writes itself. */
    private static final Set<String> OUR_OWN = Set.of("audit-id", "content-type", "date");

    private final Upgrader upgrader;

    public Forwarder(EventLoops loops) {
        this(new Upgrader(loops));
    }

    Forwarder(Upgrader upgrader) {
        this.upgrader = upgrader;
    }

    /** What of a client's header goes on. */
    public static Headers forwardable(Headers headers) {
        List<String> fields = new ArrayList<>();
        headers.forEach((name, value) -> {
            var lower = name.toLowerCase(Locale.ROOT);
            if (!NOT_FORWARDED.contains(lower) && !lower.startsWith("impersonate-")) {
                fields.add(name);
                fields.add(value);
            }
        });
        return Headers.of(fields.toArray(String[]::new));
    }

    /** The protocol that the client wants to change to, or empty. */
    public static String upgrade(ApiRequest request) {
        boolean wanted = request.headers().all("Connection").stream()
                .anyMatch(value -> value.toLowerCase(Locale.ROOT).contains("upgrade"));
        return wanted ? request.header("Upgrade", "") : "";
    }

    /**
     * Passes a request on, in whatever protocol the client asks for.
     *
     * @param headers of the request, without what concerns the connection
     * @param headWithin how long to wait for the head of the answer
     * @throws ApiFailure if the other server cannot be reached
     */
    public void forward(
            ApiRequest request,
            ClientConnection client,
            Peer peer,
            Location location,
            Headers headers,
            Optional<Duration> headWithin)
            throws InterruptedException {
        var protocol = upgrade(request);
        if (protocol.isEmpty()) {
            client.answer(http(request, peer, location, headers, headWithin));
        } else {
            join(
                    request,
                    client,
                    peer,
                    location,
                    headers.with("Connection", "Upgrade").with("Upgrade", protocol));
        }
    }

    private static ApiResponse http(
            ApiRequest request, Peer peer, Location location, Headers headers, Optional<Duration> headWithin)
            throws InterruptedException {
        var builder = HttpRequest.newBuilder(location.uri())
                .method(
                        request.method(),
                        request.body().length == 0
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofByteArray(request.body()));
        headWithin.ifPresent(builder::timeout);
        headers.forEach((name, value) -> {
            try {
                builder.header(name, value);
            } catch (IllegalArgumentException _) {
                // a field that cannot be sent is left out
            }
        });
        return answer(request, location, send(peer, location, builder.build()));
    }

    private static HttpResponse<InputStream> send(Peer peer, Location location, HttpRequest request)
            throws InterruptedException {
        try {
            return peer.client().send(request, HttpResponse.BodyHandlers.ofInputStream());
        } catch (IOException e) {
            throw unreachable(e, location);
        }
    }

    static ApiFailure unreachable(IOException e, Location location) {
        var reason = DialFailure.reason(e, location.host(), location.port());
        return ApiFailure.serviceUnavailable("error trying to reach service: " + reason);
    }

    private static ApiResponse answer(ApiRequest request, Location location, HttpResponse<InputStream> answer) {
        int status = answer.statusCode();
        var type = answer.headers().firstValue("Content-Type").orElse("");
        var headers = backward(answer);
        long length = answer.headers().firstValueAsLong("Content-Length").orElse(-1);
        if (length >= 0 && length <= WHOLE) {
            try (var body = answer.body()) {
                return new ApiResponse.Whole(status, type, headers, body.readAllBytes());
            } catch (IOException e) {
                throw unreachable(e, location);
            }
        }
        boolean events = request.info().verb().equals("watch") && type.startsWith(ApiResponse.JSON);
        return new ApiResponse.Streaming(
                status, type, headers, events ? new LineFrames(answer.body()) : new StreamFrames(answer.body()));
    }

    private static Headers backward(HttpResponse<InputStream> answer) {
        List<String> fields = new ArrayList<>();
        answer.headers().map().forEach((name, values) -> {
            var lower = name.toLowerCase(Locale.ROOT);
            if (!NOT_FORWARDED.contains(lower) && !OUR_OWN.contains(lower) && !name.startsWith(":")) {
                values.forEach(value -> {
                    fields.add(name);
                    fields.add(value);
                });
            }
        });
        return Headers.of(fields.toArray(String[]::new));
    }

    static void mustBeTakenOver(ClientConnection client) {
        if (!client.canBeTakenOver()) {
            throw ApiFailure.badRequest("unable to upgrade: this connection cannot change its protocol, use HTTP/1.1");
        }
    }

    /** Joins the client to the other server, both speaking the new protocol themselves. */
    void join(ApiRequest request, ClientConnection client, Peer peer, Location location, Headers headers)
            throws InterruptedException {
        mustBeTakenOver(client);
        switch (upgrader.upgrade(location, peer, client.eventLoop(), request.method(), headers)) {
            case Upgrader.Outcome.Refused(var answer) -> client.answer(answer);
            case Upgrader.Outcome.Upgraded(var channel, var answered) ->
                client.takeOver(head(answered), mine -> Relay.join(mine, channel));
        }
    }

    /** A 101 answer with the other server's header. */
    private static byte[] head(Headers headers) {
        var head = new StringBuilder("HTTP/1.1 101 Switching Protocols\r\n");
        headers.forEach(
                (name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
        return head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
    }
}
