package dev.navarch.apiserver.authz;

import dev.navarch.apiserver.match.MatchConditions.Outcome;
import dev.navarch.apiserver.request.Authorizer;
import dev.navarch.apiserver.request.Decision;
import dev.navarch.apiserver.request.RequestInfo;
import dev.navarch.apiserver.request.User;
import dev.navarch.apiserver.tree.Tree;
import dev.navarch.apiserver.webhook.HookClient;
import dev.navarch.apiserver.webhook.HookFailure;
import dev.navarch.apiserver.webhook.HookUsers;
import dev.navarch.cel.CelFailure;
import dev.navarch.time.TimeSource;
import java.time.Duration;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Asks another server, and remembers what it said for a while (source: k8s.io/apiserver
 * plugin/pkg/authorizer/webhook/webhook.go and pkg/util/webhook/webhook.go).
 */
final class WebhookAuthorizer implements Authorizer, RuleResolver {
    private static final Logger log = LoggerFactory.getLogger(WebhookAuthorizer.class);
    private static final Decision NO_OPINION = Decision.noOpinion("");
    private static final int MOST_REMEMBERED = 8192;
    /** Longer requests are not remembered. */
    private static final int LONGEST = 10_000;

    private static final int ATTEMPTS = 5;
    private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
    private static final double PAUSE_GROWTH = 1.5;
    private static final double JITTER = 0.2;

    private final AuthorizationWebhook webhook;
    private final ReviewConditions conditions;
    private final HookClient client;
    private final HookUsers users;
    private final ObjectNode address;
    private final WebhookMetrics.Series metrics;
    private final TimeSource time;
    private final RandomGenerator random;
    private final Map<Question, Known> answers = new LinkedHashMap<>(16, 0.75f, true);

    private record Question(User user, RequestInfo request) {}

    private record Known(Decision decision, long until) {}

    /** @throws CelFailure if a condition does not compile */
    WebhookAuthorizer(
            AuthorizationWebhook webhook,
            HookClient client,
            WebhookMetrics.Series metrics,
            TimeSource time,
            RandomGenerator random)
            throws CelFailure {
        this.webhook = webhook;
        this.conditions = new ReviewConditions(webhook.conditions());
        this.client = client;
        this.users = new HookUsers(Map.of(), webhook.user());
        this.address = Tree.object()
                .put("url", webhook.server().toString())
                .put("caBundle", Base64.getEncoder().encodeToString(webhook.authorities()));
        this.metrics = metrics;
        this.time = time;
        this.random = random;
    }

    @Override
    public boolean mayBlock() {
        return true;
    }

    @Override
    public Decision authorize(User user, RequestInfo request) {
        if (!conditions.isEmpty()) {
            var outcome = match(user, request);
            if (!outcome.failure().isEmpty()) {
                return failed(outcome.failure());
            }
            if (!outcome.holds()) {
                metrics.excluded();
                return NO_OPINION;
            }
        }
        var question = new Question(user, request);
        var known = remembered(question);
        return known == null ? ask(question) : known;
    }

    private Outcome match(User user, RequestInfo request) {
        long from = time.nanoTime();
        var outcome = conditions.judge(user, request);
        metrics.matched(time.nanoTime() - from, !outcome.failure().isEmpty());
        return outcome;
    }

    private @Nullable Decision remembered(Question question) {
        synchronized (answers) {
            var known = answers.get(question);
            return known != null && time.nanoTime() < known.until ? known.decision : null;
        }
    }

    /** What can't be found out is left to others, or denied. */
    private Decision failed(String why) {
        return new Decision(webhook.denies() ? Decision.Outcome.DENY : Decision.Outcome.NO_OPINION, "", why);
    }

    private Decision ask(Question question) {
        var review = SubjectReview.of(question.user, question.request, webhook.version());
        var pause = FIRST_PAUSE;
        for (int attempt = 1; ; attempt++) {
            long from = time.nanoTime();
            try {
                var decision = SubjectReview.decision(client.post(users, address, review, webhook.timeout(), false));
                metrics.called("success", time.nanoTime() - from);
                remember(question, decision);
                return decision;
            } catch (HookFailure e) {
                var result =
                        e.getMessage().endsWith("context deadline exceeded") || e.code() == 504 ? "timeout" : "error";
                metrics.called(result, time.nanoTime() - from);
                if (attempt == ATTEMPTS || !worthAnotherTry(e)) {
                    log.error("Failed to make webhook authorizer request: {}", e.getMessage());
                    if (!webhook.denies()) {
                        metrics.failedOpen(result);
                    }
                    return failed(e.getMessage());
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                metrics.called("canceled", time.nanoTime() - from);
                return failed("context canceled");
            }
            if (!pause(pause)) {
                return failed("context canceled");
            }
            pause = pause.multipliedBy((long) (PAUSE_GROWTH * 10)).dividedBy(10);
        }
    }

    /** Source: k8s.io/apiserver pkg/util/webhook/webhook.go, DefaultShouldRetry. */
    private static boolean worthAnotherTry(HookFailure failure) {
        return failure.code() == 429
                || failure.code() == 500
                || failure.code() == 504
                || failure.getMessage().contains("connection reset");
    }

    private boolean pause(Duration pause) {
        var over = new CountDownLatch(1);
        var jittered = pause.plusNanos((long) (pause.toNanos() * JITTER * random.nextDouble()));
        var timer = time.schedule(jittered, over::countDown);
        try {
            over.await();
            return true;
        } catch (InterruptedException _) {
            timer.cancel();
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private void remember(Question question, Decision decision) {
        var lasting = decision.allowed() ? webhook.allowedFor() : webhook.refusedFor();
        var asked = question.request;
        int length = asked.namespace().length()
                + asked.verb().length()
                + asked.group().length()
                + asked.version().length()
                + asked.resource().length()
                + asked.subresource().length()
                + asked.name().length()
                + asked.path().length();
        if (!lasting.isPositive() || length >= LONGEST) {
            return;
        }
        synchronized (answers) {
            answers.put(question, new Known(decision, time.nanoTime() + lasting.toNanos()));
            if (answers.size() > MOST_REMEMBERED) {
                var eldest = answers.entrySet().iterator();
                eldest.next();
                eldest.remove();
            }
        }
    }

    @Override
    public Resolved rules(User user, String namespace) {
        return Resolved.incomplete("webhook authorizer does not support user rule resolution");
    }
}
