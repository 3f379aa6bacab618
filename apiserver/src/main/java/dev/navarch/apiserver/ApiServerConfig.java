package dev.navarch.apiserver;

import static java.util.Objects.requireNonNull;

import dev.navarch.apiserver.admission.AdmissionSettings;
import dev.navarch.apiserver.audit.AuditSettings;
import dev.navarch.apiserver.authn.Authentication;
import dev.navarch.apiserver.authn.AuthenticationSettings;
import dev.navarch.apiserver.authn.ServiceAccountKeys;
import dev.navarch.apiserver.authz.AuthorizationSettings;
import dev.navarch.apiserver.flowcontrol.RequestLimits;
import dev.navarch.apiserver.net.FrontProxy;
import dev.navarch.apiserver.net.TlsMaterial;
import dev.navarch.apiserver.net.TlsSettings;
import dev.navarch.apiserver.pages.HealthCheck;
import dev.navarch.apiserver.request.RequestInterceptor;
import dev.navarch.apiserver.usage.Kubelets;
import java.net.InetSocketAddress;
import java.nio.file.Path;
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
 * @param tls how TLS is spoken
 * @param clientAuthorities whose certificates identify users
 * @param kubeletClient the certificate that the server shows to kubelets; asked for likewise
 * @param kubeletAuthorities who signs the kubelets' certificates
 * @param serviceAccountKeys sign service-account tokens; asked for at each, so that a supplier that returns other ones
 *     rotates them
 * @param issuers of service-account tokens: the first of them of new ones; at least one
 * @param keySetUri where others find the keys of these tokens, if not where the first issuer's URL leads
 * @param audiences what the server calls itself in tokens; if empty, the issuers
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
 * @param authorization who is asked whether a request may pass
 * @param authentication who is let in, beside those with certificates, service accounts and bootstrap tokens
 * @param admission what plugins of admission are told
 * @param caches a directory for what makes the next start quick and may be lost; nothing is kept if empty
 * @param audit what is recorded of requests
 * @param checks what health is asked about beside the server itself
 * @param lean whether a quick start counts for more than throughput, and than finding at the start what can't be used: sockets
 *     are the JDK's, TLS is made ready when the first connection comes, and keys of service accounts with the first token; the
 *     lease that shows the server is renewed seldom
 * @param policyInPlace whether the store has the default roles and bindings as they shall be, if it has anything: none is added
 *     or put right at the start
 * @param kubelets of whom the figures of nodes are asked; the nodes' own servers, over HTTPS, if empty
 * @param interceptor what requests pass before they are served; nothing if empty
 */
public record ApiServerConfig(
        InetSocketAddress bind,
        int ioThreads,
        Supplier<TlsMaterial> serving,
        TlsSettings tls,
        List<X509Certificate> clientAuthorities,
        Supplier<TlsMaterial> kubeletClient,
        List<X509Certificate> kubeletAuthorities,
        Supplier<ServiceAccountKeys> serviceAccountKeys,
        List<String> issuers,
        Optional<String> keySetUri,
        List<String> audiences,
        String serviceCidr,
        Optional<InetSocketAddress> advertise,
        RuntimeConfig apis,
        Optional<Path> logs,
        Duration requestTimeout,
        Duration drain,
        RequestLimits limits,
        Duration eventTtl,
        Optional<FrontProxy> frontProxy,
        AuthorizationSettings authorization,
        AuthenticationSettings authentication,
        AdmissionSettings admission,
        Optional<Path> caches,
        AuditSettings audit,
        List<HealthCheck> checks,
        boolean lean,
        boolean policyInPlace,
        Optional<Kubelets> kubelets,
        Optional<RequestInterceptor> interceptor) {
    public static final Duration DEFAULT_EVENT_TTL = Duration.ofHours(1);
    public static final String DEFAULT_ISSUER = "https://kubernetes.default.svc.cluster.local";

    public ApiServerConfig {
        requireNonNull(bind);
        requireNonNull(serving);
        requireNonNull(tls);
        clientAuthorities = List.copyOf(clientAuthorities);
        requireNonNull(kubeletClient);
        kubeletAuthorities = List.copyOf(kubeletAuthorities);
        requireNonNull(serviceAccountKeys);
        issuers = List.copyOf(issuers);
        if (issuers.isEmpty()) {
            throw new IllegalArgumentException("service-account-issuer is a required flag");
        }
        requireNonNull(keySetUri);
        audiences = audiences.isEmpty() ? issuers : List.copyOf(audiences);
        requireNonNull(serviceCidr);
        requireNonNull(advertise);
        requireNonNull(apis);
        requireNonNull(logs);
        requireNonNull(requestTimeout);
        requireNonNull(drain);
        requireNonNull(limits);
        requireNonNull(frontProxy);
        requireNonNull(authorization);
        requireNonNull(authentication);
        requireNonNull(admission);
        requireNonNull(caches);
        requireNonNull(audit);
        checks = List.copyOf(checks);
        requireNonNull(kubelets);
        requireNonNull(interceptor);
        if (!eventTtl.isPositive()) {
            throw new IllegalArgumentException("eventTtl must be positive");
        }
        if (ioThreads < 0) {
            throw new IllegalArgumentException("ioThreads must not be negative");
        }
    }

    /** Settings to be made, beginning with the usual ones around what has no default. */
    public static Builder builder(
            InetSocketAddress bind,
            Supplier<TlsMaterial> serving,
            List<X509Certificate> clientAuthorities,
            Supplier<TlsMaterial> kubeletClient,
            List<X509Certificate> kubeletAuthorities,
            Supplier<ServiceAccountKeys> serviceAccountKeys) {
        return new Builder(bind, serving, clientAuthorities, kubeletClient, kubeletAuthorities, serviceAccountKeys);
    }

    /** What is said here of who may ask. */
    public Authentication.Basis authenticationBasis() {
        return new Authentication.Basis(
                authentication,
                clientAuthorities,
                serviceAccountKeys,
                issuers,
                audiences,
                frontProxy,
                authorization.allowsAll());
    }

    /** These settings, to be changed. */
    public Builder toBuilder() {
        var builder =
                new Builder(bind, serving, clientAuthorities, kubeletClient, kubeletAuthorities, serviceAccountKeys);
        builder.ioThreads = ioThreads;
        builder.tls = tls;
        builder.issuers = issuers;
        builder.keySetUri = keySetUri;
        builder.audiences = audiences;
        builder.serviceCidr = serviceCidr;
        builder.advertise = advertise;
        builder.apis = apis;
        builder.logs = logs;
        builder.requestTimeout = requestTimeout;
        builder.drain = drain;
        builder.limits = limits;
        builder.eventTtl = eventTtl;
        builder.frontProxy = frontProxy;
        builder.authorization = authorization;
        builder.authentication = authentication;
        builder.admission = admission;
        builder.caches = caches;
        builder.audit = audit;
        builder.checks = checks;
        builder.lean = lean;
        builder.policyInPlace = policyInPlace;
        builder.kubelets = kubelets;
        builder.interceptor = interceptor;
        return builder;
    }

    /** Settings in the making; each is explained at its component. */
    public static final class Builder {
        private final InetSocketAddress bind;
        private int ioThreads = 0;
        private final Supplier<TlsMaterial> serving;
        private TlsSettings tls = TlsSettings.STANDARD;
        private final List<X509Certificate> clientAuthorities;
        private final Supplier<TlsMaterial> kubeletClient;
        private final List<X509Certificate> kubeletAuthorities;
        private final Supplier<ServiceAccountKeys> serviceAccountKeys;
        private List<String> issuers = List.of(DEFAULT_ISSUER);
        private Optional<String> keySetUri = Optional.empty();
        private List<String> audiences = List.of();
        private String serviceCidr = "10.96.0.0/12";
        private Optional<InetSocketAddress> advertise = Optional.empty();
        private RuntimeConfig apis = RuntimeConfig.STANDARD;
        private Optional<Path> logs = Optional.empty();
        private Duration requestTimeout = Duration.ofSeconds(60);
        private Duration drain = Duration.ofSeconds(5);
        private RequestLimits limits = RequestLimits.STANDARD;
        private Duration eventTtl = DEFAULT_EVENT_TTL;
        private Optional<FrontProxy> frontProxy = Optional.empty();
        private AuthorizationSettings authorization = AuthorizationSettings.STANDARD;
        private AuthenticationSettings authentication = AuthenticationSettings.STANDARD;
        private AdmissionSettings admission = AdmissionSettings.STANDARD;
        private Optional<Path> caches = Optional.empty();
        private AuditSettings audit = AuditSettings.STANDARD;
        private List<HealthCheck> checks = List.of();
        private boolean lean;
        private boolean policyInPlace;
        private Optional<Kubelets> kubelets = Optional.empty();
        private Optional<RequestInterceptor> interceptor = Optional.empty();

        private Builder(
                InetSocketAddress bind,
                Supplier<TlsMaterial> serving,
                List<X509Certificate> clientAuthorities,
                Supplier<TlsMaterial> kubeletClient,
                List<X509Certificate> kubeletAuthorities,
                Supplier<ServiceAccountKeys> serviceAccountKeys) {
            this.bind = bind;
            this.serving = serving;
            this.clientAuthorities = clientAuthorities;
            this.kubeletClient = kubeletClient;
            this.kubeletAuthorities = kubeletAuthorities;
            this.serviceAccountKeys = serviceAccountKeys;
        }

        public Builder ioThreads(int value) {
            ioThreads = value;
            return this;
        }

        public Builder tls(TlsSettings value) {
            tls = value;
            return this;
        }

        public Builder issuers(List<String> value) {
            issuers = value;
            return this;
        }

        public Builder keySetUri(String value) {
            keySetUri = Optional.of(value);
            return this;
        }

        public Builder audiences(List<String> value) {
            audiences = value;
            return this;
        }

        public Builder serviceCidr(String value) {
            serviceCidr = value;
            return this;
        }

        public Builder advertise(InetSocketAddress value) {
            advertise = Optional.of(value);
            return this;
        }

        public Builder apis(RuntimeConfig value) {
            apis = value;
            return this;
        }

        public Builder logs(Path value) {
            logs = Optional.of(value);
            return this;
        }

        public Builder requestTimeout(Duration value) {
            requestTimeout = value;
            return this;
        }

        public Builder drain(Duration value) {
            drain = value;
            return this;
        }

        public Builder limits(RequestLimits value) {
            limits = value;
            return this;
        }

        public Builder eventTtl(Duration value) {
            eventTtl = value;
            return this;
        }

        public Builder frontProxy(FrontProxy value) {
            frontProxy = Optional.of(value);
            return this;
        }

        public Builder authorization(AuthorizationSettings value) {
            authorization = value;
            return this;
        }

        public Builder authentication(AuthenticationSettings value) {
            authentication = value;
            return this;
        }

        public Builder admission(AdmissionSettings value) {
            admission = value;
            return this;
        }

        public Builder caches(Path value) {
            caches = Optional.of(value);
            return this;
        }

        public Builder audit(AuditSettings value) {
            audit = value;
            return this;
        }

        /** What was said last, or what is usual. */
        public AuditSettings audit() {
            return audit;
        }

        public Builder checks(List<HealthCheck> value) {
            checks = value;
            return this;
        }

        public Builder lean() {
            lean = true;
            return this;
        }

        public Builder policyInPlace() {
            policyInPlace = true;
            return this;
        }

        public Builder kubelets(Kubelets value) {
            kubelets = Optional.of(value);
            return this;
        }

        public Builder interceptor(RequestInterceptor value) {
            interceptor = Optional.of(value);
            return this;
        }

        public ApiServerConfig build() {
            return new ApiServerConfig(
                    bind,
                    ioThreads,
                    serving,
                    tls,
                    clientAuthorities,
                    kubeletClient,
                    kubeletAuthorities,
                    serviceAccountKeys,
                    issuers,
                    keySetUri,
                    audiences,
                    serviceCidr,
                    advertise,
                    apis,
                    logs,
                    requestTimeout,
                    drain,
                    limits,
                    eventTtl,
                    frontProxy,
                    authorization,
                    authentication,
                    admission,
                    caches,
                    audit,
                    checks,
                    lean,
                    policyInPlace,
                    kubelets,
                    interceptor);
        }
    }
}
