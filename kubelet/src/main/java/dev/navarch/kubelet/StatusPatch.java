package dev.navarch.kubelet;

import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** The JSON merge patch (RFC 7386) that turns one tree into another. */
final class StatusPatch {

    private StatusPatch() {}

    /** Empty if nothing differs. */
    static Optional<ObjectNode> between(JsonNode before, JsonNode after) {
        var patch = JsonNodeFactory.instance.objectNode();
        for (var field : after.properties()) {
            var old = before.get(field.getKey());
            var now = field.getValue();
            if (now.isNull() || now.equals(old)) {
                continue;
            }
            if (now.isObject() && old != null && old.isObject()) {
                between(old, now).ifPresent(inner -> patch.set(field.getKey(), inner));
            } else {
                patch.set(field.getKey(), now);
            }
        }
        for (var field : before.properties()) {
            var now = after.get(field.getKey());
            if (now == null || now.isNull()) {
                patch.putNull(field.getKey());
            }
        }
        return patch.isEmpty() ? Optional.empty() : Optional.of(patch);
    }
}
