package dev.navarch.api.versions;

import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/**
 * The two forms of one event: that of the core group, which is stored, and that of {@code events.k8s.io}.
 *
 * <p>Source: kubernetes pkg/apis/events/v1/conversion.go.
 */
final class EventForms {
    static final Conversion CONVERSION = Conversion.of(EventForms::toCore, EventForms::toEvents);

    /** Fields of the core form by their names in the other one. */
    private static final Map<String, String> CORE_BY_NEW = Map.of(
            "regarding", "involvedObject",
            "note", "message",
            "reportingController", "reportingComponent",
            "deprecatedSource", "source",
            "deprecatedFirstTimestamp", "firstTimestamp",
            "deprecatedLastTimestamp", "lastTimestamp",
            "deprecatedCount", "count");

    private EventForms() {}

    /** A new tree in the form of the core group. */
    static ObjectNode toCore(ObjectNode event) {
        ObjectNode core = event.deepCopy();
        CORE_BY_NEW.forEach((from, to) -> rename(core, from, to));
        core.put("apiVersion", "v1");
        return core;
    }

    /** A new tree in the form of {@code events.k8s.io/v1}. */
    static ObjectNode toEvents(ObjectNode core) {
        ObjectNode event = core.deepCopy();
        CORE_BY_NEW.forEach((to, from) -> rename(event, from, to));
        event.put("apiVersion", "events.k8s.io/v1");
        return event;
    }

    private static void rename(ObjectNode object, String from, String to) {
        if (object.has(from)) {
            object.set(to, object.remove(from));
        }
    }
}
