package dev.navarch.scheduler.plugins;

import dev.navarch.scheduler.framework.CycleState;
import dev.navarch.scheduler.framework.Plugin;
import dev.navarch.scheduler.framework.PodInfo;
import dev.navarch.scheduler.framework.Snapshot;
import dev.navarch.scheduler.framework.Status;
import java.util.Map;
import java.util.Optional;

/**
 * The part of upstream's plugin that concerns pods without resource claims: it has nothing to deallocate for them, and
 * says so in their messages. Pods with claims are not scheduled: allocating devices is not implemented (source:
 * plugins/dynamicresources).
 */
public final class DynamicResources implements Plugin.PreFilter, Plugin.PostFilter {
    private static final Status UNSUPPORTED =
            Status.unresolvable("resource claims are not supported by this scheduler");
    private static final Status NOTHING = Status.unschedulable("no new claims to deallocate");

    @Override
    public String name() {
        return "DynamicResources";
    }

    @Override
    public PreFilter.Result preFilter(CycleState state, PodInfo pod, Snapshot snapshot) {
        var claims = pod.pod().getSpec().getResourceClaims();
        return claims == null || claims.isEmpty() ? PreFilter.Result.SKIP : PreFilter.Result.of(UNSUPPORTED);
    }

    @Override
    public PostFilter.Result postFilter(
            CycleState state, PodInfo pod, Snapshot snapshot, Map<String, Status> rejections, Trial trial) {
        return new PostFilter.Result(NOTHING, Optional.empty());
    }
}
