package dev.navarch.cli;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.function.Predicate;

/** Waiting for something that happens in another process: asks again until it is so or the time is over. */
public final class Waiting {
    private Waiting() {}

    public static <T> T until(String what, Duration limit, Callable<T> question, Predicate<T> answer) {
        long end = System.nanoTime() + limit.toNanos();
        T last = null;
        Exception failure = null;
        while (System.nanoTime() < end) {
            try {
                failure = null;
                last = question.call();
                if (answer.test(last)) {
                    return last;
                }
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            } catch (Exception e) {
                failure = e;
            }
            try {
                Thread.sleep(50);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
        throw new AssertionError("not within " + limit + ": " + what + "; last seen: " + last, failure);
    }
}
