package dev.navarch.apiserver.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.api.Catalogue;
import dev.navarch.apiserver.request.Headers;
import dev.navarch.apiserver.request.Latencies;
import dev.navarch.apiserver.request.Query;
import dev.navarch.apiserver.request.RequestInfoParser;
import dev.navarch.apiserver.request.User;
import dev.navarch.apiserver.wire.ProtobufBodies;
import dev.navarch.time.ManualTime;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Stages of requests and what is said of their time. */
class AuditTrailTest {
    private final ManualTime time = new ManualTime(Instant.parse("2026-01-02T03:04:05.678Z"));
    private final Latencies latencies = new Latencies();
    private final List<AuditEvent> events = new ArrayList<>();
    private final Auditor auditor = new Auditor(
            AuditPolicy.parse("{apiVersion: audit.k8s.io/v1, kind: Policy, rules: [{level: Metadata}]}"),
            events::addAll,
            new AuditMetrics(new PrometheusRegistry()),
            new AuditBodies(new ProtobufBodies(Catalogue.builtIn())),
            time);

    private AuditTrail begin(String path, String query, boolean longRunning) {
        var received = time.now();
        time.advance(Duration.ofMillis(3)); // until it is known who asks
        var info = RequestInfoParser.parse("GET", path, Query.parse(query));
        return auditor.begin(
                new Auditor.Asked("id", path, info, Headers.EMPTY, "10.0.0.1", longRunning),
                new User("tim", List.of()),
                received,
                latencies);
    }

    private void takes(AuditTrail trail, Latencies.Part part, int millis) {
        try (var _ = trail.spend(part)) {
            time.advance(Duration.ofMillis(millis));
        }
    }

    private List<String> stages() {
        return events.stream().map(event -> event.stage().toString()).toList();
    }

    @Test
    void aSlowRequestTellsWhatItsTimeWasSpentOn() {
        var trail = begin("/api/v1/namespaces/a/pods", "", false);
        takes(trail, Latencies.Part.QUEUE, 20);
        takes(trail, Latencies.Part.AUTHORIZATION, 7);
        takes(trail, Latencies.Part.MUTATING_WEBHOOK, 300);
        takes(trail, Latencies.Part.MUTATING_WEBHOOK, 150);
        takes(trail, Latencies.Part.VALIDATING_WEBHOOK, 10);
        takes(trail, Latencies.Part.STORE, 5);
        trail.answered(200);
        time.advance(Duration.ofMillis(15));
        trail.complete();
        var said = events.getLast().annotations();
        assertThat(said)
                .containsEntry("apiserver.latency.k8s.io/authentication", "3ms")
                .containsEntry("apiserver.latency.k8s.io/apf-queue-wait", "20ms")
                .containsEntry("apiserver.latency.k8s.io/authorization", "7ms")
                .containsEntry("apiserver.latency.k8s.io/mutating-webhook", "450ms")
                .containsEntry("apiserver.latency.k8s.io/validating-webhook", "10ms")
                .containsEntry("apiserver.latency.k8s.io/etcd", "5ms")
                .containsEntry("apiserver.latency.k8s.io/response-write", "15ms")
                .containsEntry("apiserver.latency.k8s.io/total", "510ms")
                .hasSize(8);
    }

    @Test
    void aQuickRequestAndAWatchDoNot() {
        var quick = begin("/api/v1/namespaces/a/pods", "", false);
        quick.answered(200);
        quick.complete();
        var watch = begin("/api/v1/namespaces/a/pods", "watch=true", true);
        watch.answered(200);
        time.advance(Duration.ofMinutes(1));
        watch.complete();
        assertThat(events).allSatisfy(event -> assertThat(event.annotations()).isEmpty());
    }

    @Test
    void whatRunsOnIsRecordedWhenItBegins() {
        var exec = begin("/api/v1/namespaces/a/pods/web/exec", "", true);
        exec.answered(101);
        assertThat(stages()).containsExactly("RequestReceived", "ResponseStarted");
        exec.complete();
        assertThat(stages()).containsExactly("RequestReceived", "ResponseStarted", "ResponseComplete");
    }

    @Test
    void aFaultIsTheLastThatIsRecorded() {
        var trail = begin("/api/v1/namespaces/a/pods", "", false);
        trail.panicked(new IllegalStateException("it holds secrets, perhaps"));
        trail.complete();
        assertThat(stages()).containsExactly("RequestReceived", "Panic");
        var status = events.getLast().status();
        assertThat(status).isNotNull();
        assertThat(status.code()).isEqualTo(500);
        assertThat(status.message()).isEqualTo("APIServer panic'd: java.lang.IllegalStateException");
    }
}
