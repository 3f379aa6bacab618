package dev.navarch.kubelet.server;

import dev.navarch.client.ApiClient;
import dev.navarch.client.ApiFailure;
import dev.navarch.client.Json;
import dev.navarch.time.TimeSource;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/**
 * Who may ask what of the node's API. Nobody is anonymous: a caller shows a client certificate or a token, which the API
 * server judges (TokenReview), and is authorized there (SubjectAccessReview) for subresources of the node. Verdicts are
 * remembered. Only the API server itself needs no review. source: kubernetes pkg/kubelet/server (auth.go, server.go,
 * InstallAuthFilter), cmd/kubelet/app/auth.go, pkg/kubelet/apis/config/v1beta1/defaults.go.
 *
 * <p>Whatever runs commands or opens a connection in a pod counts as {@code create}, by whatever method it is asked for;
 * upstream lets a GET pass that is upgraded as {@code get}.
 */
final class Access {
    private static final Logger log = LoggerFactory.getLogger(Access.class);
    private static final Duration KNOWN = Duration.ofMinutes(2);
    private static final Duration ALLOWED = Duration.ofMinutes(5);
    private static final Duration REFUSED = Duration.ofSeconds(30);
    private static final int MOST = 10_000;
    private static final Set<String> COMMANDS = Set.of("exec", "attach", "portForward", "run");

    /** What is looked at as one; of others it is the whole proxy. */
    private static final Map<String, List<String>> SUBRESOURCES = Map.of(
            "stats", List.of("stats"),
            "metrics", List.of("metrics"),
            "logs", List.of("log"),
            "checkpoint", List.of("checkpoint"),
            "pods", List.of("pods", "proxy"),
            "runningpods", List.of("pods", "proxy"),
            "healthz", List.of("healthz", "proxy"),
            "configz", List.of("configz", "proxy"));

    private final Set<String> trusted;
    private final Optional<ApiClient> reviews;
    private final TimeSource time;
    private final Map<String, Remembered<Optional<Caller>>> callers = new ConcurrentHashMap<>();
    private final Map<Question, Remembered<Boolean>> verdicts = new ConcurrentHashMap<>();

    private record Remembered<T>(T value, long until) {}

    private record Question(Caller caller, String verb, String subresource, String node) {}

    /**
     * @param trusted common names of certificates that may do all
     * @param reviews who answers reviews; without it nobody else is let in
     */
    Access(Set<String> trusted, Optional<ApiClient> reviews, TimeSource time) {
        this.trusted = trusted;
        this.reviews = reviews;
        this.time = time;
    }

    /**
     * @param certified by a certificate
     * @param authorization the header field, or empty
     * @param node whom it is about; empty for all nodes
     */
    void check(Optional<Caller> certified, String authorization, String method, String path, String node)
            throws Refusal {
        if (certified.filter(this::isTrusted).isPresent()) {
            return;
        }
        var caller = certified.or(() -> byToken(authorization)).orElseThrow(() -> new Refusal(401, "Unauthorized"));
        var first = path.substring(1).split("/", 2)[0];
        var verb = COMMANDS.contains(first) ? "create" : verb(method);
        var subresources = SUBRESOURCES.getOrDefault(first, List.of("proxy"));
        for (var subresource : subresources) {
            if (allowed(new Question(caller, verb, subresource, node))) {
                return;
            }
        }
        throw new Refusal(
                403,
                "Forbidden (user=" + caller.user() + ", verb=" + verb + ", resource=nodes, subresource(s)=["
                        + String.join(" ", subresources) + "])\n");
    }

    private boolean isTrusted(Caller caller) {
        return trusted.contains(caller.user()) || caller.groups().contains("system:masters");
    }

    private static String verb(String method) {
        return switch (method) {
            case "POST" -> "create";
            case "PUT" -> "update";
            case "PATCH" -> "patch";
            case "DELETE" -> "delete";
            default -> "get";
        };
    }

    private Optional<Caller> byToken(String authorization) {
        if (!authorization.regionMatches(true, 0, "Bearer ", 0, 7) || reviews.isEmpty()) {
            return Optional.empty();
        }
        var token = authorization.substring(7).strip();
        return token.isEmpty()
                ? Optional.empty()
                : remembered(callers, token, () -> review(token), caller -> caller.isPresent() ? KNOWN : REFUSED);
    }

    private Optional<Caller> review(String token) {
        var review = Json.mapper().createObjectNode();
        review.put("apiVersion", "authentication.k8s.io/v1").put("kind", "TokenReview");
        review.putObject("spec").put("token", token);
        var status = ask("/apis/authentication.k8s.io/v1/tokenreviews", review);
        return status.path("authenticated").asBoolean(false)
                ? Optional.of(Caller.of(status.path("user")))
                : Optional.empty();
    }

    private boolean allowed(Question question) {
        return reviews.isPresent()
                && remembered(verdicts, question, () -> review(question), allowed -> allowed ? ALLOWED : REFUSED);
    }

    private boolean review(Question question) {
        var caller = question.caller;
        var review = Json.mapper().createObjectNode();
        review.put("apiVersion", "authorization.k8s.io/v1").put("kind", "SubjectAccessReview");
        var spec = review.putObject("spec");
        spec.put("user", caller.user()).put("uid", caller.uid());
        spec.set("groups", Json.mapper().valueToTree(caller.groups()));
        spec.set("extra", Json.mapper().valueToTree(caller.extra()));
        spec.putObject("resourceAttributes")
                .put("verb", question.verb)
                .put("version", "v1")
                .put("resource", "nodes")
                .put("subresource", question.subresource)
                .put("name", question.node);
        return ask("/apis/authorization.k8s.io/v1/subjectaccessreviews", review)
                .path("allowed")
                .asBoolean(false);
    }

    private JsonNode ask(String path, JsonNode review) {
        return reviews.orElseThrow().raw("POST", path, review).path("status");
    }

    /** A review that fails is no verdict: nobody is let in, and the next request asks again. */
    private <K, T> T remembered(Map<K, Remembered<T>> known, K key, Supplier<T> ask, Function<T, Duration> lasting) {
        long now = time.nanoTime();
        var found = known.get(key);
        if (found == null || now - found.until >= 0) {
            var value = ask.get();
            if (known.size() >= MOST) {
                known.clear();
            }
            found = new Remembered<>(value, now + lasting.apply(value).toNanos());
            known.put(key, found);
        }
        return found.value;
    }

    /** What to answer when the API server can't be asked. */
    static Refusal unanswered(ApiFailure failure) {
        log.warn("A caller could not be judged: {}", failure.getMessage());
        return new Refusal(500, "Authorization error");
    }
}
