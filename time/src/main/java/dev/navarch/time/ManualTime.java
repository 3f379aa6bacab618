package dev.navarch.time;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A clock that stands still until it is told to advance. Due timers run on the advancing thread, in the order of
 * their deadlines and, at the same deadline, in the order in which they were set.
 */
public final class ManualTime implements TimeSource {
    private static final Logger log = LoggerFactory.getLogger(ManualTime.class);

    /** The clock that counts the work of the present thread. */
    private static final ScopedValue<ManualTime> WORKING = ScopedValue.newInstance();

    private final Object lock = new Object();
    private final PriorityQueue<Pending> pending =
            new PriorityQueue<>(Comparator.comparing(Pending::deadline).thenComparingLong(Pending::order));
    private Instant now;
    private long nanos;
    private long orders;
    private final AtomicLong begun = new AtomicLong();
    private final AtomicLong ended = new AtomicLong();

    private record Pending(Instant deadline, long order, Runnable task) {}

    public ManualTime(Instant start) {
        now = start;
    }

    @Override
    public Instant now() {
        synchronized (lock) {
            return now;
        }
    }

    @Override
    public long nanoTime() {
        synchronized (lock) {
            return nanos;
        }
    }

    @Override
    public Timer schedule(Duration delay, Runnable task) {
        synchronized (lock) {
            var timer = new Pending(now.plus(delay.isNegative() ? Duration.ZERO : delay), orders++, task);
            pending.add(timer);
            return () -> {
                synchronized (lock) {
                    return pending.remove(timer);
                }
            };
        }
    }

    @Override
    public void sleep(Duration delay) throws InterruptedException {
        var woken = gate();
        var timer = schedule(delay, woken::open);
        try {
            woken.await();
        } finally {
            timer.cancel();
        }
    }

    /** Moves the clock forward, stopping at each timer on the way to run it at its own instant. */
    public void advance(Duration step) {
        Instant target;
        synchronized (lock) {
            target = now.plus(step);
        }
        for (var due = next(target); due != null; due = next(target)) {
            try {
                due.task().run();
            } catch (RuntimeException e) {
                log.error("A timer's task failed", e);
            }
        }
    }

    /** The earliest timer up to {@code target}, with the clock set to its deadline; or null, with the clock at target. */
    private @org.jspecify.annotations.Nullable Pending next(Instant target) {
        synchronized (lock) {
            var head = pending.peek();
            boolean due = head != null && !head.deadline().isAfter(target);
            var to = due ? head.deadline() : target;
            if (to.isAfter(now)) {
                nanos += Duration.between(now, to).toNanos();
                now = to;
            }
            return due ? pending.poll() : null;
        }
    }

    @Override
    public Work begin() {
        begun.incrementAndGet();
        return ended::incrementAndGet;
    }

    @Override
    public Thread start(String name, Runnable task) {
        var work = begin();
        return Thread.ofVirtual().name(name).start(() -> {
            try (work) {
                ScopedValue.where(WORKING, this).run(task);
            }
        });
    }

    @Override
    public Work rest() {
        if (!works()) {
            return Work.UNCOUNTED;
        }
        ended.incrementAndGet();
        return begun::incrementAndGet;
    }

    /** Whether this thread does what it does as work of this time, and so must not wait until there is none. */
    public boolean works() {
        return WORKING.isBound() && WORKING.get() == this;
    }

    @Override
    public Gate gate() {
        return new CountedGate();
    }

    /** Work rests while it waits here, and goes on at the moment the gate is opened, not when its thread has noticed. */
    private final class CountedGate implements Gate {
        private boolean open;
        private int resting;

        @Override
        public synchronized void open() {
            open = true;
            begun.addAndGet(resting);
            resting = 0;
            notifyAll();
        }

        @Override
        public synchronized void await() throws InterruptedException {
            if (open) {
                return;
            }
            boolean works = works();
            if (works) {
                resting++;
                ended.incrementAndGet();
            }
            try {
                while (!open) {
                    wait();
                }
            } finally {
                if (works && !open) {
                    resting--;
                    begun.incrementAndGet();
                }
            }
        }
    }

    /** How much work has been begun so far. */
    public long begun() {
        return begun.get();
    }

    /** Whether some of what was begun has not ended. */
    public boolean busy() {
        return ended.get() != begun.get();
    }

    /** When the next timer is due. */
    public Optional<Instant> next() {
        synchronized (lock) {
            return Optional.ofNullable(pending.peek()).map(Pending::deadline);
        }
    }

    /** How many timers are set and not yet due. */
    public int timers() {
        synchronized (lock) {
            return pending.size();
        }
    }
}
