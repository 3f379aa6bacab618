package dev.navarch.storage;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** A position in a log that others share: a watch holds no events of its own. */
final class LogWatch implements Watch {
    /** After so many events a call returns, at the end of a revision, so that one slow reader's answer stays small. */
    private static final int BATCH = 1_000;

    private final Timeline timeline;
    private final EventLog log;
    private final String prefix;
    private final int topic;
    private volatile long position;
    private long progress;
    /** There is nothing wanted between the position and this one. */
    private volatile long passed;

    private volatile boolean closed;
    private volatile long last = Long.MAX_VALUE;
    private volatile @Nullable Thread reader;
    private volatile @Nullable Runnable listener;

    /** @param topic of the changes that are wanted; 0 for all */
    LogWatch(Timeline timeline, EventLog log, String prefix, int topic, long position, long after) {
        this.timeline = timeline;
        this.log = log;
        this.prefix = prefix;
        this.topic = topic;
        this.position = position;
        this.progress = after;
    }

    @Override
    public List<StoreEvent> next(Duration wait) throws InterruptedException {
        long start = System.nanoTime();
        long nanos = TimeUnit.NANOSECONDS.convert(wait);
        while (true) {
            requireOpen();
            long newest = timeline.snapshot().revision();
            var events = readToLast(newest);
            long left = nanos - (System.nanoTime() - start);
            if (!events.isEmpty() || left <= 0) {
                return events;
            }
            park(newest, left);
        }
    }

    private void requireOpen() {
        if (closed || timeline.closed()) {
            throw new WatchClosedException(closed ? "the watch is closed" : "the store is closed");
        }
    }

    @Override
    public List<StoreEvent> poll() {
        requireOpen();
        return readToLast(timeline.snapshot().revision());
    }

    /** @throws WatchClosedException if there is nothing left of what is to be returned */
    private List<StoreEvent> readToLast(long newest) {
        var events = progress >= last ? List.<StoreEvent>of() : read(Math.min(newest, last));
        if (events.isEmpty() && progress >= last) {
            throw new WatchClosedException("the watch has come to its end");
        }
        return events;
    }

    @Override
    public synchronized void listen(Runnable action) {
        stopListening();
        if (!closed) {
            listener = action;
            log.startWaiting(this);
        }
    }

    private synchronized void stopListening() {
        if (listener != null) {
            log.stopWaiting(this);
            listener = null;
        }
    }

    int topic() {
        return topic;
    }

    /** Something has changed that may be wanted, or all is over. */
    void wake() {
        var action = listener;
        if (action != null) {
            action.run();
        }
        LockSupport.unpark(reader);
    }

    private boolean isWanted(StoreEvent event) {
        return event.key().startsWith(prefix) && (topic == 0 || event.isAbout(topic));
    }

    private List<StoreEvent> read(long newest) {
        long from = position;
        long end = log.end();
        var events = new ArrayList<StoreEvent>(0);
        long at = from;
        long seen = newest;
        while (at < end) {
            var event = log.at(at);
            if (event == null || event.revision() > newest) {
                break;
            }
            if (events.size() >= BATCH && event.revision() > events.getLast().revision()) {
                seen = events.getLast().revision();
                break;
            }
            at++;
            if (isWanted(event)) {
                events.add(event);
            }
        }
        if (log.first() > from || progress < timeline.restartedAt()) {
            throw new CompactedException(progress, timeline.compactedRevision());
        }
        position = at;
        progress = seen;
        return events;
    }

    /**
     * Whether all that is wanted of what happened was returned, and whoever reads this has come back for more. Asked by any
     * thread, often: no change is looked at twice, and none that is forgotten, for who wanted it was woken.
     */
    boolean idle() {
        if (reader == null && listener == null) {
            return closed;
        }
        long newest = Math.min(timeline.snapshot().revision(), last);
        long at = Math.max(Math.max(position, log.first()), passed);
        while (at < log.end()) {
            var event = log.at(at);
            if (event != null && event.revision() > newest) {
                break;
            }
            if (event != null && isWanted(event) && log.first() <= at) {
                return false;
            }
            at++;
        }
        passed = at;
        return true;
    }

    /** What {@link #idle} is not content with. */
    Optional<Backlog> backlog() {
        if (idle()) {
            return Optional.empty();
        }
        long newest = Math.min(timeline.snapshot().revision(), last);
        long unseen = 0;
        long end = log.end();
        for (long at = Math.max(position, log.first()); at < end; at++) {
            var event = log.at(at);
            if (event != null && event.revision() <= newest && isWanted(event)) {
                unseen++;
            }
        }
        return Optional.of(new Backlog(this, prefix, unseen));
    }

    private void park(long newest, long nanos) throws InterruptedException {
        reader = Thread.currentThread();
        boolean registered = listener != null;
        if (!registered) {
            log.startWaiting(this);
        }
        try {
            if (timeline.snapshot().revision() == newest && !closed && progress < last && !timeline.closed()) {
                LockSupport.parkNanos(this, nanos);
            }
        } finally {
            if (!registered) {
                log.stopWaiting(this);
            }
            reader = null;
        }
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
    }

    @Override
    public long progress() {
        return progress;
    }

    @Override
    public void finish() {
        last = timeline.snapshot().revision();
        wake();
    }

    @Override
    public void close() {
        closed = true;
        timeline.forget(this);
        stopListening();
        LockSupport.unpark(reader);
    }
}
