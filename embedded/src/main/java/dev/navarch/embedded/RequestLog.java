package dev.navarch.embedded;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** The last requests. Safe for use by many threads. */
final class RequestLog {
    private static final int MOST = 2_000;

    private final Deque<Answered> last = new ArrayDeque<>();

    /** A request and the status of its answer. */
    record Answered(Instant at, ApiCall call, int status) {
        @Override
        public String toString() {
            return "%s %s %s %s by %s (%s)"
                    .formatted(at, status, call.verb(), call.path(), call.user(), call.manager());
        }
    }

    synchronized void add(Answered answered) {
        if (last.size() == MOST) {
            last.removeFirst();
        }
        last.addLast(answered);
    }

    synchronized List<Answered> all() {
        return List.copyOf(last);
    }
}
