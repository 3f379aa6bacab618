package dev.navarch.scheduler.framework;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeStatus;
import io.fabric8.kubernetes.api.model.Taint;
import java.util.ArrayList;
import java.util.Arrays;
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
    private final Place place;
    private final List<Taint> taints;
    private final Resources allocatable;
    private final long allowedPods;
    private final Map<String, Long> images;
    private final String zone;

    private final List<PodInfo> pods;
    private final Resources requested;
    private final Resources nonZeroRequested;
    private final List<HostPort> usedPorts;

    /**
     * A node's labels, and the domains in which it is by them: found out when they are first asked for, by the one thread
     * that uses the {@link Topologies}. Versions of a node with the same labels share it.
     */
    static final class Place {
        private static final int UNKNOWN = Topology.NONE - 1;

        private final Map<String, String> labels;
        private @Nullable Topologies asked;
        private int[] domains = {};

        Place(@Nullable Map<String, String> labels) {
            this.labels = labels == null ? Map.of() : labels;
        }

        Map<String, String> labels() {
            return labels;
        }

        int domain(Topologies by, Topology topology) {
            int index = topology.index();
            if (asked != by || index >= domains.length || domains[index] == UNKNOWN) {
                return find(by, topology);
            }
            return domains[index];
        }

        private int find(Topologies by, Topology topology) {
            int known = asked == by ? domains.length : 0;
            if (topology.index() >= known) {
                domains = Arrays.copyOf(domains, topology.index() + 1);
                Arrays.fill(domains, known, domains.length, UNKNOWN);
            }
            asked = by;
            int domain = topology.find(this);
            domains[topology.index()] = domain;
            return domain;
        }
    }

    /** A node without pods. */
    public NodeInfo(Node node) {
        this(node, new Place(node.getMetadata().getLabels()));
    }

    private NodeInfo(Node node, Place place) {
        this.node = node;
        this.place = place;
        name = node.getMetadata().getName();
        var spec = node.getSpec();
        taints = spec == null || spec.getTaints() == null ? List.of() : spec.getTaints();
        var status = node.getStatus();
        var list = status == null ? null : status.getAllocatable();
        allocatable = Resources.of(list);
        allowedPods = Resources.amount(list, "pods");
        images = images(status);
        zone = zone(place.labels);
        pods = List.of();
        requested = Resources.NONE;
        nonZeroRequested = Resources.NONE;
        usedPorts = List.of();
    }

    /** source: component-helpers node/topology/helpers.go, GetZoneKey. */
    private static String zone(Map<String, String> labels) {
        var zone = labels.getOrDefault(
                "topology.kubernetes.io/zone", labels.getOrDefault("failure-domain.beta.kubernetes.io/zone", ""));
        var region = labels.getOrDefault(
                "topology.kubernetes.io/region", labels.getOrDefault("failure-domain.beta.kubernetes.io/region", ""));
        return region + "/" + zone;
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
            List<HostPort> usedPorts) {
        node = of.node;
        name = of.name;
        place = of.place;
        taints = of.taints;
        allocatable = of.allocatable;
        allowedPods = of.allowedPods;
        images = of.images;
        zone = of.zone;
        this.pods = pods;
        this.requested = requested;
        this.nonZeroRequested = nonZeroRequested;
        this.usedPorts = usedPorts;
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
                pod.hostPorts().isEmpty() ? usedPorts : ports(more));
    }

    /** This node with another version of a pod, which {@linkplain PodInfo#countsAs counts as} the one that is here. */
    public NodeInfo with(PodInfo before, PodInfo now) {
        var same = new ArrayList<>(pods);
        same.replaceAll(pod -> pod == before ? now : pod);
        return new NodeInfo(this, same, requested, nonZeroRequested, usedPorts);
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
                        pod.hostPorts().isEmpty() ? usedPorts : ports(fewer));
            }
        }
        return this;
    }

    /** The same pods on a newer version of the node. */
    public NodeInfo with(Node newer) {
        var labels = newer.getMetadata().getLabels();
        boolean same = place.labels.equals(labels == null ? Map.of() : labels);
        var empty = new NodeInfo(newer, same ? place : new Place(labels));
        return new NodeInfo(empty, pods, requested, nonZeroRequested, usedPorts);
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
        return place.labels;
    }

    /** Whether nothing is different in another version of the node that sets of nodes and topologies look at. */
    public boolean standsAs(NodeInfo other) {
        return node == other.node || labels().equals(other.labels()) && taints.equals(other.taints);
    }

    Place place() {
        return place;
    }

    /** Region and zone; nodes without these share one. */
    public String zone() {
        return zone;
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

    @Override
    public String toString() {
        return name;
    }
}
