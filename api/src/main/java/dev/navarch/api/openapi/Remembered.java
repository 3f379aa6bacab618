package dev.navarch.api.openapi;

import java.lang.ref.SoftReference;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What is made when first asked for, goes when memory is short, and is then made again. It is made by a thread of its own:
 * a virtual thread that computes for long would keep others from running.
 */
final class Remembered<T> implements Supplier<T> {
    private final Supplier<T> maker;
    private volatile @Nullable SoftReference<T> made;

    Remembered(Supplier<T> maker) {
        this.maker = maker;
    }

    @Override
    public T get() {
        var there = known();
        return there == null ? made() : there;
    }

    private @Nullable T known() {
        var reference = made;
        return reference == null ? null : reference.get();
    }

    private synchronized T made() {
        var there = known();
        if (there != null) {
            return there;
        }
        var task = new FutureTask<>(maker::get);
        Thread.ofPlatform().daemon().name("openapi").start(task);
        var fresh = result(task);
        made = new SoftReference<>(fresh);
        return fresh;
    }

    private static <T> T result(FutureTask<T> task) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return task.get();
                } catch (InterruptedException _) {
                    interrupted = true;
                } catch (ExecutionException e) {
                    throw new IllegalStateException("an OpenAPI document can't be made", e.getCause());
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
