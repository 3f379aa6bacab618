/**
 * The scheduler: finds a node for each pod that has none. Start reading at {@link dev.navarch.scheduler.Scheduler}.
 *
 * <p>One thread takes pods from the {@link dev.navarch.scheduler.SchedulingQueue} and decides, on a {@link
 * dev.navarch.scheduler.framework.Snapshot} of which only changed nodes are replaced between cycles; the decision is
 * assumed at once in the {@link dev.navarch.scheduler.ClusterCache} and bound through the API on a virtual thread.
 */
@NullMarked
package dev.navarch.scheduler;

import org.jspecify.annotations.NullMarked;
