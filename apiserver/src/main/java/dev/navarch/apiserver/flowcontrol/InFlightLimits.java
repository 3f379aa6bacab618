package dev.navarch.apiserver.flowcontrol;

import dev.navarch.apiserver.request.ApiRequest;
import dev.navarch.apiserver.request.User;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many requests are served at a time, where there is no priority and fairness. Whoever comes when there are as many as
 * may be is told to come back; members of {@code system:masters} never are. Watches are not counted (source:
 * k8s.io/apiserver pkg/server/filters/maxinflight.go).
 */
public final class InFlightLimits implements RequestGate {
    private static final Set<String> READING = Set.of("get", "list");
    private static final Ticket REFUSED = () -> Ticket.State.REFUSED;

    private final AtomicInteger reading = new AtomicInteger();
    private final AtomicInteger mutating = new AtomicInteger();
    private final RequestLimits limits;

    public InFlightLimits(RequestLimits limits) {
        this.limits = limits;
    }

    @Override
    public Ticket enter(ApiRequest request, Duration patience) {
        var verb = request.info().verb();
        if (verb.equals("watch")) {
            return Ticket.FREE;
        }
        boolean reads = READING.contains(verb);
        int most = reads ? limits.reading() : limits.mutating();
        var count = reads ? reading : mutating;
        if (count.incrementAndGet() <= most
                || most == 0
                || request.user().groups().contains(User.MASTERS)) {
            return new Counted(count);
        }
        count.decrementAndGet();
        return REFUSED;
    }

    private static final class Counted extends AtomicBoolean implements Ticket {
        private static final long serialVersionUID = 1L;

        private final AtomicInteger count;

        Counted(AtomicInteger count) {
            this.count = count;
        }

        @Override
        public State state() {
            return get() ? State.DONE : State.EXECUTING;
        }

        @Override
        public void close() {
            if (compareAndSet(false, true)) {
                count.decrementAndGet();
            }
        }
    }
}
