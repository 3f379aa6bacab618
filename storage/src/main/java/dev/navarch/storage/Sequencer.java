package dev.navarch.storage;

import dev.navarch.time.TimeSource;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Decides upon writes, one after the other, and gives them their revisions. Its owner sees to it that one thread at a
 * time is inside; the step from {@link #decide} to {@link #apply} is where the owner makes things durable.
 */
final class Sequencer {
    /** Wall time may jump; an alarm that rings too early is set again. */
    private static final Duration LONGEST_WAIT = Duration.ofHours(1);

    private final TimeSource time;
    private final Timeline timeline;
    private final Expiries expiries = new Expiries();
    private final Runnable onExpiry;
    private TimeSource.@Nullable Timer alarm;
    private Instant alarmAt = Instant.MAX;

    /** @param onExpiry called on a timer's thread when {@link #due} has something */
    Sequencer(TimeSource time, Timeline timeline, Runnable onExpiry) {
        this.time = time;
        this.timeline = timeline;
        this.onExpiry = onExpiry;
    }

    /** Takes over deadlines from an earlier life. */
    void restore(List<Journal.Kept> kept) {
        for (var one : kept) {
            expiries.set(one.entry().key(), one.entry().revision(), one.expires());
        }
        setAlarm();
    }

    /** What {@link #restore} takes, of the present state. */
    List<Journal.Kept> expiring() {
        var tree = timeline.snapshot().tree();
        return expiries.keys().stream()
                .map(tree::get)
                .filter(java.util.Objects::nonNull)
                .map(entry -> new Journal.Kept(entry, expiries.of(entry)))
                .toList();
    }

    /** What will become of the writes; changes nothing. */
    Step decide(List<Write> writes) {
        var step = new Step(timeline.snapshot());
        var now = time.now();
        for (var write : writes) {
            var current = step.current(write.key());
            switch (write) {
                case Write.Create(var key, var draft) -> {
                    if (current == null) {
                        put(step, key, draft, null, now);
                    } else {
                        step.refuse(new WriteResult.Stale(Optional.of(current)));
                    }
                }
                case Write.Update(var key, var expected, var draft) -> {
                    if (current != null && current.revision() == expected) {
                        put(step, key, draft, current, now);
                    } else {
                        step.refuse(new WriteResult.Stale(Optional.ofNullable(current)));
                    }
                }
                case Write.Delete(var key, var expected) -> {
                    if (current != null && current.revision() == expected) {
                        var last = RevisionDigits.deleted(current, step.nextRevision());
                        var event = new StoreEvent.Delete(last, Optional.of(current));
                        step.commit(
                                new Commit(event, Optional.empty()),
                                step.next().tree().without(key),
                                last);
                    } else {
                        step.refuse(new WriteResult.Stale(Optional.ofNullable(current)));
                    }
                }
            }
        }
        return step;
    }

    private static void put(Step step, String key, Draft draft, @Nullable Entry current, Instant now) {
        long revision = step.nextRevision();
        var entry =
                RevisionDigits.committed(key, draft, current == null ? revision : current.createRevision(), revision);
        var event = new StoreEvent.Put(entry, Optional.ofNullable(current));
        step.commit(
                new Commit(event, draft.timeToLive().map(now::plus), draft.sealed()),
                step.next().tree().with(entry),
                entry);
    }

    /** Makes a step the present. */
    void apply(Step step) {
        if (step.commits().isEmpty()) {
            return;
        }
        for (var commit : step.commits()) {
            expiries.set(commit.event().key(), commit.event().revision(), commit.expires());
        }
        timeline.publish(step.next(), step.commits().stream().map(Commit::event).toList(), time.nanoTime());
        setAlarm();
    }

    /** Deletions whose time has come. */
    List<Write> due() {
        return expiries.due(time.now());
    }

    /** The alarm rang; sets the next one. */
    void rearm() {
        alarmAt = Instant.MAX;
        setAlarm();
    }

    private void setAlarm() {
        var earliest = expiries.earliest();
        if (earliest.isEmpty() || !earliest.get().isBefore(alarmAt)) {
            return;
        }
        cancelAlarm();
        alarmAt = earliest.get();
        var delay = Duration.between(time.now(), alarmAt);
        alarm = time.schedule(delay.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : delay, onExpiry);
    }

    /** Sets no alarm any more. */
    void cancelAlarm() {
        if (alarm != null) {
            alarm.cancel();
            alarm = null;
        }
    }
}
