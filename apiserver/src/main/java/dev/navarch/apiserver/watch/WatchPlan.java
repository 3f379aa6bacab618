package dev.navarch.apiserver.watch;

import dev.navarch.storage.Entry;
import java.time.Duration;
import java.util.function.Predicate;

/**
 * What one watch is to deliver.
 *
 * @param initialEventsEnd whether a bookmark tells that all initial objects were sent
 * @param after the client has seen all changes up to this revision; that of the snapshot which the initial objects were
 *     read from, if there are any
 * @param selects which objects the client asked for
 * @param bookmarks whether to tell about the progress of a quiet watch
 * @param timeout when the watch ends by itself
 */
public record WatchPlan(
        boolean initialEventsEnd, long after, Predicate<Entry> selects, boolean bookmarks, Duration timeout) {}
