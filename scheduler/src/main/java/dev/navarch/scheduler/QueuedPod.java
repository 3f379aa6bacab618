package dev.navarch.scheduler;

import dev.navarch.scheduler.framework.ClusterEvent;
import dev.navarch.scheduler.framework.PodInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** A pod on its way through the {@link SchedulingQueue}, which guards all fields. */
final class QueuedPod {
    /** Where it is. */
    enum Place {
        /** To be tried as soon as possible. */
        ACTIVE,
        /** Worth a try, but only when its back-off is over, or when there is nothing else to do. */
        BACKOFF,
        /** To be tried again after its back-off: last time something failed. */
        ERROR_BACKOFF,
        /** Waits for an event that may help. */
        UNSCHEDULABLE,
        /** Not to be tried until it changes. */
        GATED,
        /** Is being scheduled or bound. */
        IN_FLIGHT
    }

    PodInfo info;
    Place place = Place.ACTIVE;
    final long order;
    /** When it last came to the queue. */
    long since;
    /** When its back-off is over. */
    long backoffUntil;
    /** In a row, how often it could not be scheduled, and how often trying failed. */
    int rejections;

    int errors;
    /** Names of the plugins that rejected it. */
    Set<String> rejectedBy = Set.of();
    /** In flight: the number of the first cluster event that it has not seen. */
    long eventsFrom;
    /** In flight: changes of the pod itself. */
    final List<ClusterEvent> ownChanges = new ArrayList<>(0);
    /** In flight: a plugin says that it need not wait. */
    boolean activated;
    /** How often it was taken. */
    int attempts;
    /** When it came first. */
    final long first;
    /** Nothing but the passing of time brought it back. */
    boolean flushed;
    /** In flight: it is gone. */
    boolean deleted;

    QueuedPod(PodInfo info, long order, long since) {
        this.info = info;
        this.order = order;
        this.since = since;
        first = since;
    }

    PodInfo info() {
        return info;
    }

    @Override
    public String toString() {
        return info + " " + place;
    }
}
