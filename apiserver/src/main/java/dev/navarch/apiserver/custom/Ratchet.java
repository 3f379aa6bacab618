package dev.navarch.apiserver.custom;

import dev.navarch.api.FieldError;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/**
 * Lets pass what an update leaves as wrong as it was, so that an object that a stricter schema refuses can still be
 * changed elsewhere (source: k8s.io/apiextensions-apiserver pkg/apiserver/validation/ratcheting.go).
 */
final class Ratchet {
    private static final Pattern STEP = Pattern.compile("\\.?([^.\\[\\]]+)|\\[([^\\]]*)\\]");

    private Ratchet() {}

    /** The errors whose value, or anything around it but the whole object, is not as it was. */
    static List<FieldError> changed(List<FieldError> errors, JsonNode now, JsonNode old) {
        return errors.stream().filter(e -> !unchanged(e.field(), now, old)).toList();
    }

    private static boolean unchanged(String path, JsonNode now, JsonNode old) {
        JsonNode there = now;
        JsonNode before = old;
        var steps = STEP.matcher(path);
        while (steps.find()) {
            var name = steps.group(1);
            there = step(there, name, steps.group(2));
            before = step(before, name, steps.group(2));
            if (there.isMissingNode() || before.isMissingNode()) {
                return false;
            }
            if (there.equals(before)) {
                return true;
            }
        }
        return false;
    }

    private static JsonNode step(JsonNode value, @Nullable String name, @Nullable String subscript) {
        if (name != null) {
            return value.path(name);
        }
        if (subscript != null && value.isArray() && subscript.matches("[0-9]{1,9}")) {
            return value.path(Integer.parseInt(subscript));
        }
        return subscript == null ? MissingNode.getInstance() : value.path(subscript);
    }
}
