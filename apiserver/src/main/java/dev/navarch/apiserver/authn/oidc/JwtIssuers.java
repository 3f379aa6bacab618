package dev.navarch.apiserver.authn.oidc;

import dev.navarch.apiserver.config.WatchedFiles;
import dev.navarch.apiserver.request.AnonymousAccess;
import dev.navarch.apiserver.request.TokenVerifier;
import dev.navarch.time.TimeSource;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The issuers of the moment. When the file that names them changes, the new ones take over once all of them are there, and
 * those that stay keep their keys (source: k8s.io/kubernetes pkg/kubeapiserver/options/authentication.go, ApplyTo).
 */
public final class JwtIssuers implements WatchedFiles.Reader, AutoCloseable {
    private final Set<String> disallowed;
    private final List<String> audiences;
    private final TimeSource time;
    private final JwtMetrics metrics;
    private volatile List<JwtAuthenticator> authenticators = List.of();
    private volatile Optional<AnonymousAccess> anonymous = Optional.empty();
    private boolean configured;

    /**
     * @param disallowed who must not be an issuer: that of service accounts
     * @param audiences the API server's own
     */
    public JwtIssuers(Set<String> disallowed, List<String> audiences, TimeSource time, JwtMetrics metrics) {
        this.disallowed = Set.copyOf(disallowed);
        this.audiences = List.copyOf(audiences);
        this.time = time;
        this.metrics = metrics;
    }

    /**
     * Tells whether settings make sense.
     *
     * @throws IllegalArgumentException if not; the message names the fields
     */
    public static void check(List<JwtSettings> settings, Set<String> disallowed) {
        JwtRules.compile(settings, disallowed);
    }

    /** Starts with these, which may be found later. */
    public synchronized void start(List<JwtSettings> settings) {
        authenticators = JwtRules.compile(settings, disallowed).stream()
                .map(rules -> new JwtAuthenticator(rules, audiences, time, metrics))
                .toList();
        authenticators.forEach(JwtAuthenticator::start);
    }

    /** Takes a configuration's text: at first as it is, later only when all issuers are there. */
    @Override
    public synchronized void read(List<byte[]> contents) throws IOException {
        var text = new String(contents.getFirst(), StandardCharsets.UTF_8);
        var configuration = AuthenticationConfiguration.parse(text);
        if (configured) {
            replace(configuration.jwt());
            metrics.reloaded(true);
        } else {
            start(configuration.jwt());
            configured = true;
        }
        anonymous = configuration.anonymous();
        metrics.configured(text);
    }

    @Override
    public void refused() {
        metrics.reloaded(false);
    }

    private void replace(List<JwtSettings> settings) throws IOException {
        Map<JwtSettings, JwtAuthenticator> there = new HashMap<>();
        authenticators.forEach(a -> there.put(a.settings(), a));
        List<JwtAuthenticator> all = new ArrayList<>();
        List<JwtAuthenticator> fresh = new ArrayList<>();
        try {
            for (var rules : JwtRules.compile(settings, disallowed)) {
                var kept = there.remove(rules.settings());
                if (kept != null) {
                    all.add(kept);
                    continue;
                }
                var made = new JwtAuthenticator(rules, audiences, time, metrics);
                fresh.add(made);
                all.add(made);
                made.findNow();
            }
        } catch (IOException | RuntimeException e) {
            fresh.forEach(JwtAuthenticator::close);
            throw e;
        }
        authenticators = List.copyOf(all);
        there.values().forEach(gone -> {
            gone.close();
            var issuer = gone.settings().issuer().url();
            if (all.stream().noneMatch(a -> a.settings().issuer().url().equals(issuer))) {
                metrics.forget(issuer);
            }
        });
    }

    public List<? extends TokenVerifier> verifiers() {
        return authenticators;
    }

    /** What the configuration says of anonymous requests. */
    public Optional<AnonymousAccess> anonymous() {
        return anonymous;
    }

    @Override
    public synchronized void close() {
        authenticators.forEach(JwtAuthenticator::close);
        authenticators = List.of();
    }
}
