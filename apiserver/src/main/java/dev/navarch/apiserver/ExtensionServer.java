package dev.navarch.apiserver;

import static java.util.Objects.requireNonNull;

import dev.navarch.api.Catalogue;
import dev.navarch.apiserver.admission.AdmissionPlugin;
import dev.navarch.apiserver.authn.AuthenticationMetrics;
import dev.navarch.apiserver.authn.CertificateAuthenticator;
import dev.navarch.apiserver.authn.FrontProxyAuthenticator;
import dev.navarch.apiserver.authn.RequestAuthenticator;
import dev.navarch.apiserver.extension.DelegatedAuthenticator;
import dev.navarch.apiserver.extension.DelegatedAuthorizer;
import dev.navarch.apiserver.extension.MainServer;
import dev.navarch.apiserver.extension.Trust;
import dev.navarch.apiserver.flowcontrol.InFlightLimits;
import dev.navarch.apiserver.flowcontrol.RequestLimits;
import dev.navarch.apiserver.following.StoredObjects;
import dev.navarch.apiserver.http.HttpDate;
import dev.navarch.apiserver.http.HttpServer;
import dev.navarch.apiserver.http.Pipeline;
import dev.navarch.apiserver.http.RequestMetrics;
import dev.navarch.apiserver.http.ServingTls;
import dev.navarch.apiserver.http.StreamingHandlers;
import dev.navarch.apiserver.net.EventLoops;
import dev.navarch.apiserver.net.TlsMaterial;
import dev.navarch.apiserver.net.TlsSettings;
import dev.navarch.apiserver.pages.Health;
import dev.navarch.apiserver.pages.MetricsPage;
import dev.navarch.apiserver.pages.Version;
import dev.navarch.apiserver.registry.Declared;
import dev.navarch.apiserver.registry.ResourceRegistry;
import dev.navarch.apiserver.request.AnonymousAccess;
import dev.navarch.apiserver.wire.Documents;
import dev.navarch.apiserver.wire.ProtobufBodies;
import dev.navarch.storage.Store;
import dev.navarch.time.TimeSource;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import tools.jackson.databind.node.ObjectNode;

/**
 * An API server for kinds of its own, which a cluster's API server passes requests on to by an APIService. It is the same
 * machine as that server: storage, watches, server-side apply, discovery and OpenAPI; but who asks is told by the
 * cluster's server, and what they may do is asked of it. Namespaces are the cluster's: this server takes each for there.
 */
public final class ExtensionServer implements AutoCloseable {
    private static final int MAX_BODY_BYTES = 3 * 1024 * 1024;
    private static final int GZIP_FROM = 128 * 1024;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Settings settings;
    private final EventLoops loops;
    private final ResourceRegistry api;
    private final Health health;
    private final HttpServer http;

    /**
     * @param bind where to listen; port 0 for any
     * @param serving the server's certificate, which must name the service, {@code <service>.<namespace>.svc}; asked for
     *     at each connection
     * @param drain how long {@link #close} waits for requests under way
     */
    public record Settings(
            InetSocketAddress bind, Supplier<TlsMaterial> serving, Duration requestTimeout, Duration drain) {
        public Settings {
            requireNonNull(bind);
            requireNonNull(serving);
        }

        public Settings(InetSocketAddress bind, Supplier<TlsMaterial> serving) {
            this(bind, serving, Duration.ofSeconds(60), Duration.ofSeconds(5));
        }
    }

    /**
     * Starts serving; returns when the server is ready. The store stays the caller's.
     *
     * @param kinds in the form of CustomResourceDefinitions
     * @param admission makes what may change and refuse writes, in this order
     * @param random for names and uids
     * @throws IOException if the cluster can't be asked whom to trust, or the address cannot be bound
     */
    public static ExtensionServer start(
            Settings settings,
            List<ObjectNode> kinds,
            Function<StoredObjects, List<AdmissionPlugin>> admission,
            MainServer main,
            Store store,
            TimeSource time,
            RandomGenerator random)
            throws IOException, InterruptedException {
        return new ExtensionServer(settings, new Declared(kinds), admission, Trust.of(main), main, store, time, random);
    }

    private ExtensionServer(
            Settings settings,
            Declared kinds,
            Function<StoredObjects, List<AdmissionPlugin>> admission,
            Trust trust,
            MainServer main,
            Store store,
            TimeSource time,
            RandomGenerator random)
            throws IOException, InterruptedException {
        this.settings = settings;
        var metrics = new PrometheusRegistry();
        var requests = new RequestMetrics(time, metrics);
        var authorizer = new DelegatedAuthorizer(main, time);
        loops = EventLoops.start(0);
        try {
            var measured = new MeasuredStore(store, kinds.catalogue(), time, metrics);
            api = kinds.registry(measured, authorizer, admission, time, random);
            api.register(metrics);
            health = new Health(List.of(new Health.Check("etcd", store::failure)), List.of(), List.of());
            var routes = new Routes(
                    Map.of("/version", new Version(), "/metrics", new MetricsPage(metrics)),
                    Optional.empty(),
                    health,
                    api);
            List<X509Certificate> authorities = new ArrayList<>(trust.proxies());
            authorities.addAll(trust.clients());
            var authenticator = new RequestAuthenticator(
                    new FrontProxyAuthenticator(trust.proxies(), trust.proxyNames(), trust.fields(), time),
                    new CertificateAuthenticator(trust::clients, time),
                    new DelegatedAuthenticator(main, time),
                    () -> AnonymousAccess.EVERYWHERE,
                    new AuthenticationMetrics(time, metrics));
            var pipeline = new Pipeline(
                    authenticator,
                    authorizer,
                    routes,
                    new StreamingHandlers(List.of()),
                    requests,
                    new Pipeline.Settings(
                            MAX_BODY_BYTES,
                            settings.requestTimeout,
                            PATIENCE,
                            GZIP_FROM,
                            new InFlightLimits(RequestLimits.STANDARD),
                            () -> false),
                    new Documents(new ProtobufBodies(Catalogue.builtIn())),
                    new HttpDate(time),
                    Optional.empty(),
                    Optional.empty());
            api.start();
            var tls = new ServingTls(settings.serving, TlsSettings.STANDARD, () -> authorities);
            tls.context(); // a certificate that cannot be used fails the start, not the first connection
            http = new HttpServer(settings.bind, loops, tls, pipeline);
        } catch (IOException | InterruptedException | RuntimeException e) {
            loops.close();
            throw e;
        }
    }

    /** Where it listens. */
    public InetSocketAddress address() {
        return http.address();
    }

    /** Stops accepting, ends watches, waits for requests under way, and closes. The store stays open. */
    @Override
    public void close() {
        health.shutDown();
        http.drain(settings.drain);
        http.close();
        api.close();
        loops.close();
    }
}
