package dev.navarch.controllers;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Many calls at once, on virtual threads. */
public final class Batches {
    /** @param failure the first, if any */
    public record Outcome(int successes, Optional<RuntimeException> failure) {}

    private Batches() {}

    /**
     * Makes a call {@code count} times in batches of 1, 2, 4 and so on, and stops after a batch with a failure, so
     * that what must fail fails few times.
     *
     * <p>source: kubernetes pkg/controller/replicaset/replica_set.go (slowStartBatch).
     */
    public static Outcome slowStart(int count, Runnable call) throws InterruptedException {
        int successes = 0;
        for (int size = 1; successes < count; size *= 2) {
            int batch = Math.min(size, count - successes);
            List<Runnable> calls = new ArrayList<>();
            for (int i = 0; i < batch; i++) {
                calls.add(call);
            }
            var outcome = all(calls);
            successes += outcome.successes;
            if (outcome.failure.isPresent()) {
                return new Outcome(successes, outcome.failure);
            }
        }
        return new Outcome(successes, Optional.empty());
    }

    /** Makes all calls and waits for them. */
    public static Outcome all(List<Runnable> calls) throws InterruptedException {
        if (calls.size() == 1) {
            try {
                calls.getFirst().run();
                return new Outcome(1, Optional.empty());
            } catch (RuntimeException e) {
                return new Outcome(0, Optional.of(e));
            }
        }
        int successes = 0;
        Optional<RuntimeException> failure = Optional.empty();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<Boolean>> tasks = new ArrayList<>();
            calls.forEach(c -> tasks.add(() -> {
                c.run();
                return true;
            }));
            for (Future<Boolean> future : threads.invokeAll(tasks)) {
                try {
                    future.get();
                    successes++;
                } catch (ExecutionException e) {
                    if (e.getCause() instanceof RuntimeException r) {
                        failure = failure.isPresent() ? failure : Optional.of(r);
                    } else {
                        throw new IllegalStateException(e.getCause());
                    }
                }
            }
        }
        return new Outcome(successes, failure);
    }
}
