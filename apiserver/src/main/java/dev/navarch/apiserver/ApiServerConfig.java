package dev.navarch.apiserver;

import static java.util.Objects.requireNonNull;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The settings of an API server.
 *
 * @param bind where to listen; port 0 for any
 * @param ioThreads event loops; 0 for one a processor
 * @param serving the server's certificate; asked for at each connection, so that a supplier that returns another one
 *     renews it
 * @param clientAuthorities whose certificates identify users
 * @param kubeletClient the certificate that the server shows to kubelets; asked for likewise
 * @param kubeletAuthorities who signs the kubelets' certificates
 * @param serviceAccountKey signs service-account tokens: RSA (RS256) or P-256 (ES256)
 * @param formerServiceAccountKeys keys whose tokens are still accepted
 * @param issuer the tokens' issuer, an https URL
 * @param audiences what the server calls itself in tokens; if empty, the issuer
 * @param serviceCidr the block of services' cluster addresses
 * @param advertise where pods find the server: the endpoint of the service {@code kubernetes}; port 0 for the one that
 *     is listened on
 * @param apis which APIs are served
 * @param logs what is shown below {@code /logs/}; nothing if empty
 * @param requestTimeout for requests that are not long-running
 * @param drain how long {@link ApiServer#close} waits for requests under way
 * @param limits of the requests that come over the network
 * @param eventTtl how long events are kept
 * @param frontProxy as whom the server passes requests on to others, and who may pass requests on to it; nobody if empty
 */
public record ApiServerConfig(
        InetSocketAddress bind,
        int ioThreads,
        Supplier<TlsMaterial> serving,
        List<X509Certificate> clientAuthorities,
        Supplier<TlsMaterial> kubeletClient,
        List<X509Certificate> kubeletAuthorities,
        KeyPair serviceAccountKey,
        List<PublicKey> formerServiceAccountKeys,
        String issuer,
        List<String> audiences,
        String serviceCidr,
        Optional<InetSocketAddress> advertise,
        RuntimeConfig apis,
        Optional<Path> logs,
        Duration requestTimeout,
        Duration drain,
        RequestLimits limits,
        Duration eventTtl,
        Optional<FrontProxy> frontProxy) {
    public static final Duration DEFAULT_EVENT_TTL = Duration.ofHours(1);
    public static final String DEFAULT_ISSUER = "https://kubernetes.default.svc.cluster.local";

    public ApiServerConfig {
        requireNonNull(bind);
        requireNonNull(serving);
        clientAuthorities = List.copyOf(clientAuthorities);
        requireNonNull(kubeletClient);
        kubeletAuthorities = List.copyOf(kubeletAuthorities);
        requireNonNull(serviceAccountKey);
        formerServiceAccountKeys = List.copyOf(formerServiceAccountKeys);
        requireNonNull(issuer);
        audiences = audiences.isEmpty() ? List.of(issuer) : List.copyOf(audiences);
        requireNonNull(serviceCidr);
        requireNonNull(advertise);
        requireNonNull(apis);
        requireNonNull(logs);
        requireNonNull(requestTimeout);
        requireNonNull(drain);
        requireNonNull(limits);
        requireNonNull(frontProxy);
        if (!eventTtl.isPositive()) {
            throw new IllegalArgumentException("eventTtl must be positive");
        }
        if (ioThreads < 0) {
            throw new IllegalArgumentException("ioThreads must not be negative");
        }
    }

    /** The usual settings around what has no default. */
    public ApiServerConfig(
            InetSocketAddress bind,
            Supplier<TlsMaterial> serving,
            List<X509Certificate> clientAuthorities,
            Supplier<TlsMaterial> kubeletClient,
            List<X509Certificate> kubeletAuthorities,
            KeyPair serviceAccountKey) {
        this(
                bind,
                0,
                serving,
                clientAuthorities,
                kubeletClient,
                kubeletAuthorities,
                serviceAccountKey,
                List.of(),
                DEFAULT_ISSUER,
                List.of(),
                "10.96.0.0/12",
                Optional.empty(),
                RuntimeConfig.STANDARD,
                Optional.empty(),
                Duration.ofSeconds(60),
                Duration.ofSeconds(5),
                RequestLimits.STANDARD,
                DEFAULT_EVENT_TTL,
                Optional.empty());
    }

    /** These settings, with a directory that is shown below {@code /logs/}. */
    public ApiServerConfig withLogs(Path directory) {
        return new ApiServerConfig(
                bind,
                ioThreads,
                serving,
                clientAuthorities,
                kubeletClient,
                kubeletAuthorities,
                serviceAccountKey,
                formerServiceAccountKeys,
                issuer,
                audiences,
                serviceCidr,
                advertise,
                apis,
                Optional.of(directory),
                requestTimeout,
                drain,
                limits,
                eventTtl,
                frontProxy);
    }

    /** These settings, with the address that the service {@code kubernetes} leads to; port 0 is the one it listens on. */
    public ApiServerConfig withAdvertised(InetSocketAddress where) {
        return new ApiServerConfig(
                bind,
                ioThreads,
                serving,
                clientAuthorities,
                kubeletClient,
                kubeletAuthorities,
                serviceAccountKey,
                formerServiceAccountKeys,
                issuer,
                audiences,
                serviceCidr,
                Optional.of(where),
                apis,
                logs,
                requestTimeout,
                drain,
                limits,
                eventTtl,
                frontProxy);
    }

    /** These settings, with other APIs served. */
    public ApiServerConfig withApis(RuntimeConfig served) {
        return new ApiServerConfig(
                bind,
                ioThreads,
                serving,
                clientAuthorities,
                kubeletClient,
                kubeletAuthorities,
                serviceAccountKey,
                formerServiceAccountKeys,
                issuer,
                audiences,
                serviceCidr,
                advertise,
                served,
                logs,
                requestTimeout,
                drain,
                limits,
                eventTtl,
                frontProxy);
    }

    /** These settings, with a front proxy's identity. */
    public ApiServerConfig withFrontProxy(FrontProxy proxy) {
        return new ApiServerConfig(
                bind,
                ioThreads,
                serving,
                clientAuthorities,
                kubeletClient,
                kubeletAuthorities,
                serviceAccountKey,
                formerServiceAccountKeys,
                issuer,
                audiences,
                serviceCidr,
                advertise,
                apis,
                logs,
                requestTimeout,
                drain,
                limits,
                eventTtl,
                Optional.of(proxy));
    }
}
