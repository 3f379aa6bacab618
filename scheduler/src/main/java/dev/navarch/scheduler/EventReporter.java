package dev.navarch.scheduler;

import static java.util.Objects.requireNonNull;

import dev.navarch.api.values.Timestamps;
import dev.navarch.client.ApiClient;
import dev.navarch.client.ApiFailure;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.Patch;
import dev.navarch.scheduler.framework.Events;
import dev.navarch.time.TimeSource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.MicroTime;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectReference;
import io.fabric8.kubernetes.api.model.events.v1.Event;
import io.fabric8.kubernetes.api.model.events.v1.EventBuilder;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * Tells users what a scheduler did. What is told again within six minutes becomes a series: its second time is written at
 * once, further ones when six minutes have passed. Events wait in a queue of 1,000 for the reporter's own thread; when it is
 * full, further ones are dropped and counted in the log. One that the server refuses is dropped; one that it can't be asked
 * for is tried 12 times.
 *
 * <p>source: client-go tools/events, event_recorder.go and event_broadcaster.go.
 */
final class EventReporter implements Events, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(EventReporter.class);
    private static final int CAPACITY = 1000;
    private static final int TRIES = 12;
    private static final Duration BETWEEN_TRIES = Duration.ofSeconds(10);
    private static final Duration LASTS = Duration.ofMinutes(6);
    private static final int REMEMBERED = 4096;
    private static final int LONGEST_NOTE = 1024;
    private static final String CUT = " ...";

    /** All that names are made later by is less than a millisecond. */
    private static final int CONTROLLERS = 10_000;

    private static final long EACH = 100;

    private final ApiClient client;
    private final TimeSource time;
    private final String controller;
    private final String instance;
    private final BlockingQueue<Write> queue = new ArrayBlockingQueue<>(CAPACITY);
    /** Opened when there is something new in the queue. */
    private final AtomicReference<TimeSource.Gate> news = new AtomicReference<>();

    private final Thread thread;

    /** What was told lately, the longest ago first. Guarded by this, as are the fields below. */
    private final Map<Key, Series> series = new LinkedHashMap<>(64, 0.75f, true);

    private long lastNanos;
    private boolean closed;
    private TimeSource.@Nullable Timer alarm;

    /** What makes two events the same. */
    private record Key(
            String type, String reason, String action, ObjectReference about, Optional<ObjectReference> related) {}

    private static final class Series {
        private final Event event;
        private int count = 1;
        private Instant last;
        private boolean unwritten;

        Series(Event event, Instant last) {
            this.event = event;
            this.last = last;
        }

        Write write() {
            unwritten = false;
            return new Write(event, count, last);
        }
    }

    /** @param count how often it happened: the event is made if this is 1, else the series changes */
    private record Write(Event event, int count, Instant last) {}

    /** @param host names this instance of the controller, together with its name */
    EventReporter(ApiClient client, TimeSource time, String controller, String host) {
        this.client = requireNonNull(client);
        this.time = requireNonNull(time);
        this.controller = requireNonNull(controller);
        instance = controller + "-" + host;
        news.set(time.gate());
        thread = time.start("events-" + controller, this::run);
    }

    @Override
    public void tell(
            HasMetadata about,
            Optional<? extends HasMetadata> related,
            String type,
            String reason,
            String action,
            String note) {
        var key = new Key(type, reason, action, EventRecorder.reference(about), related.map(EventRecorder::reference));
        remember(key, note, time.now()).ifPresent(this::enqueue);
    }

    private void enqueue(Write write) {
        if (queue.offer(write)) {
            news.get().open();
        } else {
            log.warn(
                    "{}: too many events, dropped {} about {}",
                    controller,
                    write.event.getReason(),
                    write.event.getRegarding().getName());
        }
    }

    /** What is to be written at once. */
    private synchronized Optional<Write> remember(Key key, String note, Instant now) {
        var known = series.get(key);
        if (known != null && known.last.plus(LASTS).isAfter(now)) {
            known.count++;
            known.last = now;
            if (known.count == 2) {
                return Optional.of(known.write());
            }
            known.unwritten = true;
            setAlarm();
            return Optional.empty();
        }
        var fresh = new Series(event(key, note, now), now);
        series.put(key, fresh);
        if (series.size() > REMEMBERED) {
            forgetEldest();
        }
        return Optional.of(fresh.write());
    }

    private void forgetEldest() {
        var all = series.values().iterator();
        var eldest = all.next();
        all.remove();
        if (eldest.unwritten) {
            enqueue(eldest.write());
        }
    }

    private void setAlarm() {
        if (alarm == null && !closed) {
            alarm = time.schedule(LASTS, this::writeSeries);
        }
    }

    /** Writes what happened since, and forgets what has ended. */
    private synchronized void writeSeries() {
        alarm = null;
        var now = time.now();
        series.values().removeIf(one -> {
            if (one.unwritten) {
                enqueue(one.write());
            }
            return !one.last.plus(LASTS).isAfter(now);
        });
    }

    private Event event(Key key, String note, Instant now) {
        var namespace = key.about.getNamespace();
        var metadata = new ObjectMeta();
        metadata.setNamespace(namespace == null || namespace.isEmpty() ? "default" : namespace);
        metadata.setName(key.about.getName() + "." + Long.toHexString(uniqueNanos(now)));
        var event = new Event();
        event.setMetadata(metadata);
        event.setEventTime(new MicroTime(Timestamps.micros(now)));
        event.setReportingController(controller);
        event.setReportingInstance(instance);
        event.setType(key.type);
        event.setReason(key.reason);
        event.setAction(key.action);
        event.setRegarding(key.about);
        event.setRelated(key.related.orElse(null));
        event.setNote(note.length() <= LONGEST_NOTE ? note : note.substring(0, LONGEST_NOTE - CUT.length()) + CUT);
        return event;
    }

    /** The time, which names an event: later for a second one of the same instant, and another for each controller. */
    private long uniqueNanos(Instant now) {
        long own = now.getEpochSecond() * 1_000_000_000L
                + now.getNano()
                + Math.floorMod(instance.hashCode(), CONTROLLERS) * EACH;
        lastNanos = Math.max(lastNanos + 1, own);
        return lastNanos;
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

    private Write next() throws InterruptedException {
        while (true) {
            var waiting = news.get();
            var write = queue.poll();
            if (write != null) {
                return write;
            }
            waiting.await();
            news.set(time.gate());
        }
    }

    private void write(Write write) throws InterruptedException {
        boolean settled = settle(write);
        for (int tries = 2; !settled && tries <= TRIES; tries++) {
            time.sleep(BETWEEN_TRIES);
            settled = settle(write);
        }
    }

    /** False if it should be tried again. */
    private boolean settle(Write write) throws InterruptedException {
        try {
            send(write);
        } catch (ApiFailure e) {
            if (!e.alreadyExists()) {
                log.info("{}: the event {} was refused: {}", controller, write.event.getReason(), e.getMessage());
            }
        } catch (UncheckedIOException e) {
            log.debug("{}: an event could not be written: {}", controller, e.getMessage());
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            return false;
        } catch (RuntimeException e) {
            log.error("{}: an event could not be written", controller, e);
        }
        return true;
    }

    private void send(Write write) {
        var events = client.resource(Event.class);
        if (write.count == 1) {
            events.createUnread(write.event);
            return;
        }
        var last = Timestamps.micros(write.last);
        var patch = JsonNodeFactory.instance.objectNode();
        patch.putObject("series").put("count", write.count).put("lastObservedTime", last);
        var meta = write.event.getMetadata();
        try {
            events.patch(meta.getNamespace(), meta.getName(), new Patch.Strategic(patch));
        } catch (ApiFailure e) {
            if (!e.notFound()) {
                throw e;
            }
            events.createUnread(new EventBuilder(write.event)
                    .withNewSeries()
                    .withCount(write.count)
                    .withLastObservedTime(new MicroTime(last))
                    .endSeries()
                    .build());
        }
    }

    /** Drops what waits. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            if (alarm != null) {
                alarm.cancel();
            }
        }
        thread.interrupt();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
