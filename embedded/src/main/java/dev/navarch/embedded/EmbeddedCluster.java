package dev.navarch.embedded;

import dev.navarch.apiserver.ApiServer;
import dev.navarch.apiserver.ApiServerConfig;
import dev.navarch.apiserver.RuntimeConfig;
import dev.navarch.apiserver.User;
import dev.navarch.client.ApiClient;
import dev.navarch.client.Kubeconfig;
import dev.navarch.client.ListQuery;
import dev.navarch.client.Pem;
import dev.navarch.client.SharedObjects;
import dev.navarch.controllers.ControllerAssembly;
import dev.navarch.controllers.ControllerSettings;
import dev.navarch.scheduler.Scheduler;
import dev.navarch.scheduler.SchedulerConfig;
import dev.navarch.storage.MemoryStore;
import dev.navarch.time.ManualTime;
import io.fabric8.kubernetes.api.model.Event;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeoutException;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;

/**
 * A whole cluster in this process and in memory: API server, controllers, scheduler and simulated nodes, reachable by any
 * client of Kubernetes at a port of the loopback address. Its time is its own ({@link #clock}). Any number may live in one
 * process; {@link #close} leaves nothing behind.
 *
 * <pre>{@code
 * try (var cluster = EmbeddedCluster.start()) {
 *     var client = new KubernetesClientBuilder()
 *             .withConfig(Config.fromKubeconfig(cluster.kubeconfig())).build();
 *     client.resource(deployment).create();
 *     cluster.awaitIdle();
 *     cluster.clock().advance(Duration.ofHours(1));
 * }
 * }</pre>
 */
public final class EmbeddedCluster implements AutoCloseable {
    private static final String CONTEXT = "navarch";
    private static final String SERVICE_CIDR = "10.96.0.0/16";
    private static final User ADMIN = new User("kubernetes-admin", List.of(User.MASTERS, User.AUTHENTICATED));
    private static final String SCHEDULER = "system:kube-scheduler";
    private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(60);

    /** Twice upstream's: each look is an instant that the clock has to visit. */
    private static final Duration NODE_MONITOR_PERIOD = Duration.ofSeconds(10);

    private final Lifecycle lifecycle = new Lifecycle();
    private final ManualTime time;
    private final Idleness idleness;
    private final ClusterClock clock;
    private final RandomGenerator random;
    private final SharedObjects shared = new SharedObjects();
    private final EmbeddedCertificates certificates;
    private final MemoryStore store;
    private final ApiServer server;
    private final EmbeddedNodes nodes;
    private final String kubeconfig;
    private final ApiClient admin;
    private final Manifests manifests;
    private volatile boolean closed;

    /** What a cluster is told before it starts. */
    public static final class Builder {
        private final List<EmbeddedNode> nodes = new ArrayList<>();
        private boolean nodeless;
        private Instant startsAt = Instant.now();
        private boolean paused;
        private long seed = System.nanoTime();
        private String runtimeConfig = "";

        private Builder() {}

        /** One more node; without any, there is one called {@code node-1}. */
        public Builder node(EmbeddedNode node) {
            nodes.add(node);
            return this;
        }

        /** So many alike: {@code node-1}, {@code node-2} and so on. */
        public Builder nodes(int count) {
            for (int i = 1; i <= count; i++) {
                nodes.add(EmbeddedNode.of("node-" + i));
            }
            nodeless = count == 0;
            return this;
        }

        /** The time at which the cluster's clock starts; the present unless said. */
        public Builder startsAt(Instant instant) {
            startsAt = instant;
            return this;
        }

        /** The clock stands still from the moment the cluster is ready, until it is told to advance. */
        public Builder paused() {
            paused = true;
            return this;
        }

        /** What names, addresses and choices are drawn from, so that a run can be repeated. */
        public Builder seed(long value) {
            seed = value;
            return this;
        }

        /** APIs to switch on or off, as kube-apiserver's flag: {@code api/beta=true,resource.k8s.io/v1beta1=true}. */
        public Builder runtimeConfig(String value) {
            runtimeConfig = value;
            return this;
        }

        /**
         * Returns when the API server answers and all nodes are ready.
         *
         * @throws EmbeddedClusterException if that is not possible
         */
        public EmbeddedCluster start() {
            try {
                return new EmbeddedCluster(this);
            } catch (IOException | GeneralSecurityException | TimeoutException e) {
                throw new EmbeddedClusterException("the cluster could not be started: " + e.getMessage(), e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new EmbeddedClusterException("interrupted while the cluster was starting", e);
            }
        }
    }

    public static Builder builder() {
        return new Builder();
    }

    /** One with a single node. */
    public static EmbeddedCluster start() {
        return builder().start();
    }

    private EmbeddedCluster(Builder builder)
            throws IOException, GeneralSecurityException, InterruptedException, TimeoutException {
        time = new ManualTime(builder.startsAt);
        idleness = new Idleness(time);
        clock = lifecycle.add("clock", new ClusterClock(time, idleness));
        random = new Random(builder.seed);
        try {
            clock.resume();
            var files = lifecycle.add("files", new Scratch());
            certificates = new EmbeddedCertificates();
            store = lifecycle.add("store", new MemoryStore(time));
            idleness.add("watches", store::idle);
            server = lifecycle.add("API server", apiServer(builder.runtimeConfig));
            kubeconfig = kubeconfigOf("kubernetes-admin", "system:masters");
            var controllers = lifecycle.add(
                    "controllers",
                    new ControllerAssembly(
                            this::client,
                            time,
                            random,
                            ControllerSettings.upstream(Pem.encode(certificates.authority()))
                                    .withSigner(certificates.signer())
                                    .withNodeMonitorPeriod(NODE_MONITOR_PERIOD)));
            controllers.start();
            idleness.add("controllers", controllers::working);
            admin = asUser(ADMIN);
            manifests = new Manifests(admin, idleness);
            var scheduler = lifecycle.add(
                    "scheduler", new Scheduler(client(SCHEDULER), time, random, SchedulerConfig.standard()));
            scheduler.start();
            idleness.add("scheduler", scheduler::idle);
            nodes = lifecycle.add(
                    "nodes",
                    new EmbeddedNodes(
                            files.root, certificates.kubelets(files.root), this::client, idleness, time, random));
            for (var node :
                    builder.nodes.isEmpty() && !builder.nodeless ? List.of(EmbeddedNode.of("node-1")) : builder.nodes) {
                nodes.add(node);
            }
            nodes.awaitReady();
            if (builder.paused) {
                clock.pause();
            }
        } catch (IOException
                | GeneralSecurityException
                | InterruptedException
                | TimeoutException
                | RuntimeException e) {
            lifecycle.close();
            throw e;
        }
    }

    /** A directory for what nodes keep, which goes with the cluster. */
    private static final class Scratch implements AutoCloseable {
        private final Path root;

        Scratch() throws IOException {
            root = Files.createTempDirectory(
                    "navarch-" + ProcessHandle.current().pid() + "-");
        }

        @Override
        public void close() throws IOException {
            try (var files = Files.walk(root)) {
                for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }

    private ApiServer apiServer(String runtimeConfig)
            throws IOException, GeneralSecurityException, InterruptedException {
        var serving = certificates.server(
                List.of("kubernetes", "kubernetes.default", "kubernetes.default.svc", "localhost", "127.0.0.1"));
        var asClient = certificates.kubeletClient();
        return ApiServer.start(
                ApiServerConfig.builder(
                                new InetSocketAddress("127.0.0.1", 0),
                                () -> serving,
                                List.of(certificates.authority()),
                                () -> asClient,
                                List.of(certificates.authority()),
                                certificates.serviceAccountKeys())
                        .ioThreads(1)
                        .serviceCidr(SERVICE_CIDR)
                        .advertise(new InetSocketAddress("127.0.0.1", 0))
                        .apis(RuntimeConfig.parse(runtimeConfig, false))
                        .requestTimeout(REQUEST_TIMEOUT)
                        .drain(Duration.ofSeconds(1))
                        .build(),
                store,
                time,
                random);
    }

    private ApiClient client(String user) {
        return new ApiClient(
                lifecycle.add("client of " + user, new LocalTransport(server, Identities.of(user), time)),
                Identities.fieldManager(user),
                shared);
    }

    private String kubeconfigOf(String user, String... groups) throws GeneralSecurityException {
        var identity = certificates.client(user, groups);
        var config = Kubeconfig.empty();
        config.merge(new Kubeconfig.Entry(
                CONTEXT,
                url(),
                Pem.encode(certificates.authority()).getBytes(StandardCharsets.US_ASCII),
                EmbeddedCertificates.certificate(identity),
                Pem.encodeSec1((ECPrivateKey) identity.key(), (ECPublicKey) identity.chain()[0].getPublicKey())
                        .getBytes(StandardCharsets.US_ASCII)));
        config.makeCurrent(CONTEXT);
        return config.text();
    }

    /** Where the API server listens: {@code https://127.0.0.1:PORT}. */
    public URI url() {
        return URI.create("https://127.0.0.1:" + server.address().getPort());
    }

    /** The text of a kubeconfig of the cluster's administrator. */
    public String kubeconfig() {
        requireOpen();
        return kubeconfig;
    }

    /** The text of a kubeconfig of somebody else, who may do what RBAC grants to the user or the groups. */
    public String kubeconfig(String user, String... groups) {
        requireOpen();
        try {
            return kubeconfigOf(user, groups);
        } catch (GeneralSecurityException e) {
            throw new EmbeddedClusterException("no certificate for " + user, e);
        }
    }

    /** The time of the whole cluster. */
    public ClusterClock clock() {
        requireOpen();
        return clock;
    }

    /**
     * Waits until controllers, scheduler and nodes have nothing left to do until time passes or somebody does something.
     *
     * @throws IllegalStateException if that does not happen within half a minute
     */
    public void awaitIdle() {
        requireOpen();
        idleness.await();
    }

    /**
     * Applies the objects of a YAML text, one after the other, as {@code kubectl apply --server-side} does.
     *
     * @throws EmbeddedClusterException if one is not accepted; the message says which and why
     */
    public void apply(String yaml) {
        requireOpen();
        manifests.apply(yaml, "manifest");
    }

    /** Applies the objects of a YAML file likewise. */
    public void apply(Path file) {
        requireOpen();
        try {
            manifests.apply(Files.readString(file), file.toString());
        } catch (IOException e) {
            throw new EmbeddedClusterException("can't read " + file, e);
        }
    }

    /** One more node; returns when it is ready. */
    public void addNode(EmbeddedNode node) {
        requireOpen();
        try {
            nodes.add(node);
            nodes.awaitReady();
        } catch (IOException | TimeoutException e) {
            throw new EmbeddedClusterException("node " + node.name() + " could not be started", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new EmbeddedClusterException("interrupted while node " + node.name() + " was starting", e);
        }
    }

    /**
     * The events that a namespace, or with an empty name the whole cluster, has had lately; one a line, oldest first.
     */
    public String recentEvents(String namespace) {
        requireOpen();
        var query = namespace.isEmpty() ? ListQuery.all() : ListQuery.inNamespace(namespace);
        return admin.resource(Event.class).list(query).items().stream()
                .sorted(Comparator.comparing(event -> String.valueOf(event.getLastTimestamp())))
                .map(event -> "%s %s %s %s/%s: %s"
                        .formatted(
                                event.getLastTimestamp(),
                                event.getType(),
                                event.getReason(),
                                event.getInvolvedObject().getKind(),
                                event.getInvolvedObject().getName(),
                                event.getMessage()))
                .collect(Collectors.joining("\n"));
    }

    /** What acts inside the process as a user, past TLS and authentication. */
    ApiClient asUser(User user) {
        return new ApiClient(
                lifecycle.add("client of " + user.name(), new LocalTransport(server, user, time)), "navarch", shared);
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the cluster is closed");
        }
    }

    /** Stops everything; what was stored is gone. */
    @Override
    public void close() {
        closed = true;
        clock.resume();
        lifecycle.close();
    }
}
