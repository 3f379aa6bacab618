package dev.navarch.kubelet.server;

import dev.navarch.kubelet.Kubelet;
import dev.navarch.kubelet.pods.RuntimeLabels;
import dev.navarch.kubelet.runtime.ContainerFilter;
import dev.navarch.kubelet.runtime.ContainerStats;
import dev.navarch.kubelet.runtime.NetworkStats;
import dev.navarch.kubelet.runtime.RuntimeFailure;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** {@code /stats/summary}. Source: k8s.io/kubelet pkg/apis/stats/v1alpha1/types.go. */
final class Summary {
    private static final Logger log = LoggerFactory.getLogger(Summary.class);

    private final ObjectNode root = JsonNodeFactory.instance.objectNode();
    private final Map<String, ObjectNode> pods = new HashMap<>();
    private final Map<String, Sum> sums = new HashMap<>();
    private final Sum all = new Sum();

    /** What a pod's containers use together, or a node's. */
    private static final class Sum {
        long cores;
        long nanos;
        long memory;

        void add(ContainerStats stats) {
            cores += stats.cpuUsageNanoCores().orElse(0);
            nanos += stats.cpuUsageCoreNanos().orElse(0);
            memory += stats.memoryWorkingSetBytes().orElse(0);
        }

        void put(ObjectNode into, Instant at) {
            into.putObject("cpu")
                    .put("time", at.toString())
                    .put("usageNanoCores", cores)
                    .put("usageCoreNanoSeconds", nanos);
            into.putObject("memory").put("time", at.toString()).put("workingSetBytes", memory);
        }
    }

    private Summary() {}

    static ObjectNode of(Kubelet kubelet, Instant now) {
        var summary = new Summary();
        var node = summary.root.putObject("node").put("nodeName", kubelet.nodeName());
        summary.root.putArray("pods");
        for (var stats : kubelet.runtime().listContainerStats(ContainerFilter.ALL)) {
            summary.container(stats);
        }
        summary.sums.forEach((uid, sum) -> sum.put(summary.pods.get(uid), now));
        try {
            kubelet.runtime().listNetworkStats().forEach(summary::network);
        } catch (RuntimeFailure e) {
            log.debug("No figures of the network: {}", e.getMessage()); // the others are worth telling
        }
        summary.all.put(node, now);
        kubelet.runtime().machineStats().ifPresent(machine -> {
            node.putObject("cpu")
                    .put("time", machine.at().toString())
                    .put("usageNanoCores", machine.cpuUsageNanoCores())
                    .put("usageCoreNanoSeconds", machine.cpuUsageCoreNanos());
            node.putObject("memory")
                    .put("time", machine.at().toString())
                    .put("availableBytes", machine.memoryAvailableBytes())
                    .put("workingSetBytes", machine.memoryWorkingSetBytes());
        });
        return summary.root;
    }

    private void container(ContainerStats stats) {
        var uid = stats.labels().get(RuntimeLabels.POD_UID);
        if (uid == null) {
            return;
        }
        var container = pod(uid, stats.labels()).withArray("containers").addObject();
        container.put("name", stats.labels().get(RuntimeLabels.CONTAINER_NAME));
        usage(container, stats);
        sums.computeIfAbsent(uid, _ -> new Sum()).add(stats);
        all.add(stats);
    }

    private ObjectNode pod(String uid, Map<String, String> labels) {
        return pods.computeIfAbsent(uid, _ -> {
            var entry = root.withArray("pods").addObject();
            entry.putObject("podRef")
                    .put("name", labels.get(RuntimeLabels.POD_NAME))
                    .put("namespace", labels.get(RuntimeLabels.POD_NAMESPACE))
                    .put("uid", uid);
            entry.putArray("containers");
            return entry;
        });
    }

    private static void usage(ObjectNode container, ContainerStats stats) {
        var at = stats.at().toString();
        var cpu = container.putObject("cpu").put("time", at);
        stats.cpuUsageNanoCores().ifPresent(v -> cpu.put("usageNanoCores", v));
        stats.cpuUsageCoreNanos().ifPresent(v -> cpu.put("usageCoreNanoSeconds", v));
        var memory = container.putObject("memory").put("time", at);
        stats.memoryUsageBytes().ifPresent(v -> memory.put("usageBytes", v));
        stats.memoryWorkingSetBytes().ifPresent(v -> memory.put("workingSetBytes", v));
        stats.memoryRssBytes().ifPresent(v -> memory.put("rssBytes", v));
    }

    private void network(NetworkStats stats) {
        var uid = stats.labels().get(RuntimeLabels.POD_UID);
        if (uid == null) {
            return;
        }
        var network = pod(uid, stats.labels())
                .putObject("network")
                .put("time", stats.at().toString());
        figures(network, stats);
        figures(network.putArray("interfaces").addObject(), stats);
    }

    private static void figures(ObjectNode into, NetworkStats stats) {
        into.put("name", stats.device())
                .put("rxBytes", stats.receivedBytes())
                .put("rxErrors", stats.receiveErrors())
                .put("txBytes", stats.sentBytes())
                .put("txErrors", stats.sendErrors());
    }
}
