package dev.navarch.apiserver.flowcontrol;

import java.util.ArrayDeque;
import java.util.function.LongSupplier;

/**
 * In how many seconds the refused may come back: twice as many when they are many, one less when they are few. Source:
 * k8s.io/apiserver pkg/util/flowcontrol/dropped_requests_tracker.go.
 */
final class RetryAfter {
    private static final int MOST = 32;

    private final LongSupplier seconds;
    private final ArrayDeque<Second> history = new ArrayDeque<>();
    private long current;
    private long count;
    private long raised;
    private volatile int after = 1;

    private record Second(long at, long refused) {}

    /** @param seconds what time it is */
    RetryAfter(LongSupplier seconds) {
        this.seconds = seconds;
    }

    int seconds() {
        return after;
    }

    synchronized void refused() {
        long now = seconds.getAsLong();
        if (now == current) {
            count++;
            return;
        }
        history.addLast(new Second(current, count));
        while (!history.isEmpty() && current - history.getFirst().at > Math.min(MOST, 2 * after)) {
            history.removeFirst();
        }
        current = now;
        count = 1;
        adjust(now);
    }

    private void adjust(long now) {
        long lately = history.stream()
                .filter(second -> now - second.at <= after && second.at < now)
                .mapToLong(Second::refused)
                .sum();
        if (now - raised >= after && lately >= 3L * after) {
            after = Math.min(MOST, 2 * after);
            raised = now;
        } else if (lately < after && after > 1) {
            after--;
        }
    }
}
