package dev.navarch.kubelet;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The settings of one node agent.
 *
 * @param nodeName the node's name; also its hostname label
 * @param root where it keeps what belongs to pods
 * @param nodeIps the node's addresses, the first one the primary
 * @param labels more labels of the node, beside the usual ones
 * @param taints registered with the node, as {@code key=value:Effect}
 * @param port of the kubelet API that {@code kubectl logs} and {@code exec} come to; 0 if there is none
 * @param dns what pods' resolv.conf is made from
 * @param maxPods how many pods the node takes
 * @param reserved of each resource, what is kept back from pods
 * @param capacity replaces what the machine has of a resource
 * @param cgroups the mounted cgroup file system and the node's own group in it; empty leaves groups to the engine
 * @param version the version of Kubernetes that it stands for
 * @param timing how often it looks and tells
 * @param podBlock the range of the node's pods, if it knows one
 */
public record KubeletConfig(
        String nodeName,
        Path root,
        List<String> nodeIps,
        Map<String, String> labels,
        List<String> taints,
        int port,
        Dns dns,
        int maxPods,
        Map<String, String> reserved,
        Map<String, String> capacity,
        Optional<Cgroups> cgroups,
        boolean mounts,
        String version,
        Timing timing,
        Optional<String> podBlock) {

    /** Where groups are made: {@code root} is usually {@code /sys/fs/cgroup}. */
    public record Cgroups(Path root, String name) {}

    /** The cluster's DNS servers, its domain, and the node's own resolv.conf. */
    public record Dns(List<String> servers, String domain, Path hostFile) {
        public static final String DOMAIN = "cluster.local";
        public static final Path HOST_FILE = Path.of("/etc/resolv.conf");

        public Dns {
            servers = List.copyOf(servers);
        }
    }

    /**
     * @param relist between two looks at all containers
     * @param lease between two renewals of the node's lease, which lasts four times as long
     * @param nodeStatus between two looks at the node's own state
     * @param nodeReport between two reports of a state that did not change
     * @param volumeRefresh between two looks at the objects that volumes show
     * @param housekeeping between two looks for what belongs to no pod
     * @param crashDelay the first wait of a crashing container, which doubles
     * @param maxCrashDelay the longest
     */
    public record Timing(
            Duration relist,
            Duration lease,
            Duration nodeStatus,
            Duration nodeReport,
            Duration volumeRefresh,
            Duration housekeeping,
            Duration crashDelay,
            Duration maxCrashDelay) {
        public static final Timing DEFAULT = new Timing(
                Duration.ofSeconds(1),
                Duration.ofSeconds(10),
                Duration.ofSeconds(10),
                Duration.ofMinutes(5),
                Duration.ofSeconds(30),
                Duration.ofSeconds(2),
                Duration.ofSeconds(10),
                Duration.ofMinutes(5));

        /** For simulated nodes, whose engine tells everything by events. */
        public static final Timing SIMULATED = new Timing(
                Duration.ofSeconds(30),
                Duration.ofSeconds(10),
                Duration.ofSeconds(10),
                Duration.ofMinutes(5),
                Duration.ofMinutes(1),
                Duration.ofSeconds(30),
                Duration.ofSeconds(10),
                Duration.ofMinutes(5));
    }

    public KubeletConfig {
        nodeIps = List.copyOf(nodeIps);
        labels = Map.copyOf(labels);
        taints = List.copyOf(taints);
        reserved = Map.copyOf(reserved);
        capacity = Map.copyOf(capacity);
    }

    /** The usual settings, without cgroups, mounts or cluster DNS. */
    public static KubeletConfig of(String nodeName, Path root, String nodeIp) {
        return new KubeletConfig(
                nodeName,
                root,
                List.of(nodeIp),
                Map.of(),
                List.of(),
                0,
                new Dns(List.of(), Dns.DOMAIN, Dns.HOST_FILE),
                110,
                Map.of(),
                Map.of(),
                Optional.empty(),
                false,
                "v1.36.0",
                Timing.DEFAULT,
                Optional.empty());
    }

    public KubeletConfig withPort(int value) {
        return with(draft -> draft.port = value);
    }

    public KubeletConfig withLabels(Map<String, String> value) {
        return with(draft -> draft.labels = value);
    }

    public KubeletConfig withTaints(List<String> value) {
        return with(draft -> draft.taints = value);
    }

    /** Where pods ask for names of the cluster. */
    public KubeletConfig withDns(List<String> servers) {
        return with(draft -> draft.dns = new Dns(servers, dns.domain(), dns.hostFile()));
    }

    public KubeletConfig withMaxPods(int value) {
        return with(draft -> draft.maxPods = value);
    }

    /** As quantities, e.g. {@code cpu=4}. */
    public KubeletConfig withCapacity(Map<String, String> value) {
        return with(draft -> draft.capacity = value);
    }

    public KubeletConfig withCgroups(Cgroups value) {
        return with(draft -> draft.cgroups = Optional.of(value));
    }

    /** Whether this process may mount file systems in memory for secrets and such volumes. */
    public KubeletConfig withMounts(boolean value) {
        return with(draft -> draft.mounts = value);
    }

    public KubeletConfig withTiming(Timing value) {
        return with(draft -> draft.timing = value);
    }

    /** The range of the node's pods, such as {@code 10.244.3.0/24}, which it tells when it registers. */
    public KubeletConfig withPodBlock(String value) {
        return with(draft -> draft.podBlock = Optional.of(value));
    }

    private KubeletConfig with(Consumer<Draft> change) {
        var draft = new Draft(this);
        change.accept(draft);
        return draft.finished();
    }

    /** What a copy may have otherwise. */
    private static final class Draft {
        private final KubeletConfig config;
        private Map<String, String> labels;
        private List<String> taints;
        private int port;
        private Dns dns;
        private int maxPods;
        private Map<String, String> capacity;
        private Optional<Cgroups> cgroups;
        private boolean mounts;
        private Timing timing;
        private Optional<String> podBlock;

        Draft(KubeletConfig config) {
            this.config = config;
            labels = config.labels;
            taints = config.taints;
            port = config.port;
            dns = config.dns;
            maxPods = config.maxPods;
            capacity = config.capacity;
            cgroups = config.cgroups;
            mounts = config.mounts;
            timing = config.timing;
            podBlock = config.podBlock;
        }

        KubeletConfig finished() {
            return new KubeletConfig(
                    config.nodeName,
                    config.root,
                    config.nodeIps,
                    labels,
                    taints,
                    port,
                    dns,
                    maxPods,
                    config.reserved,
                    capacity,
                    cgroups,
                    mounts,
                    config.version,
                    timing,
                    podBlock);
        }
    }
}
