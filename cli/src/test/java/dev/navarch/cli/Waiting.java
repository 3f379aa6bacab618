package dev.navarch.cli;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.function.Predicate;

/**
 * Waiting for something that happens in another process: asks again until it is so or the time is over, which is long enough
 * for a machine that does ten other things. A question that fails is asked again.
 */
public final class Waiting {
    private static final Duration LIMIT = Duration.ofMinutes(4);

    private Waiting() {}

    public static <T> T until(String what, Callable<T> question, Predicate<T> answer) {
        long end = System.nanoTime() + LIMIT.toNanos();
        T last = null;
        Throwable failure = null;
        while (System.nanoTime() < end) {
            try {
                failure = null;
                last = question.call();
                if (answer.test(last)) {
                    return last;
                }
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            } catch (Exception | AssertionError e) {
                failure = e;
            }
            try {
                Thread.sleep(50);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
        throw new AssertionError("not within " + LIMIT + ": " + what + "; last seen: " + last, failure);
    }
}
