package dev.navarch.storage;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Changes in revision order, in a ring that all watchers share; each event has a position, counted from 0. One thread
 * appends and forgets; any number read without locks, and find out by {@link #first} if what they read was being
 * forgotten at that moment.
 */
final class EventLog {
    private static final int SMALLEST = 16;

    private volatile AtomicReferenceArray<@Nullable StoreEvent> ring = new AtomicReferenceArray<>(SMALLEST);
    /** The oldest position that is kept. Moves before its slot is cleared or used again. */
    private volatile long first;
    /** The position of the next event. Moves after its slot is filled. */
    private volatile long end;

    /** Who waits for a change of any topic. */
    private final Set<LogWatch> waiting = ConcurrentHashMap.newKeySet();
    /** Who waits for a change of one. */
    private final Map<Integer, List<LogWatch>> waitingFor = new ConcurrentHashMap<>();

    /** Only by the sequencer. */
    void append(StoreEvent event) {
        var slots = ring;
        if (end - first == slots.length()) {
            slots = resize(slots.length() * 2);
        }
        slots.setRelease(slot(slots, end), event);
        setEnd(end + 1);
    }

    private void setEnd(long to) {
        end = to;
    }

    /** Only by the sequencer: drops the oldest event. */
    void forgetFirst() {
        long forgotten = first;
        setFirst(forgotten + 1);
        var slots = ring;
        slots.setRelease(slot(slots, forgotten), null);
        if (slots.length() > SMALLEST && end - first < slots.length() / 8) {
            resize(slots.length() / 4);
        }
    }

    private void setFirst(long to) {
        first = to;
    }

    private AtomicReferenceArray<@Nullable StoreEvent> resize(int length) {
        var from = ring;
        var to = new AtomicReferenceArray<@Nullable StoreEvent>(Math.max(length, SMALLEST));
        for (long at = first; at < end; at++) {
            to.setPlain(slot(to, at), from.getPlain(slot(from, at)));
        }
        ring = to;
        return to;
    }

    private static int slot(AtomicReferenceArray<@Nullable StoreEvent> slots, long position) {
        return (int) (position & (slots.length() - 1));
    }

    long first() {
        return first;
    }

    long end() {
        return end;
    }

    /** The event at a position below {@link #end}; meaningless if {@link #first} has then moved past it. */
    @Nullable
    StoreEvent at(long position) {
        var slots = ring;
        return slots.getAcquire(slot(slots, position));
    }

    /** Position of the first kept event that is newer than {@code revision}. */
    long positionAfter(long revision) {
        long high = end;
        long low = Math.min(first, high);
        while (low < high) {
            long middle = (low + high) >>> 1;
            var event = at(middle);
            if (event == null || event.revision() <= revision) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** Has a watch woken from now on; it must look once more for what it waits for before it rests. */
    void startWaiting(LogWatch watch) {
        if (watch.topic() == 0) {
            waiting.add(watch);
        } else {
            waitingFor.merge(watch.topic(), List.of(watch), EventLog::joined);
        }
    }

    private static List<LogWatch> joined(List<LogWatch> some, List<LogWatch> more) {
        var all = new ArrayList<>(some);
        all.addAll(more);
        return all;
    }

    void stopWaiting(LogWatch watch) {
        if (watch.topic() == 0) {
            waiting.remove(watch);
        } else {
            waitingFor.computeIfPresent(watch.topic(), (_, all) -> {
                var others = all.stream().filter(other -> other != watch).toList();
                return others.isEmpty() ? null : others;
            });
        }
    }

    /** @param topics of the changes; 0 if one's is not known, which may be any */
    void wake(Set<Integer> topics) {
        if (topics.contains(0)) {
            wakeAll();
            return;
        }
        waiting.forEach(LogWatch::wake);
        for (var topic : topics) {
            waitingFor.getOrDefault(topic, List.of()).forEach(LogWatch::wake);
        }
    }

    void wakeAll() {
        waiting.forEach(LogWatch::wake);
        waitingFor.values().forEach(watches -> watches.forEach(LogWatch::wake));
    }
}
