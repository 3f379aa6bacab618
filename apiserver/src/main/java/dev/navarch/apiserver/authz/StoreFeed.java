package dev.navarch.apiserver.authz;

import dev.navarch.storage.CompactedException;
import dev.navarch.storage.Entry;
import dev.navarch.storage.Range;
import dev.navarch.storage.Store;
import dev.navarch.storage.StoreEvent;
import dev.navarch.storage.Watch;
import dev.navarch.storage.WatchClosedException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps what is made of stored objects in step with the store. A thread follows; who is about to judge by them doesn't rely on
 * its pace, but calls {@link #heed}, which is two volatile reads where nothing is new: so a write counts from its
 * acknowledgement on. Of an object that changed several times in between only the latest state is looked at.
 */
final class StoreFeed implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(StoreFeed.class);
    /** So often the position in the store's history is moved on even if nothing has happened. */
    private static final Duration ROUND = Duration.ofSeconds(10);

    /** What is made of the objects under a prefix. Called by one thread at a time; others may read meanwhile. */
    interface Target {
        String prefix();

        void put(Entry now);

        void remove(String key);

        /** The keys of all that is there. */
        Set<String> known();
    }

    private final Store store;
    private final List<Target> targets;
    private final Thread follower;

    /** How often the store has told of something new. */
    private final AtomicLong told = new AtomicLong();

    /** What it had told when the targets were last brought up to date. */
    private volatile long heeded;

    /** Of each target's prefix, in the order of the targets. */
    private List<Watch> watches;

    private volatile boolean closed;

    /** Returns when the targets have all that is there. */
    StoreFeed(Store store, List<? extends Target> targets) {
        this.store = store;
        this.targets = List.copyOf(targets);
        this.follower = Thread.ofVirtual().name("authorization").unstarted(this::follow);
        this.watches = load();
        follower.start();
    }

    /** What happens while the targets are filled is told once more. */
    private List<Watch> load() {
        List<Watch> opened = new ArrayList<>();
        for (var target : targets) {
            long from = store.revision();
            Set<String> present = new HashSet<>();
            for (var entry : store.range(Range.all(target.prefix())).entries()) {
                present.add(entry.key());
                put(target, entry);
            }
            var gone = new ArrayList<>(target.known());
            gone.removeAll(present);
            gone.forEach(target::remove);
            var watch = store.watch(target.prefix(), from);
            watch.listen(this::told);
            opened.add(watch);
        }
        told.incrementAndGet(); // something may have come before the listeners
        return opened;
    }

    private void told() {
        told.incrementAndGet();
        LockSupport.unpark(follower);
    }

    private void follow() {
        while (!closed) {
            heed();
            if (heeded == told.get()) {
                LockSupport.parkNanos(this, ROUND.toNanos());
                told.incrementAndGet();
            }
        }
    }

    /** Brings the targets up to date. Waits for nobody but who does the same just now. */
    void heed() {
        if (heeded != told.get() && !closed) {
            catchUp();
        }
    }

    private synchronized void catchUp() {
        long now = told.get();
        if (heeded == now || closed) {
            return;
        }
        try {
            for (int i = 0; i < targets.size(); i++) {
                var watch = watches.get(i);
                for (var events = watch.poll(); !events.isEmpty(); events = watch.poll()) {
                    apply(targets.get(i), events);
                }
            }
        } catch (CompactedException _) {
            watches.forEach(Watch::close);
            watches = load();
        } catch (WatchClosedException _) {
            closed = true; // the server stops
        }
        heeded = now;
    }

    private static void apply(Target target, List<StoreEvent> events) {
        if (events.size() == 1) {
            apply(target, events.getFirst());
            return;
        }
        Map<String, StoreEvent> latest = HashMap.newHashMap(events.size());
        for (var event : events) {
            latest.put(event.key(), event);
        }
        latest.values().forEach(event -> apply(target, event));
    }

    private static void apply(Target target, StoreEvent event) {
        switch (event) {
            case StoreEvent.Put put -> put(target, put.now());
            case StoreEvent.Delete delete -> target.remove(delete.key());
        }
    }

    private static void put(Target target, Entry entry) {
        try {
            target.put(entry);
        } catch (RuntimeException e) {
            log.error("A stored object cannot be heeded: {}", entry.key(), e);
            target.remove(entry.key());
        }
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            watches.forEach(Watch::close);
        }
        LockSupport.unpark(follower);
    }
}
