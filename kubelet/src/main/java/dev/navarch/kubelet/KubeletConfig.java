package dev.navarch.kubelet;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

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
 * @param podBlock the range of the node\'s pods, if it knows one
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
                new Dns(List.of(), "cluster.local", Path.of("/etc/resolv.conf")),
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
        return new KubeletConfig(
                nodeName, root, nodeIps, labels, taints, value, dns, maxPods, reserved, capacity, cgroups, mounts,
                version, timing, podBlock);
    }

    public KubeletConfig withLabels(Map<String, String> value) {
        return new KubeletConfig(
                nodeName, root, nodeIps, value, taints, port, dns, maxPods, reserved, capacity, cgroups, mounts,
                version, timing, podBlock);
    }

    public KubeletConfig withTaints(List<String> value) {
        return new KubeletConfig(
                nodeName, root, nodeIps, labels, value, port, dns, maxPods, reserved, capacity, cgroups, mounts,
                version, timing, podBlock);
    }

    public KubeletConfig withDns(Dns value) {
        return new KubeletConfig(
                nodeName, root, nodeIps, labels, taints, port, value, maxPods, reserved, capacity, cgroups, mounts,
                version, timing, podBlock);
    }

    public KubeletConfig withMaxPods(int value) {
        return new KubeletConfig(
                nodeName, root, nodeIps, labels, taints, port, dns, value, reserved, capacity, cgroups, mounts, version,
                timing, podBlock);
    }

    /** As quantities, e.g. {@code cpu=4}. */
    public KubeletConfig withCapacity(Map<String, String> value) {
        return new KubeletConfig(
                nodeName, root, nodeIps, labels, taints, port, dns, maxPods, reserved, value, cgroups, mounts, version,
                timing, podBlock);
    }

    public KubeletConfig withReserved(Map<String, String> value) {
        return new KubeletConfig(
                nodeName, root, nodeIps, labels, taints, port, dns, maxPods, value, capacity, cgroups, mounts, version,
                timing, podBlock);
    }

    public KubeletConfig withCgroups(Cgroups value) {
        return new KubeletConfig(
                nodeName,
                root,
                nodeIps,
                labels,
                taints,
                port,
                dns,
                maxPods,
                reserved,
                capacity,
                Optional.of(value),
                mounts,
                version,
                timing,
                podBlock);
    }

    /** Whether this process may mount file systems in memory for secrets and such volumes. */
    public KubeletConfig withMounts(boolean value) {
        return new KubeletConfig(
                nodeName, root, nodeIps, labels, taints, port, dns, maxPods, reserved, capacity, cgroups, value,
                version, timing, podBlock);
    }

    public KubeletConfig withTiming(Timing value) {
        return new KubeletConfig(
                nodeName, root, nodeIps, labels, taints, port, dns, maxPods, reserved, capacity, cgroups, mounts,
                version, value, podBlock);
    }

    /** The range of the node's pods, such as {@code 10.244.3.0/24}, which it tells when it registers. */
    public KubeletConfig withPodBlock(String value) {
        return new KubeletConfig(
                nodeName,
                root,
                nodeIps,
                labels,
                taints,
                port,
                dns,
                maxPods,
                reserved,
                capacity,
                cgroups,
                mounts,
                version,
                timing,
                Optional.of(value));
    }
}
