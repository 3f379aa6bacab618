package dev.navarch.apiserver.tree;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** An object's {@code metadata} (source: k8s.io/apimachinery pkg/apis/meta/v1/types.go, ObjectMeta). */
public final class Meta {
    private Meta() {}

    public static ObjectNode of(ObjectNode object) {
        return Tree.childObject(object, "metadata");
    }

    public static String name(JsonNode object) {
        return Tree.text(object, "metadata", "name");
    }

    public static String namespace(JsonNode object) {
        return Tree.text(object, "metadata", "namespace");
    }

    public static String uid(JsonNode object) {
        return Tree.text(object, "metadata", "uid");
    }

    public static String resourceVersion(JsonNode object) {
        return Tree.text(object, "metadata", "resourceVersion");
    }

    public static Map<String, String> labels(JsonNode object) {
        return Tree.stringMap(object, "metadata", "labels");
    }

    public static Map<String, String> annotations(JsonNode object) {
        return Tree.stringMap(object, "metadata", "annotations");
    }

    public static List<String> finalizers(JsonNode object) {
        return Tree.strings(object, "metadata", "finalizers");
    }

    public static void finalizers(ObjectNode object, List<String> finalizers) {
        if (finalizers.isEmpty()) {
            of(object).remove("finalizers");
        } else {
            of(object).set("finalizers", Tree.arrayOf(finalizers));
        }
    }

    /** Whether the object is on its way out. */
    public static boolean deleting(JsonNode object) {
        return Tree.has(object, "metadata", "deletionTimestamp");
    }

    /** The deletion's grace period in seconds; empty if none was set. */
    public static Optional<Long> deletionGrace(JsonNode object) {
        var node = Tree.at(object, "metadata", "deletionGracePeriodSeconds");
        return node.isIntegralNumber() ? Optional.of(node.longValue()) : Optional.empty();
    }

    public static long generation(JsonNode object) {
        return Tree.number(object, 0, "metadata", "generation");
    }

    /** An instant as metav1.Time writes it: RFC 3339 in UTC, whole seconds. */
    public static String time(Instant instant) {
        return instant.truncatedTo(ChronoUnit.SECONDS).toString();
    }
}
