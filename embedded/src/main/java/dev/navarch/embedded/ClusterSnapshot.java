package dev.navarch.embedded;

import dev.navarch.client.SharedObjects;
import dev.navarch.kubelet.simulated.RuntimeState;
import dev.navarch.storage.StoreState;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * All of a cluster at one moment: objects, nodes, what runs on them, and the time. It can't be changed and costs next to
 * nothing: it shares with the cluster what that does not change afterwards. Any number of clusters may start from it, and it
 * may outlive the one it was taken of.
 *
 * <p>What components only remember, such as how long a controller still waits until it tries again, is not part of it; they
 * find out anew, as they do when they are started again.
 */
public final class ClusterSnapshot {
    private final ClusterSettings settings;
    private final EmbeddedCertificates certificates;
    private final Instant instant;
    private final boolean paused;
    private final Optional<StoreState> store;
    private final Origin origin;
    private final List<NodeState> nodes;
    private final Path root;
    private final List<History.Change> history;
    private final PodScripts scripts;
    private final Supplier<SharedObjects> objects;

    /** Where the objects are from. */
    enum Origin {
        /** Every new cluster has them, or makes them for itself. */
        NEW,
        /** Another cluster had them. */
        DUMP,
        /** A cluster like this one left them so. */
        LIFE
    }

    /** Whether a node runs, and whether it can be reached. */
    enum Link {
        ON,
        CUT,
        OFF
    }

    /** A node and, unless it is new, what its runtime has. */
    record NodeState(EmbeddedNode node, Optional<RuntimeState> runtime, Link link) {
        static NodeState anew(EmbeddedNode node) {
            return new NodeState(node, Optional.empty(), Link.ON);
        }
    }

    /**
     * @param store empty for a cluster that makes all for itself
     * @param root where files of the nodes were
     * @param history the last changes that led here
     * @param scripts what containers were told to do
     * @param objects for each cluster that begins with this, what its components have in common
     */
    ClusterSnapshot(
            ClusterSettings settings,
            EmbeddedCertificates certificates,
            Instant instant,
            boolean paused,
            Optional<StoreState> store,
            Origin origin,
            List<NodeState> nodes,
            Path root,
            List<History.Change> history,
            PodScripts scripts,
            Supplier<SharedObjects> objects) {
        this.settings = settings;
        this.certificates = certificates;
        this.instant = instant;
        this.paused = paused;
        this.store = store;
        this.origin = origin;
        this.nodes = List.copyOf(nodes);
        this.root = root;
        this.history = history;
        this.scripts = scripts;
        this.objects = objects;
    }

    /**
     * Starts a cluster with this state, which from then on goes its own way. Certificates and tokens of the one are good for
     * the other; its port is another.
     *
     * @throws EmbeddedClusterException if that is not possible
     */
    public EmbeddedCluster start() {
        return EmbeddedCluster.from(this);
    }

    /** What the clock showed. */
    public Instant instant() {
        return instant;
    }

    /** The {@code resourceVersion} of the whole. */
    public long revision() {
        return store.map(StoreState::revision).orElse(0L);
    }

    ClusterSettings settings() {
        return settings;
    }

    EmbeddedCertificates certificates() {
        return certificates;
    }

    boolean paused() {
        return paused;
    }

    Optional<StoreState> store() {
        return store;
    }

    Origin origin() {
        return origin;
    }

    List<NodeState> nodes() {
        return nodes;
    }

    /** Whether no node of it has to start first, which takes a moment of its time. */
    boolean running() {
        return nodes.stream().allMatch(node -> node.runtime().isPresent());
    }

    /** What containers were told to do. */
    PodScripts scripts() {
        return scripts;
    }

    /** What the components of a cluster that begins here decode together. */
    SharedObjects objects() {
        return objects.get();
    }

    /** The last changes that led here. */
    List<History.Change> history() {
        return history;
    }

    Path root() {
        return root;
    }

    /** The same, for a cluster whose clients have seen this revision. */
    ClusterSnapshot after(long revision) {
        return new ClusterSnapshot(
                settings,
                certificates,
                instant,
                paused,
                store.map(state -> state.after(revision)),
                origin,
                nodes,
                root,
                history,
                scripts,
                objects);
    }
}
