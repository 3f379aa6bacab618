package dev.navarch.client;

import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The cache, its handlers and the order between the two. */
final class SharedInformer<T extends HasMetadata> implements Informer<T>, Reflector.Sink<T> {
    private static final Logger log = LoggerFactory.getLogger(SharedInformer.class);

    private final ObjectCache<T> cache = new ObjectCache<>();
    private final List<Handler<? super T>> handlers = new CopyOnWriteArrayList<>();
    /** Held while a change is applied and told, so that a handler that joins neither misses nor repeats one. */
    private final Object telling = new Object();

    private final Runnable onSynced;
    private final Runnable onListedAgain;
    /** What is to run once synced. Guarded by itself. */
    private final List<Runnable> waiting = new ArrayList<>();

    private volatile boolean synced;
    private volatile String version = "";

    /**
     * @param onSynced runs after the first list
     * @param onListedAgain runs after each further one
     */
    SharedInformer(Runnable onSynced, Runnable onListedAgain) {
        this.onSynced = onSynced;
        this.onListedAgain = onListedAgain;
    }

    @Override
    public Optional<T> get(String namespace, String name) {
        return cache.get(new Key(namespace, name));
    }

    @Override
    public Optional<T> get(Key key) {
        return cache.get(key);
    }

    @Override
    public List<T> list() {
        return cache.list();
    }

    @Override
    public List<T> list(String namespace) {
        return cache.list(namespace);
    }

    @Override
    public List<T> byIndex(String index, String value) {
        return cache.byIndex(index, value);
    }

    @Override
    public void addIndex(String name, Function<T, ? extends Collection<String>> values) {
        cache.addIndex(name, values);
    }

    @Override
    public void addHandler(Handler<? super T> handler) {
        synchronized (telling) {
            cache.list().forEach(o -> tell(handler, h -> h.added(o)));
            handlers.add(handler);
        }
    }

    @Override
    public boolean synced() {
        return synced;
    }

    @Override
    public void onceSynced(Runnable action) {
        synchronized (waiting) {
            if (!synced) {
                waiting.add(action);
                return;
            }
        }
        action.run();
    }

    @Override
    public String version() {
        return version;
    }

    @Override
    public void reached(String at) {
        version = at;
    }

    @Override
    public void replace(List<T> objects) {
        synchronized (telling) {
            var gone = new HashSet<>(cache.keys());
            for (var object : objects) {
                gone.remove(Key.of(object));
                put(object);
            }
            gone.forEach(this::remove);
        }
        if (synced) {
            onListedAgain.run();
        } else {
            List<Runnable> due;
            synchronized (waiting) {
                synced = true;
                due = List.copyOf(waiting);
                waiting.clear();
            }
            due.forEach(Runnable::run);
            onSynced.run();
        }
    }

    /** Tells the handlers of all objects once more, as of updates that change nothing. */
    void resync() {
        synchronized (telling) {
            cache.list().forEach(o -> tellAll(h -> h.updated(o, o)));
        }
    }

    @Override
    public void apply(WatchEvent<T> change) {
        synchronized (telling) {
            switch (change) {
                case WatchEvent.Added<T>(var object) -> put(object);
                case WatchEvent.Modified<T>(var object) -> put(object);
                case WatchEvent.Deleted<T>(var object) -> {
                    cache.put(Key.of(object), object); // the last state is what handlers are told
                    remove(Key.of(object));
                }
                case WatchEvent.Bookmark<T> _ -> {}
            }
        }
    }

    private void put(T object) {
        var before = cache.put(Key.of(object), object);
        if (before == null) {
            tellAll(h -> h.added(object));
        } else if (!Objects.equals(
                before.getMetadata().getUid(), object.getMetadata().getUid())) {
            tellAll(h -> h.deleted(before)); // deleted and made again while nobody looked
            tellAll(h -> h.added(object));
        } else if (!Objects.equals(
                before.getMetadata().getResourceVersion(), object.getMetadata().getResourceVersion())) {
            tellAll(h -> h.updated(before, object));
        }
    }

    private void remove(Key key) {
        var last = cache.remove(key);
        if (last != null) {
            tellAll(h -> h.deleted(last));
        }
    }

    private void tellAll(Consumer<Handler<? super T>> call) {
        handlers.forEach(h -> tell(h, call));
    }

    private void tell(Handler<? super T> handler, Consumer<Handler<? super T>> call) {
        try {
            call.accept(handler);
        } catch (RuntimeException e) {
            log.error("A handler failed", e);
        }
    }
}
