package dev.navarch.apiserver.authn;

import dev.navarch.apiserver.authn.TokenDigests.Digest;
import dev.navarch.apiserver.request.Authenticator.UndecidedException;
import dev.navarch.apiserver.request.TokenVerifier;
import dev.navarch.time.TimeSource;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * Remembers for a while whose a token is; never beyond the token's own end. Requests with the same token at the same
 * time have it examined once. Errors are not remembered. Source: k8s.io/apiserver
 * pkg/authentication/token/cache/cached_token_authenticator.go.
 */
final class CachedTokens implements TokenVerifier {
    private static final int MOST = 32_768;

    private final TokenVerifier verifier;
    private final long successNanos;
    private final long failureNanos;
    private final TimeSource time;
    private final TokenCacheMetrics metrics;
    private final TokenDigests digests = new TokenDigests();
    private final ConcurrentHashMap<Key, Known> known = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<Key, CountDownLatch> examined = new ConcurrentHashMap<>();

    private record Key(Digest token, List<String> audiences) {}

    private record Known(Optional<VerifiedToken> verdict, long untilNanos) {}

    /** @param failure how long it is remembered that the verifier does not know a token; nothing for not at all */
    CachedTokens(
            TokenVerifier verifier, Duration success, Duration failure, TimeSource time, TokenCacheMetrics metrics) {
        this.verifier = verifier;
        this.successNanos = success.toNanos();
        this.failureNanos = failure.toNanos();
        this.time = time;
        this.metrics = metrics;
    }

    @Override
    public Optional<VerifiedToken> glance(String token, List<String> audiences) throws InvalidTokenException {
        long from = time.nanoTime();
        var key = new Key(digests.of(token), audiences);
        var found = find(key, from);
        if (found != null) {
            return found.verdict;
        }
        try {
            return remember(key, verifier.glance(token, audiences), from);
        } catch (UndecidedException e) {
            throw e; // counted when it is decided
        } catch (InvalidTokenException | RuntimeException e) {
            missed(from, false);
            throw e;
        }
    }

    @Override
    public Optional<VerifiedToken> verify(String token, List<String> audiences) throws InvalidTokenException {
        long from = time.nanoTime();
        var key = new Key(digests.of(token), audiences);
        var found = find(key, from);
        if (found != null) {
            return found.verdict;
        }
        var done = new CountDownLatch(1);
        var others = examined.putIfAbsent(key, done);
        if (others == null) {
            try {
                return examine(key, token, audiences, from);
            } finally {
                examined.remove(key, done);
                done.countDown();
            }
        }
        metrics.blocked.inc();
        try {
            others.await();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new InvalidTokenException("there was no time to examine the token");
        } finally {
            metrics.blocked.dec();
        }
        found = find(key, time.nanoTime());
        return found != null ? found.verdict : examine(key, token, audiences, from);
    }

    private Optional<VerifiedToken> examine(Key key, String token, List<String> audiences, long from)
            throws InvalidTokenException {
        metrics.inFlight.inc();
        try {
            return remember(key, verifier.verify(token, audiences), from);
        } catch (InvalidTokenException | RuntimeException e) {
            missed(from, false);
            throw e;
        } finally {
            metrics.inFlight.dec();
        }
    }

    private @Nullable Known find(Key key, long now) {
        var found = known.get(key);
        if (found == null) {
            return null;
        }
        boolean over = now - found.untilNanos >= 0
                || found.verdict.isPresent()
                        && found.verdict.get().lastSecond() < time.now().getEpochSecond();
        if (over) {
            known.remove(key, found);
            return null;
        }
        metrics.hits.inc();
        metrics.hitSeconds.observe((time.nanoTime() - now) / 1e9);
        return found;
    }

    private Optional<VerifiedToken> remember(Key key, Optional<VerifiedToken> verdict, long from) {
        missed(from, true);
        long lasting = verdict.isPresent() ? successNanos : failureNanos;
        if (lasting > 0) {
            long now = time.nanoTime();
            if (known.size() >= MOST) {
                known.values().removeIf(k -> now - k.untilNanos >= 0);
                if (known.size() >= MOST) {
                    known.clear();
                }
            }
            known.put(key, new Known(verdict, now + lasting));
        }
        return verdict;
    }

    private void missed(long from, boolean ok) {
        (ok ? metrics.fetched : metrics.failed).inc();
        metrics.misses.inc();
        metrics.missSeconds.observe((time.nanoTime() - from) / 1e9);
    }
}
