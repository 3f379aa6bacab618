package dev.navarch.conformance;

import io.fabric8.kubernetes.api.model.ListOptionsBuilder;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.Watcher.Action;
import io.fabric8.kubernetes.client.WatcherException;
import io.fabric8.kubernetes.client.dsl.Watchable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What one watch reports, in order. */
public final class Events<T> implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofMinutes(3);

    private final LinkedBlockingQueue<Event<T>> queue = new LinkedBlockingQueue<>();
    private final List<Event<T>> taken = new ArrayList<>();
    private final Watch watch;

    /** One report. */
    public record Event<T>(Action action, T object) {}

    private final BiConsumer<Action, T> also;

    private Events(Watchable<T> resource, @Nullable String from, BiConsumer<Action, T> also) {
        this.also = also;
        var recorder = new Recorder();
        watch = from == null
                ? resource.watch(recorder)
                : resource.watch(
                        new ListOptionsBuilder().withResourceVersion(from).build(), recorder);
    }

    /** A watch from now on: what exists is reported first. */
    public static <T> Events<T> of(Watchable<T> resource) {
        return new Events<>(resource, null, (_, _) -> {});
    }

    /** Likewise, and each report is also told to somebody as it comes. */
    public static <T> Events<T> of(Watchable<T> resource, BiConsumer<Action, T> also) {
        return new Events<>(resource, null, also);
    }

    /** A watch of what happened after a resource version. */
    public static <T> Events<T> of(Watchable<T> resource, String from) {
        return new Events<>(resource, from, (_, _) -> {});
    }

    private final class Recorder implements Watcher<T> {
        @Override
        public void eventReceived(Action action, T object) {
            queue.add(new Event<>(action, object));
            also.accept(action, object);
        }

        @Override
        public void onClose(WatcherException cause) {
            // The reader's deadline tells.
        }
    }

    /** The next report. */
    public Event<T> next() {
        try {
            var event = queue.poll(LIMIT.toMillis(), TimeUnit.MILLISECONDS);
            if (event == null) {
                throw new AssertionError("no further report of the watch within " + LIMIT + "; so far " + taken);
            }
            taken.add(event);
            return event;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted; so far " + taken, e);
        }
    }

    /** The next report that is one of an action; earlier ones of others are passed over. */
    public T next(Action action) {
        return next(action, _ -> true);
    }

    /** The next report of an action on an object that meets a condition; others are passed over. */
    public T next(Action action, Predicate<T> condition) {
        while (true) {
            var event = next();
            if (event.action() == action && condition.test(event.object())) {
                return event.object();
            }
        }
    }

    /** Whether nothing has been reported that was not taken. */
    public boolean quiet() {
        return queue.isEmpty();
    }

    @Override
    public void close() {
        watch.close();
    }
}
