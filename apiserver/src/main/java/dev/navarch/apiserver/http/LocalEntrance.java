package dev.navarch.apiserver.http;

import dev.navarch.apiserver.audit.AuditTrail;
import dev.navarch.apiserver.audit.Auditor;
import dev.navarch.apiserver.flowcontrol.RequestGate;
import dev.navarch.apiserver.flowcontrol.Ticket;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.ApiRequest;
import dev.navarch.apiserver.request.ApiResponse;
import dev.navarch.apiserver.request.AuditAnnotations;
import dev.navarch.apiserver.request.Authorizer;
import dev.navarch.apiserver.request.ClientConnection;
import dev.navarch.apiserver.request.Frames;
import dev.navarch.apiserver.request.Latencies;
import dev.navarch.apiserver.request.RequestHandler;
import dev.navarch.apiserver.request.StreamingHandler;
import dev.navarch.apiserver.wire.Documents;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way in for components of the same process: whose requests name their user, are authorized as any other, have
 * their turn as their flow does, and are served on the caller's thread.
 */
public final class LocalEntrance implements RequestHandler {
    private static final Logger log = LoggerFactory.getLogger(LocalEntrance.class);

    private final RequestGate gate;
    private final Authorizer authorizer;
    private final RequestHandler handler;
    private final StreamingHandler streaming;
    private final RequestMetrics metrics;
    private final Documents documents;
    private final @Nullable Auditor auditor;

    public LocalEntrance(
            RequestGate gate,
            Authorizer authorizer,
            RequestHandler handler,
            StreamingHandler streaming,
            RequestMetrics metrics,
            Documents documents,
            Optional<Auditor> auditor) {
        this.gate = gate;
        this.auditor = auditor.orElse(null);
        this.authorizer = authorizer;
        this.handler = handler;
        this.streaming = streaming;
        this.metrics = metrics;
        this.documents = documents;
    }

    /** Never throws {@link ApiFailure}: refusals are answers, as over the network. */
    @Override
    public ApiResponse handle(ApiRequest request) throws InterruptedException {
        var span = metrics.begin(
                request.method(),
                request.info(),
                request.query(),
                request.headers(),
                Pipeline.longRunning(request.info()));
        var ticket = Pipeline.takesTurns(request.info()) ? gate.enterFromWithin(request) : Ticket.FREE;
        ApiResponse response;
        AuditTrail trail = null;
        try {
            trail = auditor == null
                    ? null
                    : auditor.begin(asked(request), request.user(), auditor.now(), span.latencies());
            awaitTurn(ticket, trail);
            Pipeline.authorize(metrics.authorization(), authorizer, request.user(), request.info(), trail);
            response = trail == null ? answer(request) : recorded(request, trail);
        } catch (ApiFailure e) {
            if (trail != null) {
                trail.status(e.status());
            }
            response = documents.refusal(e, request.headers(), request.query());
        } catch (InterruptedException e) {
            ticket.close();
            span.end();
            if (trail != null) {
                trail.complete();
            }
            throw e;
        } catch (RuntimeException | StackOverflowError e) {
            log.error("A request failed: {} {}", request.method(), request.path(), e);
            if (trail != null) {
                trail.panicked(e);
            }
            response = documents.refusal(Pipeline.ofFault(), request.headers(), request.query());
        }
        if (trail != null) {
            trail.answered(response.status());
        }
        span.answered(response.status(), response instanceof ApiResponse.Whole whole ? whole.length() : 0);
        if (response instanceof ApiResponse.Streaming open) {
            ticket.answered();
            return new ApiResponse.Streaming(
                    open.status(), open.contentType(), open.headers(), new Counted(open.frames(), span, ticket, trail));
        }
        ticket.close();
        span.end();
        if (trail != null) {
            trail.complete();
        }
        return response;
    }

    private static void awaitTurn(Ticket ticket, @Nullable AuditTrail trail) throws InterruptedException {
        if (ticket.state() == Ticket.State.WAITING) {
            var decided = new CountDownLatch(1);
            ticket.whenDecided(decided::countDown);
            try (var _ = trail == null ? null : trail.spend(Latencies.Part.QUEUE)) {
                decided.await();
            }
        }
        if (ticket.state() != Ticket.State.EXECUTING) {
            throw ApiFailure.tooManyRequests("Too many requests, please try again later.", ticket.retryAfter());
        }
    }

    private ApiResponse answer(ApiRequest request) throws InterruptedException {
        return streaming.serves(request.info()) ? stream(request) : handler.handle(request);
    }

    /** What admission has to say of the request is recorded with it. */
    private ApiResponse recorded(ApiRequest request, AuditTrail trail) throws InterruptedException {
        trail.request(request);
        var response = trail.latencies()
                .of(ScopedValue.where(AuditAnnotations.CURRENT, trail.admission()))
                .<ApiResponse, InterruptedException>call(() -> answer(request));
        if (response instanceof ApiResponse.Whole whole) {
            trail.response(whole);
        }
        return response;
    }

    /** There is no connection: who asks is in this process. */
    private static Auditor.Asked asked(ApiRequest request) {
        return new Auditor.Asked(
                request.auditId(),
                request.uri(),
                request.info(),
                request.headers(),
                "127.0.0.1",
                Pipeline.longRunning(request.info()));
    }

    private ApiResponse stream(ApiRequest request) throws InterruptedException {
        var answer = new CompletableFuture<ApiResponse>();
        streaming.serve(request, new ClientConnection() {
            @Override
            public boolean canBeTakenOver() {
                return false;
            }

            @Override
            public EventLoop eventLoop() {
                throw new UnsupportedOperationException("there is no connection to take over");
            }

            @Override
            public void answer(ApiResponse response) {
                answer.complete(response);
            }

            @Override
            public void takeOver(byte[] head, Consumer<Channel> protocol) {
                throw new UnsupportedOperationException("there is no connection to take over");
            }
        });
        try {
            return answer.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
    }

    /** Frames that tell the metrics when they are closed. */
    private static final class Counted implements Frames {
        private final Frames frames;
        private final RequestMetrics.Span span;
        private final Ticket ticket;
        private final @Nullable AuditTrail trail;
        private boolean closed;

        Counted(Frames frames, RequestMetrics.Span span, Ticket ticket, @Nullable AuditTrail trail) {
            this.trail = trail;
            this.frames = frames;
            this.span = span;
            this.ticket = ticket;
        }

        @Override
        public byte @Nullable [] next() throws InterruptedException {
            return frames.next();
        }

        @Override
        public void close() {
            synchronized (this) {
                if (closed) {
                    return;
                }
                closed = true;
            }
            ticket.close();
            span.end();
            frames.close();
            if (trail != null) {
                trail.complete();
            }
        }
    }
}
