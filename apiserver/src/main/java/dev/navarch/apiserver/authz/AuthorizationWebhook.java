package dev.navarch.apiserver.authz;

import static java.util.Objects.requireNonNull;

import dev.navarch.apiserver.webhook.HookUser;
import java.net.URI;
import java.time.Duration;
import java.util.List;

/**
 * A server that is asked by SubjectAccessReviews (source: k8s.io/apiserver pkg/apis/apiserver/v1/types.go,
 * WebhookConfiguration).
 *
 * @param server asked at exactly this URL, which is https
 * @param authorities of its certificate, PEM; the machine's own if empty
 * @param user as whom it is asked
 * @param version of the reviews: v1 or v1beta1
 * @param timeout of each call
 * @param allowedFor how long it is remembered that something is allowed; nothing is if zero
 * @param refusedFor likewise of what is not
 * @param denies whether what can't be answered is denied; others are asked otherwise
 * @param conditions expressions that must all hold for the server to be asked
 */
public record AuthorizationWebhook(
        URI server,
        byte[] authorities,
        HookUser user,
        String version,
        Duration timeout,
        Duration allowedFor,
        Duration refusedFor,
        boolean denies,
        List<String> conditions) {
    /** Upstream's defaults. */
    public static final Duration ALLOWED_FOR = Duration.ofMinutes(5);

    public static final Duration REFUSED_FOR = Duration.ofSeconds(30);

    public AuthorizationWebhook {
        requireNonNull(server);
        requireNonNull(user);
        requireNonNull(version);
        requireNonNull(timeout);
        requireNonNull(allowedFor);
        requireNonNull(refusedFor);
        conditions = List.copyOf(conditions);
    }
}
