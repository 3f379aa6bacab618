package dev.navarch.apiserver.authn;

import dev.navarch.apiserver.webhook.HookUser;
import java.net.URI;
import java.time.Duration;

/**
 * Who is asked for tokens that nobody here knows.
 *
 * @param url where TokenReviews are posted
 * @param authorities of its certificate, PEM; empty for those of the system
 * @param user as whom it is asked
 * @param cacheTtl how long its answers are remembered
 * @param version of the TokenReviews: v1 or v1beta1
 */
@SuppressWarnings("ArrayRecordComponent") // not compared
public record TokenWebhook(URI url, byte[] authorities, HookUser user, Duration cacheTtl, String version) {
    public static final Duration DEFAULT_CACHE_TTL = Duration.ofMinutes(2);
}
