package dev.navarch.cluster;

import dev.navarch.apiserver.ApiServer;
import dev.navarch.apiserver.ApiServerConfig;
import dev.navarch.apiserver.audit.AuditSettings;
import dev.navarch.apiserver.authn.LegacyTokens;
import dev.navarch.apiserver.encryption.Encryption;
import dev.navarch.apiserver.net.TlsMaterial;
import dev.navarch.apiserver.net.TlsSettings;
import dev.navarch.client.ApiClient;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.Kubeconfig;
import dev.navarch.client.KubeconfigFiles;
import dev.navarch.client.Pem;
import dev.navarch.client.SharedObjects;
import dev.navarch.controllers.ControllerSettings;
import dev.navarch.controllers.PodRanges;
import dev.navarch.controllers.assembly.ControllerAssembly;
import dev.navarch.embedded.ElectedPart;
import dev.navarch.embedded.Identities;
import dev.navarch.embedded.Lifecycle;
import dev.navarch.embedded.LocalTransport;
import dev.navarch.embedded.pki.ClusterPki;
import dev.navarch.runtime.cri.NodeLayout;
import dev.navarch.scheduler.Scheduler;
import dev.navarch.storage.Retention;
import dev.navarch.storage.Store;
import dev.navarch.storage.ValueTransformer;
import dev.navarch.storage.etcd.EtcdStore;
import dev.navarch.storage.file.FileStore;
import dev.navarch.time.SystemTime;
import dev.navarch.time.TimeSource;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * A whole cluster in this process. {@link #start} returns when the API server answers and every node is ready;
 * {@link #close} stops all parts in reverse order and leaves data and containers.
 */
public final class Cluster implements AutoCloseable {
    private static final String CONTROLLERS = "system:kube-controller-manager";
    private static final String SCHEDULER = "system:kube-scheduler";
    /** How long a stop waits for requests under way. */
    private static final Duration DRAIN = Duration.ofSeconds(2);

    private final ClusterConfig config;
    private final Progress progress;
    private final Lifecycle lifecycle = new Lifecycle();
    private final RandomGenerator random = new BufferedRandom();
    private final ClusterDirectory directory;
    private final TimeSource time;
    private final Machine machine;
    private final boolean containers;
    private final ClusterCertificates certificates;
    private final ServiceAccountKeyFiles accountKeys;
    private final SharedObjects shared = new SharedObjects();
    private final Optional<Encryption> encryption;
    private final ApiServer server;
    /** What is counted of the process itself. */
    private final PrometheusRegistry own = new PrometheusRegistry();
    /** Source: k8s.io/component-base metrics/prometheus/clientgo/leaderelection. */
    private final Gauge leaders = Gauge.builder()
            .name("leader_election_master_status")
            .help("Whether the part of that name works in this process: 1, or 0.")
            .labelNames("name")
            .register(own);

    private TlsSettings tls = TlsSettings.STANDARD;
    private Optional<ServingFiles> given = Optional.empty();
    private Optional<Path> kubeconfig = Optional.empty();

    /**
     * @throws PreflightException if the machine or its present state does not allow it
     * @throws ConfigException if a setting is impossible
     */
    public static Cluster start(ClusterConfig config, Progress progress)
            throws IOException, GeneralSecurityException, InterruptedException, TimeoutException {
        var findings = preflight(config, progress);
        return new Cluster(config, progress, findings.containers());
    }

    private static Preflight.Findings preflight(ClusterConfig config, Progress progress) throws IOException {
        Preflight.Findings findings;
        try (var step = progress.step("preflight")) {
            var owner = new ClusterDirectory(config.dataDir()).owner();
            if (owner.isPresent()) {
                throw new PreflightException("a cluster is running already in " + config.dataDir() + " (process "
                        + owner.get().pid() + "): stop it, or choose another --data-dir, --port, --pod-cidr and"
                        + " --service-cidr");
            }
            Preflight.portFree(config.bind(), config.port());
            if (!config.components().nodes()) {
                return new Preflight.Findings(false, List.of());
            }
            findings = new Preflight(config.install(), progress).run(config.runtime());
            step.detail(findings.containers() ? "containerd, runc, CNI, nftables" : "no containers");
        }
        if (!findings.containers()) {
            progress.warn("PODS ARE SIMULATED: they get addresses and states, but no container runs.");
            findings.problems().forEach(progress::warn);
        }
        return findings;
    }

    private Cluster(ClusterConfig config, Progress progress, boolean containers)
            throws IOException, GeneralSecurityException, InterruptedException, TimeoutException {
        this.config = config;
        this.progress = progress;
        this.containers = containers;
        time = lifecycle.add("clock", new SystemTime());
        try {
            directory = ClusterDirectory.create(config.dataDir());
            directory.claim();
            lifecycle.add("claim", directory::release);
            machine = Machine.detect();
            var nodes =
                    new Nodes(NodeLayout.of(directory.root()), config, machine, containers, lifecycle, time, random);
            nodes.prepare();
            var identity = directory.identity();
            encryption = config.encryption().map(file -> lifecycle.add("encryption", file.open(time, identity)));
            var store = lifecycle.add("store", Starting.start("store", this::openStore));
            certificates = certificates();
            accountKeys = accountKeys();
            server = apiServer(opened(store));
            server.show(own::scrape);
            encryption.ifPresent(values -> server.show(values.metrics()));
            kubeconfig = writeKubeconfig();
            if (config.components().controllers()) {
                controllers();
            }
            if (config.components().scheduler()) {
                scheduler();
            }
            if (config.components().nodes()) {
                nodes.start(this::client, nodeCertificates(), progress);
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

    private ClusterCertificates certificates() throws IOException, GeneralSecurityException {
        try (var step = progress.step("certificates")) {
            step.detail(directory.pki().toString());
            return lifecycle.add(
                    "certificates",
                    new ClusterCertificates(ClusterPki.open(directory.pki(), time.now(), new SecureRandom()), time));
        }
    }

    private Store openStore() {
        var values = encryption.<ValueTransformer>map(given -> given).orElse(ValueTransformer.PLAIN);
        return switch (config.store()) {
            case StoreConfig.Embedded embedded ->
                FileStore.open(directory.store(), time, embedded.retention(), embedded.relaxedPrefixes(), values);
            case StoreConfig.Etcd etcd -> EtcdStore.open(etcd.settings(), time, Retention.DEFAULT, values);
        };
    }

    private Store opened(Starting<Store> starting) throws IOException, InterruptedException {
        try (var step = progress.step("store")) {
            var store = starting.await();
            step.detail("at revision " + store.revision());
            return store;
        }
    }

    private ApiServer apiServer(Store store) throws IOException, GeneralSecurityException, InterruptedException {
        try (var step = progress.step("API server")) {
            var serviceAddress = config.serviceCidr().address(1);
            var names = new ArrayList<>(machine.addresses());
            names.add(machine.name());
            if (!config.bind().equals("0.0.0.0")) {
                names.add(config.bind());
            }
            names.add(config.podCidr().subnet(Nodes.NODE_BLOCK, 0).address(1));
            var settings = ApiServerConfig.builder(
                            new InetSocketAddress(config.bind(), config.port()),
                            shown(certificates.server(serviceAddress, names)),
                            List.of(certificates.authority()),
                            certificates.kubeletClient(),
                            List.of(certificates.authority()),
                            accountKeys)
                    .serviceCidr(config.serviceCidr().toString())
                    .advertise(new InetSocketAddress(advertisedAddress(), 0))
                    .apis(config.apis())
                    .logs(Path.of("/var/log"))
                    .drain(DRAIN)
                    .caches(Files.createDirectories(directory.caches()))
                    .frontProxy(certificates.frontProxy())
                    .audit(AuditSettings.usual(directory.auditLog()));
            encryption.ifPresent(values -> settings.checks(values.checks()));
            config.server().accept(settings);
            var built = settings.build();
            tls = built.tls();
            var started = lifecycle.add("API server", ApiServer.start(built, store, time, random));
            step.detail(url(started).toString());
            return started;
        }
    }

    /** What the server shows: the certificate that it is given, or else its own. */
    private Supplier<TlsMaterial> shown(Supplier<TlsMaterial> own) {
        given = config.keys()
                .serving()
                .map(files -> lifecycle.add("serving certificate", new ServingFiles(files, time)));
        return given.<Supplier<TlsMaterial>>map(files -> files).orElse(own);
    }

    /**
     * Whom clients of the API server trust, PEM: the cluster's own authority, and who vouches for a certificate that it is
     * given, as far as that says so.
     */
    private String trusted() throws GeneralSecurityException {
        var own = Pem.encode(certificates.authority());
        var files = given;
        if (files.isEmpty()) {
            return own;
        }
        var chain = files.get().get().chain();
        var above = chain.size() > 1 ? chain.subList(1, chain.size()) : chain;
        return own + Pem.encode(above.toArray(X509Certificate[]::new));
    }

    private ServiceAccountKeyFiles accountKeys() throws IOException, GeneralSecurityException {
        certificates.serviceAccountKeys(); // made where there are none
        var given = config.keys();
        List<Path> accepted = new ArrayList<>(given.accepted());
        if (given.signing().isEmpty()) {
            accepted.add(directory.pki().resolve("sa.pub"));
        }
        var signing = given.signing().orElseGet(() -> directory.pki().resolve("sa.key"));
        try {
            return lifecycle.add("keys of service accounts", new ServiceAccountKeyFiles(signing, accepted, time));
        } catch (IllegalArgumentException e) {
            throw new ConfigException("service-account-signing-key-file", signing, String.valueOf(e.getMessage()));
        }
    }

    /** Where pods find the API server: the machine's address, or the bridge's where the machine has none. */
    private String advertisedAddress() {
        return machine.addresses().isEmpty()
                ? config.podCidr().subnet(Nodes.NODE_BLOCK, 0).address(1)
                : machine.addresses().getFirst();
    }

    private URI url(ApiServer of) {
        var host = config.bind().equals("0.0.0.0") ? "127.0.0.1" : config.bind();
        return URI.create("https://" + host + ":" + of.address().getPort());
    }

    private Optional<Path> writeKubeconfig() throws IOException, GeneralSecurityException {
        try (var step = progress.step("kubeconfig")) {
            var admin = certificates.admin();
            var entry = new Kubeconfig.Entry(
                    config.components().context(),
                    url(server),
                    utf8(trusted()),
                    utf8(Pem.encode(admin.chain())),
                    utf8(Pem.encodeSec1((ECPrivateKey) admin.key(), (ECPublicKey) admin.chain()[0].getPublicKey())));
            KubeconfigFiles.of(directory.adminKubeconfig()).merge(entry);
            if (config.kubeconfig().isEmpty()) {
                return Optional.empty();
            }
            var file = KubeconfigFiles.of(config.kubeconfig().get()).merge(entry);
            directory.noteKubeconfig(file);
            step.detail("context " + config.components().context() + " in " + file);
            return Optional.of(file);
        }
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private void controllers() throws GeneralSecurityException, IOException {
        try (var step = progress.step("controllers")) {
            var upstreams = ControllerSettings.upstream(trusted())
                    .withSigner(certificates.signer())
                    .withPodBlocks(PodRanges.of(config.podCidr().toString()))
                    .withTokens((namespace, account, uid, secret) ->
                            LegacyTokens.sign(accountKeys.get().signing(), namespace, account, uid, secret));
            var ofMachine = containers ? upstreams.withHostPaths() : upstreams;
            var ofAll = config.components().workloads() ? ofMachine : ofMachine.withoutWorkloads();
            var settings = config.apis().serves("storagemigration.k8s.io", "storageversionmigrations")
                    ? ofAll.withStorageMigrations()
                    : ofAll;
            elect("controllers", CONTROLLERS, term -> {
                var controllers = term.add(
                        "controllers", new ControllerAssembly(user -> client(user, term), time, random, settings));
                term.add("metrics of controllers", server.show(controllers::metrics));
                controllers.start();
            });
            step.detail("stand for election");
        }
    }

    private void scheduler() throws IOException {
        try (var step = progress.step("scheduler")) {
            elect("scheduler", SCHEDULER, term -> {
                var scheduler =
                        term.add("scheduler", new Scheduler(client(SCHEDULER, term), time, random, config.scheduler()));
                term.add("metrics of the scheduler", server.show(scheduler::metrics));
                scheduler.start();
            });
            step.detail("stands for election");
        }
    }

    private void elect(String part, String user, Consumer<Lifecycle> start) throws IOException {
        var candidate = machine.name() + "_" + directory.identity();
        var client = client(user);
        var component = Identities.component(user);
        lifecycle.add(
                part,
                new ElectedPart(
                        client,
                        component,
                        candidate,
                        time,
                        random,
                        new EventRecorder(client, time, component, ""),
                        leaders.labelValues(component),
                        start));
    }

    private NodeCertificates nodeCertificates() throws IOException, GeneralSecurityException {
        List<String> addresses = new ArrayList<>(machine.addresses());
        addresses.add(config.podCidr().subnet(Nodes.NODE_BLOCK, 0).address(1));
        return new NodeCertificates(certificates.kubelet(machine.name(), addresses), certificates.authority(), tls);
    }

    /** A client that acts as a user of ours; the name says which groups the user is in. */
    private ApiClient client(String user) {
        return client(user, lifecycle);
    }

    private ApiClient client(String user, Lifecycle closing) {
        return new ApiClient(
                closing.add(
                        "client of " + Identities.component(user),
                        new LocalTransport(server, Identities.of(user), time)),
                Identities.fieldManager(user),
                shared);
    }

    /** Whether the machine's own node runs containers, or only simulates them. */
    public boolean containers() {
        return containers;
    }

    /** The user's kubeconfig file that has the context now, if one was asked for. */
    public Optional<Path> kubeconfig() {
        return kubeconfig;
    }

    /** The cluster's own, with nothing but its context. */
    public Path adminKubeconfig() {
        return directory.adminKubeconfig();
    }

    @Override
    public void close() {
        try (var step = progress.step("stopping")) {
            lifecycle.close();
            step.detail("data and containers are kept");
        }
    }
}
