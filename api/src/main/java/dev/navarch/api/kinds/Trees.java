package dev.navarch.api.kinds;

import java.util.LinkedHashSet;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * Comparison of trees by what they mean: an absent value is the same as the zero value that upstream's encoding
 * leaves out, and the width of a number does not count.
 */
final class Trees {
    /** Booleans that are no pointers upstream: false is the same as absent. */
    private static final Set<String> FALSE_IS_ABSENT = Set.of(
            "hostNetwork",
            "hostPID",
            "hostIPC",
            "stdin",
            "stdinOnce",
            "tty",
            "readOnly",
            "paused",
            "unschedulable",
            "publishNotReadyAddresses");

    /** Numbers that are no pointers upstream: 0 is the same as absent. */
    private static final Set<String> ZERO_IS_ABSENT =
            Set.of("initialDelaySeconds", "hostPort", "nodePort", "minReadySeconds", "healthCheckNodePort", "port");

    /** Structs that are no pointers upstream: an empty one is the same as absent. */
    private static final Set<String> EMPTY_IS_ABSENT =
            Set.of("resources", "metadata", "status", "strategy", "updateStrategy", "spec", "template");

    private Trees() {}

    /** Whether two values mean the same. */
    static boolean same(JsonNode a, JsonNode b) {
        return same("", a, b);
    }

    private static boolean same(String name, JsonNode a, JsonNode b) {
        if (isZero(name, a) || isZero(name, b)) {
            return isZero(name, a) && isZero(name, b);
        }
        if (a.isObject() && b.isObject()) {
            Set<String> names = new LinkedHashSet<>(a.propertyNames());
            names.addAll(b.propertyNames());
            return names.stream().allMatch(child -> same(child, a.path(child), b.path(child)));
        }
        if (a.isArray() && b.isArray()) {
            return sameItems(a, b);
        }
        if (a.isNumber() && b.isNumber()) {
            return a.decimalValue().compareTo(b.decimalValue()) == 0;
        }
        return a.equals(b);
    }

    private static boolean sameItems(JsonNode a, JsonNode b) {
        if (a.size() != b.size()) {
            return false;
        }
        for (int i = 0; i < a.size(); i++) {
            if (!same("", a.get(i), b.get(i))) {
                return false;
            }
        }
        return true;
    }

    private static boolean isZero(String name, JsonNode node) {
        if (node.isMissingNode() || node.isNull()) {
            return true;
        }
        if (node.isObject()) {
            return node.isEmpty() && EMPTY_IS_ABSENT.contains(name);
        }
        if (node.isArray()) {
            return node.isEmpty();
        }
        if (node.isString()) {
            return node.stringValue().isEmpty();
        }
        if (node.isBoolean()) {
            return !node.booleanValue() && FALSE_IS_ABSENT.contains(name);
        }
        return node.isIntegralNumber() && node.asLong(1) == 0 && ZERO_IS_ABSENT.contains(name);
    }
}
