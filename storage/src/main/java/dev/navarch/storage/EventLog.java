package dev.navarch.storage;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;
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

    private final Set<Thread> waiting = ConcurrentHashMap.newKeySet();
    private final Set<Runnable> listening = ConcurrentHashMap.newKeySet();

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

    /** Registers the calling thread to be woken; it must look once more for what it waits for before it parks. */
    void startWaiting() {
        waiting.add(Thread.currentThread());
    }

    void stopWaiting() {
        waiting.remove(Thread.currentThread());
    }

    void startListening(Runnable listener) {
        listening.add(listener);
    }

    void stopListening(Runnable listener) {
        listening.remove(listener);
    }

    void wakeAll() {
        waiting.forEach(LockSupport::unpark);
        listening.forEach(Runnable::run);
    }
}
