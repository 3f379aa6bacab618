package dev.navarch.embedded;

import dev.navarch.apiserver.request.User;
import dev.navarch.client.ApiClient;
import dev.navarch.client.ApiFailure;
import dev.navarch.client.Kubeconfig;
import dev.navarch.client.ListQuery;
import dev.navarch.client.Pem;
import dev.navarch.client.SharedObjects;
import dev.navarch.kubelet.simulated.ContainerStart;
import dev.navarch.storage.StoreState;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
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

    private final ClusterSettings settings;
    private final EmbeddedCertificates certificates;
    private final PodScripts scripts;
    private final ClusterClock clock = new ClusterClock();
    private volatile Life life;
    private volatile boolean closed;

    /** What a cluster is told before it starts. */
    public static final class Builder {
        private final List<EmbeddedNode> nodes = new ArrayList<>();
        private boolean nodeless;
        private Optional<Instant> startsAt = Optional.empty();
        private boolean paused;
        private long seed = System.nanoTime();
        private String runtimeConfig = "";
        private boolean real;
        private final List<Path> images = new ArrayList<>();
        private Optional<ClusterDump> dump = Optional.empty();
        private Optional<Path> files = Optional.empty();

        private Builder() {}

        /** One more node; without any, there is one called {@code node-1}. */
        public Builder node(EmbeddedNode node) {
            if (nodes.stream().anyMatch(other -> other.name().equals(node.name()))) {
                throw new IllegalArgumentException("there are two nodes " + node.name());
            }
            nodes.add(node);
            return this;
        }

        /** So many alike: {@code node-1}, {@code node-2} and so on. */
        public Builder nodes(int count) {
            if (count < 0) {
                throw new IllegalArgumentException("there can't be " + count + " nodes");
            }
            for (int i = 1; i <= count; i++) {
                node(EmbeddedNode.of("node-" + i));
            }
            nodeless = count == 0;
            return this;
        }

        /**
         * Objects of another cluster to begin with, as {@code kubectl get -o yaml} writes them, with their uids, owners,
         * times and states. Nodes of the dump, and those that its pods are on, are simulated, and what ran there starts
         * again. What every cluster makes for itself is left out, such as the service {@code kubernetes}.
         */
        public Builder dump(String yaml) {
            dump = Optional.of(ClusterDump.read(yaml, "dump"));
            return this;
        }

        /** Likewise from a file. */
        public Builder dump(Path file) {
            try {
                dump = Optional.of(ClusterDump.read(Files.readString(file), file.toString()));
            } catch (IOException e) {
                throw new EmbeddedClusterException("can't read " + file, e);
            }
            return this;
        }

        /** The time at which the cluster's clock starts; the present unless said. */
        public Builder startsAt(Instant instant) {
            startsAt = Optional.of(instant);
            return this;
        }

        /**
         * The clock stands still until it is told to advance. It begins at a whole second, and one second later the cluster is
         * ready, however long that takes here.
         */
        public Builder paused() {
            paused = true;
            return this;
        }

        /** What names, addresses and choices are drawn from, so that a run can be repeated. */
        public Builder seed(long value) {
            seed = value;
            return this;
        }

        /** Where nodes keep their files, in a directory of their own that is deleted at the end; the JVM's for temporary files. */
        public Builder filesIn(Path directory) {
            files = Optional.of(directory);
            return this;
        }

        /** APIs to switch on or off, as kube-apiserver's flag: {@code api/beta=true,resource.k8s.io/v1beta1=true}. */
        public Builder runtimeConfig(String value) {
            runtimeConfig = value;
            return this;
        }

        /**
         * Makes this machine the cluster's node, with containers that are real. It takes Linux, root, and the artifact {@code
         * navarch-cluster} on the class path. Containers live by real time: the clock runs, from the present on, and though it
         * can be advanced they don't notice.
         */
        public Builder realContainers() {
            real = true;
            return this;
        }

        /**
         * An archive of images that real containers may have, as {@code docker save} writes it, or an OCI archive; means nothing
         * to simulated ones, which need none.
         */
        public Builder image(Path archive) {
            images.add(archive);
            return this;
        }

        /**
         * Returns when the API server answers and all nodes are ready.
         *
         * @throws EmbeddedClusterException if that is not possible
         */
        public EmbeddedCluster start() {
            Preloading.begin();
            var settings =
                    new ClusterSettings(seed, runtimeConfig, real ? Optional.of(machine()) : Optional.empty(), files);
            var certificates = certificates(settings);
            var asked = startsAt.orElseGet(Instant::now);
            var now = paused ? asked.truncatedTo(ChronoUnit.SECONDS) : asked;
            var cluster = from(snapshot(settings, certificates, now));
            Preloading.goOn();
            return cluster;
        }

        private ClusterSnapshot snapshot(ClusterSettings settings, EmbeddedCertificates certificates, Instant now) {
            var known = dump.isEmpty() && Beginning.suits(settings)
                    ? Optional.of(Beginning.state(settings.seed(), now))
                    : dump.map(objects -> loaded(objects, settings, certificates, now));
            return new ClusterSnapshot(
                    settings,
                    certificates,
                    now,
                    paused,
                    known,
                    dump.isPresent() ? ClusterSnapshot.Origin.DUMP : ClusterSnapshot.Origin.NEW,
                    wanted().stream().map(ClusterSnapshot.NodeState::anew).toList(),
                    Path.of(""),
                    dump.isPresent()
                            ? List.of()
                            : known.map(state -> History.begun(state, now)).orElse(List.of()),
                    new PodScripts(),
                    SharedObjects::new);
        }

        private List<EmbeddedNode> wanted() {
            List<EmbeddedNode> wanted = new ArrayList<>(nodes);
            var named = nodes.stream().map(EmbeddedNode::name).collect(Collectors.toSet());
            dump.ifPresent(objects -> objects.nodes().stream()
                    .filter(node -> !named.contains(node.name()))
                    .forEach(wanted::add));
            return wanted.isEmpty() && !nodeless ? List.of(EmbeddedNode.of("node-1")) : wanted;
        }

        private StoreState loaded(
                ClusterDump objects, ClusterSettings settings, EmbeddedCertificates certificates, Instant now) {
            try {
                return objects.store(settings, certificates, now);
            } catch (IOException | GeneralSecurityException e) {
                throw new EmbeddedClusterException("the dump could not be loaded: " + e.getMessage(), e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new EmbeddedClusterException("interrupted while the dump was loaded", e);
            }
        }

        private ThisMachine machine() {
            if (paused) {
                throw new EmbeddedClusterException(
                        "containers are real and so is their time: the clock can't stand still");
            }
            if (startsAt.isPresent()) {
                throw new EmbeddedClusterException(
                        "containers are real and so is their time: the clock starts at the present");
            }
            if (dump.isPresent()) {
                throw new EmbeddedClusterException("a dump is of pods that ran elsewhere: containers can't be real");
            }
            if (nodes.size() > 1) {
                throw new EmbeddedClusterException(
                        "containers are real and the node is this machine: there can't be " + nodes.size());
            }
            return ThisMachine.find(images);
        }

        private static EmbeddedCertificates certificates(ClusterSettings settings) {
            try {
                return new EmbeddedCertificates(settings.machine()
                        .map(here ->
                                List.of(here.ranges().gateway(), here.ranges().firstService()))
                        .orElse(List.of()));
            } catch (GeneralSecurityException e) {
                throw new EmbeddedClusterException("this JDK can't make the cluster's keys: " + e.getMessage(), e);
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

    static EmbeddedCluster from(ClusterSnapshot snapshot) {
        return new EmbeddedCluster(snapshot);
    }

    private EmbeddedCluster(ClusterSnapshot start) {
        settings = start.settings();
        certificates = start.certificates();
        scripts = start.scripts().copy();
        life = begin(start, 0);
    }

    private Life begin(ClusterSnapshot start, int port) {
        try {
            return new Life(settings, start, scripts, clock, port);
        } catch (IOException | GeneralSecurityException | TimeoutException e) {
            clock.close();
            throw new EmbeddedClusterException("the cluster could not be started: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            clock.close();
            Thread.currentThread().interrupt();
            throw new EmbeddedClusterException("interrupted while the cluster was starting", e);
        } catch (RuntimeException e) {
            clock.close();
            throw e;
        }
    }

    private String kubeconfigOf(String user, String... groups) throws GeneralSecurityException {
        var identity = certificates.client(user, groups);
        var config = Kubeconfig.empty();
        config.merge(new Kubeconfig.Entry(
                CONTEXT,
                url(),
                Pem.encode(certificates.authority()).getBytes(StandardCharsets.US_ASCII),
                EmbeddedCertificates.certificate(identity),
                EmbeddedCertificates.key(identity).getBytes(StandardCharsets.US_ASCII)));
        config.makeCurrent(CONTEXT);
        return config.text();
    }

    /** Where the API server listens: {@code https://127.0.0.1:PORT}. */
    public URI url() {
        return URI.create("https://127.0.0.1:" + life.port());
    }

    /**
     * The text of a kubeconfig of the cluster's administrator. Its key is one of an elliptic curve, which is quick to make,
     * unless the class path has a client of fabric8's before 7, which reads no such key without Bouncy Castle: then it is RSA.
     */
    public String kubeconfig() {
        return kubeconfig("kubernetes-admin", "system:masters");
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
        open().idleness.await();
    }

    /**
     * Applies the objects of a YAML text, one after the other, as {@code kubectl apply --server-side} does.
     *
     * @throws EmbeddedClusterException if one is not accepted; the message says which and why
     */
    public void apply(String yaml) {
        apply(yaml, "manifest");
    }

    /**
     * Likewise.
     *
     * @param source what messages call the text
     */
    public void apply(String yaml, String source) {
        open().manifests.apply(yaml, source);
    }

    /** Applies the objects of a YAML file likewise. */
    public void apply(Path file) {
        var open = open();
        try {
            open.manifests.apply(Files.readString(file), file.toString());
        } catch (IOException e) {
            throw new EmbeddedClusterException(
                    Files.exists(file)
                            ? "can't read " + file + ": " + e.getMessage()
                            : "there is no file " + file.toAbsolutePath(),
                    e);
        }
    }

    /** One more node; returns when it is ready. */
    public void addNode(EmbeddedNode node) {
        var nodes = open().nodes;
        if (settings.machine().isPresent()) {
            throw new EmbeddedClusterException(
                    "containers are real and the node is this machine: there can't be another");
        }
        try {
            nodes.add(ClusterSnapshot.NodeState.anew(node), Path.of(""));
            nodes.awaitReady();
        } catch (IOException | TimeoutException e) {
            throw new EmbeddedClusterException("node " + node.name() + " could not be started", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new EmbeddedClusterException("interrupted while node " + node.name() + " was starting", e);
        }
    }

    /**
     * Says what containers of pods shall do that start from now on, by steps that are added to the answer. Of several that
     * match, the last counts; where none does, the pod's annotations do. Forks know them too.
     */
    public PodScript whenPodStarts(Predicate<ContainerStart> which) {
        requireOpen();
        return scripts.add(which);
    }

    /** A simulated node, for what may happen to it. */
    public NodeControl node(String name) {
        return new NodeControl(open().nodes.node(name));
    }

    /**
     * A pod on a simulated node, for what may happen to it.
     *
     * @throws EmbeddedClusterException if there is none, or it is on no node yet
     */
    public PodControl pod(String namespace, String name) {
        var open = open();
        var pod = open.admin
                .resource(Pod.class)
                .get(namespace, name)
                .orElseThrow(() -> new EmbeddedClusterException("there is no pod " + namespace + "/" + name));
        var node = pod.getSpec().getNodeName();
        if (node == null) {
            throw new EmbeddedClusterException("pod " + namespace + "/" + name + " is on no node yet");
        }
        return new PodControl(pod, () -> open.nodes.node(node), open.admin);
    }

    /**
     * Gives a lease to somebody else, so that its holder finds that it leads no more. It is renewed at the cluster's time: who
     * looks at the system's clock takes it for expired where the cluster lives in the past.
     *
     * @throws EmbeddedClusterException if there is no such lease
     */
    public void loseLeadership(String namespace, String lease) {
        var open = open();
        var leases = open.admin.resource(Lease.class);
        while (true) {
            var held = leases.get(namespace, lease)
                    .orElseThrow(() -> new EmbeddedClusterException("there is no lease " + namespace + "/" + lease));
            var spec = held.getSpec();
            spec.setHolderIdentity("somebody-else");
            spec.setLeaseTransitions(spec.getLeaseTransitions() == null ? 1 : spec.getLeaseTransitions() + 1);
            var now = open.time.now().atZone(ZoneOffset.UTC);
            spec.setAcquireTime(now);
            spec.setRenewTime(now);
            try {
                leases.update(held);
                return;
            } catch (ApiFailure e) {
                if (!e.conflict()) {
                    throw e;
                }
                // its holder has renewed it meanwhile
            }
        }
    }

    /**
     * A port of this machine that leads to a service: to what its simulated pods were told to answer at their ports. Each
     * connection goes to one of the pods that are ready then. It is closed with the cluster.
     */
    public InetSocketAddress localPort(String namespace, String service, int port) {
        try {
            return open().forward(namespace, service, port);
        } catch (IOException e) {
            throw new EmbeddedClusterException("can't listen for service " + namespace + "/" + service, e);
        }
    }

    /**
     * Gives the node the images of an archive as {@code docker save} writes it, or of an OCI archive; does nothing where
     * containers are simulated, which need none.
     */
    public void loadImage(Path archive) {
        try {
            for (var machine : open().nodes.machines()) {
                machine.load(archive);
            }
        } catch (IOException e) {
            throw new EmbeddedClusterException("no images can be had from " + archive + ": " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new EmbeddedClusterException("interrupted while images of " + archive + " were loaded", e);
        }
    }

    /** What goes wrong with requests on purpose. They are forgotten when the cluster is set back. */
    public Faults faults() {
        return open().faults;
    }

    /** The last requests for objects of a namespace, or with an empty name of any, one a line, oldest first. */
    public String recentRequests(String namespace) {
        return open().requests.all().stream()
                .filter(request ->
                        namespace.isEmpty() || request.call().namespace().equals(namespace))
                .map(RequestLog.Answered::toString)
                .collect(Collectors.joining("\n"));
    }

    /**
     * An object.
     *
     * @param namespace empty for kinds without
     * @throws EmbeddedClusterException if there is no such kind
     */
    public Optional<ClusterObject> object(String apiVersion, String kind, String namespace, String name) {
        return open().manifests.read(apiVersion, kind, namespace, name).map(ClusterObject::new);
    }

    /**
     * How an object became what it is, oldest revision first; back to its creation, unless much has been written since.
     *
     * @param namespace empty for kinds without
     * @throws EmbeddedClusterException if there is no such kind
     */
    public List<Revision> history(String apiVersion, String kind, String namespace, String name) {
        var open = open();
        return open.history.of(open.manifests.key(apiVersion, kind, namespace, name));
    }

    /** Likewise of an object as a client library has it, fabric8's or the official one. */
    public List<Revision> history(Object object) {
        var known = Named.of(object);
        return history(known.apiVersion(), known.kind(), known.namespace(), known.name());
    }

    /**
     * The events that a namespace, or with an empty name the whole cluster, has had lately; one a line, oldest first.
     */
    public String recentEvents(String namespace) {
        var admin = open().admin;
        var query = namespace.isEmpty() ? ListQuery.all() : ListQuery.inNamespace(namespace);
        return admin.resource(Event.class).list(query).items().stream()
                .sorted(Comparator.comparing(EmbeddedCluster::time))
                .map(event -> "%s %s %s %s/%s: %s"
                        .formatted(
                                time(event),
                                event.getType(),
                                event.getReason(),
                                event.getInvolvedObject().getKind(),
                                event.getInvolvedObject().getName(),
                                event.getMessage()))
                .collect(Collectors.joining("\n"));
    }

    /** Events of the scheduler have one time only, and it is another. */
    private static String time(Event event) {
        return event.getLastTimestamp() == null && event.getEventTime() != null
                ? String.valueOf(event.getEventTime().getTime())
                : String.valueOf(event.getLastTimestamp());
    }

    /** What acts inside the process as a user, past TLS and authentication; until the cluster is set back or closed. */
    ApiClient asUser(User user) {
        return open().asUser(user);
    }

    /**
     * All of the cluster at this moment: it comes to rest first.
     *
     * @throws IllegalStateException if it does not within half a minute
     */
    public ClusterSnapshot snapshot() {
        if (settings.machine().isPresent()) {
            throw new EmbeddedClusterException("real containers can't be copied: no snapshot can be taken of them");
        }
        return state();
    }

    private ClusterSnapshot state() {
        var open = open();
        boolean paused = !clock.running();
        return clock.still(() -> open.snapshot(paused));
    }

    /**
     * Sets the cluster back to a state that it, or the one it was forked from, was in; its clock too. Clients that were
     * connected are disconnected, come back to the same address, and find that their watches are too old: resource versions
     * go on from the highest that there was.
     *
     * @throws EmbeddedClusterException if that is not possible; the cluster is closed then
     */
    public synchronized void restore(ClusterSnapshot snapshot) {
        var before = open();
        if (snapshot.certificates() != certificates) {
            throw new EmbeddedClusterException(
                    "the snapshot is of another cluster; start one from it, as its clients are not this one's");
        }
        int port = before.port();
        long revision = before.revision();
        before.close();
        closed = true;
        life = begin(snapshot.after(revision), port);
        closed = false;
    }

    /**
     * All objects as YAML, with status, uids and owners, in a form that {@link Builder#dump(String)} takes. Secrets are in
     * it as they are.
     */
    public String export() {
        return state().store().map(ClusterDump::write).orElse("");
    }

    /** A second cluster, which begins as this one is now and from then on goes its own way. To be closed like this one. */
    public EmbeddedCluster fork() {
        return snapshot().start();
    }

    Life open() {
        requireOpen();
        return life;
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the cluster is closed");
        }
    }

    /** Stops everything; what was stored is gone. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        clock.resume(); // what waits for time to pass shall not
        life.close();
        clock.close();
    }
}
