package dev.navarch.apiserver;

import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many requests are served at a time. Whoever comes when there are as many as may be is told to come back; members
 * of {@code system:masters} never are. Requests that take their time by nature are not counted (source: k8s.io/apiserver
 * pkg/server/filters/maxinflight.go).
 */
final class InFlightLimits {
    private static final Set<String> READING = Set.of("get", "list", "watch");

    private final AtomicInteger reading = new AtomicInteger();
    private final AtomicInteger mutating = new AtomicInteger();
    private final RequestLimits limits;

    InFlightLimits(RequestLimits limits) {
        this.limits = limits;
    }

    /** Counts a request, to be uncounted by {@link #leave}; false if it is refused. */
    boolean enter(RequestInfo info, User user) {
        boolean reads = READING.contains(info.verb());
        int most = reads ? limits.reading() : limits.mutating();
        var count = reads ? reading : mutating;
        if (count.incrementAndGet() <= most || most == 0 || user.groups().contains(User.MASTERS)) {
            return true;
        }
        count.decrementAndGet();
        return false;
    }

    void leave(RequestInfo info) {
        (READING.contains(info.verb()) ? reading : mutating).decrementAndGet();
    }
}
