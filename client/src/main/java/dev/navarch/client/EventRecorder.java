package dev.navarch.client;

import static java.util.Objects.requireNonNull;

import dev.navarch.api.values.Timestamps;
import dev.navarch.time.TimeSource;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.EventSource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectReference;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * Tells users what a component did, as core/v1 Events, correlated as upstream does. Never blocks its caller: events
 * wait in a queue of 1,000 for the recorder's own thread; when it is full, further ones are dropped and counted in
 * the log. An event that the server refuses is dropped; one that it can't be asked for is tried 12 times.
 *
 * <p>source: client-go tools/record/event.go.
 */
public final class EventRecorder implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(EventRecorder.class);
    private static final int CAPACITY = 1000;
    private static final int TRIES = 12;
    private static final Duration BETWEEN_TRIES = Duration.ofSeconds(10);

    /** Of how many objects it is kept how their last event was named. */
    private static final int NAMED = 4096;

    /** All that names are made later by is less than a millisecond. */
    private static final int COMPONENTS = 10_000;

    private static final long EACH = 100;

    private final ApiClient client;
    private final TimeSource time;
    private final String component;
    private final String host;
    private final BlockingQueue<Event> queue = new ArrayBlockingQueue<>(CAPACITY);
    /** Opened when there is something new in the queue. */
    private final AtomicReference<TimeSource.Gate> news = new AtomicReference<>();

    private final EventCorrelator correlator = new EventCorrelator();
    private final Thread thread;

    /** What the last events about objects were named by; guarded by itself. */
    private final Map<String, Long> named = new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
            return size() > NAMED;
        }
    };

    /**
     * @param component such as {@code kubelet}
     * @param host the node's name; empty for components of the control plane
     */
    public EventRecorder(ApiClient client, TimeSource time, String component, String host) {
        this.client = requireNonNull(client);
        this.time = requireNonNull(time);
        this.component = requireNonNull(component);
        this.host = requireNonNull(host);
        news.set(time.gate());
        thread = time.start("events-" + component, this::run);
    }

    public void normal(HasMetadata about, String reason, String message) {
        record(reference(about), "Normal", reason, message);
    }

    public void warning(HasMetadata about, String reason, String message) {
        record(reference(about), "Warning", reason, message);
    }

    /** A reference to an object, as events name what they are about. */
    public static ObjectReference reference(HasMetadata about) {
        var meta = about.getMetadata();
        var reference = new ObjectReference();
        reference.setApiVersion(about.getApiVersion());
        reference.setKind(about.getKind());
        reference.setNamespace(meta.getNamespace());
        reference.setName(meta.getName());
        reference.setUid(meta.getUid());
        reference.setResourceVersion(meta.getResourceVersion());
        return reference;
    }

    /**
     * Records about a part of an object, such as the field path {@code spec.containers{web}}.
     *
     * @param type {@code Normal} or {@code Warning}
     */
    public void record(ObjectReference about, String type, String reason, String message) {
        var now = time.now();
        var namespace =
                about.getNamespace() == null || about.getNamespace().isEmpty() ? "default" : about.getNamespace();
        var stamp = Timestamps.seconds(now);
        var metadata = new ObjectMeta();
        metadata.setNamespace(namespace);
        metadata.setName(about.getName() + "." + Long.toHexString(uniqueNanos(about.getName(), now)));
        var event = new Event();
        event.setMetadata(metadata);
        event.setInvolvedObject(about);
        event.setType(type);
        event.setReason(reason);
        event.setMessage(message);
        event.setFirstTimestamp(stamp);
        event.setLastTimestamp(stamp);
        event.setCount(1);
        event.setSource(source());
        event.setReportingComponent(component);
        event.setReportingInstance(host);
        if (queue.offer(event)) {
            news.get().open();
        } else {
            log.warn("{}: too many events, dropped {} about {}", component, reason, about.getName());
        }
    }

    private EventSource source() {
        var source = new EventSource();
        source.setComponent(component);
        source.setHost(host.isEmpty() ? null : host);
        return source;
    }

    /**
     * The time, which names an event: a little later for one component than for another, and for a second event about the
     * same object, so that none takes the name of one that another component records at the same instant.
     */
    private long uniqueNanos(String about, Instant now) {
        long own = now.getEpochSecond() * 1_000_000_000L
                + now.getNano()
                + Math.floorMod(component.hashCode(), COMPONENTS) * EACH;
        synchronized (named) {
            return named.merge(about, own, (last, next) -> Math.max(last + 1, next));
        }
    }

    private void run() {
        try {
            while (true) {
                write(next());
            }
        } catch (InterruptedException e) {
            // closed
        }
    }

    private Event next() throws InterruptedException {
        while (true) {
            var waiting = news.get();
            var event = queue.poll();
            if (event != null) {
                return event;
            }
            waiting.await();
            news.set(time.gate());
        }
    }

    private void write(Event event) throws InterruptedException {
        var verdict = correlator.correlate(event, time.now());
        boolean settled = settle(verdict, event);
        for (int tries = 2; !settled && tries <= TRIES; tries++) {
            time.sleep(BETWEEN_TRIES);
            settled = settle(verdict, event);
        }
    }

    /** False if it should be tried again. */
    private boolean settle(EventCorrelator.Verdict verdict, Event event) throws InterruptedException {
        try {
            write(verdict);
        } catch (ApiFailure e) {
            if (!e.alreadyExists()) {
                log.info("{}: the event {} was refused: {}", component, event.getReason(), e.getMessage());
            }
        } catch (UncheckedIOException e) {
            log.debug("{}: an event could not be written: {}", component, e.getMessage());
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            return false;
        } catch (RuntimeException e) {
            log.error("{}: an event could not be written", component, e);
        }
        return true;
    }

    private void write(EventCorrelator.Verdict verdict) {
        switch (verdict) {
            case EventCorrelator.Verdict.Create(var event, var key) -> create(event, key);
            case EventCorrelator.Verdict.Count(var event, var key) -> {
                var patch = JsonNodeFactory.instance.objectNode();
                patch.put("count", event.getCount());
                patch.put("lastTimestamp", event.getLastTimestamp());
                patch.put("message", event.getMessage());
                try {
                    var meta = event.getMetadata();
                    client.resource(Event.class).patch(meta.getNamespace(), meta.getName(), new Patch.Strategic(patch));
                } catch (ApiFailure e) {
                    if (!e.notFound()) {
                        throw e;
                    }
                    create(event, key);
                }
            }
            case EventCorrelator.Verdict.Skip _ -> {}
        }
    }

    private void create(Event event, java.util.List<String> key) {
        try {
            client.resource(Event.class).createUnread(event);
        } catch (ApiFailure e) {
            correlator.forget(key);
            throw e;
        }
    }

    /** Drops what waits. */
    @Override
    public void close() {
        thread.interrupt();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
