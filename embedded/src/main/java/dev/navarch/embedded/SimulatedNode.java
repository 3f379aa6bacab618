package dev.navarch.embedded;

import dev.navarch.client.ApiClient;
import dev.navarch.client.Informer;
import dev.navarch.kubelet.Kubelet;
import dev.navarch.kubelet.KubeletConfig;
import dev.navarch.kubelet.MachineFacts;
import dev.navarch.kubelet.pods.RuntimeLabels;
import dev.navarch.kubelet.runtime.ContainerFilter;
import dev.navarch.kubelet.runtime.ContainerState;
import dev.navarch.kubelet.runtime.SandboxFilter;
import dev.navarch.kubelet.simulated.ContainerScript;
import dev.navarch.kubelet.simulated.PortHandler;
import dev.navarch.kubelet.simulated.SimulatedRuntime;
import dev.navarch.time.TimeSource;
import io.fabric8.kubernetes.api.model.Service;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** A simulated node, which can lose its power or its network. */
final class SimulatedNode implements AutoCloseable {
    private static final MachineFacts MACHINE = new MachineFacts(
            8,
            32L << 30,
            100L << 30,
            Map.of(),
            "amd64",
            "6.18.0-simulated",
            "Navarch (simulated)",
            "00000000000000000000000000000001",
            "00000000-0000-0000-0000-000000000001",
            "00000000-0000-0000-0000-000000000002");

    private final EmbeddedNode node;
    private final KubeletConfig config;
    private final ApiClient client;
    private final Informer<Service> services;
    private final Parts parts;
    private boolean cut;
    private SimulatedRuntime runtime;
    private @Nullable Kubelet kubelet;

    /**
     * What all nodes share.
     *
     * @param podBlock the range of this node's pod addresses
     */
    record Parts(TimeSource time, RandomGenerator random, ContainerScript.Source scripts, String podBlock) {}

    SimulatedNode(EmbeddedNode node, KubeletConfig config, ApiClient client, Informer<Service> services, Parts parts) {
        this.node = node;
        this.config = config;
        this.client = client;
        this.services = services;
        this.parts = parts;
        runtime = newRuntime();
    }

    private SimulatedRuntime newRuntime() {
        return new SimulatedRuntime(parts.time, parts.random, parts.podBlock, parts.scripts);
    }

    String name() {
        return node.name();
    }

    /**
     * Goes on from an earlier state.
     *
     * @param here where files of the earlier node are now
     */
    synchronized void begin(ClusterSnapshot.NodeState state, UnaryOperator<Path> here) throws IOException {
        state.runtime().ifPresent(taken -> runtime.restore(taken, here));
        if (state.link() == ClusterSnapshot.Link.CUT) {
            cutOff();
        }
        if (state.link() != ClusterSnapshot.Link.OFF) {
            start();
        }
    }

    /** Does nothing if it runs. */
    synchronized void start() throws IOException {
        if (kubelet == null) {
            var agent = new Kubelet(config, client, services, runtime, parts.time, MACHINE);
            kubelet = agent;
            agent.start();
        }
    }

    /** All that runs on it is gone at once, and nobody says so. */
    synchronized void kill() {
        var agent = kubelet;
        if (agent != null) {
            agent.close();
            kubelet = null;
            runtime.close();
            runtime = newRuntime();
        }
    }

    /** What runs goes on; neither its agent nor the API server reaches the other. */
    synchronized void cutOff() {
        cut = true;
        ((LocalTransport) client.transport()).cutOff();
    }

    synchronized void heal() {
        cut = false;
        ((LocalTransport) client.transport()).heal();
    }

    /** The agent, if it runs and can be reached. */
    synchronized Optional<Kubelet> reachable() {
        return cut ? Optional.empty() : Optional.ofNullable(kubelet);
    }

    synchronized ClusterSnapshot.NodeState state() {
        var link =
                kubelet == null ? ClusterSnapshot.Link.OFF : cut ? ClusterSnapshot.Link.CUT : ClusterSnapshot.Link.ON;
        return new ClusterSnapshot.NodeState(node, Optional.of(runtime.state()), link);
    }

    /** The running containers of a pod, by name. */
    synchronized Map<String, String> running(String podUid) {
        Map<String, String> found = new HashMap<>();
        for (var container : runtime.listContainers(new ContainerFilter(
                Optional.empty(),
                Optional.empty(),
                Optional.of(ContainerState.RUNNING),
                Map.of(RuntimeLabels.POD_UID, podUid)))) {
            found.put(container.metadata().name(), container.id());
        }
        return found;
    }

    /** Who answers at a port of a pod. */
    synchronized Optional<PortHandler> port(String podUid, int port) {
        List<String> sandboxes = runtime
                .listPodSandboxes(
                        new SandboxFilter(Optional.empty(), Optional.empty(), Map.of(RuntimeLabels.POD_UID, podUid)))
                .stream()
                .map(sandbox -> sandbox.id())
                .toList();
        return sandboxes.stream()
                .flatMap(sandbox -> runtime.port(sandbox, port).stream())
                .findFirst();
    }

    synchronized SimulatedRuntime runtime() {
        return runtime;
    }

    @Override
    public synchronized void close() {
        var agent = kubelet;
        if (agent != null) {
            agent.close();
        }
        runtime.close();
    }
}
