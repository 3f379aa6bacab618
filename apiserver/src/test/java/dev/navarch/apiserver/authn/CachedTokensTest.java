package dev.navarch.apiserver.authn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.apiserver.request.Authenticator.UndecidedException;
import dev.navarch.apiserver.request.TokenVerifier;
import dev.navarch.apiserver.request.User;
import dev.navarch.time.ManualTime;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;

class CachedTokensTest {
    private final ManualTime time = new ManualTime(Instant.parse("2026-01-01T00:00:00Z"));
    private final TokenCacheMetrics metrics = new TokenCacheMetrics(new PrometheusRegistry());
    private long lastSecond = TokenVerifier.VerifiedToken.ENDLESS;
    private volatile int examined;

    private final TokenVerifier verifier = (token, audiences) -> {
        examined++;
        return switch (token) {
            case "good" ->
                Optional.of(new TokenVerifier.VerifiedToken(new User("jane", List.of()), audiences, lastSecond));
            case "bad" -> throw new TokenVerifier.InvalidTokenException("bad");
            default -> Optional.empty();
        };
    };

    private CachedTokens cached(Duration failure) {
        return new CachedTokens(verifier, Duration.ofSeconds(10), failure, time, metrics);
    }

    @Test
    void aGoodTokenIsExaminedOnceInTenSeconds() throws Exception {
        var tokens = cached(Duration.ZERO);
        assertThat(tokens.glance("good", List.of())).isPresent();
        assertThat(tokens.glance("good", List.of())).isPresent();
        assertThat(tokens.verify("good", List.of("other"))).isPresent();
        assertThat(examined).isEqualTo(2);
        time.advance(Duration.ofSeconds(10));
        assertThat(tokens.verify("good", List.of())).isPresent();
        assertThat(examined).isEqualTo(3);
        assertThat(metrics.hits.get()).isEqualTo(1);
        assertThat(metrics.misses.get()).isEqualTo(3);
    }

    @Test
    void noTokenOutlivesItself() throws Exception {
        lastSecond = time.now().getEpochSecond() + 2;
        var tokens = cached(Duration.ZERO);
        tokens.verify("good", List.of());
        time.advance(Duration.ofSeconds(3));
        tokens.verify("good", List.of());
        assertThat(examined).isEqualTo(2);
    }

    @Test
    void errorsAreNeverRememberedAndStrangersOnlyIfAsked() throws Exception {
        var tokens = cached(Duration.ofSeconds(10));
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> tokens.verify("bad", List.of())).hasMessage("bad");
            assertThat(tokens.verify("strange", List.of())).isEmpty();
        }
        assertThat(examined).isEqualTo(3);
        cached(Duration.ZERO).verify("strange", List.of());
        assertThat(examined).isEqualTo(4);
    }

    @Test
    void whatIsExaminedAtTheSameTimeIsExaminedOnce() throws Exception {
        var begun = new CountDownLatch(1);
        var release = new CountDownLatch(1);
        var slow = new TokenVerifier() {
            @Override
            public Optional<VerifiedToken> verify(String token, List<String> audiences) {
                examined++;
                begun.countDown();
                try {
                    release.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
                return Optional.of(new VerifiedToken(new User("jane", List.of()), audiences));
            }

            @Override
            public Optional<VerifiedToken> glance(String token, List<String> audiences) {
                throw new UndecidedException();
            }
        };
        var tokens = new CachedTokens(slow, Duration.ofSeconds(10), Duration.ZERO, time, metrics);
        assertThatThrownBy(() -> tokens.glance("good", List.of())).isInstanceOf(UndecidedException.class);
        var first = new FutureTask<>(() -> tokens.verify("good", List.of()));
        var second = new FutureTask<>(() -> tokens.verify("good", List.of()));
        Thread.ofVirtual().start(first);
        begun.await();
        Thread.ofVirtual().start(second);
        release.countDown();
        assertThat(first.get()).isPresent();
        assertThat(second.get()).isPresent();
        assertThat(examined).isEqualTo(1);
        assertThat(tokens.glance("good", List.of())).isPresent();
    }
}
