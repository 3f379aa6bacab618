package dev.navarch.apiserver;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.function.Predicate;

/** Waits for what comes about by itself. */
public final class Eventually {
    private static final Duration LIMIT = Duration.ofMinutes(2);

    private Eventually() {}

    /** Asks until the answer is as wanted. */
    public static <T> T is(Callable<T> question, Predicate<T> wanted) throws Exception {
        long end = System.nanoTime() + LIMIT.toNanos();
        while (true) {
            var answer = question.call();
            if (wanted.test(answer)) {
                return answer;
            }
            if (System.nanoTime() > end) {
                throw new AssertionError("not within " + LIMIT + "; last seen: " + answer);
            }
            Thread.sleep(20);
        }
    }
}
