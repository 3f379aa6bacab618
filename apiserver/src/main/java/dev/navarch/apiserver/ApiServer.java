package dev.navarch.apiserver;

import dev.navarch.api.Catalogue;
import dev.navarch.api.kinds.KindRulesCatalogue;
import dev.navarch.apiserver.admission.AdmissionPlugin;
import dev.navarch.apiserver.aggregation.Aggregator;
import dev.navarch.apiserver.audit.Auditor;
import dev.navarch.apiserver.authn.Authentication;
import dev.navarch.apiserver.authn.IssuerDiscovery;
import dev.navarch.apiserver.authn.LegacyTokenUses;
import dev.navarch.apiserver.authn.TokenResources;
import dev.navarch.apiserver.authz.BootstrapPolicy;
import dev.navarch.apiserver.authz.ClusterAuthorizer;
import dev.navarch.apiserver.discovery.Api;
import dev.navarch.apiserver.flowcontrol.FairServing;
import dev.navarch.apiserver.flowcontrol.InFlightLimits;
import dev.navarch.apiserver.flowcontrol.RequestGate;
import dev.navarch.apiserver.following.ObjectReader;
import dev.navarch.apiserver.following.StoreReader;
import dev.navarch.apiserver.http.HttpDate;
import dev.navarch.apiserver.http.HttpServer;
import dev.navarch.apiserver.http.LocalEntrance;
import dev.navarch.apiserver.http.Pipeline;
import dev.navarch.apiserver.http.RequestMetrics;
import dev.navarch.apiserver.http.ServingTls;
import dev.navarch.apiserver.http.StreamingHandlers;
import dev.navarch.apiserver.net.EventLoops;
import dev.navarch.apiserver.pages.Health;
import dev.navarch.apiserver.pages.LogFiles;
import dev.navarch.apiserver.pages.MetricsPage;
import dev.navarch.apiserver.pages.ProcessMetrics;
import dev.navarch.apiserver.pages.Version;
import dev.navarch.apiserver.registry.Objects;
import dev.navarch.apiserver.registry.RegistryConfig;
import dev.navarch.apiserver.registry.ResourceRegistry;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.Authorizer;
import dev.navarch.apiserver.request.OwnRequests;
import dev.navarch.apiserver.request.Query;
import dev.navarch.apiserver.request.RequestHandler;
import dev.navarch.apiserver.request.RequestInfoParser;
import dev.navarch.apiserver.request.StreamingHandler;
import dev.navarch.apiserver.request.VirtualResource;
import dev.navarch.apiserver.streaming.KubeletStreams;
import dev.navarch.apiserver.usage.UsageApi;
import dev.navarch.apiserver.wire.Documents;
import dev.navarch.apiserver.wire.ProtobufBodies;
import dev.navarch.storage.Store;
import dev.navarch.time.TimeSource;
import io.netty.handler.ssl.OpenSsl;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/** A running API server: everything between the network, or the process's own components, and the store. */
public final class ApiServer implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ApiServer.class);
    private static final int MAX_BODY_BYTES = 3 * 1024 * 1024;
    /** The lease lasts an hour. */
    private static final Duration LEAN_RENEWAL = Duration.ofMinutes(5);

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int GZIP_FROM = 128 * 1024;

    private final ApiServerConfig config;
    private final Api api;
    private final Authentication authentication;
    private final ClusterAuthorizer authorizer;
    private final EventLoops loops;
    private final KubeletStreams streams;
    private final Optional<Aggregator> aggregator;
    private final Optional<Auditor> auditor;
    private final Health health;
    private final RequestHandler local;
    private final Optional<FairServing> fair;
    private final PrometheusRegistry metrics;
    private final HttpServer http;

    /** Makes the {@link Api} around what the server gives it. */
    interface ApiFactory {
        Api create(
                Map<VirtualResource.Target, VirtualResource> virtual,
                ApiServerConfig config,
                Store store,
                Authorizer authorizer,
                List<AdmissionPlugin> checks,
                TimeSource time);
    }

    /**
     * Loads what takes a fresh process longest and needs nothing of a server: fixed tables. Optional; for another thread, while
     * whoever starts a server prepares it.
     */
    public static void preload() {
        Catalogue.builtIn();
        KindRulesCatalogue.builtIn();
        BootstrapPolicy.standard();
    }

    /** Likewise what TLS takes, for another thread before the first connection comes to a lean server. */
    public static void preloadTls() {
        OpenSsl.isAvailable();
    }

    /**
     * Starts serving; returns when the server is ready. The store stays the caller's.
     *
     * @param random for names, uids, addresses and choices of endpoints
     * @throws IOException if the address cannot be bound
     */
    public static ApiServer start(ApiServerConfig config, Store store, TimeSource time, RandomGenerator random)
            throws IOException, InterruptedException {
        var catalogue = config.apis().catalogue();
        return start(
                config,
                store,
                time,
                random,
                (virtual, _, measured, authorizer, checks, _) -> new ResourceRegistry(
                        new RegistryConfig(
                                config.serviceCidr(),
                                config.eventTtl(),
                                config.lean() ? LEAN_RENEWAL : Duration.ZERO,
                                config.admission(),
                                config.caches()),
                        catalogue,
                        new Objects(measured, catalogue),
                        virtual,
                        authorizer,
                        checks,
                        time,
                        random));
    }

    /**
     * Likewise, with other resources.
     *
     * @throws IOException if the address cannot be bound
     */
    static ApiServer start(
            ApiServerConfig config, Store store, TimeSource time, RandomGenerator random, ApiFactory apis)
            throws IOException, InterruptedException {
        return new ApiServer(config, store, time, random, apis);
    }

    private ApiServer(ApiServerConfig config, Store store, TimeSource time, RandomGenerator random, ApiFactory apis)
            throws IOException, InterruptedException {
        this.config = config;
        var objects = new StoreReader(store);
        metrics = new PrometheusRegistry();
        ProcessMetrics.register(metrics);
        var requests = new RequestMetrics(time, metrics);
        var measured = new MeasuredStore(store, Catalogue.builtIn(), time, metrics);
        authentication = new Authentication(config.authenticationBasis(), machine(), objects, time, metrics);
        var tokens = authentication.serviceAccounts();
        var policy = BootstrapPolicy.standard();
        authorizer = new ClusterAuthorizer(config.authorization(), store, policy, machine(), time, random);
        authorizer.register(metrics);
        loops = config.lean() ? EventLoops.lean(config.ioThreads()) : EventLoops.start(config.ioThreads());
        try {
            api = apis.create(
                    virtual(objects, authentication, time),
                    config,
                    measured,
                    authorizer,
                    List.of(authorizer.escalationCheck()),
                    time);
            api.register(metrics);
            requests.know(api::knows);
            streams = new KubeletStreams(
                    objects,
                    namespace -> objects.list("discovery.k8s.io", "endpointslices", namespace),
                    authorizer,
                    api::admitConnection,
                    loops,
                    config.kubeletClient(),
                    config.kubeletAuthorities(),
                    () -> address().getPort(),
                    random);
            aggregator = api.discovery()
                    .filter(_ -> registers(config))
                    .map(discovery -> new Aggregator(
                            new Aggregator.Surroundings(
                                    store,
                                    api,
                                    loops,
                                    time,
                                    random,
                                    config.requestTimeout(),
                                    authentication::clientAuthorities,
                                    metrics),
                            config.apis().catalogue(),
                            discovery,
                            hasPods(config) ? UsageApi.described() : Map.of(),
                            config.frontProxy()));
            var protobuf = new ProtobufBodies(Catalogue.builtIn());
            var documents = new Documents(protobuf);
            auditor = Auditor.start(config.audit(), protobuf, time, metrics);
            List<StreamingHandler> taking = new ArrayList<>(aggregator.stream().toList());
            if (aggregator.isPresent() && hasPods(config)) {
                taking.add(new UsageApi(
                        (resource, namespace) -> objects.list("", resource, namespace),
                        config.kubelets().orElse(streams::read),
                        documents,
                        time));
            }
            taking.add(streams);
            var streaming = new StreamingHandlers(taking);
            var storeCheck = new Health.Check("etcd", store::failure);
            health = new Health(
                    List.of(new Health.Check("log", Optional::empty), storeCheck),
                    List.of(new Health.Check("etcd-readiness", store::failure)),
                    config.checks());
            var discovery = new IssuerDiscovery(tokens, config.keySetUri());
            var version = new Version();
            Map<String, RequestHandler> pages = new HashMap<>();
            pages.put("/version", version);
            pages.put("/metrics", new MetricsPage(metrics));
            if (discovery.possible()) {
                pages.put(IssuerDiscovery.CONFIGURATION_PATH, discovery.configuration());
                pages.put(IssuerDiscovery.KEYS_PATH, discovery.keys());
            }
            Map<String, RequestHandler> fixed = new HashMap<>(pages);
            pages.forEach((path, handler) -> fixed.put(path + "/", handler));
            fair = config.limits().fair() && hasFlows(config)
                    ? Optional.of(new FairServing(config.limits().seats(), store, new OwnRequests(api), time))
                    : Optional.empty();
            fair.ifPresent(serving -> serving.register(metrics));
            fair.ifPresent(serving -> fixed.putAll(serving.pages()));
            var served = new Routes(fixed, config.logs().map(LogFiles::new), health, api);
            var routes = config.interceptor()
                    .map(interceptor -> interceptor.before(served))
                    .orElse(served);
            RequestGate gate = fair.map(FairServing::gate).orElseGet(() -> new InFlightLimits(config.limits()));
            double goaway = config.limits().goawayChance();
            local = new LocalEntrance(gate, authorizer, routes, streaming, requests, documents, auditor);
            var pipeline = new Pipeline(
                    authentication.authenticator(),
                    authorizer,
                    routes,
                    streaming,
                    requests,
                    new Pipeline.Settings(
                            MAX_BODY_BYTES,
                            config.requestTimeout(),
                            PATIENCE,
                            GZIP_FROM,
                            gate,
                            () -> goaway > 0 && ThreadLocalRandom.current().nextDouble() < goaway),
                    documents,
                    new HttpDate(time),
                    store.shared() ? Optional.of(store::sync) : Optional.empty(),
                    auditor);
            tokens.noteUses(new LegacyTokenUses(new OwnRequests(api), time, metrics));
            api.start();
            if (!config.policyInPlace()) {
                new PolicyUpdate(store, new OwnRequests(api)).of(policy.objects());
                api.provide(OwnRequests.MANAGER, policy.objects());
            }
            if (fair.isPresent()) {
                fair.get().start();
            }
            if (aggregator.isPresent()) {
                aggregator.get().start();
            }
            var tls = new ServingTls(config.serving(), config.tls(), authentication::namedAuthorities);
            if (!config.lean()) { // what cannot be used fails the start, not the first connection
                tls.context();
                tokens.check();
            }
            http = new HttpServer(config.bind(), loops, tls, pipeline);
        } catch (IOException | InterruptedException | RuntimeException e) {
            authentication.close();
            authorizer.close();
            loops.close();
            throw e;
        }
        config.advertise()
                .ifPresent(where -> api.advertise(
                        machine(),
                        where.getAddress().getHostAddress(),
                        where.getPort() == 0 ? address().getPort() : where.getPort()));
        log.info("API server listens on {}", address());
    }

    /** Source: k8s.io/component-helpers node/util/hostname.go. */
    private static String machine() {
        try {
            return Files.readString(Path.of("/proc/sys/kernel/hostname"))
                    .strip()
                    .toLowerCase(Locale.ROOT);
        } catch (IOException _) {
            return "localhost";
        }
    }

    /** Whether there are APIServices. */
    private static boolean registers(ApiServerConfig config) {
        return config.apis()
                .catalogue()
                .find("apiregistration.k8s.io", "v1", "apiservices")
                .isPresent();
    }

    private static boolean hasFlows(ApiServerConfig config) {
        return config.apis()
                .catalogue()
                .find("flowcontrol.apiserver.k8s.io", "v1", "flowschemas")
                .isPresent();
    }

    private static boolean hasPods(ApiServerConfig config) {
        return config.apis().catalogue().find("", "v1", "pods").isPresent();
    }

    private Map<VirtualResource.Target, VirtualResource> virtual(
            ObjectReader objects, Authentication authentication, TimeSource time) {
        Map<VirtualResource.Target, VirtualResource> virtual = new HashMap<>();
        virtual.putAll(new TokenResources(
                        authentication.serviceAccounts(),
                        authentication.tokens(),
                        config.authentication(),
                        objects,
                        time)
                .resources());
        virtual.putAll(authorizer.accessReviews());
        return virtual;
    }

    /** Where it listens. */
    public InetSocketAddress address() {
        return http.address();
    }

    /**
     * Shows on {@code /metrics} what another component of this process counts too, until that is closed. Names must
     * not be those of others.
     */
    public AutoCloseable show(MultiCollector component) {
        metrics.register(component);
        return () -> metrics.unregister(component);
    }

    /**
     * The way in for components of the same process: the request names its user, which is authorized as any other.
     * Refusals are answers, never exceptions; the caller must close the frames of a streaming answer. Parse the
     * request's path and query by {@link RequestInfoParser} and {@link Query}.
     */
    public RequestHandler local() {
        return local;
    }

    /**
     * Stores an object as another server had it: with its uid, times, status, owners and managers of fields, past admission and
     * validation, in the place of what has its name here.
     *
     * @return false if its kind is not served
     * @throws ApiFailure if it can't be read
     */
    public boolean load(ObjectNode object) {
        return api.load(object);
    }

    /** Stops accepting, ends watches, waits for requests under way, and closes. The store stays open. */
    @Override
    public void close() {
        health.shutDown();
        api.withdraw();
        http.drain(config.drain());
        http.close();
        streams.close();
        aggregator.ifPresent(Aggregator::close);
        fair.ifPresent(FairServing::close);
        api.close();
        authentication.close();
        authorizer.close();
        loops.close();
        auditor.ifPresent(Auditor::close);
    }
}
