package dev.navarch.apiserver.custom;

import dev.navarch.api.FieldError;
import dev.navarch.api.structural.Correlated;
import dev.navarch.api.structural.Structural;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Lets pass what an update leaves as wrong as it was, so that an object that a stricter schema refuses can still be
 * changed elsewhere (source: k8s.io/apiextensions-apiserver pkg/apiserver/validation/ratcheting.go).
 */
final class Ratchet {
    private static final Pattern STEP = Pattern.compile("\\.?([^.\\[\\]]+)|\\[([^\\]]*)\\]");

    private Ratchet() {}

    /** The errors whose value, or anything around it but the whole object, is not as it was. */
    static List<FieldError> changed(List<FieldError> errors, JsonNode now, JsonNode old, Structural schema) {
        return errors.stream()
                .filter(e -> !unchanged(e.field(), new Correlated(now, old, schema)))
                .toList();
    }

    private static boolean unchanged(String path, Correlated whole) {
        var pair = whole;
        var steps = STEP.matcher(path);
        while (steps.find()) {
            pair = step(pair, steps.group(1), steps.group(2));
            if (!pair.isThere()) {
                return false;
            }
            if (pair.same()) {
                return true;
            }
        }
        return false;
    }

    private static Correlated step(Correlated pair, @Nullable String name, @Nullable String subscript) {
        if (name != null) {
            return pair.field(name);
        }
        if (subscript == null) {
            return Correlated.NONE;
        }
        return pair.now().isArray() && subscript.matches("[0-9]{1,9}")
                ? pair.element(Integer.parseInt(subscript))
                : pair.field(subscript);
    }
}
