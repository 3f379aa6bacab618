package dev.navarch.scheduler.framework;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeStatus;
import io.fabric8.kubernetes.api.model.Taint;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A node with the pods on it and their sums. Immutable: a change makes a new one, so the scheduler's picture of the
 * cluster is brought up to date by replacing the few nodes that changed.
 */
public final class NodeInfo {
    private final Node node;
    private final String name;
    private final Map<String, String> labels;
    private final List<Taint> taints;
    private final Resources allocatable;
    private final long allowedPods;
    private final Map<String, Long> images;

    private final List<PodInfo> pods;
    private final Resources requested;
    private final Resources nonZeroRequested;
    private final List<HostPort> usedPorts;
    private final int podsWithAffinity;
    private final int podsWithRequiredAntiAffinity;

    /** A node without pods. */
    public NodeInfo(Node node) {
        this.node = node;
        name = node.getMetadata().getName();
        labels = node.getMetadata().getLabels() == null
                ? Map.of()
                : node.getMetadata().getLabels();
        var spec = node.getSpec();
        taints = spec == null || spec.getTaints() == null ? List.of() : spec.getTaints();
        var status = node.getStatus();
        var list = status == null ? null : status.getAllocatable();
        allocatable = Resources.of(list);
        allowedPods = Resources.amount(list, "pods");
        images = images(status);
        pods = List.of();
        requested = Resources.NONE;
        nonZeroRequested = Resources.NONE;
        usedPorts = List.of();
        podsWithAffinity = 0;
        podsWithRequiredAntiAffinity = 0;
    }

    private static Map<String, Long> images(@Nullable NodeStatus status) {
        if (status == null || status.getImages() == null || status.getImages().isEmpty()) {
            return Map.of();
        }
        var images = new HashMap<String, Long>();
        for (var image : status.getImages()) {
            if (image.getNames() != null) {
                long size = image.getSizeBytes() == null ? 0 : image.getSizeBytes();
                image.getNames().forEach(name -> images.put(name, size));
            }
        }
        return images;
    }

    private NodeInfo(
            NodeInfo of,
            List<PodInfo> pods,
            Resources requested,
            Resources nonZeroRequested,
            List<HostPort> usedPorts,
            int podsWithAffinity,
            int podsWithRequiredAntiAffinity) {
        node = of.node;
        name = of.name;
        labels = of.labels;
        taints = of.taints;
        allocatable = of.allocatable;
        allowedPods = of.allowedPods;
        images = of.images;
        this.pods = pods;
        this.requested = requested;
        this.nonZeroRequested = nonZeroRequested;
        this.usedPorts = usedPorts;
        this.podsWithAffinity = podsWithAffinity;
        this.podsWithRequiredAntiAffinity = podsWithRequiredAntiAffinity;
    }

    /** This node with one more pod. */
    public NodeInfo with(PodInfo pod) {
        var more = new ArrayList<PodInfo>(pods.size() + 1);
        more.addAll(pods);
        more.add(pod);
        return new NodeInfo(
                this,
                more,
                requested.plus(pod.requests()),
                nonZeroRequested.plus(pod.nonZeroRequests()),
                pod.hostPorts().isEmpty() ? usedPorts : ports(more),
                podsWithAffinity + (pod.affinity().isEmpty() ? 0 : 1),
                podsWithRequiredAntiAffinity + (pod.affinity().requiredAnti().isEmpty() ? 0 : 1));
    }

    /** This node without the pod of that uid; this if it is not here. */
    public NodeInfo without(String uid) {
        for (int i = 0; i < pods.size(); i++) {
            if (pods.get(i).uid().equals(uid)) {
                var fewer = new ArrayList<>(pods);
                var pod = fewer.remove(i);
                return new NodeInfo(
                        this,
                        fewer,
                        requested.minus(pod.requests()),
                        nonZeroRequested.minus(pod.nonZeroRequests()),
                        pod.hostPorts().isEmpty() ? usedPorts : ports(fewer),
                        podsWithAffinity - (pod.affinity().isEmpty() ? 0 : 1),
                        podsWithRequiredAntiAffinity
                                - (pod.affinity().requiredAnti().isEmpty() ? 0 : 1));
            }
        }
        return this;
    }

    /** The same pods on a newer version of the node. */
    public NodeInfo with(Node newer) {
        return new NodeInfo(
                new NodeInfo(newer),
                pods,
                requested,
                nonZeroRequested,
                usedPorts,
                podsWithAffinity,
                podsWithRequiredAntiAffinity);
    }

    private static List<HostPort> ports(List<PodInfo> pods) {
        return pods.stream().flatMap(pod -> pod.hostPorts().stream()).toList();
    }

    public Node node() {
        return node;
    }

    public String name() {
        return name;
    }

    public Map<String, String> labels() {
        return labels;
    }

    public List<Taint> taints() {
        return taints;
    }

    public boolean unschedulable() {
        return node.getSpec() != null && Boolean.TRUE.equals(node.getSpec().getUnschedulable());
    }

    public Resources allocatable() {
        return allocatable;
    }

    public long allowedPods() {
        return allowedPods;
    }

    /** The images that are on the node, with their sizes in bytes, by each of their names. */
    public Map<String, Long> images() {
        return images;
    }

    public List<PodInfo> pods() {
        return pods;
    }

    public Resources requested() {
        return requested;
    }

    public Resources nonZeroRequested() {
        return nonZeroRequested;
    }

    public List<HostPort> usedPorts() {
        return usedPorts;
    }

    /** Whether any pod here has rules on the pods beside it. */
    public boolean hasPodsWithAffinity() {
        return podsWithAffinity > 0;
    }

    public boolean hasPodsWithRequiredAntiAffinity() {
        return podsWithRequiredAntiAffinity > 0;
    }

    @Override
    public String toString() {
        return name;
    }
}
