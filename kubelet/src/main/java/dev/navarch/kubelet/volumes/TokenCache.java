package dev.navarch.kubelet.volumes;

import dev.navarch.kubelet.volumes.ObjectSource.Token;
import dev.navarch.time.TimeSource;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The service account tokens of one pod: each is asked for anew when 80 % of its time, or 24 hours, have passed; one that
 * can't be renewed is used until its end.
 *
 * <p>Source of the behaviour: kubernetes pkg/kubelet/token/token_manager.go.
 */
final class TokenCache {
    private static final Logger log = LoggerFactory.getLogger(TokenCache.class);
    private static final Duration MAX_AGE = Duration.ofHours(24);

    private final ObjectSource source;
    private final TimeSource time;
    private final Map<Wanted, Token> tokens = new HashMap<>();

    private record Wanted(String audience, long expirationSeconds) {}

    TokenCache(ObjectSource source, TimeSource time) {
        this.source = source;
        this.time = time;
    }

    synchronized Token get(Pod pod, String audience, long expirationSeconds) {
        var wanted = new Wanted(audience, expirationSeconds);
        var cached = tokens.get(wanted);
        if (cached != null && !stale(cached)) {
            return cached;
        }
        try {
            var fresh = source.token(pod, audience, expirationSeconds);
            tokens.put(wanted, fresh);
            return fresh;
        } catch (RuntimeException e) {
            if (cached != null && time.now().isBefore(cached.expiresAt())) {
                log.warn("Can't renew a token of pod {}: {}", pod.getMetadata().getName(), e.getMessage());
                return cached;
            }
            throw e;
        }
    }

    private boolean stale(Token token) {
        var life = Duration.between(token.issuedAt(), token.expiresAt());
        var age = Duration.between(token.issuedAt(), time.now());
        return age.compareTo(life.multipliedBy(8).dividedBy(10)) > 0 || age.compareTo(MAX_AGE) > 0;
    }

    /** The user that all of the pod's containers run as, if their spec says so. */
    static OptionalLong commonUser(Pod pod) {
        @Nullable Long common = null;
        for (var container : pod.getSpec().getContainers()) {
            var user = user(pod, container);
            if (user == null || (common != null && !Objects.equals(user, common))) {
                return OptionalLong.empty();
            }
            common = user;
        }
        return common == null ? OptionalLong.empty() : OptionalLong.of(common);
    }

    private static @Nullable Long user(Pod pod, Container container) {
        var own = container.getSecurityContext();
        if (own != null && own.getRunAsUser() != null) {
            return own.getRunAsUser();
        }
        var shared = pod.getSpec().getSecurityContext();
        return shared == null ? null : shared.getRunAsUser();
    }
}
