package dev.navarch.scheduler.plugins;

import dev.navarch.scheduler.framework.ClusterEvent;
import dev.navarch.scheduler.framework.CycleState;
import dev.navarch.scheduler.framework.NodeInfo;
import dev.navarch.scheduler.framework.Plugin;
import dev.navarch.scheduler.framework.PodInfo;
import dev.navarch.scheduler.framework.Snapshot;
import dev.navarch.scheduler.framework.Status;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A pod that needs what only newer nodes can do goes to one that declares it in {@code status.declaredFeatures} (source:
 * plugins/nodedeclaredfeatures; component-helpers nodedeclaredfeatures/features).
 */
public final class NodeDeclaredFeatures implements Plugin.PreFilter, Plugin.Filter {
    private static final String RESTART_ALL = "RestartAllContainersOnContainerExits";
    private static final String USERS_ON_HOST_NETWORK = "UserNamespacesHostNetworkSupport";

    private record Needed(List<String> features) {}

    @Override
    public String name() {
        return "NodeDeclaredFeatures";
    }

    @Override
    public Result preFilter(CycleState state, PodInfo pod, Snapshot snapshot) {
        var needed = needed(pod.pod());
        if (needed.isEmpty()) {
            return Result.SKIP;
        }
        state.put(this, new Needed(needed));
        return Result.ALL;
    }

    /** In alphabetical order. */
    private static List<String> needed(Pod pod) {
        var spec = pod.getSpec();
        var needed = new ArrayList<String>(0);
        if (restartAll(spec.getContainers()) || restartAll(spec.getInitContainers())) {
            needed.add(RESTART_ALL);
        }
        if (Boolean.TRUE.equals(spec.getHostNetwork()) && Boolean.FALSE.equals(spec.getHostUsers())) {
            needed.add(USERS_ON_HOST_NETWORK);
        }
        return needed;
    }

    private static boolean restartAll(@Nullable List<Container> containers) {
        return containers != null
                && containers.stream()
                        .filter(container -> container.getRestartPolicyRules() != null)
                        .flatMap(container -> container.getRestartPolicyRules().stream())
                        .anyMatch(rule -> "RestartAllContainers".equals(rule.getAction()));
    }

    private static List<String> missing(List<String> needed, Node node) {
        var declared = declared(node);
        return needed.stream().filter(feature -> !declared.contains(feature)).toList();
    }

    @Override
    public Status filter(CycleState state, PodInfo pod, NodeInfo node) {
        var missing = missing(state.get(this, Needed.class).features, node.node());
        return missing.isEmpty()
                ? Status.SUCCESS
                : Status.unresolvable("node declared features check failed - unsatisfied requirements: "
                        + String.join(", ", missing));
    }

    @Override
    public boolean concernedBy(ClusterEvent event) {
        return switch (event) {
            case ClusterEvent.NodeAdded _, ClusterEvent.PodChanged _ -> true;
            case ClusterEvent.NodeChanged changed -> changed.declaredFeatures();
            default -> false;
        };
    }

    private static List<String> declared(Node node) {
        var status = node.getStatus();
        return status == null || status.getDeclaredFeatures() == null ? List.of() : status.getDeclaredFeatures();
    }

    @Override
    public boolean mayHelp(PodInfo pod, ClusterEvent event) {
        return switch (event) {
            case ClusterEvent.NodeAdded(var node) ->
                missing(needed(pod.pod()), node).isEmpty();
            case ClusterEvent.NodeChanged(var _, var now) ->
                missing(needed(pod.pod()), now).isEmpty();
            case ClusterEvent.PodChanged(var before, var now) -> !needed(before).equals(needed(now));
            default -> true;
        };
    }
}
