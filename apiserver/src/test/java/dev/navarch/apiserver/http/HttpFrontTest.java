package dev.navarch.apiserver.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.api.Catalogue;
import dev.navarch.apiserver.TestCertificates;
import dev.navarch.apiserver.flowcontrol.InFlightLimits;
import dev.navarch.apiserver.flowcontrol.RequestLimits;
import dev.navarch.apiserver.net.EventLoops;
import dev.navarch.apiserver.net.TlsMaterial;
import dev.navarch.apiserver.net.TlsSettings;
import dev.navarch.apiserver.pages.MetricsPage;
import dev.navarch.apiserver.pages.NotFoundPage;
import dev.navarch.apiserver.request.ApiRequest;
import dev.navarch.apiserver.request.ApiResponse;
import dev.navarch.apiserver.request.Authenticator;
import dev.navarch.apiserver.request.Authorizer;
import dev.navarch.apiserver.request.ClientConnection;
import dev.navarch.apiserver.request.Decision;
import dev.navarch.apiserver.request.Frames;
import dev.navarch.apiserver.request.Headers;
import dev.navarch.apiserver.request.Latencies;
import dev.navarch.apiserver.request.Parts;
import dev.navarch.apiserver.request.ReadyFrames;
import dev.navarch.apiserver.request.RequestHandler;
import dev.navarch.apiserver.request.RequestInfo;
import dev.navarch.apiserver.request.StreamingHandler;
import dev.navarch.apiserver.request.User;
import dev.navarch.apiserver.wire.Documents;
import dev.navarch.apiserver.wire.ProtobufBodies;
import dev.navarch.time.SystemTime;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.zip.GZIPInputStream;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(180)
class HttpFrontTest {
    /** Of tests for which the server gives up a request soon. */
    private static final String IMPATIENT = "impatient";
    /** Of tests for which the server gives up a client soon that takes nothing. */
    private static final String BRISK = "brisk";

    private static final int LIMIT = 3 * 1024 * 1024;

    private final SystemTime time = new SystemTime();
    private final Map<String, RequestHandler> handlers = new ConcurrentHashMap<>();
    private final PrometheusRegistry registry = new PrometheusRegistry();
    private TestCertificates certificates;
    private AtomicReference<TlsMaterial> serving;
    private final EventLoops loops = EventLoops.start(1);
    private HttpServer server;
    private HttpClient client;
    /** Whether others are asked about each request, and what that does. */
    private volatile boolean asks;

    private volatile Runnable asking = () -> {};

    @BeforeEach
    void start(TestInfo test) throws Exception {
        boolean impatient = test.getTags().contains(IMPATIENT);
        certificates = new TestCertificates();
        serving = new AtomicReference<>(certificates.serving("first"));
        RequestHandler handler = new RequestHandler() {
            private RequestHandler of(ApiRequest request) {
                return handlers.getOrDefault(request.path(), _ -> NotFoundPage.response());
            }

            @Override
            public ApiResponse handle(ApiRequest request) throws InterruptedException {
                return of(request).handle(request);
            }

            @Override
            public boolean mayBlock(ApiRequest request) {
                return of(request).mayBlock(request);
            }
        };
        StreamingHandler none = new StreamingHandler() {
            @Override
            public boolean serves(RequestInfo info) {
                return false;
            }

            @Override
            public void serve(ApiRequest request, ClientConnection connection) {
                throw new AssertionError();
            }
        };
        Authenticator authenticator = (_, shown, _) -> shown.isEmpty()
                ? User.ANONYMOUS
                : new User(shown.chain().getFirst().getSubjectX500Principal().getName(), List.of());
        Authorizer authorizer = new Authorizer() {
            @Override
            public Decision authorize(User user, RequestInfo info) {
                asking.run();
                return info.path().startsWith("/secret") ? Decision.noOpinion("") : Decision.allow("");
            }

            @Override
            public boolean mayBlock() {
                return asks;
            }
        };
        var pipeline = new Pipeline(
                authenticator,
                authorizer,
                handler,
                none,
                new RequestMetrics(time, registry),
                new Pipeline.Settings(
                        LIMIT,
                        impatient ? Duration.ofMillis(1_500) : Duration.ofMinutes(1),
                        test.getTags().contains(BRISK) ? Duration.ofSeconds(1) : Duration.ofMinutes(1),
                        128 * 1024,
                        new InFlightLimits(new RequestLimits(2, 1)),
                        () -> false),
                new Documents(new ProtobufBodies(Catalogue.builtIn())),
                new HttpDate(time),
                Optional.empty(),
                Optional.empty());
        var authorities = List.of(certificates.authorityCertificate());
        server = new HttpServer(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                loops,
                new ServingTls(serving::get, TlsSettings.STANDARD, () -> authorities),
                pipeline);
        client =
                HttpClient.newBuilder().sslContext(certificates.clientContext()).build();
        handlers.put(
                "/hello",
                inline(request ->
                        ApiResponse.text(200, "hello " + request.query().value("n"))));
        handlers.put("/echo", request -> ApiResponse.json(200, request.body()));
    }

    @AfterEach
    void stop() {
        client.close();
        server.close();
        loops.close();
        time.close();
    }

    private static RequestHandler inline(RequestHandler handler) {
        return new RequestHandler() {
            @Override
            public ApiResponse handle(ApiRequest request) throws InterruptedException {
                return handler.handle(request);
            }

            @Override
            public boolean mayBlock(ApiRequest request) {
                return false;
            }
        };
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(
                URI.create("https://localhost:" + server.address().getPort() + path));
    }

    private HttpResponse<String> get(String path) throws Exception {
        return client.send(request(path).build(), BodyHandlers.ofString());
    }

    @ParameterizedTest
    @EnumSource(HttpClient.Version.class)
    void bothVersionsServeInlineAndOnThreads(HttpClient.Version version) throws Exception {
        for (int i = 0; i < 3; i++) {
            var answer = client.send(request("/hello?n=" + i).version(version).build(), BodyHandlers.ofString());
            assertThat(answer.version()).isEqualTo(version);
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.body()).isEqualTo("hello " + i);
            assertThat(answer.headers().firstValue("audit-id")).isPresent();
            assertThat(answer.headers().firstValue("cache-control")).contains("no-cache, private");
            var body = new byte[1_000_000];
            Arrays.fill(body, (byte) ('a' + i));
            var echoed = client.send(
                    request("/echo")
                            .version(version)
                            .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                            .build(),
                    BodyHandlers.ofByteArray());
            assertThat(echoed.body()).isEqualTo(body);
        }
    }

    @ParameterizedTest
    @EnumSource(HttpClient.Version.class)
    void aTooLongBodyIsRefusedAndTheNextRequestWorks(HttpClient.Version version) throws Exception {
        for (var publisher : List.of(
                HttpRequest.BodyPublishers.ofByteArray(new byte[5 * 1024 * 1024]),
                HttpRequest.BodyPublishers.fromPublisher(
                        HttpRequest.BodyPublishers.ofByteArray(new byte[5 * 1024 * 1024])))) {
            var answer = client.send(
                    request("/echo").version(version).POST(publisher).build(), BodyHandlers.ofString());
            assertThat(answer.statusCode()).isEqualTo(413);
            assertThat(answer.body())
                    .contains("\"reason\":\"RequestEntityTooLarge\"")
                    .contains("Request entity too large: limit is 3145728");
            assertThat(get("/hello?n=x").body()).isEqualTo("hello x");
        }
    }

    @Test
    void refusalsAreStatusesAndComeBeforeTheBody() throws Exception {
        var answer = client.send(
                request("/secret/x")
                        .POST(HttpRequest.BodyPublishers.ofString("{}"))
                        .build(),
                BodyHandlers.ofString());
        assertThat(answer.statusCode()).isEqualTo(403);
        assertThat(answer.body())
                .contains("forbidden: User \\\"system:anonymous\\\" cannot post path \\\"/secret/x\\\"");
    }

    @Test
    void aFaultIsA500AndTheNextRequestWorks() throws Exception {
        handlers.put("/fault", _ -> {
            throw new IllegalStateException("on purpose");
        });
        handlers.put("/deep", _ -> {
            throw new StackOverflowError();
        });
        for (var path : List.of("/fault", "/deep")) {
            var answer = get(path);
            assertThat(answer.statusCode()).isEqualTo(500);
            assertThat(answer.body()).contains("\"reason\":\"InternalError\"");
            assertThat(get("/hello?n=1").statusCode()).isEqualTo(200);
        }
    }

    @Test
    @Tag(IMPATIENT)
    void aRequestThatTakesTooLongTimesOut() throws Exception {
        var interrupted = new CountDownLatch(1);
        handlers.put("/slow", _ -> {
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                interrupted.countDown();
                throw e;
            }
            throw new AssertionError();
        });
        var answer = get("/slow");
        assertThat(answer.statusCode()).isEqualTo(504);
        assertThat(answer.body()).contains("\"reason\":\"Timeout\"");
        assertThat(interrupted.await(60, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    @Tag(IMPATIENT)
    void aRequestMayAskForLessTimeButNotForMoreOrInOtherWords() throws Exception {
        handlers.put("/slow", _ -> {
            new CountDownLatch(1).await();
            throw new AssertionError();
        });
        for (var asked : List.of("10ms", "0", "-1s", "2h")) {
            assertThat(get("/slow?timeout=" + asked).statusCode()).as(asked).isEqualTo(504);
        }
        for (var wrong : List.of("abc", "5", "1s1x")) {
            var answer = get("/hello?n=1&timeout=" + wrong);
            assertThat(answer.statusCode()).isEqualTo(400);
            assertThat(answer.body()).contains("invalid timeout specified in the request URL - time: ");
        }
        assertThat(get("/hello?n=1&timeout=1m").statusCode()).isEqualTo(200);
    }

    @Test
    @Tag(IMPATIENT)
    void aBodyThatDoesNotComeTimesOut() throws Exception {
        Flow.Publisher<ByteBuffer> silence = reader -> reader.onSubscribe(new Flow.Subscription() {
            @Override
            public void request(long n) {}

            @Override
            public void cancel() {}
        });
        var mine =
                HttpClient.newBuilder().sslContext(certificates.clientContext()).build();
        try {
            var answer = mine.sendAsync(
                            request("/echo")
                                    .version(HttpClient.Version.HTTP_2)
                                    .POST(HttpRequest.BodyPublishers.fromPublisher(silence))
                                    .build(),
                            BodyHandlers.ofString())
                    .get(60, TimeUnit.SECONDS);
            assertThat(answer.statusCode()).isEqualTo(504);
            assertThat(answer.body()).contains("request did not complete within the allotted timeout");
        } finally {
            mine.shutdownNow();
        }
    }

    @Test
    @Tag(IMPATIENT)
    void aConnectionWhoseBodyDidNotComeIsClosed() throws Exception {
        try (var socket = socket()) {
            write(socket, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc");
            var in = socket.getInputStream();
            assertThat(readAnswer(in)).startsWith("HTTP/1.1 504 ").contains("Connection: close");
            assertThat(in.read()).isEqualTo(-1);
        }
    }

    @Test
    void longAnswersAreCompressedForThoseWhoAskAndWholeForOthers() throws Exception {
        List<byte[]> parts = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            parts.add(("part " + i + ";").getBytes(StandardCharsets.UTF_8));
        }
        handlers.put(
                "/apis/g/v1/things", _ -> new ApiResponse.Whole(200, ApiResponse.JSON, Headers.EMPTY, Parts.of(parts)));
        var plain = client.send(request("/apis/g/v1/things").build(), BodyHandlers.ofByteArray());
        var packed = client.send(
                request("/apis/g/v1/things").header("Accept-Encoding", "gzip").build(), BodyHandlers.ofInputStream());
        assertThat(packed.headers().firstValue("content-encoding")).contains("gzip");
        assertThat(new GZIPInputStream(packed.body()).readAllBytes()).isEqualTo(plain.body());
        assertThat(new String(plain.body(), StandardCharsets.UTF_8)).endsWith("part 19999;");
    }

    @ParameterizedTest
    @EnumSource(HttpClient.Version.class)
    void streamsArriveFrameByFrameAndEnd(HttpClient.Version version) throws Exception {
        var source = new QueueFrames();
        handlers.put("/stream", _ -> new ApiResponse.Streaming(200, "application/json", Headers.EMPTY, source));
        var answer = client.send(request("/stream").version(version).build(), BodyHandlers.ofInputStream());
        var lines = new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8));
        for (int i = 0; i < 5; i++) {
            source.queue.put(("line " + i + "\n").getBytes(StandardCharsets.UTF_8));
            assertThat(lines.readLine()).isEqualTo("line " + i);
        }
        source.close();
        assertThat(lines.readLine()).isNull();
    }

    @ParameterizedTest
    @EnumSource(HttpClient.Version.class)
    void aSlowReaderHoldsTheSourceAndItsLeavingClosesIt(HttpClient.Version version) throws Exception {
        var pulled = new AtomicLong();
        var closed = new CountDownLatch(1);
        handlers.put(
                "/flood",
                _ -> new ApiResponse.Streaming(200, "text/plain", Headers.EMPTY, new Frames() {
                    private volatile boolean done;

                    @Override
                    public byte[] next() {
                        pulled.incrementAndGet();
                        return done ? null : new byte[64 * 1024];
                    }

                    @Override
                    public void close() {
                        done = true;
                        closed.countDown();
                    }
                }));
        var other =
                HttpClient.newBuilder().sslContext(certificates.clientContext()).build();
        var answer = other.send(request("/flood").version(version).build(), BodyHandlers.ofInputStream());
        long before = -1;
        while (pulled.get() != before) { // stands still once all buffers between are full
            before = pulled.get();
            Thread.onSpinWait();
            get("/hello?n=0");
            get("/hello?n=0");
            TimeUnit.MILLISECONDS.sleep(200);
        }
        assertThat(before * 64 * 1024).isLessThan(64L * 1024 * 1024);
        answer.body().close();
        other.shutdownNow();
        assertThat(closed.await(60, TimeUnit.SECONDS)).isTrue();
    }

    @ParameterizedTest
    @EnumSource(HttpClient.Version.class)
    @Tag(BRISK)
    void aReaderThatTakesNothingLosesItsStream(HttpClient.Version version) throws Exception {
        for (boolean ready : new boolean[] {false, true}) {
            var flood = ready ? new ReadyFlood() : new Flood();
            var path = "/apis/g/v1/things";
            handlers.put(path, _ -> new ApiResponse.Streaming(200, "text/plain", Headers.EMPTY, flood));
            var answer = client.send(request(path + "?watch=1").version(version).build(), BodyHandlers.ofInputStream());
            assertThat(flood.closed.await(60, TimeUnit.SECONDS)).isTrue();
            assertThatThrownBy(() -> answer.body().transferTo(java.io.OutputStream.nullOutputStream()))
                    .isInstanceOf(IOException.class);
        }
        assertThat(metrics()).contains("apiserver_terminated_watchers_total{group=\"g\",resource=\"things\"} 2.0");
    }

    @Test
    @Tag(BRISK)
    void aReaderThatTakesNothingLosesItsAnswer() throws Exception {
        var piece = new byte[1024 * 1024];
        handlers.put(
                "/long",
                _ -> new ApiResponse.Whole(
                        200, "text/plain", Headers.EMPTY, Parts.of(java.util.Collections.nCopies(64, piece))));
        var answer = client.send(request("/long").build(), BodyHandlers.ofInputStream());
        for (int i = 0; inFlight() > 0; i++) { // both requests that may be under way are free again
            assertThat(i).isLessThan(600);
            TimeUnit.MILLISECONDS.sleep(100);
        }
        assertThatThrownBy(() -> answer.body().transferTo(java.io.OutputStream.nullOutputStream()))
                .isInstanceOf(IOException.class);
    }

    private double inFlight() {
        return registry.scrape(name -> name.equals("apiserver_current_inflight_requests")).stream()
                .flatMap(snapshot -> snapshot.getDataPoints().stream())
                .mapToDouble(point ->
                        ((io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot) point).getValue())
                .sum();
    }

    @Test
    void pipelinedRequestsAreAnsweredInOrder() throws Exception {
        int count = 3_000;
        try (var socket = socket()) {
            var out = new StringBuilder();
            for (int i = 0; i < count; i++) {
                out.append(
                        i % 3 == 0
                                ? "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n%04d".formatted(i)
                                : "GET /hello?n=%d HTTP/1.1\r\nHost: x\r\n\r\n".formatted(i));
            }
            Thread.ofVirtual().start(() -> write(socket, out.toString()));
            var in = socket.getInputStream();
            for (int i = 0; i < count; i++) {
                assertThat(readAnswer(in)).endsWith(i % 3 == 0 ? "\r\n\r\n%04d".formatted(i) : "\r\n\r\nhello " + i);
            }
        }
    }

    @Test
    void hostileBytesAreRefusedAndTheServerLives() throws Exception {
        for (var hostile : List.of(
                "\0\0\0\0\r\n\r\n",
                "GET / NOHTTP\r\n\r\n",
                "GET /" + "a".repeat(100_000) + " HTTP/1.1\r\n\r\n",
                "GET / HTTP/1.1\r\nX: " + "b".repeat(300_000) + "\r\n\r\n",
                "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
                "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n",
                "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
                "GET /../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET /api/v1/namespaces/a%2Fb HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET hello HTTP/1.1\r\nHost: x\r\n\r\n")) {
            try (var socket = socket()) {
                Thread.ofVirtual().start(() -> write(socket, hostile));
                var answer = readAnswer(socket.getInputStream());
                assertThat(answer)
                        .as(hostile.substring(0, Math.min(hostile.length(), 60)))
                        .startsWith("HTTP/1.1 4");
            }
            assertThat(get("/hello?n=1").statusCode()).isEqualTo(200);
        }
    }

    @Test
    void expectContinueIsAnsweredOnlyToTheWelcome() throws Exception {
        try (var socket = socket()) {
            write(socket, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
            var in = socket.getInputStream();
            assertThat(readHead(in)).isEqualTo("HTTP/1.1 100 Continue\r\n\r\n");
            write(socket, "{}");
            assertThat(readAnswer(in)).startsWith("HTTP/1.1 200 OK").endsWith("{}");
            write(socket, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999\r\nExpect: 100-continue\r\n\r\n");
            assertThat(readAnswer(in)).startsWith("HTTP/1.1 413 ");
        }
    }

    @ParameterizedTest
    @EnumSource(HttpClient.Version.class)
    void nothingOfABodyIsTakenBeforeOthersHaveAllowedIt(HttpClient.Version version) throws Exception {
        asks = true;
        var allowed = new CountDownLatch(1);
        asking = () -> {
            try {
                allowed.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        };
        var body = "x".repeat(1 << 20);
        var answer = client.sendAsync(
                request("/echo")
                        .version(version)
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
        allowed.countDown();
        assertThat(answer.get().body()).isEqualTo(body);
        assertThat(get("/hello?n=1").body()).isEqualTo("hello 1");
        var refused = client.send(
                request("/secret")
                        .version(version)
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
        assertThat(refused.statusCode()).isEqualTo(403);
        assertThat(get("/hello?n=2").body()).isEqualTo("hello 2");
    }

    @Test
    void aBodyIsNotReadWhileOthersAreAsked() throws Exception {
        asks = true;
        var allowed = new CountDownLatch(1);
        var asked = new CountDownLatch(1);
        asking = () -> {
            asked.countDown();
            try {
                allowed.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        };
        try (var socket = socket()) {
            write(
                    socket,
                    "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n{}"
                            + "GET /hello?n=1 HTTP/1.1\r\nHost: x\r\n\r\n");
            asked.await();
            assertThat(server.reading()).isFalse();
            allowed.countDown();
            var in = socket.getInputStream();
            assertThat(readHead(in)).isEqualTo("HTTP/1.1 100 Continue\r\n\r\n");
            assertThat(readAnswer(in)).startsWith("HTTP/1.1 200 OK").endsWith("{}");
            assertThat(readAnswer(in)).endsWith("hello 1");
        }
    }

    @Test
    @Tag(IMPATIENT)
    void whoIsAskedForTooLongRefusesByIt() throws Exception {
        asks = true;
        var never = new CountDownLatch(1);
        asking = () -> {
            try {
                never.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        };
        assertThat(get("/hello").statusCode()).isEqualTo(504);
        never.countDown();
        asking = () -> {};
        assertThat(get("/hello?n=3").body()).isEqualTo("hello 3");
    }

    @Test
    void theCertificateOfTheClientIsItsUser() throws Exception {
        handlers.put("/who", request -> ApiResponse.text(200, request.user().name()));
        var me = certificates.client("CN=jane,O=dev");
        try (var mine = HttpClient.newBuilder()
                .sslContext(certificates.clientContext(me))
                .build()) {
            assertThat(mine.send(request("/who").build(), BodyHandlers.ofString())
                            .body())
                    .contains("CN=jane");
        }
        assertThat(get("/who").body()).isEqualTo("system:anonymous");
    }

    @Test
    void aRenewedServingCertificateIsUsedByTheNextConnection() throws Exception {
        assertThat(servedName()).isEqualTo("CN=first");
        serving.set(certificates.serving("second"));
        assertThat(servedName()).isEqualTo("CN=second");
    }

    private String servedName() throws Exception {
        try (var socket = socket()) {
            return ((java.security.cert.X509Certificate) socket.getSession().getPeerCertificates()[0])
                    .getSubjectX500Principal()
                    .getName();
        }
    }

    @ParameterizedTest
    @EnumSource(HttpClient.Version.class)
    void drainingEndsStreamsAndLetsRequestsFinish(HttpClient.Version version) throws Exception {
        var source = new QueueFrames();
        handlers.put("/stream", _ -> new ApiResponse.Streaming(200, "text/plain", Headers.EMPTY, source));
        var release = new CountDownLatch(1);
        var entered = new CountDownLatch(1);
        handlers.put("/late", _ -> {
            entered.countDown();
            release.await();
            return ApiResponse.text(200, "late");
        });
        var stream = client.send(request("/stream").version(version).build(), BodyHandlers.ofInputStream());
        var late = client.sendAsync(request("/late").version(version).build(), BodyHandlers.ofString());
        entered.await();
        var drainer = Thread.ofVirtual().start(() -> server.drain(Duration.ofSeconds(60)));
        assertThat(stream.body().readAllBytes()).isEmpty();
        release.countDown();
        assertThat(late.get(60, TimeUnit.SECONDS).body()).isEqualTo("late");
        client.close();
        assertThat(drainer.join(Duration.ofSeconds(60))).isTrue();
    }

    @Test
    void tooManyRequestsAtATimeAreToldToComeBack() throws Exception {
        var entered = new CountDownLatch(1);
        var release = new CountDownLatch(1);
        handlers.put("/late", _ -> {
            entered.countDown();
            release.await();
            return ApiResponse.text(200, "late");
        });
        var late = client.sendAsync(
                request("/late").POST(HttpRequest.BodyPublishers.noBody()).build(), BodyHandlers.ofString());
        entered.await();
        var refused = client.send(
                request("/echo").POST(HttpRequest.BodyPublishers.ofString("x")).build(), BodyHandlers.ofString());
        assertThat(refused.statusCode()).isEqualTo(429);
        assertThat(refused.headers().firstValue("Retry-After")).contains("1");
        assertThat(refused.body()).isEqualTo("Too many requests, please try again later.\n");
        assertThat(get("/hello?n=1").statusCode()).isEqualTo(200);
        release.countDown();
        assertThat(late.get(60, TimeUnit.SECONDS).body()).isEqualTo("late");
        assertThat(client.send(
                                request("/echo")
                                        .POST(HttpRequest.BodyPublishers.ofString("x"))
                                        .build(),
                                BodyHandlers.ofString())
                        .statusCode())
                .isEqualTo(200);
    }

    /** So that whoever is asked is asked no more at a time than there are seats. */
    @ParameterizedTest
    @EnumSource(HttpClient.Version.class)
    void aSeatIsTakenBeforeOthersAreAsked(HttpClient.Version version) throws Exception {
        asks = true;
        var asked = new Semaphore(0);
        var allowed = new CountDownLatch(1);
        asking = () -> {
            asked.release();
            try {
                allowed.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        };
        var post = request("/echo")
                .version(version)
                .POST(HttpRequest.BodyPublishers.ofString("x"))
                .build();
        var first = client.sendAsync(post, BodyHandlers.ofString());
        asked.acquire();
        assertThat(client.send(post, BodyHandlers.ofString()).statusCode()).isEqualTo(429);
        assertThat(asked.availablePermits()).isZero();
        allowed.countDown();
        assertThat(first.get().body()).isEqualTo("x");
    }

    @Test
    void whatWebhooksTookIsLeftOutOfTheServersOwnTime() throws Exception {
        handlers.put("/api/v1/namespaces/a/pods", request -> {
            try (var _ = Latencies.begin(Latencies.Part.MUTATING_WEBHOOK, time)) {
                Thread.sleep(60);
            }
            return ApiResponse.text(200, "");
        });
        get("/api/v1/namespaces/a/pods");
        var snapshots = registry.scrape();
        assertThat(sum(snapshots, "apiserver_request_duration_seconds")
                        - sum(snapshots, "apiserver_request_sli_duration_seconds"))
                .isGreaterThanOrEqualTo(0.06);
    }

    private static double sum(MetricSnapshots all, String name) {
        return all.stream()
                .filter(one -> one.getMetadata().getName().equals(name))
                .flatMap(one -> one.getDataPoints().stream())
                .mapToDouble(point -> ((HistogramSnapshot.HistogramDataPointSnapshot) point).getSum())
                .sum();
    }

    @Test
    void requestsAreCounted() throws Exception {
        get("/apis/apps/v1/namespaces/a/deployments");
        assertThat(metrics())
                .contains(
                        "apiserver_request_total{code=\"404\",component=\"apiserver\",dry_run=\"\",group=\"apps\",resource=\"deployments\",scope=\"namespace\",subresource=\"\",verb=\"LIST\",version=\"v1\"}"
                                + " 1")
                .contains("apiserver_request_duration_seconds_bucket")
                .contains("apiserver_current_inflight_requests{request_kind=\"readOnly\"}");
    }

    private String metrics() throws Exception {
        var page = (ApiResponse.Whole) new MetricsPage(registry).handle(null);
        return new String(page.parts().toByteArray(), StandardCharsets.UTF_8);
    }

    private SSLSocket socket() throws Exception {
        var socket = (SSLSocket) certificates
                .clientContext()
                .getSocketFactory()
                .createSocket(InetAddress.getLoopbackAddress(), server.address().getPort());
        socket.setSoTimeout(60_000);
        socket.startHandshake();
        return socket;
    }

    private static void write(SSLSocket socket, String text) {
        try {
            var out = socket.getOutputStream();
            out.write(text.getBytes(StandardCharsets.ISO_8859_1));
            out.flush();
        } catch (IOException _) {
            // the server may have closed already
        }
    }

    private static String readHead(InputStream in) throws IOException {
        var head = new StringBuilder();
        while (head.length() < 4 || !head.substring(head.length() - 4).equals("\r\n\r\n")) {
            int c = in.read();
            if (c < 0) {
                break;
            }
            head.append((char) c);
        }
        return head.toString();
    }

    private static String readAnswer(InputStream in) throws IOException {
        var head = readHead(in);
        int at = head.indexOf("Content-Length: ");
        if (at < 0) {
            return head;
        }
        int length = Integer.parseInt(head.substring(at + 16, head.indexOf("\r\n", at)));
        return head + new String(in.readNBytes(length), StandardCharsets.ISO_8859_1);
    }

    /** Frames without end. */
    private static class Flood implements Frames {
        final CountDownLatch closed = new CountDownLatch(1);
        private final byte[] frame = new byte[64 * 1024];

        @Override
        public byte[] next() {
            return closed.getCount() == 0 ? null : frame;
        }

        @Override
        public void close() {
            closed.countDown();
        }
    }

    private static final class ReadyFlood extends Flood implements ReadyFrames {
        @Override
        public byte[] poll() {
            return next();
        }

        @Override
        public boolean ended() {
            return closed.getCount() == 0;
        }

        @Override
        public void listen(Runnable action) {}

        @Override
        public Duration patience() {
            return Duration.ofSeconds(1);
        }
    }

    /** Frames that a test hands in. */
    private static final class QueueFrames implements Frames {
        private static final byte[] END = new byte[0];

        final BlockingQueue<byte[]> queue = new ArrayBlockingQueue<>(100);

        @Override
        public byte[] next() throws InterruptedException {
            var frame = queue.take();
            return frame == END ? null : frame;
        }

        @Override
        public void close() {
            queue.add(END);
        }
    }
}
