package dev.navarch.embedded;

import dev.navarch.time.ManualTime;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Tells when a cluster has come to rest: no work is under way that belongs to the present instant, and no part has
 * anything left to do before the clock moves on or somebody else does something.
 *
 * <p>Work hands on to work before it ends, so that a moment without any is a rest unless a part was about to begin some.
 * Parts are asked between two looks at the count of what was begun: nothing began meanwhile if it is the same.
 */
final class Idleness {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final long PAUSE_NANOS = 50_000;
    /** How often a look follows the last at once. */
    private static final int EAGER = 50;
    /** A thread that was just started may not have said yet that it works. */
    private static final int LOOKS = 3;

    private final ManualTime time;
    private final List<Part> parts = new CopyOnWriteArrayList<>();

    private record Part(String name, BooleanSupplier idle) {}

    Idleness(ManualTime time) {
        this.time = time;
    }

    void add(String name, BooleanSupplier idle) {
        parts.add(new Part(name, idle));
    }

    /** @throws IllegalStateException if there is no rest within 30 s */
    void await() {
        await(LIMIT);
    }

    void await(Duration limit) {
        long end = System.nanoTime() + limit.toNanos();
        long begun = -1;
        int looks = 0;
        for (int quiet = 0; quiet < LOOKS; ) {
            boolean rests = rests();
            quiet = rests && time.begun() == begun ? quiet + 1 : 0;
            begun = time.begun();
            if (quiet == 0 && System.nanoTime() - end > 0) {
                throw new IllegalStateException(
                        "the cluster did not come to rest within " + limit.toSeconds() + " s: " + busy());
            }
            if (Thread.currentThread().isInterrupted()) {
                throw new IllegalStateException("interrupted while the cluster was to come to rest");
            }
            if (quiet < LOOKS && looks++ < EAGER) {
                Thread.yield();
            } else if (quiet < LOOKS) {
                LockSupport.parkNanos(PAUSE_NANOS);
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
        var names = parts.stream()
                .filter(part -> !part.idle.getAsBoolean())
                .map(Part::name)
                .toList();
        return names.isEmpty() ? "work is under way" : String.join(", ", names) + " busy";
    }
}
