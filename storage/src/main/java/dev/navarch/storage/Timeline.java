package dev.navarch.storage;

import static java.util.Objects.requireNonNull;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The newest snapshot and the changes that led to it: the read side of a store. One thread at a time publishes; readers
 * take the snapshot and never lock.
 *
 * <p>Changes are appended to the logs before the snapshot that has them is set, and a reader ignores what is newer than
 * its snapshot. So whoever holds a snapshot finds in the logs all changes up to it that are newer than {@link
 * #compactedRevision}, and an old state needs not be kept: it is the present with newer changes undone.
 */
final class Timeline {
    private final Retention retention;
    private final EventLog log = new EventLog();
    /** The same events by resource, so that a watch of one does not look at the others' changes. */
    private final Map<String, EventLog> resources = new ConcurrentHashMap<>();

    private final Set<LogWatch> watches = ConcurrentHashMap.newKeySet();

    private volatile Snapshot snapshot;
    /** All changes that are newer than this are kept. Moves before they are dropped. */
    private volatile long compacted;

    /** What led from older states to this one is not known. Moves before the snapshot does. */
    private volatile long restartedAt;

    private volatile boolean closed;

    /** When which revision was published; the sequencer's. */
    private final Deque<Published> published = new ArrayDeque<>();

    private long keptBytes;

    private record Published(long revision, long nanos) {}

    Timeline(Snapshot start, Retention retention) {
        this.snapshot = start;
        this.compacted = start.revision();
        this.retention = retention;
    }

    Snapshot snapshot() {
        return snapshot;
    }

    long compactedRevision() {
        return compacted;
    }

    long restartedAt() {
        return restartedAt;
    }

    boolean closed() {
        return closed;
    }

    Optional<Entry> get(String key) {
        return Optional.ofNullable(snapshot.tree().get(key));
    }

    /** Makes changes visible, all at once, and wakes their watchers. */
    void publish(Snapshot next, List<StoreEvent> events, long nanos) {
        Map<EventLog, Set<Integer>> touched = new HashMap<>();
        for (var event : events) {
            log.append(event);
            keptBytes += size(event);
            var resource = resourceOf(event.key());
            if (resource != null) {
                append(event, logOf(resource), touched);
            }
        }
        snapshot = next;
        touched.forEach(EventLog::wake);
        log.wakeAll();
        published.add(new Published(next.revision(), nanos));
        forgetOld(nanos);
    }

    private static void append(StoreEvent event, EventLog to, Map<EventLog, Set<Integer>> touched) {
        to.append(event);
        var topics = touched.computeIfAbsent(to, _ -> new HashSet<>());
        topics.add(event.latest().topic());
        event.before().ifPresent(old -> topics.add(old.topic()));
    }

    /** Another state, and nobody knows how it came about. */
    void restart(Snapshot next) {
        setRestartedAt(next.revision());
        while (log.first() < log.end()) {
            forgetFirst();
        }
        moveCompacted(next.revision());
        published.clear();
        snapshot = next;
        log.wakeAll();
        resources.values().forEach(EventLog::wakeAll);
    }

    private void setRestartedAt(long revision) {
        restartedAt = revision;
    }

    private void forgetOld(long nanos) {
        long keep = compacted;
        for (var oldest = published.peek();
                oldest != null && nanos - oldest.nanos() > retention.age().toNanos();
                oldest = published.peek()) {
            keep = oldest.revision();
            published.remove();
        }
        forget(keep);
        while (log.end() - log.first() > retention.events() || keptBytes > retention.bytes()) {
            forgetFirst();
        }
    }

    /** Drops changes up to and including {@code revision}. */
    void compact(long revision) {
        long newest = snapshot.revision();
        if (revision > newest) {
            throw new FutureRevisionException(revision, newest);
        }
        forget(revision);
    }

    private void forget(long revision) {
        while (log.first() < log.end() && oldest().revision() <= revision) {
            forgetFirst();
        }
        if (revision > compacted) {
            moveCompacted(revision);
        }
        while (!published.isEmpty() && published.peek().revision() <= compacted) {
            published.remove();
        }
    }

    private void forgetFirst() {
        var event = oldest();
        moveCompacted(event.revision());
        log.forgetFirst();
        keptBytes -= size(event);
        var resource = resourceOf(event.key());
        if (resource != null) {
            logOf(resource).forgetFirst();
        }
    }

    private void moveCompacted(long revision) {
        compacted = revision;
    }

    private StoreEvent oldest() {
        var event = log.at(log.first());
        if (event == null) {
            throw new IllegalStateException("The log lost its oldest event");
        }
        return event;
    }

    private static long size(StoreEvent event) {
        return switch (event) {
            case StoreEvent.Put(var now, var _) -> now.length();
            case StoreEvent.Delete(var last, var _) -> last.length();
        };
    }

    private EventLog logOf(String resource) {
        return resources.computeIfAbsent(resource, _ -> new EventLog());
    }

    /** The log with the fewest events that has all those under {@code prefix}. */
    private EventLog logUnder(String prefix) {
        var resource = resourceOf(prefix);
        return resource == null ? log : logOf(resource);
    }

    /** {@code /registry/core/pods/} of {@code /registry/core/pods/default/web}; null of what is shorter. */
    private static @Nullable String resourceOf(String path) {
        int slash = -1;
        for (int i = 0; i < 4; i++) {
            slash = path.indexOf('/', slash + 1);
            if (slash < 0) {
                return null;
            }
        }
        return path.substring(0, slash + 1);
    }

    Watch watch(String prefix, long after, int topic) {
        requirePrefix(prefix);
        long newest = snapshot.revision();
        if (after > newest) {
            throw new FutureRevisionException(after, newest);
        }
        long start = after == 0 ? newest : after;
        var events = logUnder(prefix);
        long position = events.positionAfter(start);
        requireKept(start);
        var watch = new LogWatch(this, events, prefix, topic, position, start);
        watches.add(watch);
        return watch;
    }

    void forget(LogWatch closed) {
        watches.remove(closed);
    }

    /** Whether the readers of all watches have seen all that happened and wait for more. */
    boolean idle() {
        for (var watch : watches) {
            if (!watch.idle()) {
                return false;
            }
        }
        return true;
    }

    /** Of the watches that are not idle. */
    List<Backlog> backlogs() {
        return watches.stream().flatMap(watch -> watch.backlog().stream()).toList();
    }

    private void requireKept(long revision) {
        long oldest = compacted;
        if (revision < oldest) {
            throw new CompactedException(revision, oldest);
        }
    }

    private static void requirePrefix(String prefix) {
        if (!prefix.endsWith("/")) {
            throw new IllegalArgumentException("A prefix ends in /: " + prefix);
        }
    }

    Page range(Range range) {
        requirePrefix(range.prefix());
        var now = snapshot;
        long revision = range.revision() == 0 ? now.revision() : range.revision();
        if (revision > now.revision()) {
            throw new FutureRevisionException(revision, now.revision());
        }
        var first = range.after().compareTo(range.prefix()) < 0 ? range.prefix() : range.after() + '\0';
        var end = endOf(range.prefix());
        int total = Math.max(0, now.tree().rank(end) - now.tree().rank(first));
        var entries = now.tree().from(first);
        if (revision < now.revision()) {
            var undone = statesAt(revision, now.revision(), range.prefix());
            undone.headMap(first).clear();
            for (var state : undone.entrySet()) {
                total += (state.getValue().isPresent() ? 1 : 0) - (now.tree().get(state.getKey()) == null ? 0 : 1);
            }
            entries = new Overlaid(entries, undone);
        }
        int count = range.limit() == 0 ? total : Math.min(range.limit(), total);
        var page = new ArrayList<Entry>(count);
        while (page.size() < count) {
            page.add(entries.next());
        }
        return new Page(page, revision, total - count);
    }

    /** The smallest string that is greater than all that start with {@code prefix}. */
    private static String endOf(String prefix) {
        int last = prefix.length() - 1;
        return prefix.substring(0, last) + (char) (prefix.charAt(last) + 1);
    }

    /** What the keys that changed after {@code revision} were like then. */
    private TreeMap<String, Optional<Entry>> statesAt(long revision, long newest, String prefix) {
        var states = new TreeMap<String, Optional<Entry>>();
        var events = logUnder(prefix);
        long end = events.end();
        for (long at = events.positionAfter(revision); at < end; at++) {
            var event = events.at(at);
            if (event == null || event.revision() > newest) {
                break;
            }
            if (event.key().startsWith(prefix)) {
                states.putIfAbsent(event.key(), event.before());
            }
        }
        requireKept(revision);
        return states;
    }

    /** Ends all watches. */
    void close() {
        closed = true;
        log.wakeAll();
        resources.values().forEach(EventLog::wakeAll);
    }

    /** Entries of the present with those of another time in their place; both in the order of keys. */
    private static final class Overlaid implements Iterator<Entry> {
        private final Iterator<Entry> present;
        private final Iterator<Map.Entry<String, Optional<Entry>>> other;
        private @Nullable Entry now;
        private Map.@Nullable Entry<String, Optional<Entry>> then;

        Overlaid(Iterator<Entry> present, TreeMap<String, Optional<Entry>> other) {
            this.present = present;
            this.other = other.entrySet().iterator();
            advancePresent();
            advanceOther();
        }

        private void advancePresent() {
            now = present.hasNext() ? present.next() : null;
        }

        private void advanceOther() {
            then = other.hasNext() ? other.next() : null;
        }

        @Override
        public boolean hasNext() {
            throw new UnsupportedOperationException("The range knows its size");
        }

        @Override
        public Entry next() {
            while (true) {
                int order = then == null ? -1 : now == null ? 1 : now.key().compareTo(then.getKey());
                if (order < 0) {
                    var entry = requireNonNull(now);
                    advancePresent();
                    return entry;
                }
                if (order == 0) {
                    advancePresent();
                }
                var state = requireNonNull(then).getValue();
                advanceOther();
                if (state.isPresent()) {
                    return state.get();
                }
            }
        }
    }
}
