package dev.navarch.storage;

import java.util.List;
import java.util.Optional;

/** A store that answers its reads from a timeline; where the changes come from is its engine's. */
abstract class TimelineStore implements Store {
    private final Timeline timeline;

    TimelineStore(Timeline timeline) {
        this.timeline = timeline;
    }

    final Timeline timeline() {
        return timeline;
    }

    @Override
    public final long revision() {
        return timeline.snapshot().revision();
    }

    @Override
    public final long compactedRevision() {
        return timeline.compactedRevision();
    }

    /** Whether the readers of all watches have seen all that happened and wait for more. */
    public final boolean idle() {
        return timeline.idle();
    }

    /** Why it is not {@link #idle}; of each watch that has something left. */
    public final List<Backlog> backlogs() {
        return timeline.backlogs();
    }

    @Override
    public final Optional<Entry> get(String key) {
        return timeline.get(key);
    }

    @Override
    public Page range(Range range) {
        return timeline.range(range);
    }

    @Override
    public final Watch watch(String prefix, long after) {
        return timeline.watch(prefix, after, 0);
    }

    @Override
    public final Watch watch(String prefix, long after, int topic) {
        return timeline.watch(prefix, after, topic);
    }
}
