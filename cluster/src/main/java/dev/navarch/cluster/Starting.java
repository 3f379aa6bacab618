package dev.navarch.cluster;

import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * A part that starts while others do. Closing waits for the start to end and closes what came of it, whether or not
 * anybody awaited it; a start that failed leaves nothing to close.
 */
final class Starting<T extends AutoCloseable> implements AutoCloseable {
    private final FutureTask<T> task;

    private Starting(FutureTask<T> task) {
        this.task = task;
    }

    /** Starts on a thread of its own, since native code and files would hold a carrier of virtual ones. */
    static <T extends AutoCloseable> Starting<T> start(String name, Callable<T> start) {
        var task = new FutureTask<>(start);
        Thread.ofPlatform().name("start-" + name).daemon().start(task);
        return new Starting<>(task);
    }

    /** Waits for it; throws what the start threw. */
    T await() throws IOException, InterruptedException {
        try {
            return task.get();
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case IOException failure -> throw failure;
                case RuntimeException failure -> throw failure;
                case Error failure -> throw failure;
                default -> throw new IllegalStateException(e.getCause());
            }
        }
    }

    @Override
    public void close() throws Exception {
        T started;
        try {
            started = task.get();
        } catch (ExecutionException _) {
            return;
        }
        started.close();
    }
}
