package dev.navarch.apiserver.authn;

import dev.navarch.apiserver.authn.oidc.JwtIssuers;
import dev.navarch.apiserver.authn.oidc.JwtMetrics;
import dev.navarch.apiserver.config.WatchedFiles;
import dev.navarch.apiserver.following.ObjectReader;
import dev.navarch.apiserver.net.FrontProxy;
import dev.navarch.apiserver.request.AnonymousAccess;
import dev.navarch.apiserver.request.Authenticator;
import dev.navarch.apiserver.request.RemoteUser;
import dev.navarch.apiserver.request.TokenVerifier;
import dev.navarch.time.TimeSource;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;

/** Puts together all ways to tell who asks, and keeps to the files that say so. */
public final class Authentication implements AutoCloseable {
    /** Source: k8s.io/kubernetes pkg/kubeapiserver/options/authentication.go, TokenSuccessCacheTTL. */
    private static final Duration REMEMBER = Duration.ofSeconds(10);

    /**
     * What a server is told of those who may ask.
     *
     * @param clientAuthorities whose certificates identify users, beside those of the settings
     * @param issuers of service-account tokens: the first of them of new ones
     * @param allAllowed whether everybody may do everything
     */
    public record Basis(
            AuthenticationSettings settings,
            List<X509Certificate> clientAuthorities,
            Supplier<ServiceAccountKeys> serviceAccountKeys,
            List<String> issuers,
            List<String> audiences,
            Optional<FrontProxy> frontProxy,
            boolean allAllowed) {}

    private final List<AutoCloseable> closing = new ArrayList<>();
    private final List<X509Certificate> ownAuthorities;
    private final ServiceAccountTokens serviceAccounts;
    private final TokenVerifier tokens;
    private final Authenticator authenticator;
    private final List<Supplier<List<X509Certificate>>> proxyAuthorities = new CopyOnWriteArrayList<>();
    private volatile List<X509Certificate> clientAuthorities;
    private volatile List<X509Certificate> namedAuthorities = List.of();
    private final JwtIssuers issuers;

    /**
     * Reads all files.
     *
     * @param server name of this server among others
     * @throws IllegalArgumentException if one can't be used
     */
    public Authentication(
            Basis basis, String server, ObjectReader objects, TimeSource time, PrometheusRegistry registry) {
        var settings = basis.settings();
        // As upstream: nobody is let in where everybody may do everything (authentication.go, ApplyAuthorization).
        boolean allAllowed = basis.allAllowed();
        ownAuthorities = basis.clientAuthorities();
        clientAuthorities = ownAuthorities;
        serviceAccounts = new ServiceAccountTokens(
                basis.issuers(),
                basis.audiences(),
                basis.serviceAccountKeys(),
                objects,
                time,
                new ExtendedTokenUses(registry));
        issuers = new JwtIssuers(
                Set.copyOf(basis.issuers()), basis.audiences(), time, new JwtMetrics(server, time, registry));
        closing.add(issuers);
        var cached = new TokenCacheMetrics(registry);
        var statics = new Replaceable();
        var bootstrap = new BootstrapTokens(objects, time, basis.audiences());
        List<FrontProxies> fronts = new ArrayList<>();
        basis.frontProxy().ifPresent(proxy -> {
            fronts.add(new FrontProxyAuthenticator(
                    proxy.authorities(), proxy.allowedNames(), RemoteUser.Names.STANDARD, time));
            proxyAuthorities.add(proxy::authorities);
        });
        try {
            settings.clientAuthorities()
                    .ifPresent(file -> closing.add(new WatchedFiles(
                            "Authorities of clients", List.of(file), time, read -> addAuthorities(read.getFirst()))));
            settings.proxies().ifPresent(given -> {
                var proxies = new WatchedProxies(given, time, this::nameAuthorities);
                closing.add(proxies);
                fronts.add(proxies);
                proxyAuthorities.add(proxies::authorities);
            });
            nameAuthorities();
            settings.tokens()
                    .ifPresent(file -> closing.add(new WatchedFiles(
                            "Static tokens",
                            List.of(file),
                            time,
                            read -> statics.current = List.of(new StaticTokens(
                                    new String(read.getFirst(), StandardCharsets.UTF_8), basis.audiences())))));
            settings.configuration()
                    .ifPresentOrElse(
                            file -> closing.add(
                                    new WatchedFiles("Configuration of authentication", List.of(file), time, issuers)),
                            () -> issuers.start(settings.issuers()));
        } catch (RuntimeException e) {
            close();
            throw e;
        }
        Optional<TokenVerifier> webhook = settings.webhook().map(remote -> {
            var asked = new WebhookTokens(remote, basis.audiences(), time);
            closing.add(asked);
            return new CachedTokens(asked, remote.cacheTtl(), remote.cacheTtl(), time, cached);
        });
        // Those of service accounts before those of others, which may have to ask.
        var local = new TokenVerifiers(() -> {
            List<TokenVerifier> all = new ArrayList<>(statics.current);
            all.add(serviceAccounts);
            all.add(bootstrap);
            all.addAll(issuers.verifiers());
            webhook.ifPresent(all::add);
            return all;
        });
        tokens = new CachedTokens(local, REMEMBER, Duration.ZERO, time, cached);
        authenticator = new RequestAuthenticator(
                FrontProxies.anyOf(fronts),
                new CertificateAuthenticator(this::clientAuthorities, time),
                tokens,
                () -> settings.anonymous()
                        .filter(access -> !allAllowed || access != AnonymousAccess.EVERYWHERE)
                        .or(issuers::anonymous)
                        .orElse(AnonymousAccess.HEALTH),
                new AuthenticationMetrics(time, registry));
    }

    /** What a file holds at this moment. */
    private static final class Replaceable {
        private volatile List<TokenVerifier> current = List.of();
    }

    private void addAuthorities(byte[] pem) throws GeneralSecurityException {
        List<X509Certificate> all = new ArrayList<>(ownAuthorities);
        for (var certificate : ClientChains.certificates(pem)) {
            if (!all.contains(certificate)) {
                all.add(certificate);
            }
        }
        if (all.size() == ownAuthorities.size()) {
            throw new IllegalArgumentException("data does not contain any valid certificates beside the cluster's own");
        }
        clientAuthorities = List.copyOf(all);
        nameAuthorities();
    }

    private synchronized void nameAuthorities() {
        List<X509Certificate> all = new ArrayList<>(clientAuthorities);
        proxyAuthorities.forEach(some -> all.addAll(some.get()));
        namedAuthorities = all.stream().distinct().toList();
    }

    public Authenticator authenticator() {
        return authenticator;
    }

    /** Knows all tokens. */
    public TokenVerifier tokens() {
        return tokens;
    }

    public ServiceAccountTokens serviceAccounts() {
        return serviceAccounts;
    }

    /** Whose certificates identify users at this moment; other ones are told by identity. */
    public List<X509Certificate> clientAuthorities() {
        return clientAuthorities;
    }

    /**
     * Whose certificates clients are asked for: also those of front proxies, which would not show theirs otherwise (source:
     * k8s.io/apiserver pkg/server/basis.go, ApplyClientCert). Other ones are told by identity.
     */
    public List<X509Certificate> namedAuthorities() {
        return namedAuthorities;
    }

    @Override
    public void close() {
        for (var part : closing.reversed()) {
            try {
                part.close();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
