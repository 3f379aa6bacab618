package dev.navarch.scheduler;

import static java.util.Objects.requireNonNull;

import dev.navarch.api.values.Timestamps;
import dev.navarch.client.ApiClient;
import dev.navarch.client.ApiFailure;
import dev.navarch.client.EventNames;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.EventWriter;
import dev.navarch.client.Patch;
import dev.navarch.scheduler.framework.Events;
import dev.navarch.time.TimeSource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.MicroTime;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectReference;
import io.fabric8.kubernetes.api.model.events.v1.Event;
import io.fabric8.kubernetes.api.model.events.v1.EventBuilder;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * Tells users what a scheduler did. What is told again within six minutes becomes a series: its second time is written at
 * once, further ones when six minutes have passed. {@link EventWriter} says what becomes of events on their way.
 *
 * <p>source: client-go tools/events, event_recorder.go and event_broadcaster.go.
 */
final class EventReporter implements Events, AutoCloseable {
    private static final Duration LASTS = Duration.ofMinutes(6);
    private static final int REMEMBERED = 4096;
    private static final int LONGEST_NOTE = 1024;
    private static final String CUT = " ...";

    private final ApiClient client;
    private final TimeSource time;
    private final String controller;
    private final String instance;
    private final EventNames names;
    private final EventWriter writer;

    /** What was told lately, the longest ago first. Guarded by this, as are the fields below. */
    private final Map<Key, Series> series = new LinkedHashMap<>(64, 0.75f, true);

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
    }

    /** What happened so often: the event is made the first time, else its series changes. */
    private final class Write implements EventWriter.Pending {
        private final Event event;
        private final int count;
        private final Instant last;

        Write(Series series) {
            event = series.event;
            count = series.count;
            last = series.last;
            series.unwritten = false;
        }

        @Override
        public String reason() {
            return event.getReason();
        }

        @Override
        public String about() {
            return event.getRegarding().getName();
        }

        @Override
        public void send() {
            var events = client.resource(Event.class);
            if (count == 1) {
                events.createUnread(event);
                return;
            }
            var observed = Timestamps.micros(last);
            var patch = JsonNodeFactory.instance.objectNode();
            patch.putObject("series").put("count", count).put("lastObservedTime", observed);
            var meta = event.getMetadata();
            try {
                events.patch(meta.getNamespace(), meta.getName(), new Patch.Strategic(patch));
            } catch (ApiFailure e) {
                if (!e.notFound()) {
                    throw e;
                }
                events.createUnread(new EventBuilder(event)
                        .withNewSeries()
                        .withCount(count)
                        .withLastObservedTime(new MicroTime(observed))
                        .endSeries()
                        .build());
            }
        }
    }

    /** @param host names this instance of the controller, together with its name */
    EventReporter(ApiClient client, TimeSource time, String controller, String host) {
        this.client = requireNonNull(client);
        this.time = requireNonNull(time);
        this.controller = requireNonNull(controller);
        instance = controller + "-" + host;
        names = new EventNames(instance);
        writer = new EventWriter(time, controller);
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
        remember(key, note, time.now()).ifPresent(writer::write);
    }

    /** What is to be written at once. */
    private synchronized Optional<Write> remember(Key key, String note, Instant now) {
        var known = series.get(key);
        if (known != null && known.last.plus(LASTS).isAfter(now)) {
            known.count++;
            known.last = now;
            if (known.count == 2) {
                return Optional.of(new Write(known));
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
        return Optional.of(new Write(fresh));
    }

    private void forgetEldest() {
        var all = series.values().iterator();
        var eldest = all.next();
        all.remove();
        if (eldest.unwritten) {
            writer.write(new Write(eldest));
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
                writer.write(new Write(one));
            }
            return !one.last.plus(LASTS).isAfter(now);
        });
    }

    private Event event(Key key, String note, Instant now) {
        var namespace = key.about.getNamespace();
        var metadata = new ObjectMeta();
        metadata.setNamespace(namespace == null || namespace.isEmpty() ? "default" : namespace);
        metadata.setName(names.next(key.about.getName(), now));
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

    /** Drops what waits. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            if (alarm != null) {
                alarm.cancel();
            }
        }
        writer.close();
    }
}
