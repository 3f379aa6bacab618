package dev.navarch.apiserver.watch;

import dev.navarch.storage.Entry;
import java.time.Duration;
import java.util.function.Predicate;

/**
 * What one watch is to deliver.
 *
 * @param initialEventsEnd whether a bookmark tells that all initial objects were sent
 * @param initialRevision of the snapshot that the initial objects were read from
 * @param selects which objects the client asked for
 * @param bookmarks whether to tell about the progress of a quiet watch
 * @param timeout when the watch ends by itself
 */
public record WatchPlan(
        boolean initialEventsEnd,
        long initialRevision,
        Predicate<Entry> selects,
        boolean bookmarks,
        Duration timeout) {}
