package dev.navarch.apiserver.audit;

import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.Headers;
import dev.navarch.apiserver.request.Latencies;
import dev.navarch.apiserver.request.RequestInfo;
import dev.navarch.apiserver.request.User;
import dev.navarch.apiserver.wire.ProtobufBodies;
import dev.navarch.time.TimeSource;
import io.netty.util.NetUtil;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Records requests as its policy says. */
public final class Auditor implements AutoCloseable {
    private static final int LONGEST_AGENT = 1024;

    private final AuditPolicy policy;
    private final AuditSink sink;
    private final AuditMetrics metrics;
    private final AuditBodies bodies;
    private final TimeSource time;

    Auditor(AuditPolicy policy, AuditSink sink, AuditMetrics metrics, AuditBodies bodies, TimeSource time) {
        this.policy = policy;
        this.sink = sink;
        this.metrics = metrics;
        this.bodies = bodies;
        this.time = time;
    }

    /**
     * Nobody, if nothing is to be recorded.
     *
     * @throws IOException if the log can't be written
     */
    public static Optional<Auditor> start(
            AuditSettings settings, ProtobufBodies protobuf, TimeSource time, PrometheusRegistry registry)
            throws IOException {
        if (!settings.enabled()) {
            return Optional.empty();
        }
        var metrics = new AuditMetrics(registry);
        List<AuditSink> sinks = new ArrayList<>();
        if (settings.log().isPresent()) {
            var log = settings.log().get();
            var file = LogSink.open(log, time, metrics);
            sinks.add(truncated(moded(file, log.mode(), log.batch(), metrics), log.truncation(), metrics));
        }
        settings.webhook().ifPresent(hook -> {
            var post = new WebhookSink(hook.post(), hook.backoff(), time, metrics);
            sinks.add(truncated(moded(post, hook.mode(), hook.batch(), metrics), hook.truncation(), metrics));
        });
        return Optional.of(new Auditor(
                settings.policy().orElseThrow(), AllSinks.of(sinks), metrics, new AuditBodies(protobuf), time));
    }

    private static AuditSink moded(
            AuditSink sink, AuditSettings.Mode mode, AuditSettings.Batch batch, AuditMetrics metrics) {
        return switch (mode) {
            case BATCH -> new BufferedSink(sink, batch, metrics);
            case BLOCKING -> new Lenient(sink);
            case BLOCKING_STRICT -> sink;
        };
    }

    private static AuditSink truncated(AuditSink sink, AuditSettings.Truncation bounds, AuditMetrics metrics) {
        return bounds.enabled() ? new TruncatingSink(sink, bounds, metrics) : sink;
    }

    /** Doesn't refuse requests because of failures. */
    private record Lenient(AuditSink sink) implements AuditSink {
        @Override
        public boolean process(List<AuditEvent> events) {
            sink.process(events);
            return true;
        }

        @Override
        public boolean mayBlock() {
            return sink.mayBlock();
        }

        @Override
        public void close() {
            sink.close();
        }
    }

    /**
     * A request, as far as its head tells.
     *
     * @param uri as it was sent
     * @param peer the address of the client's connection
     * @param longRunning whether its answer goes on by itself
     */
    public record Asked(
            String auditId, String uri, RequestInfo info, Headers headers, String peer, boolean longRunning) {}

    /**
     * Records that a request came, if it is to be recorded.
     *
     * @param user who asks, be it in another's name; just found out
     * @param latencies where it is said what the request's time is spent on
     * @return null if it is not
     * @throws ApiFailure if it must be and can't
     */
    public @Nullable AuditTrail begin(Asked asked, User user, Instant received, Latencies latencies) {
        var kind = asked.longRunning ? AuditTrail.Kind.LONG : AuditTrail.Kind.SHORT;
        var trail = trail(asked, user, received, kind, latencies);
        if (trail != null) {
            latencies.add(
                    Latencies.Part.AUTHENTICATION,
                    Duration.between(received, time.now()).toNanos());
        }
        if (trail != null && !trail.received()) {
            metrics.rejected();
            throw ApiFailure.internalError("failed to store audit event");
        }
        return trail;
    }

    /** A request of somebody whose credentials are not accepted, if such are to be recorded; else null. */
    public @Nullable AuditTrail refused(Asked asked, Instant received) {
        return trail(asked, null, received, AuditTrail.Kind.REFUSED, new Latencies());
    }

    private @Nullable AuditTrail trail(
            Asked asked, @Nullable User user, Instant received, AuditTrail.Kind kind, Latencies latencies) {
        var treatment = policy.of(user, asked.info);
        metrics.level(treatment.level());
        if (treatment.level() == AuditLevel.NONE) {
            return null;
        }
        var head = new AuditEvent.Head(
                treatment.level(),
                asked.auditId,
                asked.uri,
                asked.info,
                user,
                sources(asked),
                agent(asked.headers),
                received);
        return new AuditTrail(this, head, treatment, kind, latencies);
    }

    private static String agent(Headers headers) {
        var agent = headers.first("User-Agent").orElse("");
        return agent.length() > LONGEST_AGENT ? agent.substring(0, LONGEST_AGENT) + "...TRUNCATED" : agent;
    }

    /** Source: k8s.io/apimachinery pkg/util/net/http.go, SourceIPs. */
    private static List<String> sources(Asked asked) {
        List<String> sources = new ArrayList<>(2);
        for (var field : asked.headers.all("X-Forwarded-For")) {
            for (var address : field.split(",")) {
                add(address.strip(), sources);
            }
            break; // as Go's Header.Get
        }
        asked.headers
                .first("X-Real-Ip")
                .map(String::strip)
                .filter(address -> !sources.contains(address))
                .ifPresent(address -> add(address, sources));
        if (sources.isEmpty() || !sources.getLast().equals(asked.peer)) {
            add(asked.peer, sources);
        }
        return List.copyOf(sources);
    }

    private static void add(String address, List<String> sources) {
        if (NetUtil.isValidIpV4Address(address) || NetUtil.isValidIpV6Address(address)) {
            sources.add(address);
        }
    }

    AuditBodies bodies() {
        return bodies;
    }

    public Instant now() {
        return time.now();
    }

    long nanoTime() {
        return time.nanoTime();
    }

    /** Whether recording may wait for another machine. */
    public boolean mayBlock() {
        return sink.mayBlock();
    }

    boolean record(AuditEvent event) {
        metrics.event();
        return sink.process(List.of(event));
    }

    /** Records what is still waiting. */
    @Override
    public void close() {
        sink.close();
    }
}
