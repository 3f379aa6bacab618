package dev.navarch.apiserver.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.api.Catalogue;
import dev.navarch.apiserver.TestCertificates;
import dev.navarch.apiserver.flowcontrol.RequestGate;
import dev.navarch.apiserver.flowcontrol.Ticket;
import dev.navarch.apiserver.net.EventLoops;
import dev.navarch.apiserver.net.TlsSettings;
import dev.navarch.apiserver.request.ApiResponse;
import dev.navarch.apiserver.request.Authorizer;
import dev.navarch.apiserver.request.Decision;
import dev.navarch.apiserver.request.User;
import dev.navarch.apiserver.wire.Documents;
import dev.navarch.apiserver.wire.ProtobufBodies;
import dev.navarch.time.SystemTime;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Requests that wait for their turn, over real sockets: a gate that opens when the test says so. */
@Timeout(300)
class TurnsTest {
    private final SystemTime time = new SystemTime();
    private final EventLoops loops = EventLoops.start(1);
    private TestCertificates certificates;
    private HttpServer server;
    private HttpClient client;
    private volatile RequestGate gate = (_, _) -> Ticket.FREE;
    private volatile boolean goesAway;

    @BeforeEach
    void start() throws Exception {
        certificates = new TestCertificates();
        var serving = certificates.serving("turns");
        Authorizer authorizer =
                (_, info) -> info.path().startsWith("/secret") ? Decision.noOpinion("") : Decision.allow("");
        var pipeline = new Pipeline(
                (_, _, _) -> User.ANONYMOUS,
                authorizer,
                request -> ApiResponse.json(200, request.body()),
                new StreamingHandlers(List.of()),
                new RequestMetrics(time, new PrometheusRegistry()),
                new Pipeline.Settings(
                        3 << 20,
                        Duration.ofSeconds(100),
                        Duration.ofSeconds(100),
                        128 * 1024,
                        (request, patience) -> gate.enter(request, patience),
                        () -> goesAway),
                new Documents(new ProtobufBodies(Catalogue.builtIn())),
                new HttpDate(time),
                Optional.empty(),
                Optional.empty());
        server = new HttpServer(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                loops,
                new ServingTls(() -> serving, TlsSettings.STANDARD, () -> List.of(certificates.authorityCertificate())),
                pipeline);
        client =
                HttpClient.newBuilder().sslContext(certificates.clientContext()).build();
    }

    @AfterEach
    void stop() {
        client.close();
        server.close();
        loops.close();
        time.close();
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(
                URI.create("https://localhost:" + server.address().getPort() + path));
    }

    /** A turn that comes when the test says so. */
    private static final class Turn implements Ticket {
        final CountDownLatch awaited = new CountDownLatch(1);
        final CountDownLatch closed = new CountDownLatch(1);
        private volatile State state = State.WAITING;
        private volatile Runnable action = () -> {};

        @Override
        public State state() {
            return state;
        }

        @Override
        public void whenDecided(Runnable later) {
            action = later;
            awaited.countDown();
        }

        @Override
        public void close() {
            closed.countDown();
        }

        void decide(State decision) throws InterruptedException {
            assertThat(awaited.await(60, TimeUnit.SECONDS)).isTrue();
            state = decision;
            action.run();
        }
    }

    @ParameterizedTest
    @EnumSource(HttpClient.Version.class)
    void whoHasToWaitIsServedWhenItIsTheirTurn(HttpClient.Version version) throws Exception {
        var turn = new Turn();
        gate = (_, _) -> turn;
        var body = new byte[1_000_000];
        Arrays.fill(body, (byte) 'x');
        var later = client.sendAsync(
                request("/echo")
                        .version(version)
                        .timeout(Duration.ofSeconds(60))
                        .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                        .build(),
                BodyHandlers.ofByteArray());
        turn.decide(Ticket.State.EXECUTING);
        assertThat(later.get(60, TimeUnit.SECONDS).body()).isEqualTo(body);
        assertThat(turn.closed.await(60, TimeUnit.SECONDS)).isTrue();
        var unwanted = new Turn();
        gate = (_, _) -> unwanted;
        var refused = client.sendAsync(request("/hello").version(version).build(), BodyHandlers.ofString());
        unwanted.decide(Ticket.State.REFUSED);
        assertThat(refused.get(60, TimeUnit.SECONDS).statusCode()).isEqualTo(429);
        var forbidden = new Turn();
        gate = (_, _) -> forbidden;
        var secret = client.sendAsync(request("/secret/x").version(version).build(), BodyHandlers.ofString());
        forbidden.decide(Ticket.State.EXECUTING);
        assertThat(secret.get(60, TimeUnit.SECONDS).statusCode()).isEqualTo(403);
    }

    @Test
    void whoGoesWhileWaitingWaitsNoLonger() throws Exception {
        var turn = new Turn();
        gate = (_, _) -> turn;
        try (var socket = (SSLSocket) certificates
                .clientContext()
                .getSocketFactory()
                .createSocket(InetAddress.getLoopbackAddress(), server.address().getPort())) {
            socket.getOutputStream()
                    .write("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            assertThat(turn.awaited.await(60, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(turn.closed.await(60, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void clientsThatAreSentAwayComeBackOnAnotherConnection() throws Exception {
        goesAway = true;
        for (int i = 0; i < 3; i++) {
            var answer = client.send(
                    request("/echo").version(HttpClient.Version.HTTP_2).build(), BodyHandlers.ofString());
            assertThat(answer.statusCode()).isEqualTo(200);
        }
    }
}
