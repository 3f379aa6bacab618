package dev.navarch.client;

import static java.util.Objects.requireNonNull;

import dev.navarch.api.values.Timestamps;
import dev.navarch.time.TimeSource;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.EventSource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectReference;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * Tells users what a component did, as core/v1 Events, correlated as upstream does. Never blocks its caller; {@link
 * EventWriter} says what becomes of them.
 *
 * <p>source: client-go tools/record/event.go.
 */
public final class EventRecorder implements AutoCloseable {
    private final ApiClient client;
    private final TimeSource time;
    private final String component;
    private final String host;
    private final EventCorrelator correlator = new EventCorrelator();
    private final EventNames names;
    private final EventWriter writer;

    /** In the writer's hands. Correlated when its turn comes, with what was told before it. */
    private final class Pending implements EventWriter.Pending {
        private final Event event;
        private EventCorrelator.@Nullable Verdict verdict;

        Pending(Event event) {
            this.event = event;
        }

        @Override
        public String reason() {
            return event.getReason();
        }

        @Override
        public String about() {
            return event.getInvolvedObject().getName();
        }

        @Override
        public void send() {
            var known = verdict;
            if (known == null) {
                known = correlator.correlate(event, time.now());
                verdict = known;
            }
            EventRecorder.this.send(known);
        }
    }

    /**
     * @param component such as {@code kubelet}
     * @param host the node's name; empty for components of the control plane
     */
    public EventRecorder(ApiClient client, TimeSource time, String component, String host) {
        this.client = requireNonNull(client);
        this.time = requireNonNull(time);
        this.component = requireNonNull(component);
        this.host = requireNonNull(host);
        names = new EventNames(component);
        writer = new EventWriter(time, component);
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
        metadata.setName(names.next(about.getName(), now));
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
        writer.write(new Pending(event));
    }

    private EventSource source() {
        var source = new EventSource();
        source.setComponent(component);
        source.setHost(host.isEmpty() ? null : host);
        return source;
    }

    private void send(EventCorrelator.Verdict verdict) {
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

    private void create(Event event, List<String> key) {
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
        writer.close();
    }
}
