package dev.navarch.client;

import static java.util.Objects.requireNonNull;

import dev.navarch.time.TimeSource;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Keys that wait for work. A key is in the queue once however often it is added, and is never given to two takers at
 * once: one added while it is being worked on comes back after {@link #done}. So the queue holds at most one entry per
 * distinct key, which is its bound.
 *
 * <p>Source of the behaviour: client-go util/workqueue (queue.go, delaying_queue.go, rate_limiting_queue.go), without
 * its overall rate limit.
 */
public final class WorkQueue<K> implements AutoCloseable {
    private static final Duration FIRST_BACKOFF = Duration.ofMillis(5);
    private static final Duration LONGEST_BACKOFF = Duration.ofSeconds(1000);

    private final TimeSource time;
    private final Duration firstBackoff;
    private final Duration longestBackoff;
    private final Measures measures;

    /** Guards all below. Who waits by it is woken by whom it waited for, without the virtual machine's own thread between. */
    private final Lock lock = new ReentrantLock();

    private final Condition available = lock.newCondition();
    /** In the order of their turn; each is also in {@code dirty}. */
    private final Queue<K> ready = new ArrayDeque<>();
    /** Wants work: ready, or added again while in progress; and since when. */
    private final Map<K, Long> dirty = new HashMap<>();

    /** And since when. */
    private final Map<K, Long> inProgress = new HashMap<>();

    private final Map<K, Waiting> waiting = new HashMap<>();
    private final Map<K, Integer> failures = new HashMap<>();
    private boolean closed;
    private boolean held;
    /** While a key is ready or in progress, unless they are held. */
    private TimeSource.@Nullable Work work;

    private record Waiting(Instant until, TimeSource.Timer timer) {}

    /**
     * Is told what happens to keys, while the queue is locked. Source: client-go util/workqueue/metrics.go, of which the
     * numbers that are true at a moment are asked for: {@link #depth}, {@link #unfinished}.
     */
    public interface Measures {
        /** For queues that nobody measures. */
        Measures NONE = new Measures() {
            @Override
            public void added() {}

            @Override
            public void waited(Duration time) {}

            @Override
            public void worked(Duration time) {}

            @Override
            public void retried() {}
        };

        void added();

        /** A key was taken, so long after it was added. */
        void waited(Duration time);

        /** Work on a key took so long. */
        void worked(Duration time);

        /** A key is to come again later. */
        void retried();
    }

    /** How long keys that are being worked on have been: all of them together, and the one that takes the longest. */
    public record Unfinished(Duration sum, Duration longest) {}

    public WorkQueue(TimeSource time) {
        this(time, Measures.NONE);
    }

    public WorkQueue(TimeSource time, Measures measures) {
        this(time, FIRST_BACKOFF, LONGEST_BACKOFF, measures);
    }

    /** A queue whose back-off per key starts at {@code first} and doubles up to {@code longest}. */
    public WorkQueue(TimeSource time, Duration first, Duration longest) {
        this(time, first, longest, Measures.NONE);
    }

    private WorkQueue(TimeSource time, Duration first, Duration longest, Measures measures) {
        this.time = requireNonNull(time);
        firstBackoff = requireNonNull(first);
        longestBackoff = requireNonNull(longest);
        this.measures = requireNonNull(measures);
    }

    public void add(K key) {
        lock.lock();
        try {
            if (closed || dirty.containsKey(key)) {
                return;
            }
            dirty.put(key, time.nanoTime());
            measures.added();
            if (inProgress.containsKey(key)) {
                return;
            }
            ready.add(key);
            count();
            available.signal(); // one key is for one worker
        } finally {
            lock.unlock();
        }
    }

    private void count() {
        if (work == null && !held) {
            work = time.begin();
        }
    }

    /** Until {@link #release} keys gather that nobody is going to take: they are no work that is under way. */
    public void hold() {
        lock.lock();
        try {
            held = true;
            if (work != null && inProgress.isEmpty()) {
                work.close();
                work = null;
            }
        } finally {
            lock.unlock();
        }
    }

    public void release() {
        lock.lock();
        try {
            held = false;
            if (!ready.isEmpty() || !inProgress.isEmpty()) {
                count();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Adds the key after a while; of several pending delays of a key the earliest counts. */
    public void addAfter(K key, Duration delay) {
        measures.retried();
        if (!delay.isPositive()) {
            add(key);
            return;
        }
        lock.lock();
        try {
            var until = time.now().plus(delay);
            var earlier = waiting.get(key);
            if (closed || (earlier != null && !earlier.until.isAfter(until))) {
                return;
            }
            if (earlier != null) {
                earlier.timer.cancel();
            }
            waiting.put(key, new Waiting(until, time.schedule(delay, () -> expired(key, until))));
        } finally {
            lock.unlock();
        }
    }

    private void expired(K key, Instant until) {
        lock.lock();
        try {
            var current = waiting.get(key);
            if (current == null || !current.until.equals(until)) {
                return;
            }
            waiting.remove(key);
        } finally {
            lock.unlock();
        }
        add(key);
    }

    /** Adds the key after a back-off that doubles each time until {@link #forget}. */
    public void addRateLimited(K key) {
        int failed;
        lock.lock();
        try {
            failed = failures.merge(key, 1, Integer::sum) - 1;
        } finally {
            lock.unlock();
        }
        addAfter(key, backoff(failed));
    }

    private Duration backoff(int failed) {
        double nanos = firstBackoff.toNanos() * Math.pow(2, failed);
        return nanos >= longestBackoff.toNanos() ? longestBackoff : Duration.ofNanos((long) nanos);
    }

    /** Starts the key's back-off anew. */
    public void forget(K key) {
        lock.lock();
        try {
            failures.remove(key);
        } finally {
            lock.unlock();
        }
    }

    /** How often the key was added rate-limited since it was last forgotten. */
    public int retries(K key) {
        lock.lock();
        try {
            return failures.getOrDefault(key, 0);
        } finally {
            lock.unlock();
        }
    }

    /** Waits for a key; the taker must call {@link #done} for it. Returns null once the queue is closed. */
    public @Nullable K take() throws InterruptedException {
        lock.lock();
        try {
            while (ready.isEmpty() && !closed) {
                available.await();
            }
            return closed ? null : begin();
        } finally {
            lock.unlock();
        }
    }

    /** A key if one is ready; for a single-threaded driver. */
    public @Nullable K poll() {
        lock.lock();
        try {
            return closed || ready.isEmpty() ? null : begin();
        } finally {
            lock.unlock();
        }
    }

    private K begin() {
        var key = ready.remove();
        long now = time.nanoTime();
        measures.waited(Duration.ofNanos(now - requireNonNull(dirty.remove(key))));
        inProgress.put(key, now);
        return key;
    }

    /** Ends the work on a key that was taken. */
    public void done(K key) {
        lock.lock();
        try {
            var since = inProgress.remove(key);
            if (since != null) {
                measures.worked(Duration.ofNanos(time.nanoTime() - since));
            }
            if (dirty.containsKey(key) && !closed) {
                ready.add(key);
                available.signal();
            }
            endIfIdle();
        } finally {
            lock.unlock();
        }
    }

    private void endIfIdle() {
        if (work != null && ready.isEmpty() && inProgress.isEmpty()) {
            work.close();
            work = null;
        }
    }

    /** Keys that are ready. */
    public int length() {
        lock.lock();
        try {
            return ready.size();
        } finally {
            lock.unlock();
        }
    }

    /** Keys that want work: those that are ready, and those that were added again while they are worked on. */
    public int depth() {
        lock.lock();
        try {
            return dirty.size();
        } finally {
            lock.unlock();
        }
    }

    public Unfinished unfinished() {
        lock.lock();
        try {
            long now = time.nanoTime();
            long sum = 0;
            long longest = 0;
            for (long since : inProgress.values()) {
                sum += now - since;
                longest = Math.max(longest, now - since);
            }
            return new Unfinished(Duration.ofNanos(sum), Duration.ofNanos(longest));
        } finally {
            lock.unlock();
        }
    }

    /** True when nothing is ready and nothing in progress; keys may still wait for their time. */
    public boolean idle() {
        lock.lock();
        try {
            return ready.isEmpty() && inProgress.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    /** Drops what waits and releases all takers. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            waiting.values().forEach(w -> w.timer.cancel());
            waiting.clear();
            ready.clear();
            endIfIdle();
            available.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
