package dev.navarch.cluster;

import dev.navarch.client.ApiClient;
import dev.navarch.client.Informers;
import dev.navarch.embedded.Lifecycle;
import dev.navarch.embedded.NodesReady;
import dev.navarch.kubelet.Kubelet;
import dev.navarch.kubelet.KubeletConfig;
import dev.navarch.kubelet.MachineFacts;
import dev.navarch.kubelet.localvolumes.LocalProvisioner;
import dev.navarch.kubelet.runtime.ContainerRuntime;
import dev.navarch.kubelet.server.KubeletServer;
import dev.navarch.kubelet.simulated.SimulatedRuntime;
import dev.navarch.network.Host;
import dev.navarch.network.PodBridge;
import dev.navarch.network.ProxyConfig;
import dev.navarch.network.ServiceProxy;
import dev.navarch.network.dns.ClusterDns;
import dev.navarch.network.dns.DnsConfig;
import dev.navarch.runtime.cri.ContainerdProcess;
import dev.navarch.runtime.cri.NodeLayout;
import dev.navarch.time.TimeSource;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Service;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The nodes of this process: the machine's own, on containerd or simulated, and the simulated ones beside it. Each acts
 * as a user of its own.
 */
final class Nodes {
    /** Bits of the block of pod addresses that each node gets. */
    static final int NODE_BLOCK = 24;

    /** Which of the services' addresses the cluster's DNS has, by custom. */
    private static final int DNS = 10;

    private static final Duration READY_LIMIT = Duration.ofSeconds(60);
    private static final String PROXY = "system:kube-proxy";

    private final NodeLayout layout;
    private final ClusterConfig config;
    private final Machine machine;
    private final boolean containers;
    private final Lifecycle lifecycle;
    private final TimeSource time;
    private final RandomGenerator random;
    private @Nullable Starting<ContainerdProcess> containerd;

    Nodes(
            NodeLayout layout,
            ClusterConfig config,
            Machine machine,
            boolean containers,
            Lifecycle lifecycle,
            TimeSource time,
            RandomGenerator random) {
        this.layout = layout;
        this.config = config;
        this.machine = machine;
        this.containers = containers;
        this.lifecycle = lifecycle;
        this.time = time;
        this.random = random;
    }

    /** Lets containerd start while the rest of the cluster does. */
    void prepare() {
        if (containers) {
            containerd = lifecycle.add(
                    "containerd", Starting.start("containerd", () -> ContainerdProcess.start(layout, block(0), time)));
        }
    }

    /**
     * Starts all nodes and waits until they are ready.
     *
     * @param clients from a user's name to a client that acts as it
     * @param certificates of the machine's own node
     */
    void start(Function<String, ApiClient> clients, NodeCertificates certificates, Progress progress)
            throws IOException, InterruptedException, TimeoutException {
        var informers = lifecycle.add("informers of the nodes", new Informers(clients.apply(PROXY), time, random));
        var services = informers.of(Service.class);
        var nodes = informers.of(Node.class);
        var ready = new NodesReady();
        nodes.addHandler(ready);
        var facts = MachineFacts.read(layout.dataDir());
        var provisioner = lifecycle.add(
                "local volumes", new LocalProvisioner(clients.apply(LocalProvisioner.USER), time, random));
        if (containers) {
            provisioner.add(machine.name(), layout.dataDir().resolve("volumes"));
        } else {
            provisioner.addSimulated(machine.name(), layout.dataDir().resolve("volumes"));
        }
        for (int i = 1; i <= config.nodes(); i++) {
            provisioner.addSimulated(simulatedName(i), simulatedRoot(i).resolve("volumes"));
        }
        provisioner.start();
        List<Kubelet> kubelets = new CopyOnWriteArrayList<>();
        var own = clients.apply(user(machine.name()));
        var serving = lifecycle.add(
                "serving certificate",
                certificates.serving(
                        machine.name(), layout.dataDir().resolve("kubelet").resolve("pki"), nodes, own, time, random));
        int port = lifecycle
                .add("kubelet API", KubeletServer.start(certificates.api(serving, own), () -> kubelets, time))
                .port();
        try (var step = progress.step("node " + machine.name())) {
            var runtime = containerd == null ? simulated(0) : containerd.await().runtime();
            var ofNode = lifecycle.add(
                    "informers of " + machine.name(), new Informers(clients.apply(user(machine.name())), time, random));
            var proxy = containers ? Optional.of(proxy(informers, ofNode)) : Optional.<ServiceProxy>empty();
            informers.start();
            ofNode.start();
            var kubelet = new Kubelet(ownConfig(clients).withPort(port), own, services, runtime, time, facts);
            kubelets.add(kubelet);
            lifecycle.add("kubelet of " + machine.name(), kubelet).start();
            if (proxy.isPresent()) {
                proxy.get().awaitInForce(READY_LIMIT);
            }
            ready.await(machine.name());
            var engine = runtime.version();
            step.detail(engine.name() + " " + engine.version());
        }
        if (config.nodes() > 0) {
            try (var step = progress.step("simulated nodes")) {
                for (int i = 1; i <= config.nodes(); i++) {
                    var name = simulatedName(i);
                    var kubelet = new Kubelet(
                            simulatedConfig(i).withPort(port),
                            clients.apply(user(name)),
                            services,
                            simulated(i),
                            time,
                            facts);
                    kubelets.add(kubelet);
                    lifecycle.add("kubelet of " + name, kubelet).start();
                }
                for (int i = 1; i <= config.nodes(); i++) {
                    ready.await(simulatedName(i));
                }
                step.detail(Integer.toString(config.nodes()));
            }
        }
    }

    private KubeletConfig ownConfig(Function<String, ApiClient> clients)
            throws IOException, InterruptedException, TimeoutException {
        var base = KubeletConfig.of(machine.name(), layout.dataDir().resolve("kubelet"), address())
                .withPodBlock(block(0));
        return containers
                ? base.withCgroups(new KubeletConfig.Cgroups(Path.of("/sys/fs/cgroup"), layout.cgroupRoot()))
                        .withMounts(true)
                        .withDns(List.of(dns(clients.apply(ClusterDns.USER)).serviceIp()))
                : base.withTiming(KubeletConfig.Timing.SIMULATED);
    }

    /** Answers at the bridge, which is there whatever becomes of the machine's own addresses. */
    private ClusterDns dns(ApiClient client) throws IOException, InterruptedException, TimeoutException {
        var gateway = config.podCidr().subnet(NODE_BLOCK, 0).address(1);
        PodBridge.ensure(Host.local(), layout.bridge(), gateway + "/" + NODE_BLOCK);
        var askers = new ArrayList<>(List.of(config.podCidr().toString(), "127.0.0.0/8"));
        machine.addresses().forEach(address -> askers.add(address + "/32"));
        var settings = new DnsConfig(
                KubeletConfig.Dns.DOMAIN,
                config.serviceCidr().address(DNS),
                gateway,
                machine.name(),
                askers,
                KubeletConfig.Dns.HOST_FILE);
        return lifecycle.add("cluster DNS", ClusterDns.start(settings, client, time, random));
    }

    private static String simulatedName(int index) {
        return "simulated-" + index;
    }

    private Path simulatedRoot(int index) {
        return layout.dataDir().resolve("simulated").resolve(simulatedName(index));
    }

    private KubeletConfig simulatedConfig(int index) {
        return KubeletConfig.of(simulatedName(index), simulatedRoot(index), address())
                .withTiming(KubeletConfig.Timing.SIMULATED)
                .withLabels(Map.of("type", "simulated"))
                .withPodBlock(block(index));
    }

    /** The machine's, or the bridge's where the machine has none. */
    private String address() {
        return machine.addresses().isEmpty()
                ? config.podCidr().subnet(NODE_BLOCK, 0).address(1)
                : machine.addresses().getFirst();
    }

    private ServiceProxy proxy(Informers informers, Informers ofNode) {
        var settings = new ProxyConfig(
                layout.nftTable(),
                machine.name(),
                "",
                machine.addresses().isEmpty() ? List.of(address()) : machine.addresses(),
                config.podCidr().toString(),
                block(0),
                config.serviceCidr().toString());
        return lifecycle.add("service proxy", ServiceProxy.start(settings, informers, ofNode, Host.local(), time));
    }

    private ContainerRuntime simulated(int index) {
        return lifecycle.add("simulated runtime", new SimulatedRuntime(time, random, block(index)));
    }

    private String block(int index) {
        return config.podCidr().subnet(NODE_BLOCK, index).toString();
    }

    private static String user(String node) {
        return "system:node:" + node;
    }
}
