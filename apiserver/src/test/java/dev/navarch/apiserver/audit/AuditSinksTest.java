package dev.navarch.apiserver.audit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.apiserver.request.Query;
import dev.navarch.apiserver.request.RequestInfoParser;
import dev.navarch.apiserver.request.Status;
import dev.navarch.apiserver.request.User;
import dev.navarch.time.ManualTime;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

@Timeout(180)
class AuditSinksTest {
    private static final JsonMapper JSON = new JsonMapper();
    private static final User TIM = new User("tim", "u1", List.of("humans"), Map.of("a", List.of("b")));

    @TempDir
    Path directory;

    private final ManualTime time = new ManualTime(Instant.parse("2026-01-02T03:04:05.678Z"));
    private final PrometheusRegistry registry = new PrometheusRegistry();
    private final AuditMetrics metrics = new AuditMetrics(registry);

    private AuditEvent event(String id, byte[] object) {
        var info = RequestInfoParser.parse("POST", "/api/v1/namespaces/a/pods", Query.EMPTY);
        return new AuditEvent(
                new AuditEvent.Head(
                        AuditLevel.REQUEST,
                        id,
                        "/api/v1/namespaces/a/pods?x=\"",
                        info,
                        TIM,
                        List.of("10.0.0.1"),
                        "kubectl",
                        time.now()),
                AuditStage.RESPONSE_COMPLETE,
                time.now(),
                null,
                new AuditEvent.ObjectRef("a", "web", "", ""),
                new Status("", "", "", Optional.empty(), 201),
                object,
                null,
                Map.of("authorization.k8s.io/decision", "allow"));
    }

    private AuditEvent event(String id) {
        return event(id, "{\"kind\":\"Pod\"}".getBytes(UTF_8));
    }

    private static JsonNode json(AuditEvent event) {
        return JSON.readTree(event.json());
    }

    private double count(String metric) {
        return registry.scrape().stream()
                .filter(snapshot -> snapshot.getMetadata().getPrometheusName().equals(metric))
                .map(snapshot -> (CounterSnapshot) snapshot)
                .flatMap(snapshot -> snapshot.getDataPoints().stream())
                .mapToDouble(CounterSnapshot.CounterDataPointSnapshot::getValue)
                .sum();
    }

    @Test
    void anEventIsUpstreamsDocument() {
        assertThat(new String(event("id-1").json(), UTF_8))
                .isEqualTo("{\"kind\":\"Event\",\"apiVersion\":\"audit.k8s.io/v1\",\"level\":\"Request\","
                        + "\"auditID\":\"id-1\",\"stage\":\"ResponseComplete\","
                        + "\"requestURI\":\"/api/v1/namespaces/a/pods?x=\\\"\",\"verb\":\"create\","
                        + "\"user\":{\"username\":\"tim\",\"uid\":\"u1\",\"groups\":[\"humans\"],\"extra\":{\"a\":[\"b\"]}},"
                        + "\"sourceIPs\":[\"10.0.0.1\"],\"userAgent\":\"kubectl\","
                        + "\"objectRef\":{\"resource\":\"pods\",\"namespace\":\"a\",\"name\":\"web\",\"apiVersion\":\"v1\"},"
                        + "\"responseStatus\":{\"metadata\":{},\"code\":201},\"requestObject\":{\"kind\":\"Pod\"},"
                        + "\"requestReceivedTimestamp\":\"2026-01-02T03:04:05.678000Z\","
                        + "\"stageTimestamp\":\"2026-01-02T03:04:05.678000Z\","
                        + "\"annotations\":{\"authorization.k8s.io/decision\":\"allow\"}}");
        assertThat(event("id-1").line())
                .isEqualTo("2026-01-02T03:04:05.678Z AUDIT: id=\"id-1\" stage=\"ResponseComplete\" ip=\"10.0.0.1\""
                        + " method=\"create\" user=\"tim\" groups=\"\\\"humans\\\"\" as=\"<self>\" asgroups=\"<lookup>\""
                        + " user-agent=\"kubectl\" namespace=\"a\" uri=\"/api/v1/namespaces/a/pods?x=\\\"\""
                        + " response=\"201\"");
    }

    private AuditSettings.Log file(Path path, int files, int megabytes, boolean compress) {
        return new AuditSettings.Log(
                Optional.of(path),
                false,
                1,
                files,
                megabytes,
                compress,
                AuditSettings.Mode.BLOCKING,
                AuditSettings.Batch.LOG,
                AuditSettings.Truncation.OFF);
    }

    private List<String> names() throws IOException {
        try (var files = Files.list(directory.resolve("logs"))) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void aFileIsItsOwnersAndIsPutAsideWhenItHasGrown() throws Exception {
        var path = directory.resolve("logs/audit.log");
        var sink = LogSink.open(file(path, 2, 1, false), time, metrics);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                .isEqualTo("rw-------");
        var large = ("\"" + "x".repeat(600_000) + "\"").getBytes(UTF_8);
        for (int i = 0; i < 5; i++) {
            assertThat(sink.process(List.of(event("id-" + i, large)))).isTrue();
            time.advance(Duration.ofSeconds(1));
        }
        awaited(() -> names().size() == 3);
        assertThat(names())
                .containsExactly("audit-2026-01-02T03-04-08.678.log", "audit-2026-01-02T03-04-09.678.log", "audit.log");
        assertThat(Files.readAllLines(path)).hasSize(1).first().asString().contains("id-4");
        time.advance(Duration.ofDays(2));
        sink.process(List.of(event("id-5", large)));
        awaited(() -> names().size() == 2);
        assertThat(names()).containsExactly("audit-2026-01-04T03-04-10.678.log", "audit.log");
        sink.close();
    }

    @Test
    void anInterruptedRequestDoesNotCloseTheFileForOthers() throws Exception {
        var path = directory.resolve("logs/audit.log");
        var sink = LogSink.open(file(path, 0, 0, false), time, metrics);
        Thread.currentThread().interrupt();
        assertThat(sink.process(List.of(event("id-0", "{}".getBytes(UTF_8))))).isTrue();
        assertThat(Thread.interrupted()).isTrue();
        assertThat(sink.process(List.of(event("id-1", "{}".getBytes(UTF_8))))).isTrue();
        sink.close();
        assertThat(Files.readAllLines(path)).hasSize(2);
    }

    @Test
    void oldFilesAreCompressedIfAsked() throws Exception {
        var path = directory.resolve("logs/audit.log");
        var sink = LogSink.open(file(path, 0, 1, true), time, metrics);
        var large = ("\"" + "x".repeat(600_000) + "\"").getBytes(UTF_8);
        sink.process(List.of(event("id-0", large)));
        sink.process(List.of(event("id-1", large)));
        awaited(() -> names().equals(List.of("audit-2026-01-02T03-04-05.678.log.gz", "audit.log")));
        sink.close();
    }

    private interface Question {
        boolean ask() throws Exception;
    }

    private static void awaited(Question question) throws Exception {
        while (!question.ask()) {
            Thread.sleep(5); // bounded by the test's own time
        }
    }

    /** Remembers what it was given, and may be made to wait. */
    private static final class Memory implements AuditSink {
        final List<List<AuditEvent>> batches = Collections.synchronizedList(new ArrayList<>());
        final CountDownLatch inside = new CountDownLatch(1);
        final CountDownLatch gate;
        final CountDownLatch closing = new CountDownLatch(1);
        volatile boolean interrupted;

        Memory(int closed) {
            gate = new CountDownLatch(closed);
        }

        @Override
        public boolean process(List<AuditEvent> events) {
            inside.countDown();
            try {
                gate.await();
            } catch (InterruptedException _) {
                interrupted = true;
                Thread.currentThread().interrupt();
            }
            batches.add(List.copyOf(events));
            return true;
        }

        @Override
        public void closing() {
            closing.countDown();
        }
    }

    @Test
    void whatIsUnderWayWhenABufferIsClosedIsLetThrough() throws Exception {
        var memory = new Memory(1);
        var buffered = new BufferedSink(memory, new AuditSettings.Batch(9, 1, Duration.ZERO, false, 1, 1), metrics);
        buffered.process(List.of(event("under way")));
        memory.inside.await();
        buffered.process(List.of(event("left")));
        var closing = Thread.ofVirtual().start(buffered::close);
        memory.closing.await();
        memory.gate.countDown();
        closing.join();
        assertThat(memory.interrupted).isFalse();
        assertThat(memory.batches.stream()
                        .flatMap(List::stream)
                        .map(event -> event.head().auditId()))
                .containsExactly("under way", "left");
    }

    @Test
    void whatFindsTheBufferFullIsDroppedAndCounted() throws Exception {
        var memory = new Memory(1);
        var buffered = new BufferedSink(memory, new AuditSettings.Batch(2, 1, Duration.ZERO, false, 1, 1), metrics);
        assertThat(buffered.process(List.of(event("under way")))).isTrue();
        memory.inside.await();
        for (var id : List.of("a", "b", "c", "d")) {
            assertThat(buffered.process(List.of(event(id)))).isTrue();
        }
        assertThat(count("apiserver_audit_error")).isEqualTo(2);
        memory.gate.countDown();
        awaited(() -> memory.batches.size() == 3);
        buffered.close();
        assertThat(memory.batches.stream()
                        .flatMap(List::stream)
                        .map(event -> event.head().auditId()))
                .containsExactly("under way", "a", "b");
    }

    @Test
    void aBufferThatIsClosedHandsOnWhatWaits() {
        var memory = new Memory(0);
        var buffered = new BufferedSink(
                memory, new AuditSettings.Batch(100, 10, Duration.ofHours(1), true, 0.001, 1), metrics);
        for (int i = 0; i < 25; i++) {
            buffered.process(List.of(event("id-" + i)));
        }
        buffered.close();
        assertThat(memory.batches.stream().flatMap(List::stream)).hasSize(25);
        assertThat(memory.batches).allSatisfy(batch -> assertThat(batch.size()).isLessThanOrEqualTo(10));
        buffered.process(List.of(event("late")));
        assertThat(count("apiserver_audit_error")).isEqualTo(1);
    }

    @Test
    void whatIsTooLargeLosesItsObjectsOrGoes() {
        var memory = new Memory(0);
        var truncating = new TruncatingSink(memory, new AuditSettings.Truncation(true, 2_000, 1_000), metrics);
        var large = ("\"" + "x".repeat(5_000) + "\"").getBytes(UTF_8);
        truncating.process(List.of(event("a"), event("b", large), event("c"), event("d")));
        assertThat(memory.batches).hasSize(2);
        var all = memory.batches.stream().flatMap(List::stream).toList();
        assertThat(all).hasSize(4);
        assertThat(json(all.get(1)).has("requestObject")).isFalse();
        assertThat(json(all.get(1))
                        .path("annotations")
                        .path("audit.k8s.io/truncated")
                        .asString())
                .isEqualTo("true");
        assertThat(json(all.get(0)).has("requestObject")).isTrue();
        truncating.process(List.of(event("e".repeat(2_000))));
        assertThat(memory.batches).hasSize(2);
        assertThat(count("apiserver_audit_error")).isEqualTo(1);
    }

    @Test
    void aWebhookIsToldAgainLaterAndLater() throws Exception {
        List<byte[]> told = new ArrayList<>();
        List<Instant> tries = new ArrayList<>();
        var sink = new WebhookSink(
                list -> {
                    tries.add(time.now());
                    if (tries.size() < 3) {
                        throw new IOException("the audit webhook answers 500");
                    }
                    told.add(list);
                },
                Duration.ofSeconds(10),
                time,
                metrics);
        var thread = Thread.ofVirtual().start(() -> sink.process(List.of(event("a"), event("b"))));
        awaited(() -> time.next().isPresent());
        time.advance(Duration.ofSeconds(10));
        awaited(() -> time.next().isPresent());
        time.advance(Duration.ofSeconds(15));
        thread.join();
        assertThat(tries).hasSize(3);
        assertThat(Duration.between(tries.get(1), tries.get(2))).isEqualTo(Duration.ofSeconds(15));
        var list = JSON.readTree(told.getFirst());
        assertThat(list.path("kind").asString()).isEqualTo("EventList");
        assertThat(list.path("items").size()).isEqualTo(2);
        assertThat(count("apiserver_audit_error")).isZero();
    }

    @Test
    void aWebhookThatKeepsFailingIsGivenUp() throws Exception {
        var sink = new WebhookSink(
                _ -> {
                    throw new IOException("the audit webhook answers 500");
                },
                Duration.ofSeconds(1),
                time,
                metrics);
        var result = new boolean[] {true};
        var thread = Thread.ofVirtual().start(() -> result[0] = sink.process(List.of(event("a"), event("b"))));
        while (thread.isAlive()) {
            time.advance(Duration.ofSeconds(1));
            Thread.sleep(1); // bounded by the test's own time
        }
        assertThat(result[0]).isFalse();
        assertThat(count("apiserver_audit_error")).isEqualTo(2);
    }
}
