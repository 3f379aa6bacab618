package dev.navarch.scheduler.plugins;

import dev.navarch.scheduler.framework.ClusterEvent;
import dev.navarch.scheduler.framework.Plugin;
import dev.navarch.scheduler.framework.PodInfo;
import dev.navarch.scheduler.framework.Status;
import io.fabric8.kubernetes.api.model.PodSchedulingGate;
import java.util.stream.Collectors;

/** Keeps a pod back as long as {@code spec.schedulingGates} names anything (source: plugins/schedulinggates). */
public final class SchedulingGates implements Plugin.PreEnqueue {
    @Override
    public String name() {
        return "SchedulingGates";
    }

    @Override
    public Status preEnqueue(PodInfo pod) {
        var gates = pod.pod().getSpec().getSchedulingGates();
        if (gates == null || gates.isEmpty()) {
            return Status.SUCCESS;
        }
        var names = gates.stream().map(PodSchedulingGate::getName).collect(Collectors.joining(" ", "[", "]"));
        return Status.unresolvable("waiting for scheduling gates: " + names);
    }

    @Override
    public boolean concernedBy(ClusterEvent event) {
        return event instanceof ClusterEvent.PodChanged changed && changed.gatesOpened();
    }

    @Override
    public boolean mayHelp(PodInfo pod, ClusterEvent event) {
        return event instanceof ClusterEvent.PodChanged changed
                && preEnqueue(new PodInfo(changed.now())).success();
    }
}
