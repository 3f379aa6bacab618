package dev.navarch.apiserver.aggregation;

import dev.navarch.apiserver.aggregation.Registered.Backend;
import dev.navarch.apiserver.aggregation.ServiceAddress.UnresolvedException;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.ApiRequest;
import dev.navarch.apiserver.request.ApiResponse;
import dev.navarch.apiserver.request.ClientConnection;
import dev.navarch.apiserver.request.Headers;
import dev.navarch.apiserver.request.RemoteUser;
import dev.navarch.apiserver.streaming.Forwarder;
import dev.navarch.apiserver.streaming.Location;
import dev.navarch.apiserver.streaming.Peer;
import dev.navarch.apiserver.streaming.UrlPath;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Passes requests on to the server behind an APIService, in the name of their user. What the client says about users is
 * taken away, and so are its credentials; a server that redirects is refused. Source: k8s.io/kube-aggregator
 * pkg/apiserver/handler_proxy.go.
 */
final class Passage {
    static final ApiResponse.Whole UNAVAILABLE = plain(503, "service unavailable");

    private static final Logger log = LoggerFactory.getLogger(Passage.class);
    private static final ApiResponse.Whole REDIRECTED =
            plain(502, "the backend attempted to redirect this request, which is not permitted");

    private final ServiceAddress addresses;
    private final Peers peers;
    private final Forwarder forwarder;
    private final RandomGenerator random;
    private final Duration timeout;

    Passage(ServiceAddress addresses, Peers peers, Aggregator.Surroundings around) {
        this.addresses = addresses;
        this.peers = peers;
        forwarder = new Forwarder(around.loops());
        random = around.random();
        timeout = around.requestTimeout();
    }

    void pass(ApiRequest request, ClientConnection client, Registered registered) throws InterruptedException {
        if (!registered.available()) {
            client.answer(UNAVAILABLE);
            return;
        }
        var backend = registered.backend().orElseThrow();
        Location location;
        try {
            location = location(request, backend);
        } catch (UnresolvedException e) {
            log.debug("The service of {} can't be reached: {}", registered.name(), e.getMessage());
            client.answer(UNAVAILABLE);
            return;
        }
        Peer peer;
        try {
            peer = peers.of(backend);
        } catch (GeneralSecurityException | IOException e) {
            client.answer(plain(500, String.valueOf(e.getMessage())));
            return;
        }
        var kept = Forwarder.forwardable(request.headers());
        var traced = kept.first("Audit-Id").isPresent() ? kept : kept.with("Audit-Id", request.auditId());
        var headers = RemoteUser.write(traced, request.user());
        forward(request, client, peer, location, headers);
    }

    private void forward(ApiRequest request, ClientConnection client, Peer peer, Location location, Headers headers)
            throws InterruptedException {
        boolean endless = request.info().verb().equals("watch")
                || !request.info().subresource().isEmpty()
                || !Forwarder.upgrade(request).isEmpty();
        try {
            forwarder.forward(
                    request,
                    new Unredirected(client, request.path()),
                    peer,
                    location,
                    headers,
                    endless ? Optional.empty() : Optional.of(timeout));
        } catch (ApiFailure e) {
            if (e.code() < 500) {
                throw e;
            }
            client.answer(plain(503, String.valueOf(e.getMessage())));
        }
    }

    private Location location(ApiRequest request, Backend backend) throws UnresolvedException {
        var places = addresses.of(backend);
        var place = places.get(random.nextInt(places.size()));
        return new Location(
                false,
                true,
                place.address(),
                place.port(),
                UrlPath.withQuery(request.path(), request.query().raw()));
    }

    /** An error as Go's net/http writes it. */
    private static ApiResponse.Whole plain(int status, String text) {
        return new ApiResponse.Whole(
                status,
                "text/plain; charset=utf-8",
                Headers.of("X-Content-Type-Options", "nosniff"),
                (text + "\n").getBytes(StandardCharsets.UTF_8));
    }

    /** Lets no redirect through, but within OpenAPI to a document's present form. */
    private record Unredirected(ClientConnection client, String path) implements ClientConnection {
        @Override
        public void answer(ApiResponse response) {
            if (response.status() < 300 || response.status() > 399 || response.status() == 304 || permitted(response)) {
                client.answer(response);
                return;
            }
            if (response instanceof ApiResponse.Streaming streaming) {
                streaming.frames().close();
            }
            client.answer(REDIRECTED);
        }

        private boolean permitted(ApiResponse response) {
            return path.startsWith("/openapi/v3/")
                    && response.headers()
                            .first("Location")
                            .filter(to -> to.startsWith(path + "?hash="))
                            .isPresent();
        }

        @Override
        public boolean canBeTakenOver() {
            return client.canBeTakenOver();
        }

        @Override
        public EventLoop eventLoop() {
            return client.eventLoop();
        }

        @Override
        public void takeOver(byte[] head, Consumer<Channel> protocol) {
            client.takeOver(head, protocol);
        }
    }
}
