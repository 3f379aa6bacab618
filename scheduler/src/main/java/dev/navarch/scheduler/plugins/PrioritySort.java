package dev.navarch.scheduler.plugins;

import dev.navarch.scheduler.framework.Plugin;
import dev.navarch.scheduler.framework.PodInfo;

/** Higher priority first, then first come, first served (source: plugins/queuesort). */
public final class PrioritySort implements Plugin.QueueSort {
    @Override
    public String name() {
        return "PrioritySort";
    }

    @Override
    public int compare(PodInfo one, long nanosOne, PodInfo other, long nanosOther) {
        int byPriority = Integer.compare(other.priority(), one.priority());
        return byPriority != 0 ? byPriority : Long.signum(nanosOne - nanosOther);
    }
}
