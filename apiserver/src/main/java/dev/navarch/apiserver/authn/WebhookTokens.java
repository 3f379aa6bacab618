package dev.navarch.apiserver.authn;

import dev.navarch.apiserver.request.Authenticator.UndecidedException;
import dev.navarch.apiserver.request.TokenVerifier;
import dev.navarch.apiserver.request.User;
import dev.navarch.apiserver.tree.Tree;
import dev.navarch.apiserver.webhook.HookClient;
import dev.navarch.apiserver.webhook.HookFailure;
import dev.navarch.apiserver.webhook.HookUsers;
import dev.navarch.time.TimeSource;
import java.time.Duration;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Asks another server whose a token is, by a TokenReview (sources: k8s.io/apiserver
 * plugin/pkg/authenticator/token/webhook/webhook.go, pkg/util/webhook/webhook.go).
 */
final class WebhookTokens implements TokenVerifier, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(WebhookTokens.class);
    private static final String GROUP = "authentication.k8s.io/";
    private static final int ATTEMPTS = 5;
    private static final Duration FIRST_PAUSE = Duration.ofMillis(500);

    /** For all attempts together (source: pkg/authentication/token/cache, sharedLookupTimeout). */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final TokenWebhook webhook;
    private final List<String> ownAudiences;
    private final HookClient client = new HookClient();
    private final HookUsers users;
    private final ObjectNode address;
    private final TimeSource time;

    /** @param ownAudiences the API server's own, for whom the webhook's tokens are if it doesn't say */
    WebhookTokens(TokenWebhook webhook, List<String> ownAudiences, TimeSource time) {
        this.webhook = webhook;
        this.ownAudiences = List.copyOf(ownAudiences);
        this.time = time;
        users = new HookUsers(Map.of(), webhook.user());
        address = Tree.object()
                .put("url", webhook.url().toString())
                .put("caBundle", Base64.getEncoder().encodeToString(webhook.authorities()));
    }

    @Override
    public Optional<VerifiedToken> glance(String token, List<String> audiences) {
        throw new UndecidedException();
    }

    @Override
    public Optional<VerifiedToken> verify(String token, List<String> audiences) throws InvalidTokenException {
        var wanted = audiences.isEmpty() ? ownAudiences : audiences;
        var review = Tree.object().put("kind", "TokenReview").put("apiVersion", GROUP + webhook.version());
        review.putObject("metadata");
        review.putObject("spec").put("token", token).set("audiences", Tree.arrayOf(wanted));
        var status = ask(review).path("status");
        var its = Tree.strings(status, "audiences");
        var common = wanted.stream()
                .filter((its.isEmpty() ? ownAudiences : its)::contains)
                .toList();
        if (common.isEmpty()) {
            return Optional.empty();
        }
        if (Tree.flag(status, false, "authenticated")) {
            return Optional.of(new VerifiedToken(user(status.path("user")), common));
        }
        var error = Tree.text(status, "error");
        if (error.isEmpty()) {
            return Optional.empty();
        }
        throw new InvalidTokenException(error);
    }

    private static User user(JsonNode user) {
        Map<String, List<String>> extra = new LinkedHashMap<>();
        user.path("extra").propertyNames().forEach(key -> extra.put(key, Tree.strings(user, "extra", key)));
        return new User(Tree.text(user, "username"), Tree.text(user, "uid"), Tree.strings(user, "groups"), extra);
    }

    private ObjectNode ask(ObjectNode review) throws InvalidTokenException {
        long from = time.nanoTime();
        var pause = FIRST_PAUSE;
        for (int attempt = 1; ; attempt++) {
            try {
                return client.post(users, address, review, PATIENCE.minusNanos(time.nanoTime() - from), false);
            } catch (HookFailure e) {
                boolean again = attempt < ATTEMPTS
                        && worthAnotherTry(e)
                        && pause.plusNanos(time.nanoTime() - from).compareTo(PATIENCE) < 0;
                if (!again) {
                    log.error("Failed to make webhook authenticator request: {}", e.getMessage());
                    throw new InvalidTokenException(e.getMessage());
                }
            } catch (InterruptedException _) {
                throw interrupted();
            }
            try {
                time.sleep(pause);
            } catch (InterruptedException _) {
                throw interrupted();
            }
            pause = pause.multipliedBy(3).dividedBy(2);
        }
    }

    private static InvalidTokenException interrupted() {
        Thread.currentThread().interrupt();
        return new InvalidTokenException("context canceled");
    }

    /** Source: k8s.io/apiserver pkg/util/webhook/webhook.go, DefaultShouldRetry. */
    private static boolean worthAnotherTry(HookFailure failure) {
        return failure.code() == 429
                || failure.code() == 500
                || failure.code() == 504
                || failure.getMessage().contains("connection reset");
    }

    @Override
    public void close() {
        client.close();
    }
}
