package dev.navarch.scheduler.plugins;

import dev.navarch.scheduler.framework.ClusterEvent;
import dev.navarch.scheduler.framework.CycleState;
import dev.navarch.scheduler.framework.NodeInfo;
import dev.navarch.scheduler.framework.Plugin;
import dev.navarch.scheduler.framework.PodInfo;
import dev.navarch.scheduler.framework.Resources;
import dev.navarch.scheduler.framework.Status;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.resource.v1.DeviceClass;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What the pod requests is free on the node; and the scoring strategy says how much of it should be (source:
 * plugins/noderesources, fit.go).
 */
public final class NodeResourcesFit implements Plugin.Filter, Plugin.Score, Plugin.NodeLocal {
    private final ResourceScoring scoring;
    private final Set<String> ignored;
    private final Set<String> ignoredGroups;
    private final Optional<ExtendedResources> devices;

    /** With upstream's defaults. */
    public NodeResourcesFit() {
        this(
                new ResourceScoring(ResourceScoring.Strategy.LEAST, ResourceScoring.STANDARD, List.of()),
                Set.of(),
                Set.of(),
                Optional.empty());
    }

    /**
     * @param ignored extended resources that need not be free
     * @param ignoredGroups what stands before the slash of such resources
     * @param devices resources that nodes may get from devices, which is {@link DynamicResources}' matter
     */
    NodeResourcesFit(
            ResourceScoring scoring,
            Set<String> ignored,
            Set<String> ignoredGroups,
            Optional<ExtendedResources> devices) {
        this.scoring = scoring;
        this.ignored = Set.copyOf(ignored);
        this.ignoredGroups = Set.copyOf(ignoredGroups);
        this.devices = devices;
    }

    @Override
    public String name() {
        return "NodeResourcesFit";
    }

    /** @param classes those of devices that stand for resources, if the pod may want any of them */
    private record Signature(Resources exact, Resources nonZero, Map<String, String> classes) {}

    @Override
    public Object signature(PodInfo pod) {
        return new Signature(
                pod.requests(),
                pod.nonZeroRequests(),
                pod.requests().scalars().isEmpty()
                        ? Map.of()
                        : devices.map(ExtendedResources::classes).orElse(Map.of()));
    }

    @Override
    public Status filter(CycleState state, PodInfo pod, NodeInfo node) {
        if (fits(pod.requests(), node)) {
            return Status.SUCCESS;
        }
        return rejection(pod.requests(), node);
    }

    private boolean fits(Resources wanted, NodeInfo node) {
        if (node.pods().size() + 1 > node.allowedPods()) {
            return false;
        }
        var has = node.allocatable();
        var used = node.requested();
        if (lacks(wanted.cpuMillis(), has.cpuMillis(), used.cpuMillis())
                || lacks(wanted.memoryBytes(), has.memoryBytes(), used.memoryBytes())
                || lacks(wanted.ephemeralBytes(), has.ephemeralBytes(), used.ephemeralBytes())) {
            return false;
        }
        for (var scalar : wanted.scalars().entrySet()) {
            if (lacks(scalar.getValue(), has.scalar(scalar.getKey()), used.scalar(scalar.getKey()))
                    && !ignores(scalar.getKey(), node)) {
                return false;
            }
        }
        return true;
    }

    private boolean ignores(String name, NodeInfo node) {
        int slash = name.indexOf('/');
        if (slash > 0 && devices.isPresent() && devices.get().onlyByDevices(name, node)) {
            return true;
        }
        return slash > 0 && (ignored.contains(name) || ignoredGroups.contains(name.substring(0, slash)));
    }

    private static boolean lacks(long wanted, long has, long used) {
        return wanted > 0 && wanted > has - used;
    }

    /** All that is lacking. What even the empty node would lack can't be helped by removing pods. */
    private Status rejection(Resources wanted, NodeInfo node) {
        var reasons = new ArrayList<String>();
        boolean unresolvable = false;
        if (node.pods().size() + 1 > node.allowedPods()) {
            reasons.add("Too many pods");
        }
        var has = node.allocatable();
        var used = node.requested();
        if (lacks(wanted.cpuMillis(), has.cpuMillis(), used.cpuMillis())) {
            reasons.add("Insufficient cpu");
            unresolvable = wanted.cpuMillis() > has.cpuMillis();
        }
        if (lacks(wanted.memoryBytes(), has.memoryBytes(), used.memoryBytes())) {
            reasons.add("Insufficient memory");
            unresolvable |= wanted.memoryBytes() > has.memoryBytes();
        }
        if (lacks(wanted.ephemeralBytes(), has.ephemeralBytes(), used.ephemeralBytes())) {
            reasons.add("Insufficient ephemeral-storage");
            unresolvable |= wanted.ephemeralBytes() > has.ephemeralBytes();
        }
        for (var scalar : wanted.scalars().entrySet()) {
            var name = scalar.getKey();
            if (lacks(scalar.getValue(), has.scalar(name), used.scalar(name)) && !ignores(name, node)) {
                reasons.add("Insufficient " + name);
                unresolvable |= scalar.getValue() > has.scalar(name);
            }
        }
        return new Status(unresolvable ? Status.Code.UNRESOLVABLE : Status.Code.UNSCHEDULABLE, reasons);
    }

    @Override
    public long score(CycleState state, PodInfo pod, NodeInfo node) {
        return scoring.score(pod, node);
    }

    @Override
    public boolean concernedBy(ClusterEvent event) {
        return switch (event) {
            case ClusterEvent.PodRemoved _, ClusterEvent.NodeAdded _ -> true;
            case ClusterEvent.AssignedPodChanged(var before, var now) ->
                now.requests().lessInAny(before.requests());
            case ClusterEvent.PodChanged(var before, var now) ->
                new PodInfo(now).requests().lessInAny(new PodInfo(before).requests());
            case ClusterEvent.NodeChanged(var before, var now) -> more(before, now);
            case ClusterEvent.ObjectChanged changed -> changed.of(DeviceClass.class);
            default -> false;
        };
    }

    private static boolean more(Node before, Node now) {
        var old = new NodeInfo(before);
        var current = new NodeInfo(now);
        return current.allowedPods() > old.allowedPods() || old.allocatable().lessInAny(current.allocatable());
    }

    @Override
    public boolean mayHelp(PodInfo pod, ClusterEvent event) {
        return switch (event) {
            case ClusterEvent.PodRemoved(var _, var node) -> node.isEmpty() || fits(pod.requests(), node.get());
            case ClusterEvent.NodeAdded added -> fits(pod.requests(), new NodeInfo(added.node()));
            case ClusterEvent.NodeChanged changed -> fits(pod.requests(), new NodeInfo(changed.now()));
            case ClusterEvent.ObjectChanged _ ->
                devices.filter(known -> known.any(pod)).isPresent();
            default -> true;
        };
    }
}
