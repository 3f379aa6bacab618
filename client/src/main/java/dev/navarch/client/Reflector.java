package dev.navarch.client;

import dev.navarch.time.TimeSource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lists, then watches from there for ever, on one thread. A watch that ends is resumed at the last version seen; one
 * whose version is gone is started again by a list. No failure ends it: it pauses and goes on.
 *
 * <p>source: client-go tools/cache/reflector.go.
 */
final class Reflector<T extends HasMetadata> implements Runnable {
    private static final Logger log = LoggerFactory.getLogger(Reflector.class);
    private static final Duration SHORTEST_WATCH = Duration.ofMinutes(5);
    /** Asked for where watches end only with the server. */
    private static final Duration LASTING = Duration.ofDays(36_500);
    /** How much later than asked for the server may end a watch. */
    private static final Duration GRACE = Duration.ofMinutes(1);

    /** A watch that ends sooner, and without an event, is nothing to build on. */
    private static final Duration SHORT = Duration.ofSeconds(1);

    /** Bounds what one answer to a list takes of memory. */
    private static final int PAGE = 5_000;

    /** Told what was found, on the reflector's thread. */
    interface Sink<T> {
        void replace(List<T> objects);

        void apply(WatchEvent<T> change);

        /** All that happened up to this version was told. */
        void reached(String version);
    }

    private final Resource<T> resource;
    private final ListQuery query;
    private final Sink<T> sink;
    private final TimeSource time;
    private final RandomGenerator random;
    private final Backoff backoff;

    private volatile boolean closed;
    private volatile @Nullable WatchStream<T> open;

    /** Where to go on; empty: list first. Used by the running thread only. */
    private String version = "";

    Reflector(Resource<T> resource, ListQuery query, Sink<T> sink, TimeSource time, RandomGenerator random) {
        this.resource = resource;
        this.query = query;
        this.sink = sink;
        this.time = time;
        this.random = random;
        backoff = new Backoff(time, random);
    }

    @Override
    public void run() {
        try {
            while (!closed) {
                round();
            }
        } catch (InterruptedException e) {
            // closed
        }
    }

    private void round() throws InterruptedException {
        try {
            if (version.isEmpty()) {
                list();
            }
            watch();
        } catch (ApiFailure e) {
            if (e.gone() || e.hasCause("ResourceVersionTooLarge")) {
                log.debug("{} {}: listing again: {}", resource.kind().plural(), query, e.getMessage());
                version = "";
            } else {
                trouble(e);
            }
            backoff.pause();
        } catch (UncheckedIOException e) {
            if (!closed) {
                trouble(e);
            }
            backoff.pause();
        } catch (RuntimeException e) {
            log.error(
                    "{} {}: a change could not be handled; listing again",
                    resource.kind().plural(),
                    query,
                    e);
            version = "";
            backoff.pause();
        }
    }

    private void trouble(RuntimeException e) {
        log.info(
                "{} {}: list or watch failed, will be tried again: {}",
                resource.kind().plural(),
                query,
                e.getMessage());
    }

    /** The newest state, as upstream's WatchList: what this process wrote, or another before it, is in it. */
    private void list() {
        var found = resource.list(query.limit(PAGE));
        sink.replace(found.items());
        reached(found.resourceVersion());
    }

    private void watch() throws InterruptedException {
        var timeout = resource.lasting()
                ? LASTING
                : SHORTEST_WATCH.plusSeconds(random.nextInt((int) SHORTEST_WATCH.toSeconds()));
        TimeSource.@Nullable Timer guard = null;
        long start = time.nanoTime();
        try (var stream = resource.watch(query, version, timeout)) {
            open = stream;
            if (!resource.lasting()) {
                guard = time.schedule(timeout.plus(GRACE), stream::close); // against a peer that is silently gone
            }
            int seen = 0;
            for (var event = next(stream); event != null; event = next(stream)) {
                seen++;
                switch (event) {
                    case WatchEvent.Bookmark<T>(var at) -> reached(at);
                    case WatchEvent.Added<T>(var object) -> apply(event, object);
                    case WatchEvent.Modified<T>(var object) -> apply(event, object);
                    case WatchEvent.Deleted<T>(var object) -> apply(event, object);
                }
            }
            if (seen == 0 && !closed && time.nanoTime() - start < SHORT.toNanos()) {
                backoff.pause(); // a server that ends each watch at once must not be hammered
            }
        } finally {
            open = null;
            if (guard != null) {
                guard.cancel();
            }
        }
    }

    private @Nullable WatchEvent<T> next(WatchStream<T> stream) throws InterruptedException {
        try (var _ = time.rest()) {
            return closed ? null : stream.next();
        }
    }

    private void apply(WatchEvent<T> event, T object) {
        sink.apply(event);
        reached(object.getMetadata().getResourceVersion());
    }

    private void reached(String at) {
        if (!at.isEmpty()) {
            version = at;
            sink.reached(at);
        }
    }

    /** The owner also interrupts the thread. */
    void close() {
        closed = true;
        var stream = open;
        if (stream != null) {
            stream.close();
        }
    }
}
