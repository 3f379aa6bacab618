package dev.navarch.client;

import static java.util.Objects.requireNonNull;

import dev.navarch.time.TimeSource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The informers of a component: one per type and query, shared by all who ask. Owns a virtual thread per informer.
 */
public final class Informers implements AutoCloseable {
    /** In which lists that are due for the same reason are done. */
    private static final Duration RESYNC_PAUSE = Duration.ofSeconds(5);

    private final ApiClient client;
    private final TimeSource time;
    private final RandomGenerator random;

    /** Guards all below; waited on for syncing. */
    private final Object lock = new Object();

    private final Map<Source, Running<?>> informers = new LinkedHashMap<>();
    private boolean started;
    private boolean closed;
    private boolean resyncs;
    /** While one is due. */
    private TimeSource.@Nullable Timer resync;

    private final List<Awaiting> awaiting = new ArrayList<>();

    /** Who is to be told, and once the timer is due in any case. */
    private static final class Awaiting {
        private final Consumer<List<String>> action;
        private TimeSource.@Nullable Timer timer;

        Awaiting(Consumer<List<String>> action) {
            this.action = action;
        }
    }

    private record Source(ResourceKind<?> kind, ListQuery query) {}

    private static final class Running<T extends HasMetadata> {
        private final SharedInformer<T> informer;
        private final Reflector<T> reflector;
        private final String name;
        private @Nullable Thread thread;

        Running(SharedInformer<T> informer, Reflector<T> reflector, String name) {
            this.informer = informer;
            this.reflector = reflector;
            this.name = name;
        }

        void start(TimeSource time) {
            thread = time.start(name, reflector);
        }

        void stop() {
            reflector.close();
            if (thread != null) {
                thread.interrupt();
            }
        }
    }

    public Informers(ApiClient client, TimeSource time) {
        this(client, time, RandomGenerator.getDefault());
    }

    /** @param random for the jitter of pauses and of the watches' lengths */
    public Informers(ApiClient client, TimeSource time, RandomGenerator random) {
        this.client = requireNonNull(client);
        this.time = requireNonNull(time);
        this.random = requireNonNull(random);
    }

    /**
     * From now on, when one has to list again, the handlers of all are told of everything once more a little later:
     * what was made and went between two lists nobody is told of, so that who reacts to its end would wait for ever.
     * Upstream's informers do so twice a day.
     */
    public Informers resyncing() {
        synchronized (lock) {
            resyncs = true;
        }
        return this;
    }

    private void listedAgain() {
        synchronized (lock) {
            if (resyncs && !closed && resync == null) {
                resync = time.schedule(RESYNC_PAUSE, this::resync);
            }
        }
    }

    private void resync() {
        List<Running<?>> all;
        synchronized (lock) {
            resync = null;
            all = List.copyOf(informers.values());
        }
        all.forEach(r -> r.informer.resync());
    }

    public <T extends HasMetadata> Informer<T> of(Class<T> type) {
        return of(ResourceKind.of(type), ListQuery.all());
    }

    public <T extends HasMetadata> Informer<T> of(Class<T> type, ListQuery query) {
        return of(ResourceKind.of(type), query);
    }

    /** The informer of a type and query; starts at once if the others have been started. */
    @SuppressWarnings("unchecked") // the entry's type parameter is that of the kind in its key
    public <T extends HasMetadata> Informer<T> of(ResourceKind<T> kind, ListQuery query) {
        synchronized (lock) {
            if (closed) {
                throw new IllegalStateException("the informers are closed");
            }
            var source = new Source(kind, query);
            var running = (Running<T>) informers.get(source);
            if (running == null) {
                running = create(kind, query);
                informers.put(source, running);
                if (started) {
                    running.start(time);
                }
            }
            return running.informer;
        }
    }

    private <T extends HasMetadata> Running<T> create(ResourceKind<T> kind, ListQuery query) {
        var informer = new SharedInformer<T>(this::wake, this::listedAgain);
        var reflector = new Reflector<>(client.observed(kind), query, informer, time, random);
        return new Running<>(informer, reflector, "informer-" + kind.plural());
    }

    /** Ends one informer, such as that of a custom resource that is gone. Its cache stays as it was. */
    public void stop(ResourceKind<?> kind, ListQuery query) {
        Running<?> running;
        synchronized (lock) {
            running = informers.remove(new Source(kind, query));
        }
        wake();
        if (running != null) {
            running.stop();
        }
    }

    private void wake() {
        List<Awaiting> told = List.of();
        synchronized (lock) {
            lock.notifyAll();
            if (!awaiting.isEmpty() && !closed && synced()) {
                told = List.copyOf(awaiting);
            }
        }
        told.forEach(this::tell);
    }

    /** Runs an action unless it ran before. */
    private void tell(Awaiting one) {
        List<String> missing;
        synchronized (lock) {
            if (!awaiting.remove(one)) {
                return;
            }
            missing = unsynced();
        }
        if (one.timer != null) {
            one.timer.cancel();
        }
        one.action.accept(missing);
    }

    /**
     * Has an action run once, when every informer has had its first list or, by the clock, the limit has passed. Nobody waits
     * meanwhile; once this is closed the action does not run any more.
     *
     * @param action is given the resources that have not been listed
     */
    public void whenSynced(Duration limit, Consumer<List<String>> action) {
        var one = new Awaiting(action);
        synchronized (lock) {
            if (closed) {
                return;
            }
            awaiting.add(one);
            if (!synced()) {
                one.timer = time.schedule(limit, () -> tell(one));
                return;
            }
        }
        tell(one);
    }

    /** Starts all informers asked for so far and, as they are asked for, later ones. */
    public void start() {
        synchronized (lock) {
            if (started || closed) {
                return;
            }
            started = true;
            informers.values().forEach(r -> r.start(time));
        }
    }

    /** True when every informer has had its first list. */
    public boolean synced() {
        synchronized (lock) {
            return informers.values().stream().allMatch(r -> r.informer.synced());
        }
    }

    /**
     * Waits until every informer has had its first list. The limit is one of real time: it guards the caller's
     * start, not a rule of the cluster.
     *
     * @throws TimeoutException naming those that have not
     */
    public void awaitSynced(Duration limit) throws InterruptedException, TimeoutException {
        long deadline = System.nanoTime() + limit.toNanos();
        synchronized (lock) {
            while (!closed && !synced()) {
                long left = deadline - System.nanoTime();
                if (left <= 0) {
                    throw new TimeoutException("not synced: " + unsynced());
                }
                lock.wait(left / 1_000_000 + 1);
            }
        }
    }

    private List<String> unsynced() {
        List<String> names = new ArrayList<>();
        informers.forEach((source, running) -> {
            if (!running.informer.synced()) {
                names.add(source.kind().plural());
            }
        });
        return names;
    }

    /** Ends all watches and waits for the threads. */
    @Override
    public void close() {
        List<Running<?>> all;
        synchronized (lock) {
            closed = true;
            if (resync != null) {
                resync.cancel();
            }
            for (var one : awaiting) {
                if (one.timer != null) {
                    one.timer.cancel();
                }
            }
            awaiting.clear();
            all = List.copyOf(informers.values());
            lock.notifyAll();
        }
        all.forEach(Running::stop);
        for (var running : all) {
            try {
                if (running.thread != null) {
                    running.thread.join();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}
