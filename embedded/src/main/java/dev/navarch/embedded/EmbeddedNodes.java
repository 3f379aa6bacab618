package dev.navarch.embedded;

import dev.navarch.client.ApiClient;
import dev.navarch.client.Informers;
import dev.navarch.kubelet.Kubelet;
import dev.navarch.kubelet.KubeletConfig;
import dev.navarch.kubelet.MachineFacts;
import dev.navarch.kubelet.localvolumes.LocalProvisioner;
import dev.navarch.kubelet.server.KubeletServer;
import dev.navarch.kubelet.server.KubeletServerConfig;
import dev.navarch.time.TimeSource;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Service;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/** The nodes of an embedded cluster, simulated ones or this machine. All of them share one server of the kubelet API. */
final class EmbeddedNodes implements AutoCloseable {
    /** Where volumes seem to be; the same in every cluster, so that a cluster made from another one knows them. */
    private static final Path VOLUMES = Path.of("/var/lib/navarch/volumes");

    private static final String PROXY = "system:kube-proxy";
    /** Heartbeats are few, since each is an instant that a clock has to visit. */
    private static final KubeletConfig.Timing TIMING = new KubeletConfig.Timing(
            Duration.ofMinutes(5),
            Duration.ofSeconds(20),
            Duration.ofMinutes(1),
            Duration.ofMinutes(5),
            Duration.ofMinutes(5),
            Duration.ofMinutes(5),
            Duration.ofSeconds(10),
            Duration.ofMinutes(5));

    private final Lifecycle lifecycle = new Lifecycle();
    private final Path root;
    private final Function<String, ApiClient> clients;
    private final TimeSource time;
    private final RandomGenerator seeds;
    private final PodScripts scripts;
    private final Map<String, RealContainers.Node> machines = new ConcurrentHashMap<>();
    private final List<Kubelet> real = new CopyOnWriteArrayList<>();
    private final List<SimulatedNode> all = new CopyOnWriteArrayList<>();
    private final NodesReady ready = new NodesReady();
    private final Informers informers;
    private final KubeletServer server;
    private final LocalProvisioner provisioner;

    EmbeddedNodes(
            Path root,
            KubeletServerConfig api,
            Function<String, ApiClient> clients,
            PodScripts scripts,
            TimeSource time,
            RandomGenerator random)
            throws IOException, InterruptedException {
        this.root = root;
        this.clients = clients;
        this.scripts = scripts;
        this.time = time;
        seeds = new Random(random.nextLong());
        informers = lifecycle.add("informers of the nodes", new Informers(clients.apply(PROXY), time, random));
        informers.of(Node.class).addHandler(ready);
        informers.of(Service.class);
        informers.start();
        provisioner = lifecycle.add(
                "local volumes", new LocalProvisioner(clients.apply(LocalProvisioner.USER), time, random));
        provisioner.start();
        server = lifecycle.add("kubelet API", KubeletServer.start(api, this::reachable, time));
    }

    /**
     * Starts a node, which is ready some time later.
     *
     * @param from where the files were of what its runtime takes over
     */
    void add(ClusterSnapshot.NodeState state, Path from) throws IOException {
        var node = state.node();
        if (all.stream().anyMatch(other -> other.name().equals(node.name()))) {
            throw new IllegalArgumentException("there is a node " + node.name() + " already");
        }
        int index = all.size();
        provisioner.addSimulated(node.name(), VOLUMES.resolve(node.name()));
        var config = KubeletConfig.of(node.name(), root.resolve(node.name()), "127.0.0.1")
                .withPort(server.port())
                .withLabels(node.labels())
                .withTaints(node.taints())
                .withCapacity(node.capacity())
                .withMaxPods(Integer.parseInt(node.capacity().get("pods")))
                .withTiming(TIMING);
        var block = "10." + (244 + index / 256) + "." + index % 256 + ".0/24";
        var made = lifecycle.add(
                "node " + node.name(),
                new SimulatedNode(
                        node,
                        config,
                        clients.apply("system:node:" + node.name()),
                        informers.of(Service.class),
                        new SimulatedNode.Parts(time, new Random(seeds.nextLong()), scripts, block)));
        all.add(made);
        made.begin(state, file -> moved(file, from));
        if (!node.devices().isEmpty()) {
            SimulatedDevices.publish(node, clients.apply("system:node:" + node.name()));
        }
    }

    /** Starts this machine as a node with real containers, which is ready some time later. */
    void addMachine(EmbeddedNode node, ThisMachine here) throws IOException, InterruptedException, TimeoutException {
        var directory = root.resolve(node.name());
        var machine = lifecycle.add(
                "containers of " + node.name(), here.containers().start(node.name(), directory, here.ranges()));
        for (var image : here.images()) {
            machine.load(image);
        }
        machines.put(node.name(), machine);
        provisioner.add(node.name(), machine.volumes());
        var user = "system:node:" + node.name();
        machine.route(
                lifecycle.add("informers of services", new Informers(clients.apply(PROXY), time, seeds)),
                lifecycle.add("informers of " + node.name(), new Informers(clients.apply(user), time, seeds)),
                time);
        var config = machine.configured(KubeletConfig.of(node.name(), directory.resolve("kubelet"), "127.0.0.1")
                .withPort(server.port())
                .withLabels(node.labels())
                .withTaints(node.taints()));
        var kubelet = lifecycle.add(
                "node " + node.name(),
                new Kubelet(
                        config,
                        clients.apply(user),
                        informers.of(Service.class),
                        machine.runtime(),
                        time,
                        MachineFacts.read(directory)));
        real.add(kubelet);
        kubelet.start();
    }

    /** Nodes with real containers. */
    Collection<RealContainers.Node> machines() {
        return machines.values();
    }

    boolean isReal(String node) {
        return machines.containsKey(node);
    }

    private List<Kubelet> reachable() {
        return Stream.concat(all.stream().flatMap(node -> node.reachable().stream()), real.stream())
                .toList();
    }

    /** @throws EmbeddedClusterException if there is none of this name */
    SimulatedNode node(String name) {
        if (isReal(name)) {
            throw new EmbeddedClusterException("node " + name
                    + " is this machine, and its containers are real: only what is simulated does as it is told");
        }
        return all.stream()
                .filter(node -> node.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new EmbeddedClusterException("there is no simulated node " + name));
    }

    /** What the nodes' own API answers to a GET; nodes that can't be reached are not there. */
    byte[] read(String pathAndQuery) throws IOException {
        return server.read(pathAndQuery);
    }

    private Path moved(Path file, Path from) {
        return file.startsWith(from) ? root.resolve(from.relativize(file)) : file;
    }

    /** The nodes as they are. */
    List<ClusterSnapshot.NodeState> states() {
        return all.stream().map(SimulatedNode::state).toList();
    }

    /** Whether all of them are, as far as has been heard of. */
    boolean ready() {
        return reachable().stream().allMatch(kubelet -> ready.has(kubelet.nodeName()));
    }

    void awaitReady() throws InterruptedException, TimeoutException {
        for (var kubelet : reachable()) {
            ready.await(kubelet.nodeName());
        }
    }

    @Override
    public void close() {
        lifecycle.close();
    }
}
