package dev.navarch.client;

import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/**
 * A local copy of the objects of one type (and query), kept current by list and watch; it may lag behind the server.
 * The objects are shared: nobody changes them.
 */
public interface Informer<T extends HasMetadata> {

    /** @param namespace empty for cluster scoped */
    Optional<T> get(String namespace, String name);

    default Optional<T> get(Key key) {
        return get(key.namespace(), key.name());
    }

    /** A copy of the cache, in no order. */
    List<T> list();

    List<T> list(String namespace);

    /**
     * The objects for which the index gave this value.
     *
     * @throws IllegalArgumentException no such index
     */
    List<T> byIndex(String index, String value);

    /** Adds an index, or does nothing if one of the name is there; may be called at any time. */
    void addIndex(String name, Function<T, ? extends Collection<String>> values);

    /** From now on tells the handler of every change; what is in the cache already is told as added first. */
    void addHandler(Handler<? super T> handler);

    /** The resource version up to which the cache shows all that happened; empty before the first list. */
    String version();

    /** True once the first list is in the cache and all handlers were told of it. */
    boolean synced();

    /** Has an action run once, as soon as {@link #synced}: here and now, or on the thread that lists. It must not block. */
    void onceSynced(Runnable action);

    /** Likewise, as soon as all of these are. */
    static void onceSynced(Collection<? extends Informer<?>> all, Runnable action) {
        var missing = new AtomicInteger(all.size() + 1);
        Runnable one = () -> {
            if (missing.decrementAndGet() == 0) {
                action.run();
            }
        };
        all.forEach(informer -> informer.onceSynced(one));
        one.run();
    }
}
