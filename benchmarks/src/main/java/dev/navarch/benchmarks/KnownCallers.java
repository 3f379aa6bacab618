package dev.navarch.benchmarks;

import dev.navarch.apiserver.ApiServerConfig;
import dev.navarch.apiserver.authn.Authentication;
import dev.navarch.apiserver.authn.AuthenticationSettings;
import dev.navarch.apiserver.authn.ServiceAccountKeys;
import dev.navarch.apiserver.authn.TokenIssuer.TokenSpec;
import dev.navarch.apiserver.net.TlsMaterial;
import dev.navarch.apiserver.request.ClientCertificates;
import dev.navarch.apiserver.request.Headers;
import dev.navarch.apiserver.request.User;
import dev.navarch.embedded.pki.CertificateAuthority;
import dev.navarch.embedded.pki.CertificateRequest;
import dev.navarch.time.TimeSource;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** A server's authentication, as it starts, with a client that has a certificate and one that has a service account's token. */
final class KnownCallers implements AutoCloseable {
    private final Authentication authentication;
    private final ClientCertificates certificate;
    private final String token;

    /**
     * @param client whom the certificate names
     * @param namespace of the service account {@code till}
     * @param settings for others
     */
    KnownCallers(
            CertificateRequest client,
            String namespace,
            UnaryOperator<AuthenticationSettings> settings,
            TimeSource time)
            throws Exception {
        var random = new SecureRandom();
        var authority = CertificateAuthority.found("benchmark", time.now(), Duration.ofDays(2), random);
        certificate = new ClientCertificates(List.of(new CertificateAuthority(authority, random)
                .issue(client, time.now(), Duration.ofDays(1))
                .chain()));
        var config = ApiServerConfig.builder(
                        new InetSocketAddress(0),
                        KnownCallers::unasked,
                        List.of(authority.certificate()),
                        KnownCallers::unasked,
                        List.of(),
                        ServiceAccountKeys.fixed(CertificateAuthority.newKeys(random)))
                .authentication(settings.apply(AuthenticationSettings.STANDARD))
                .build();
        authentication = new Authentication(
                config.authenticationBasis(),
                "benchmark",
                (_, resource, _, _) -> resource.equals("serviceaccounts") ? Optional.of(account()) : Optional.empty(),
                time,
                new PrometheusRegistry());
        token = "Bearer "
                + authentication
                        .serviceAccounts()
                        .issue(new TokenSpec(
                                namespace,
                                "till",
                                "u1",
                                List.of(),
                                Duration.ofHours(1),
                                Optional.empty(),
                                Optional.empty()))
                        .token();
    }

    private static TlsMaterial unasked() {
        throw new IllegalStateException("no certificate is shown");
    }

    private static ObjectNode account() {
        var object = JsonNodeFactory.instance.objectNode();
        object.putObject("metadata").put("name", "till").put("uid", "u1");
        return object;
    }

    /** @param path that is asked for */
    User byCertificate(String path) {
        return authentication.authenticator().authenticate(Headers.EMPTY, certificate, path);
    }

    /** By a token of some 800 characters. The text comes from the network each time, without a hash. */
    User byToken(String path) {
        return by(new String(token), path);
    }

    User by(String authorization, String path) {
        return authentication
                .authenticator()
                .authenticate(Headers.of("Authorization", authorization), ClientCertificates.NONE, path);
    }

    @Override
    public void close() {
        authentication.close();
    }
}
