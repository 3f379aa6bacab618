package dev.navarch.apiserver.http;

import dev.navarch.api.values.GoDuration;
import dev.navarch.apiserver.audit.AuditTrail;
import dev.navarch.apiserver.audit.Auditor;
import dev.navarch.apiserver.flowcontrol.RequestGate;
import dev.navarch.apiserver.flowcontrol.Ticket;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.ApiRequest;
import dev.navarch.apiserver.request.ApiResponse;
import dev.navarch.apiserver.request.AuditAnnotations;
import dev.navarch.apiserver.request.Authenticator;
import dev.navarch.apiserver.request.Authorizer;
import dev.navarch.apiserver.request.Decision;
import dev.navarch.apiserver.request.Forbidden;
import dev.navarch.apiserver.request.Headers;
import dev.navarch.apiserver.request.Latencies;
import dev.navarch.apiserver.request.Query;
import dev.navarch.apiserver.request.RequestHandler;
import dev.navarch.apiserver.request.RequestInfo;
import dev.navarch.apiserver.request.RequestInfoParser;
import dev.navarch.apiserver.request.StreamingHandler;
import dev.navarch.apiserver.request.User;
import dev.navarch.apiserver.streaming.WatchSocket;
import dev.navarch.apiserver.wire.Documents;
import dev.navarch.storage.StoreException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What every request passes, in this order: who asks, for whom, about what, may they; only then is the body read and
 * the request served. The same for requests from the network and from within the process.
 */
public final class Pipeline {
    private static final Logger log = LoggerFactory.getLogger(Pipeline.class);

    /** A request may wait for this part of its time (source: .../filters/priority-and-fairness.go). */
    private static final int WAITING_PART = 4;

    private final Authenticator authenticator;
    private final Impersonation impersonation;
    private final Authorizer authorizer;
    private final RequestHandler handler;
    private final StreamingHandler streaming;
    private final RequestMetrics metrics;
    private final Settings settings;
    private final RequestGate gate;
    private final Documents documents;
    private final HttpDate date;
    private final Optional<Freshness> freshness;
    private final @Nullable Auditor auditor;
    private final Set<Exchange> open = ConcurrentHashMap.newKeySet();

    /**
     * @param requestTimeout after which a request that is not long-running is answered 504
     * @param patience with a client that takes nothing of its answer
     * @param gate says which requests are served when
     * @param sendsAway says of a request over HTTP/2 whether its client shall connect anew
     * @param gzipFrom bodies from this length on are compressed for whoever accepts it
     */
    public record Settings(
            int maxBodyBytes,
            Duration requestTimeout,
            Duration patience,
            int gzipFrom,
            RequestGate gate,
            BooleanSupplier sendsAway) {}

    /** Waits until this server has seen what others did before. */
    public interface Freshness {
        /** @throws StoreException if that can't be found out */
        void await() throws InterruptedException;
    }

    /**
     * @param freshness where there are others
     * @param auditor who records requests, if anybody does
     */
    public Pipeline(
            Authenticator authenticator,
            Authorizer authorizer,
            RequestHandler handler,
            StreamingHandler streaming,
            RequestMetrics metrics,
            Settings settings,
            Documents documents,
            HttpDate date,
            Optional<Freshness> freshness,
            Optional<Auditor> auditor) {
        this.auditor = auditor.orElse(null);
        this.authenticator = authenticator;
        this.impersonation = new Impersonation(authorizer, metrics.impersonation());
        this.authorizer = authorizer;
        this.handler = handler;
        this.streaming = streaming;
        this.metrics = metrics;
        this.settings = settings;
        this.gate = settings.gate;
        this.documents = documents;
        this.date = date;
        this.freshness = freshness;
    }

    int maxBodyBytes() {
        return settings.maxBodyBytes;
    }

    ApiFailure tooLarge() {
        return ApiFailure.requestEntityTooLarge("limit is " + settings.maxBodyBytes);
    }

    /** What is known of a request once its head was looked at. */
    enum Verdict {
        ADMITTED,
        /** And answered. */
        REFUSED,
        /**
         * It waits for its turn, or somebody else must be asked: {@link #judgeLater}. Nothing of its body is to be taken
         * before.
         */
        OPEN
    }

    /** Judges a request by its head. */
    Verdict admit(Exchange exchange) {
        try {
            var uri = exchange.uri;
            int question = uri.indexOf('?');
            var path = RequestInfoParser.decodePath(question < 0 ? uri : uri.substring(0, question));
            var query = question < 0 ? Query.EMPTY : Query.parse(uri.substring(question + 1));
            var info = RequestInfoParser.parse(exchange.method, path, query);
            if (auditor != null) {
                exchange.begun = auditor.now();
            }
            var auditId = exchange.headers
                    .first("Audit-Id")
                    .filter(id -> id.length() <= 64)
                    .orElseGet(ApiRequest::newAuditId);
            exchange.request = new ApiRequest(
                    exchange.method, path, query, exchange.headers, ApiRequest.NO_BODY, User.ANONYMOUS, info, auditId);
            track(exchange, info, query);
            exchange.limit = longRunning(info) ? Duration.ZERO : limit(query);
            if (authorizer.mayBlock() || auditor != null && auditor.mayBlock()) {
                return Verdict.OPEN;
            }
            return judge(exchange, exchange.request);
        } catch (Authenticator.UndecidedException _) {
            return Verdict.OPEN;
        } catch (Authenticator.UnseenException e) {
            if (freshness.isPresent()) {
                return Verdict.OPEN;
            }
            refuse(exchange, unauthorized(e));
        } catch (ApiFailure e) {
            refuse(exchange, e);
        } catch (RuntimeException e) {
            fault(exchange, e);
        }
        return Verdict.REFUSED;
    }

    /**
     * Judges what {@link #admit} left open: when it is its turn; or on a thread of its own, by what another server says, or by
     * what other servers have stored.
     *
     * @param told on the event loop, whether the request is admitted; it is answered if it is not
     */
    void judgeLater(Exchange exchange, Consumer<Boolean> told) {
        startTimer(exchange);
        if (exchange.ticket != Ticket.FREE) {
            whenItsTurn(exchange, () -> judgeInTurn(exchange, told));
            return;
        }
        Thread.ofVirtual().name("judge").start(() -> {
            var known = known(exchange);
            exchange.channel.eventLoop().execute(() -> {
                if (known.isEmpty() || exchange.answered() || exchange.gone()) {
                    told.accept(false);
                    return;
                }
                enter(exchange, exchange.request(), known.get());
                whenItsTurn(exchange, () -> judgeInTurn(exchange, told));
            });
        });
    }

    /** Whether who is known may do it: asked once it has a seat, as upstream asks, whoever says so. On the event loop. */
    private void judgeInTurn(Exchange exchange, Consumer<Boolean> told) {
        if (!entered(exchange)) {
            told.accept(false);
        } else if (authorizer.mayBlock()) {
            Thread.ofVirtual().name("authorize").start(() -> {
                boolean allowed = authorized(exchange);
                exchange.channel
                        .eventLoop()
                        .execute(() -> told.accept(allowed && !exchange.answered() && !exchange.gone()));
            });
        } else {
            told.accept(authorized(exchange));
        }
    }

    /** @param action runs on the event loop */
    private static void whenItsTurn(Exchange exchange, Runnable action) {
        var ticket = exchange.ticket;
        if (ticket.state() == Ticket.State.WAITING) {
            var trail = exchange.audit;
            var wait = trail == null ? null : trail.spend(Latencies.Part.QUEUE);
            ticket.whenDecided(() -> exchange.channel.eventLoop().execute(() -> {
                if (wait != null) {
                    wait.close();
                }
                action.run();
            }));
        } else {
            action.run();
        }
    }

    /** Who asks; nobody if it was refused. */
    private Optional<User> known(Exchange exchange) {
        try {
            return Optional.of(settledUser(exchange));
        } catch (Authenticator.UnseenException | StoreException e) {
            refuse(exchange, unauthorized(e));
        } catch (ApiFailure e) {
            refuse(exchange, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            refuse(exchange, tooLate());
        } catch (RuntimeException e) {
            fault(exchange, e);
        }
        return Optional.empty();
    }

    /**
     * Asks once more about a token for what this server had not seen yet; upstream's asks the store for it too (source:
     * kubernetes pkg/controller/serviceaccount/tokengetter.go).
     */
    private User settledUser(Exchange exchange) throws InterruptedException {
        User shown;
        try {
            shown = authenticator.settle(
                    exchange.headers, exchange.certificates, exchange.request().path());
        } catch (Authenticator.UnseenException e) {
            if (freshness.isEmpty()) {
                throw e;
            }
            freshness.get().await();
            shown = authenticator.settle(
                    exchange.headers, exchange.certificates, exchange.request().path());
        }
        return acting(exchange, shown);
    }

    /** As whom the request is made; from here on it is recorded. */
    private User acting(Exchange exchange, User shown) {
        var info = exchange.request().info();
        if (auditor == null) {
            return impersonation.apply(shown, info, exchange.headers);
        }
        var trail = auditor.begin(asked(exchange), shown, exchange.begun, exchange.latencies);
        exchange.audit = trail;
        if (trail == null) {
            return impersonation.apply(shown, info, exchange.headers);
        }
        try (var _ = trail.spend(Latencies.Part.IMPERSONATION)) {
            return impersonation.apply(shown, info, exchange.headers, trail::impersonated);
        }
    }

    private static Auditor.Asked asked(Exchange exchange) {
        var request = exchange.request();
        return new Auditor.Asked(
                request.auditId(),
                exchange.uri,
                request.info(),
                exchange.headers,
                exchange.peer(),
                longRunning(request.info()));
    }

    /** Who asks, for whom, is it their turn, and may they. */
    private Verdict judge(Exchange exchange, ApiRequest request) {
        var shown = authenticator.authenticate(exchange.headers, exchange.certificates, request.path());
        var user = acting(exchange, shown);
        enter(exchange, request, user);
        if (exchange.ticket.state() == Ticket.State.WAITING) {
            return Verdict.OPEN;
        }
        if (!entered(exchange)) {
            return Verdict.REFUSED;
        }
        authorize(user, request.info(), exchange.audit);
        return Verdict.ADMITTED;
    }

    private boolean authorized(Exchange exchange) {
        try {
            var request = exchange.request();
            authorize(request.user(), request.info(), exchange.audit);
            return true;
        } catch (ApiFailure e) {
            refuse(exchange, e);
        } catch (RuntimeException e) {
            fault(exchange, e);
        }
        return false;
    }

    private void enter(Exchange exchange, ApiRequest request, User user) {
        var known = request.withUser(user);
        exchange.request = known;
        if (takesTurns(known.info())) {
            var limit = exchange.limit.isPositive() ? exchange.limit : settings.requestTimeout;
            exchange.ticket = gate.enter(known, limit.dividedBy(WAITING_PART));
        }
    }

    /** False if there are too many requests, and this one was answered so, or its client has gone. */
    private boolean entered(Exchange exchange) {
        if (exchange.answered() || exchange.gone()) {
            return false;
        }
        if (exchange.ticket.state() == Ticket.State.EXECUTING) {
            return true;
        }
        var request = exchange.request();
        metrics.terminated(exchange.method, request.info(), request.query(), exchange.headers, 429);
        exchange.answer(tooManyRequests(exchange.ticket.retryAfter()));
        return false;
    }

    /** Source: k8s.io/apiserver pkg/server/filters/maxinflight.go and wrap.go; no Status, as upstream's is none. */
    private static ApiResponse.Whole tooManyRequests(int retryAfter) {
        return new ApiResponse.Whole(
                429,
                "text/plain; charset=utf-8",
                Headers.of("Retry-After", Integer.toString(retryAfter), "X-Content-Type-Options", "nosniff"),
                "Too many requests, please try again later.\n".getBytes(StandardCharsets.US_ASCII));
    }

    private static ApiFailure unauthorized(Exception why) {
        log.debug("A token is refused: {}", why.getMessage());
        return ApiFailure.unauthorized("Unauthorized");
    }

    /**
     * How long a request may take: as long as it asks for, if that is less than usual (source: k8s.io/apiserver
     * pkg/endpoints/filters/request_deadline.go).
     */
    private Duration limit(Query query) {
        var asked = query.value("timeout");
        if (asked.isEmpty()) {
            return settings.requestTimeout;
        }
        try {
            var limit = GoDuration.parse(asked);
            return limit.isPositive() && limit.compareTo(settings.requestTimeout) < 0 ? limit : settings.requestTimeout;
        } catch (IllegalArgumentException e) {
            throw ApiFailure.badRequest("invalid timeout specified in the request URL - " + e.getMessage());
        }
    }

    /** Lets the time run of a request that is not answered yet, such as one whose body is still to come. */
    void startTimer(Exchange exchange) {
        if (exchange.limit.isPositive() && exchange.timer == null) {
            exchange.timer = exchange.channel
                    .eventLoop()
                    .schedule(() -> timedOut(exchange), exchange.limit.toNanos(), TimeUnit.NANOSECONDS);
        }
    }

    private void timedOut(Exchange exchange) {
        if (exchange.answered()) {
            exchange.giveUp(); // on its way still: its client takes it too slowly
            return;
        }
        var request = exchange.request;
        if (request != null) {
            metrics.terminated(exchange.method, request.info(), request.query(), exchange.headers, 504);
        }
        exchange.endBody();
        refuse(exchange, tooLate());
        var server = exchange.server;
        if (server != null) {
            server.interrupt();
        }
    }

    private static ApiFailure tooLate() {
        return ApiFailure.timeout("request did not complete within the allotted timeout", 0);
    }

    boolean sendsAway() {
        return settings.sendsAway.getAsBoolean();
    }

    /** How long an answer's receiver may take nothing of it. */
    Duration patience() {
        return settings.patience;
    }

    /** @param trail where the decision is recorded */
    static void authorize(
            AuthorizationAttempts attempts,
            Authorizer authorizer,
            User user,
            RequestInfo info,
            @Nullable AuditTrail trail) {
        var decision =
                trail == null ? attempts.ask(authorizer, user, info) : decided(attempts, authorizer, user, info, trail);
        if (!decision.allowed()) {
            throw Forbidden.failure(user, info, decision);
        }
    }

    private static Decision decided(
            AuthorizationAttempts attempts, Authorizer authorizer, User user, RequestInfo info, AuditTrail trail) {
        try (var _ = trail.spend(Latencies.Part.AUTHORIZATION)) {
            var decision = attempts.ask(authorizer, user, info);
            trail.decided(decision);
            return decision;
        }
    }

    private void authorize(User user, RequestInfo info, @Nullable AuditTrail trail) {
        authorize(metrics.authorization(), authorizer, user, info, trail);
    }

    private void track(Exchange exchange, RequestInfo info, Query query) {
        var span = metrics.begin(exchange.method, info, query, exchange.headers, longRunning(info));
        open.add(exchange);
        exchange.latencies = span.latencies();
        exchange.onAnswer((status, length) -> {
            span.answered(status, length);
            var trail = exchange.audit;
            if (trail != null) {
                trail.answered(status);
            }
        });
        exchange.onGivingUp(span::givenUp);
        exchange.onEnd(() -> {
            open.remove(exchange);
            span.end();
            var trail = exchange.audit;
            if (trail != null) {
                trail.complete();
            }
        });
    }

    /** Watches and whatever takes its connection over (source: k8s.io/kubernetes cmd/kube-apiserver defaults). */
    static boolean longRunning(RequestInfo info) {
        if (info.verb().equals("watch") || info.verb().equals("proxy")) {
            return true;
        }
        return switch (info.subresource()) {
            case "attach", "exec", "proxy", "log", "portforward" -> true;
            default -> false;
        };
    }

    /** Whether it waits for its turn: watches do until they are on their way, what else is long-running doesn't. */
    static boolean takesTurns(RequestInfo info) {
        return info.verb().equals("watch") || !longRunning(info);
    }

    /** Serves an admitted request whose body is complete. */
    void serve(Exchange exchange, byte[] body) {
        var head = exchange.request;
        if (head == null || exchange.answered()) {
            return;
        }
        var request = body.length == 0
                ? head
                : new ApiRequest(
                        head.method(),
                        head.path(),
                        head.query(),
                        head.headers(),
                        body,
                        head.user(),
                        head.info(),
                        head.auditId());
        var trail = exchange.audit;
        if (trail != null) {
            trail.request(request);
        }
        if (streaming.serves(request.info())) {
            Thread.ofVirtual().name("stream " + request.path()).start(() -> stream(exchange, request));
        } else if (handler.mayBlock(request)) {
            onThread(exchange, request);
        } else {
            handle(exchange, request, false);
        }
    }

    private void onThread(Exchange exchange, ApiRequest request) {
        var thread = Thread.ofVirtual()
                .name("request")
                .unstarted(() -> exchange.latencies.within(() -> annotated(exchange, request)));
        exchange.server = thread;
        startTimer(exchange);
        thread.start();
    }

    /** What admission has to say of the request is recorded with it. */
    private void annotated(Exchange exchange, ApiRequest request) {
        var trail = exchange.audit;
        if (trail == null) {
            handle(exchange, request, true);
        } else {
            ScopedValue.where(AuditAnnotations.CURRENT, trail.admission()).run(() -> handle(exchange, request, true));
        }
    }

    private void handle(Exchange exchange, ApiRequest request, boolean mayBlock) {
        try {
            var response = handler.handle(request);
            var trail = exchange.audit;
            if (trail != null && response instanceof ApiResponse.Whole whole) {
                trail.response(whole);
            }
            if (mayBlock && response instanceof ApiResponse.Whole whole) {
                response = Gzip.compressed(request, whole, settings.gzipFrom);
            }
            if (response instanceof ApiResponse.Streaming events && WatchSocket.asked(request, exchange)) {
                WatchSocket.serve(request, events, exchange);
                return;
            }
            exchange.answer(response);
        } catch (ApiFailure e) {
            refuse(exchange, e);
        } catch (InterruptedException _) {
            refuse(exchange, tooLate());
        } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
            fault(exchange, e);
        }
    }

    private void stream(Exchange exchange, ApiRequest request) {
        try {
            streaming.serve(request, exchange);
        } catch (ApiFailure e) {
            refuse(exchange, e);
        } catch (InterruptedException _) {
            refuse(exchange, ApiFailure.timeout("the request was interrupted", 0));
        } catch (RuntimeException e) {
            fault(exchange, e);
        }
    }

    void refuse(Exchange exchange, ApiFailure failure) {
        var request = exchange.request;
        if (auditor != null && request != null && !exchange.answered()) {
            if (exchange.audit == null && failure.status().code() == 401) {
                exchange.audit = auditor.refused(asked(exchange), exchange.begun);
            }
            var trail = exchange.audit;
            if (trail != null) {
                trail.status(failure.status());
            }
        }
        exchange.answer(documents.refusal(failure, exchange.headers, request == null ? Query.EMPTY : request.query()));
    }

    /** Upstream's answer to a panic (source: k8s.io/apiserver pkg/server/filters/wrap.go). */
    private void fault(Exchange exchange, Throwable fault) {
        log.error("A request failed: {} {}", exchange.method, pathOf(exchange.uri), fault);
        var trail = exchange.audit;
        if (trail != null && !exchange.answered()) {
            trail.panicked(fault);
        }
        refuse(exchange, ofFault());
    }

    /** Logs show no query: it may have what only its receiver is to see. */
    static String pathOf(String uri) {
        int question = uri.indexOf('?');
        return question < 0 ? uri : uri.substring(0, question);
    }

    static ApiFailure ofFault() {
        return ApiFailure.internalError("this request caused apiserver to panic. Look in the logs for details.");
    }

    void disconnected(Exchange exchange) {
        open.remove(exchange);
    }

    /** Ends watches and other streams; their clients come back elsewhere or later. */
    void endStreams() {
        for (var exchange : open) {
            exchange.channel.eventLoop().execute(exchange::endStream);
        }
    }

    void writeCommonHeaders(Exchange exchange, BiConsumer<String, String> field) {
        var request = exchange.request;
        if (request != null) {
            field.accept("Audit-Id", request.auditId());
            exchange.ticket.headers(field);
        }
        field.accept("Cache-Control", "no-cache, private");
        field.accept("Date", date.now());
    }
}
