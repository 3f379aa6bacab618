package dev.navarch.apiserver.flowcontrol;

import dev.navarch.apiserver.flowcontrol.Ticket.State;
import dev.navarch.time.TimeSource;
import dev.navarch.time.TimeSource.Timer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A priority level at work: a {@link QueueSet} with a lock and a clock. Nobody is told anything under the lock, which is
 * held for some hundred nanoseconds.
 */
final class PriorityLevel {
    private final TimeSource time;
    private final RetryAfter retryAfter;
    private final ReadsAndWrites readsAndWrites;
    private final Object lock = new Object();

    /** The rest is guarded by the lock, but for what is volatile. */
    private final QueueSet set;

    private final Map<String, FlowCounts> counts = new TreeMap<>();
    private volatile LevelSpec spec;
    private volatile String uid;
    /** The most seats that a request is given. */
    private volatile int maxSeats = Integer.MAX_VALUE;

    private @Nullable Timer wake;
    private long wakesAt = Long.MAX_VALUE;

    /** Has no seats before it is configured. */
    PriorityLevel(LevelSpec spec, ReadsAndWrites readsAndWrites, TimeSource time) {
        this.spec = spec;
        this.uid = "";
        this.readsAndWrites = readsAndWrites;
        this.time = time;
        this.retryAfter = new RetryAfter(() -> time.now().getEpochSecond());
        this.set = new QueueSet(spec.queuing(), 0, time.nanoTime());
    }

    LevelSpec spec() {
        return spec;
    }

    String name() {
        return spec.name();
    }

    String uid() {
        return uid;
    }

    RetryAfter retryAfter() {
        return retryAfter;
    }

    int maxSeats() {
        return maxSeats;
    }

    /** @param denominator what the shares of seats are shares of */
    void configure(LevelSpec newSpec, String newUid, int limit, int denominator, int newMaxSeats) {
        spec = newSpec;
        uid = newUid;
        maxSeats = newMaxSeats;
        List<FlowTicket> granted;
        synchronized (lock) {
            set.configure(newSpec.queuing(), limit, denominator, time.nanoTime());
            granted = settled();
        }
        tell(granted);
    }

    /** What is counted of a schema's requests, from one configuration to the next. */
    FlowCounts counts(String schema) {
        synchronized (lock) {
            return counts.computeIfAbsent(schema, _ -> new FlowCounts());
        }
    }

    /**
     * Asks for seats.
     *
     * @param watchers how many watch what it changes; negative for a request that changes nothing
     */
    void start(FlowTicket ticket, int watchers, Duration patience) {
        List<FlowTicket> granted;
        boolean refused;
        synchronized (lock) {
            set.start(ticket, time.nanoTime());
            var counted = ticket.flow.schema.counts();
            counted.seats.observe(ticket.work.maxSeats());
            if (watchers >= 0) {
                counted.watchers.observe(watchers);
            }
            refused = ticket.state == State.REFUSED;
            readsAndWrites.moved(ticket.info.verb(), State.DONE, ticket.state);
            if (ticket.state == State.WAITING && ticket.refusable) {
                ticket.deadline = time.schedule(patience, () -> leave(ticket, true));
            }
            granted = settled();
        }
        if (refused) {
            retryAfter.refused();
        }
        tell(granted);
    }

    /** False if it is decided already. */
    boolean tellLater(FlowTicket ticket, Runnable action) {
        synchronized (lock) {
            boolean later = ticket.state == State.WAITING;
            if (later) {
                ticket.decided = action;
            }
            return later;
        }
    }

    /** The ticket's seats are free, or it waits no longer. */
    void finish(FlowTicket ticket) {
        if (ticket.state == State.DONE || ticket.state == State.REFUSED) {
            return;
        }
        if (ticket.state == State.WAITING) {
            leave(ticket, false); // unless it is given seats meanwhile
        }
        List<FlowTicket> granted = List.of();
        synchronized (lock) {
            if (ticket.state == State.EXECUTING) {
                set.finish(ticket, time.nanoTime());
                readsAndWrites.moved(ticket.info.verb(), State.EXECUTING, State.DONE);
                granted = settled();
            }
        }
        tell(granted);
    }

    private void leave(FlowTicket ticket, boolean late) {
        List<FlowTicket> granted;
        Runnable action;
        synchronized (lock) {
            if (ticket.state != State.WAITING) {
                return;
            }
            set.leave(ticket, late, time.nanoTime());
            readsAndWrites.moved(ticket.info.verb(), State.WAITING, State.DONE);
            action = decided(ticket);
            granted = settled();
        }
        retryAfter.refused();
        if (action != null) {
            action.run();
        }
        tell(granted);
    }

    private static @Nullable Runnable decided(FlowTicket ticket) {
        var timer = ticket.deadline;
        if (timer != null) {
            timer.cancel();
            ticket.deadline = null;
        }
        var action = ticket.decided;
        ticket.decided = null;
        return action;
    }

    /** Under the lock, at the end of whatever was done. */
    private List<FlowTicket> settled() {
        long due = set.nextDue();
        if (due < wakesAt) {
            if (wake != null) {
                wake.cancel();
            }
            wakesAt = due;
            wake = time.schedule(Duration.ofNanos(due - time.nanoTime()), this::look);
        }
        var granted = set.granted();
        for (var ticket : granted) {
            readsAndWrites.moved(ticket.info.verb(), State.WAITING, State.EXECUTING);
        }
        return granted;
    }

    /** Some seats have lingered long enough. */
    private void look() {
        List<FlowTicket> granted;
        synchronized (lock) {
            wake = null;
            wakesAt = Long.MAX_VALUE;
            set.look(time.nanoTime());
            granted = settled();
        }
        tell(granted);
    }

    private void tell(List<FlowTicket> granted) {
        for (var ticket : granted) {
            Runnable action;
            synchronized (lock) {
                action = decided(ticket);
            }
            if (action != null) {
                action.run();
            }
        }
    }

    Demand.Seen demandSeen() {
        return look(QueueSet::demandSeen);
    }

    boolean idle() {
        return look(QueueSet::idle);
    }

    /** Shows its state as of now; the function must be quick. */
    <T> T look(Function<QueueSet, T> at) {
        synchronized (lock) {
            set.look(time.nanoTime());
            return at.apply(set);
        }
    }

    /** Its counts by flow schema; only to be looked at within {@link #look}. */
    Map<String, FlowCounts> counts() {
        return counts;
    }
}
