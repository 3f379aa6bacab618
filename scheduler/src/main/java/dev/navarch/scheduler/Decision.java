package dev.navarch.scheduler;

import dev.navarch.scheduler.framework.CycleState;
import java.util.Optional;
import java.util.Set;

/** What a scheduling cycle came to. */
sealed interface Decision {
    record Placed(String node, CycleState state) implements Decision {}

    /**
     * There is no node.
     *
     * @param rejectedBy names of the plugins that rejected nodes, or the pod
     * @param nominated the node on which room is being made, {@code ""} for none any more; empty leaves it as it was
     */
    record Unfit(String message, Set<String> rejectedBy, Optional<String> nominated) implements Decision {}

    /** A plugin failed. */
    record Failed(String message) implements Decision {}
}
