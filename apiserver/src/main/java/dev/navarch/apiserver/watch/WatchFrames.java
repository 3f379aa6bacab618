package dev.navarch.apiserver.watch;

import static java.util.Objects.requireNonNull;

import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.ReadyFrames;
import dev.navarch.storage.CompactedException;
import dev.navarch.storage.Entry;
import dev.navarch.storage.StoreEvent;
import dev.navarch.storage.Watch;
import dev.navarch.storage.WatchClosedException;
import dev.navarch.time.TimeSource;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One open watch. An object that begins to match the selectors is ADDED, one that ceases to is DELETED, as it was
 * before but with the change's resource version (source: k8s.io/apiserver pkg/storage/cacher/cache_watcher.go,
 * convertToWatchEvent). A reader that is too slow for the store's history is sent an ERROR event of 410 and its watch
 * ends.
 */
public final class WatchFrames implements ReadyFrames {
    private static final Duration BOOKMARK_INTERVAL = Duration.ofMinutes(1);
    private static final Duration LAST_BOOKMARK = Duration.ofSeconds(2);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(10);

    private final Watch watch;
    private final WatchPlan plan;
    private final EventEncoder encoder;
    private final TimeSource time;
    private Iterator<Entry> initial;
    private final Deque<StoreEvent> pending = new ArrayDeque<>();
    private final long deadline;
    private boolean initialBookmarkDue;
    private long nextBookmark;
    private boolean last;
    private volatile boolean closed;

    /**
     * @param watch owned and closed by this; begins right after the initial objects' revision
     * @param initial objects that are there already and are sent first, as ADDED
     */
    public WatchFrames(Watch watch, List<Entry> initial, WatchPlan plan, EventEncoder encoder, TimeSource time) {
        this.watch = requireNonNull(watch);
        this.plan = requireNonNull(plan);
        this.encoder = requireNonNull(encoder);
        this.time = requireNonNull(time);
        this.initial = initial.iterator();
        this.initialBookmarkDue = plan.initialEventsEnd();
        long now = time.nanoTime();
        this.deadline = now + plan.timeout().toNanos();
        this.nextBookmark = bookmarkAfter(now);
    }

    @Override
    public byte @Nullable [] next() throws InterruptedException {
        while (true) {
            var frame = poll();
            if (frame != null || ended()) {
                return frame;
            }
            try {
                pending.addAll(watch.next(patience()));
            } catch (CompactedException | WatchClosedException _) {
                // which poll finds as well
            }
        }
    }

    @Override
    public byte @Nullable [] poll() {
        while (!last && !closed) {
            if (initial.hasNext()) {
                var entry = initial.next();
                return encoder.event(EventType.ADDED, entry, entry.revision());
            }
            initial = Collections.emptyIterator(); // so that old values are not kept for the watch's life
            if (initialBookmarkDue) {
                initialBookmarkDue = false;
                return encoder.bookmark(plan.after(), true);
            }
            for (var event = pending.poll(); event != null; event = pending.poll()) {
                var frame = frame(event);
                if (frame != null) {
                    return frame;
                }
            }
            long now = time.nanoTime();
            if (now - deadline >= 0) {
                break;
            }
            if (plan.bookmarks() && now - nextBookmark >= 0) {
                nextBookmark = bookmarkAfter(now);
                if (watch.progress() >= plan.after()) {
                    return encoder.bookmark(watch.progress(), false);
                }
            }
            try {
                var events = watch.poll();
                if (events.isEmpty()) {
                    return null;
                }
                pending.addAll(events);
            } catch (CompactedException e) {
                last = true;
                return encoder.error(
                        ApiFailure.expired("too old resource version: " + e.wanted() + " (" + e.compacted() + ")")
                                .status());
            } catch (WatchClosedException _) {
                break;
            }
        }
        close();
        return null;
    }

    @Override
    public boolean ended() {
        return closed;
    }

    @Override
    public void listen(Runnable action) {
        watch.listen(action);
    }

    @Override
    public Duration patience() {
        long now = time.nanoTime();
        long wait = Math.min(deadline - now, LONGEST_WAIT.toNanos());
        if (plan.bookmarks()) {
            wait = Math.min(wait, nextBookmark - now);
        }
        return Duration.ofNanos(Math.max(wait, 1));
    }

    /** Every minute, and shortly before the end, so that the client's next watch begins where this one ends. */
    private long bookmarkAfter(long now) {
        long regular = now + BOOKMARK_INTERVAL.toNanos();
        long last = deadline - LAST_BOOKMARK.toNanos();
        return last - now > 0 && last - regular < 0 ? last : regular;
    }

    private byte @Nullable [] frame(StoreEvent event) {
        if (event.revision() <= plan.after()) {
            return null;
        }
        var selects = plan.selects();
        return switch (event) {
            case StoreEvent.Put(var now, var before) -> {
                boolean matched = before.isPresent() && selects.test(before.get());
                if (selects.test(now)) {
                    yield encoder.event(matched ? EventType.MODIFIED : EventType.ADDED, now, now.revision());
                }
                yield matched ? encoder.event(EventType.DELETED, before.get(), now.revision()) : null;
            }
            case StoreEvent.Delete(var last, var before) ->
                selects.test(before.orElse(last)) ? encoder.event(EventType.DELETED, last, last.revision()) : null;
        };
    }

    /** Ends the watch after what has happened until now. */
    public void finish() {
        watch.finish();
    }

    @Override
    public void close() {
        closed = true;
        watch.close();
    }
}
