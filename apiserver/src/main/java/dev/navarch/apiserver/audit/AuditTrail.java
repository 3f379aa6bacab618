package dev.navarch.apiserver.audit;

import dev.navarch.api.values.GoText;
import dev.navarch.apiserver.request.ApiRequest;
import dev.navarch.apiserver.request.ApiResponse;
import dev.navarch.apiserver.request.AuditAnnotations;
import dev.navarch.apiserver.request.Decision;
import dev.navarch.apiserver.request.Latencies;
import dev.navarch.apiserver.request.Status;
import dev.navarch.apiserver.request.User;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * What is recorded of one request on its way (sources: k8s.io/apiserver pkg/endpoints/filters/audit.go, authn_audit.go and
 * authorization.go; pkg/audit/request.go). Safe for use by many threads; each step is told once.
 */
public final class AuditTrail {
    private static final Duration SLOW = Duration.ofMillis(500);
    private static final String LATENCY = "apiserver.latency.k8s.io/";
    private static final JsonMapper JSON = JsonMapper.shared();

    /** Which stages there will be. */
    enum Kind {
        SHORT,
        /** With an event when the answer begins. */
        LONG,
        /** Of a request by nobody: with that event alone. */
        REFUSED
    }

    private final Auditor auditor;
    private final AuditEvent.Head head;
    private final AuditPolicy.Treatment treatment;
    private final Kind kind;
    private final Latencies latencies;
    private final AuditAnnotations admission = new AuditAnnotations();
    private final Map<String, String> annotations = new HashMap<>();
    private AuditEvent.@Nullable Impersonated impersonated;
    private AuditEvent.ObjectRef object = AuditEvent.ObjectRef.NONE;
    private byte @Nullable [] requestObject;
    private byte @Nullable [] responseObject;
    private @Nullable Status status;
    private long answeredAt;
    private boolean over;

    AuditTrail(Auditor auditor, AuditEvent.Head head, AuditPolicy.Treatment treatment, Kind kind, Latencies latencies) {
        this.latencies = latencies;
        this.auditor = auditor;
        this.head = head;
        this.treatment = treatment;
        this.kind = kind;
    }

    /** Returns false if that could not be recorded, and the request is to be refused. */
    synchronized boolean received() {
        return emit(AuditStage.REQUEST_RECEIVED, head.received());
    }

    /**
     * The request goes on as somebody else's.
     *
     * @param constraint the verb of constrained impersonation that allowed it, or empty
     */
    public synchronized void impersonated(User user, String constraint) {
        impersonated = new AuditEvent.Impersonated(user, constraint);
    }

    public synchronized void decided(Decision decision) {
        annotations.put("authorization.k8s.io/decision", decision.allowed() ? "allow" : "forbid");
        annotations.put("authorization.k8s.io/reason", decision.reason());
    }

    /** The request's time is spent on this, until it is closed. */
    public Latencies.Wait spend(Latencies.Part part) {
        long from = auditor.nanoTime();
        return () -> latencies.add(part, auditor.nanoTime() - from);
    }

    /** What the request's time was spent on. */
    public Latencies latencies() {
        return latencies;
    }

    /** What admission has to say goes there. */
    public AuditAnnotations admission() {
        return admission;
    }

    /** The request is complete. */
    public void request(ApiRequest request) {
        var info = head.info();
        if (request.body().length == 0 || !info.resourceRequest()) {
            return;
        }
        var type = request.header("Content-Type", "");
        boolean whole = info.verb().equals("create") || info.verb().equals("update");
        var ref = whole ? auditor.bodies().ref(request.body(), type) : AuditEvent.ObjectRef.NONE;
        Optional<byte[]> json = treatment.level().covers(AuditLevel.REQUEST)
                ? auditor.bodies().json(request.body(), type, treatment.omitManagedFields())
                : Optional.empty();
        synchronized (this) {
            object = ref;
            requestObject = json.orElse(null);
        }
    }

    /** The request is answered by this. */
    public synchronized void status(Status told) {
        status = told;
        if (head.info().resourceRequest() && treatment.level().covers(AuditLevel.REQUEST_RESPONSE)) {
            responseObject = told.tree().toString().getBytes(StandardCharsets.UTF_8);
        }
    }

    /** What the request is answered with, before it is compressed. */
    public void response(ApiResponse.Whole response) {
        if (!head.info().resourceRequest()) {
            return;
        }
        boolean full = treatment.level().covers(AuditLevel.REQUEST_RESPONSE);
        boolean deleted = head.info().verb().equals("delete");
        if (!full && !deleted) {
            return;
        }
        var json = auditor.bodies()
                .json(response.parts().toByteArray(), response.contentType(), treatment.omitManagedFields());
        synchronized (this) {
            responseObject = full ? json.orElse(null) : null;
            if (deleted) {
                status = json.flatMap(AuditTrail::ofStatus).orElse(status);
            }
        }
    }

    /** A successful deletion may be answered by a Status. */
    private static Optional<Status> ofStatus(byte[] json) {
        try {
            var tree = JSON.readTree(json);
            if (!tree.path("kind").asString("").equals("Status")) {
                return Optional.empty();
            }
            var details = tree.path("details");
            return Optional.of(Status.success(new Status.Details(
                    details.path("name").asString(""),
                    details.path("group").asString(""),
                    details.path("kind").asString(""),
                    details.path("uid").asString(""),
                    List.of(),
                    0)));
        } catch (JacksonException _) {
            return Optional.empty();
        }
    }

    /** The head of the answer is sent. */
    public synchronized void answered(int code) {
        var known = status == null ? new Status("", "", "", Optional.empty(), 0) : status;
        status = new Status(known.status(), known.message(), known.reason(), known.details(), code);
        answeredAt = auditor.nanoTime();
        if (kind != Kind.SHORT) {
            emit(AuditStage.RESPONSE_STARTED, auditor.now());
        }
    }

    /** The request can't be served because of a fault here. */
    public synchronized void panicked(Throwable fault) {
        status = new Status(
                "Failure", "APIServer panic'd: " + fault.getClass().getName(), "InternalError", Optional.empty(), 500);
        over = true;
        emit(AuditStage.PANIC, auditor.now());
    }

    /** Nothing more comes of it. */
    public void complete() {
        if (auditor.mayBlock()) {
            Thread.ofVirtual().name("audit").start(this::completeNow);
        } else {
            completeNow();
        }
    }

    private synchronized void completeNow() {
        if (over || kind == Kind.REFUSED) {
            return;
        }
        over = true;
        if (status == null) {
            status = new Status("Success", "Connection closed early", "", Optional.empty(), 200);
            if (kind == Kind.LONG) {
                emit(AuditStage.RESPONSE_STARTED, auditor.now());
            }
        }
        var now = auditor.now();
        var took = Duration.between(head.received(), now);
        if (took.compareTo(SLOW) > 0 && !head.info().verb().equals("watch")) {
            annotate(took);
        }
        emit(AuditStage.RESPONSE_COMPLETE, now);
    }

    /** What the time of a slow request was spent on (source: .../filters/audit.go, writeLatencyToAnnotation). */
    private void annotate(Duration total) {
        if (answeredAt != 0) {
            latencies.add(Latencies.Part.RESPONSE, auditor.nanoTime() - answeredAt);
        }
        latencies.tell((part, nanos) -> annotations.put(LATENCY + part, GoText.duration(Duration.ofNanos(nanos))));
        annotations.put(LATENCY + "total", GoText.duration(total));
    }

    /** Guarded by this. */
    private boolean emit(AuditStage stage, Instant at) {
        if (treatment.omitted().contains(stage)) {
            return true;
        }
        var all = annotations;
        var admitted = admission.all();
        if (!admitted.isEmpty()) {
            all = new HashMap<>(admitted);
            all.putAll(annotations);
        }
        return auditor.record(new AuditEvent(
                head, stage, at, impersonated, object, status, requestObject, responseObject, Map.copyOf(all)));
    }
}
