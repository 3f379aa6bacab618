package dev.navarch.embedded;

import dev.navarch.apiserver.ApiServer;
import dev.navarch.apiserver.ApiServerConfig;
import dev.navarch.apiserver.authn.LegacyTokens;
import dev.navarch.apiserver.request.User;
import dev.navarch.client.ApiClient;
import dev.navarch.client.Pem;
import dev.navarch.client.SharedObjects;
import dev.navarch.controllers.ControllerSettings;
import dev.navarch.controllers.assembly.ControllerAssembly;
import dev.navarch.scheduler.Scheduler;
import dev.navarch.scheduler.SchedulerConfig;
import dev.navarch.storage.MemoryStore;
import dev.navarch.storage.Store;
import dev.navarch.time.ManualTime;
import dev.navarch.time.TimeSource;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/**
 * All that runs in an embedded cluster, from a start to the end. A cluster that is set back to an earlier state has another
 * life then: nothing of the components' memory is carried over, as when they are started anew.
 */
final class Life implements AutoCloseable {
    private static final User ADMIN = new User("kubernetes-admin", List.of(User.MASTERS, User.AUTHENTICATED));
    private static final String SCHEDULER = "system:kube-scheduler";
    private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(60);

    /** Twice upstream's: each look is an instant that the clock has to visit. */
    private static final Duration NODE_MONITOR_PERIOD = Duration.ofSeconds(10);

    /** A new node may take some time until it is ready. */
    private static final Duration MOMENT = Duration.ofSeconds(1);

    private static final int MOST_MOMENTS = 60;

    private static final String ACCOUNT_OF_PODS = "/registry/core/serviceaccounts/default/default";

    private final Lifecycle lifecycle = new Lifecycle();
    private final ClusterSettings settings;
    private final PodScripts scripts;
    private final EmbeddedCertificates certificates;
    private final SharedObjects shared;
    private final Scratch files;
    private final MemoryStore store;
    private final ApiServer server;

    final Faults faults = new Faults();
    final RequestLog requests = new RequestLog();
    final History history;
    final ManualTime time;
    final Idleness idleness;
    final EmbeddedNodes nodes;
    final ApiClient admin;
    final Manifests manifests;

    /**
     * Returns when the API server answers, all nodes are ready, and pods are accepted in the namespace {@code default}.
     *
     * @param scripts what containers shall do
     * @param clock runs by this life's time from now on
     * @param port where the API server listens; 0 for any
     */
    Life(ClusterSettings settings, ClusterSnapshot start, PodScripts scripts, ClusterClock clock, int port)
            throws IOException, GeneralSecurityException, InterruptedException, TimeoutException {
        this.settings = settings;
        this.scripts = scripts;
        certificates = start.certificates();
        shared = start.objects();
        time = new ManualTime(start.instant());
        idleness = new Idleness(time);
        // to each its own: what one draws shall not depend on what others do meanwhile
        var random = new Random(
                settings.seed() + start.store().map(state -> state.revision()).orElse(0L));
        var draws = new RequestDraws(random.nextLong(), time);
        var ofControllers = new Random(random.nextLong());
        var ofScheduler = new Random(random.nextLong());
        var ofNodes = new Random(random.nextLong());
        try {
            clock.follow(time, idleness);
            if (start.paused()) {
                clock.pause();
            } else {
                clock.resume();
            }
            files = lifecycle.add("files", new Scratch(settings.files()));
            store = lifecycle.add(
                    "store",
                    start.store().map(state -> new MemoryStore(time, state)).orElseGet(() -> new MemoryStore(time)));
            history = new History(start.history());
            var recorded = new RecordedStore(store, history, time);
            idleness.add("watches", store::idle, recorded::lagging);
            idleness.tell(recorded);
            server = lifecycle.add(
                    "API server",
                    apiServer(
                            settings,
                            certificates,
                            recorded,
                            time,
                            draws,
                            port,
                            start.store().isPresent() && start.origin() != ClusterSnapshot.Origin.DUMP,
                            config -> config.kubelets(this::askNode)
                                    .interceptor(new RequestWatcher(faults, requests, draws, time))));
            var controllers = lifecycle.add(
                    "controllers", new ControllerAssembly(this::client, time, ofControllers, ofControllers()));
            lifecycle.add("metrics of controllers", server.show(controllers::metrics));
            controllers.start();
            idleness.add("controllers", controllers::working);
            admin = asUser(ADMIN);
            manifests = new Manifests(admin, idleness);
            var scheduler = lifecycle.add(
                    "scheduler", new Scheduler(client(SCHEDULER), time, ofScheduler, SchedulerConfig.standard()));
            lifecycle.add("metrics of the scheduler", server.show(scheduler::metrics));
            scheduler.start();
            idleness.add("scheduler", scheduler::idle);
            nodes = lifecycle.add(
                    "nodes",
                    new EmbeddedNodes(files.root, certificates.kubelets(), this::client, scripts, time, ofNodes));
            for (var node : start.nodes()) {
                if (settings.machine().isPresent()) {
                    nodes.addMachine(node.node(), settings.machine().get());
                } else {
                    nodes.add(node, start.root());
                }
            }
            if (start.paused() && !start.running()) {
                passUntilReady(clock);
            }
            nodes.awaitReady();
            awaitAccountOfPods();
            if (start.origin() != ClusterSnapshot.Origin.NEW) {
                idleness.await(); // what ran goes on
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

    /**
     * Time passes by whole moments, mostly one, however long all of it takes: what is due later is due at the same instants in
     * each run.
     */
    private void passUntilReady(ClusterClock clock) {
        int moments = 0;
        do {
            clock.advance(MOMENT);
            moments++;
        } while (!nodes.ready() && moments < MOST_MOMENTS);
    }

    /** Without the account that pods of the namespace {@code default} run as none is accepted there. */
    private void awaitAccountOfPods() throws InterruptedException, TimeoutException {
        long end = System.nanoTime() + NodesReady.LIMIT.toNanos();
        try (var accounts = store.watch("/registry/core/serviceaccounts/", 0)) {
            while (store.get(ACCOUNT_OF_PODS).isEmpty()) {
                var left = Duration.ofNanos(end - System.nanoTime());
                if (left.isNegative()) {
                    throw new TimeoutException("the service account default/default was not made");
                }
                accounts.next(left);
            }
        }
    }

    private ControllerSettings ofControllers() throws GeneralSecurityException {
        var upstreams = ControllerSettings.upstream(Pem.encode(certificates.authority()))
                .withSigner(certificates.signer())
                .withTokens((namespace, account, uid, secret) ->
                        LegacyTokens.sign(certificates.serviceAccountKeys().signing(), namespace, account, uid, secret))
                .withNodeMonitorPeriod(NODE_MONITOR_PERIOD);
        var ofMachine = settings.machine().isPresent() ? upstreams.withHostPaths() : upstreams;
        return settings.apis().serves("storagemigration.k8s.io", "storageversionmigrations")
                ? ofMachine.withStorageMigrations()
                : ofMachine;
    }

    /** A directory for what nodes keep, which goes with the cluster. */
    private static final class Scratch implements AutoCloseable {
        private final Path root;

        Scratch(Optional<Path> parent) throws IOException {
            var prefix = "navarch-" + ProcessHandle.current().pid() + "-";
            root = parent.isPresent()
                    ? Files.createTempDirectory(parent.get(), prefix)
                    : Files.createTempDirectory(prefix);
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

    /**
     * @param port where it listens; 0 for any
     * @param policyInPlace whether the store has the default roles and bindings
     * @param further what else is to be set
     */
    static ApiServer apiServer(
            ClusterSettings settings,
            EmbeddedCertificates certificates,
            Store store,
            TimeSource time,
            RandomGenerator random,
            int port,
            boolean policyInPlace,
            Consumer<ApiServerConfig.Builder> further)
            throws IOException, InterruptedException {
        var config = ApiServerConfig.builder(
                        new InetSocketAddress(settings.listen(), port),
                        certificates::server,
                        List.of(certificates.authority()),
                        certificates::kubeletClient,
                        List.of(certificates.authority()),
                        certificates::serviceAccountKeys)
                .lean()
                .ioThreads(1)
                .serviceCidr(settings.services())
                .advertise(new InetSocketAddress(settings.advertised(), 0))
                .apis(settings.apis())
                .requestTimeout(REQUEST_TIMEOUT)
                .drain(Duration.ofSeconds(1));
        if (policyInPlace) {
            config.policyInPlace();
        }
        further.accept(config);
        return ApiServer.start(config.build(), store, time, random);
    }

    /** Without a connection, whose time-outs would be of real time. */
    private byte[] askNode(String node, String pathAndQuery) throws IOException {
        var all = nodes;
        if (all == null) {
            throw new NoRouteToHostException("node " + node + " has not started yet");
        }
        return all.read(pathAndQuery);
    }

    private ApiClient client(String user) {
        return new ApiClient(
                lifecycle.add("client of " + user, new LocalTransport(server, Identities.of(user), time)),
                Identities.fieldManager(user),
                shared);
    }

    /** What acts inside the process as a user, past TLS and authentication. */
    ApiClient asUser(User user) {
        return new ApiClient(
                lifecycle.add("client of " + user.name(), new LocalTransport(server, user, time)), "navarch", shared);
    }

    /** A port of this machine that leads to a service. */
    InetSocketAddress forward(String namespace, String service, int port) throws IOException {
        return lifecycle
                .add("port of " + service, new LocalServicePort(admin, nodes, namespace, service, port))
                .address();
    }

    int port() {
        return server.address().getPort();
    }

    long revision() {
        return store.revision();
    }

    /** The state of a cluster that rests. */
    ClusterSnapshot snapshot(boolean paused) {
        var state = store.state();
        return new ClusterSnapshot(
                settings,
                certificates,
                time.now(),
                paused,
                Optional.of(state),
                ClusterSnapshot.Origin.LIFE,
                nodes.states(),
                files.root,
                history.all(),
                scripts.copy(),
                () -> shared.from(state.revision()));
    }

    @Override
    public void close() {
        lifecycle.close();
    }
}
