package dev.navarch.apiserver.flowcontrol;

import dev.navarch.apiserver.flowcontrol.Ticket.State;
import dev.navarch.time.TimeSource;
import java.util.function.BiConsumer;

/** How many requests of each kind wait and execute, at all levels together. Source: as {@link FlowCounts}. */
final class ReadsAndWrites {
    private static final String[] NAMES = {"waiting", "executing"};
    private static final String[] KINDS = {"readOnly", "mutating"};

    private final TimeSource time;
    private final int[][] counts = new int[2][2];
    private final Share[][] shares = new Share[2][2];
    private long now;

    ReadsAndWrites(TimeSource time) {
        this.time = time;
        now = time.nanoTime();
        for (var kinds : shares) {
            for (int kind = 0; kind < 2; kind++) {
                kinds[kind] = new Share(0, 0.001, 0.01, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1);
            }
        }
    }

    /** What is all, of those that wait and of those that execute. */
    synchronized void limits(double waiting, double executing) {
        pass();
        for (int kind = 0; kind < 2; kind++) {
            shares[0][kind].limit(waiting);
            shares[1][kind].limit(executing);
        }
    }

    synchronized void moved(String verb, State from, State to) {
        pass();
        int kind = verb.equals("get") || verb.equals("list") || verb.equals("watch") ? 0 : 1;
        add(from, kind, -1);
        add(to, kind, 1);
    }

    private void add(State state, int kind, int more) {
        int phase = switch (state) {
            case WAITING -> 0;
            case EXECUTING -> 1;
            case REFUSED, DONE -> -1;
        };
        if (phase >= 0) {
            counts[phase][kind] += more;
            shares[phase][kind].set(counts[phase][kind]);
        }
    }

    private void pass() {
        long at = time.nanoTime();
        long elapsed = at - now;
        if (elapsed > 0) {
            now = at;
            for (var kinds : shares) {
                kinds[0].pass(elapsed);
                kinds[1].pass(elapsed);
            }
        }
    }

    /** Names of phase and kind, and the share of each. */
    synchronized void forEach(BiConsumer<String[], Buckets> action) {
        pass();
        for (int phase = 0; phase < 2; phase++) {
            for (int kind = 0; kind < 2; kind++) {
                action.accept(new String[] {NAMES[phase], KINDS[kind]}, shares[phase][kind].nanos());
            }
        }
    }

    /** How many reads or writes wait. */
    synchronized int waiting(boolean mutating) {
        return counts[0][mutating ? 1 : 0];
    }
}
