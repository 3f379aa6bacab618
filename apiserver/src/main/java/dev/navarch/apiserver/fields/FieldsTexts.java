package dev.navarch.apiserver.fields;

import dev.navarch.api.ObjectEncoder;
import dev.navarch.api.RawJson;
import java.util.concurrent.atomic.AtomicReferenceArray;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.POJONode;

/**
 * Remembers the sets of texts that were read lately. Objects of one making, such as the pods of a deployment, have the
 * same fields, so that most texts are read once. Safe for use by many threads.
 */
final class FieldsTexts {
    private static final int SLOTS = 1 << 12;
    private static final ObjectEncoder ENCODER = new ObjectEncoder();

    private final AtomicReferenceArray<Fields> slots = new AtomicReferenceArray<>(SLOTS);

    /** The fields of an entry's {@code fieldsV1}. */
    Fields of(JsonNode value) {
        if (value instanceof POJONode node && node.getPojo() instanceof RawJson raw) {
            return of(raw);
        }
        return value.isMissingNode() ? Fields.EMPTY : of(new RawJson(ENCODER.encodeUntyped(value)));
    }

    private Fields of(RawJson text) {
        int slot = slot(text);
        var known = slots.get(slot);
        if (known != null && known.text().equals(text)) {
            return known;
        }
        var fields = new Fields(text);
        slots.set(slot, fields);
        return fields;
    }

    /** Keeps what is about to be written, for when it is read. */
    void remember(Fields fields) {
        int slot = slot(fields.text());
        if (slots.get(slot) != fields) {
            slots.set(slot, fields);
        }
    }

    private static int slot(RawJson text) {
        int hash = text.hashCode();
        return (hash ^ hash >>> 16) & (SLOTS - 1);
    }
}
