package dev.navarch.embedded;

import dev.navarch.time.ManualTime;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Tells when a cluster has come to rest: no work is under way that belongs to the present instant, and no part has
 * anything left to do before the clock moves on or somebody else does something.
 *
 * <p>Work hands on to work before it ends, so that a moment without any is a rest unless a part was about to begin some.
 * Parts are asked between two looks at the count of what was begun: nothing began meanwhile if it is the same.
 *
 * <p>Who gives up says why: which parts are busy, and what was written in the last moments and by whom, since two that undo
 * each other's writes never rest.
 */
final class Idleness {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final long PAUSE_NANOS = 50_000;
    /** A thread that was just started may not have said yet that it works. */
    private static final int LOOKS = 3;

    private final ManualTime time;
    private final List<Part> parts = new CopyOnWriteArrayList<>();
    private volatile Writes writes = new NoWrites();

    private record Part(String name, BooleanSupplier idle, Supplier<String> why) {}

    /** What is written meanwhile. */
    interface Writes {
        /** The newest revision. */
        long revision();

        /** What was written after a revision, most often first, and by whom. */
        String after(long revision);
    }

    private record NoWrites() implements Writes {
        @Override
        public long revision() {
            return 0;
        }

        @Override
        public String after(long revision) {
            return "";
        }
    }

    Idleness(ManualTime time) {
        this.time = time;
    }

    void add(String name, BooleanSupplier idle) {
        add(name, idle, () -> "");
    }

    /** @param why says of a part that isn't idle what it has left to do */
    void add(String name, BooleanSupplier idle, Supplier<String> why) {
        parts.add(new Part(name, idle, why));
    }

    /** Has the writes told that keep a cluster from resting. */
    void tell(Writes ofCluster) {
        writes = ofCluster;
    }

    /** @throws IllegalStateException if this is a thread whose work is waited for */
    void requireOutside() {
        if (time.works()) {
            throw new IllegalStateException(
                    "the cluster can't wait for itself, and this is one of its own threads: advance"
                            + " the clock, and await rest, in the test's");
        }
    }

    /** @throws IllegalStateException if there is no rest within 30 s, or this is a thread whose work is waited for */
    void await() {
        await(LIMIT);
    }

    void await(Duration limit) {
        requireOutside();
        long start = System.nanoTime();
        long begun = time.begun();
        var recently = new Recently(start);
        for (int quiet = 0; quiet < LOOKS; ) {
            boolean rests = rests();
            quiet = rests && time.begun() == begun ? quiet + 1 : 0;
            begun = time.begun();
            if (quiet == 0) {
                long now = System.nanoTime();
                if (now - start > limit.toNanos()) {
                    throw new IllegalStateException("the cluster did not come to rest within " + limit.toSeconds()
                            + " s: " + busy() + recently.written(now));
                }
                recently.look(now);
            }
            if (Thread.currentThread().isInterrupted()) {
                throw new IllegalStateException("interrupted while the cluster was to come to rest");
            }
            if (quiet == 0) {
                LockSupport.parkNanos(
                        PAUSE_NANOS); // who yields instead waits for all others' turns where cores are scarce
            } else if (quiet < LOOKS) {
                Thread.yield();
            }
        }
    }

    /** Whether there is rest at this moment; some may be about to begin something. */
    boolean rests() {
        if (time.busy()) {
            return false;
        }
        long begun = time.begun();
        return parts.stream().allMatch(part -> part.idle.getAsBoolean()) && !time.busy() && time.begun() == begun;
    }

    private String busy() {
        var busy = parts.stream()
                .filter(part -> !part.idle.getAsBoolean())
                .map(part -> {
                    var why = part.why.get();
                    return part.name + " busy" + (why.isEmpty() ? "" : " (" + why + ")");
                })
                .collect(Collectors.joining(", "));
        return busy.isEmpty() ? "work is under way" : busy;
    }

    /** Remembers where writing was between one and two seconds ago. */
    private final class Recently {
        private static final long SECOND = 1_000_000_000L;

        private long revision = writes.revision();
        private long at;
        private long earlierRevision = revision;
        private long earlierAt;

        Recently(long now) {
            at = now;
            earlierAt = now;
        }

        void look(long now) {
            if (now - at >= SECOND) {
                earlierRevision = revision;
                earlierAt = at;
                revision = writes.revision();
                at = now;
            }
        }

        private String seconds(long now) {
            return String.format(Locale.ROOT, "%.1f", (now - earlierAt) / (double) SECOND);
        }

        String written(long now) {
            var told = writes.after(earlierRevision);
            return told.isEmpty()
                    ? "; nothing was written in the last " + seconds(now) + " s"
                    : "; written in the last " + seconds(now) + " s: " + told;
        }
    }
}
