package dev.navarch.apiserver.request;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The v1 Status object, which answers whatever has no object to answer with. Fields that are empty or zero are left out
 * when it is written (source: k8s.io/apimachinery pkg/apis/meta/v1/types.go).
 */
public record Status(String status, String message, String reason, Optional<Details> details, int code) {

    /** What the status is about. {@code kind} is a resource's plural for most reasons, a kind for Invalid. */
    public record Details(
            String name, String group, String kind, String uid, List<Cause> causes, int retryAfterSeconds) {
        public Details {
            causes = List.copyOf(causes);
        }

        public Details(String name, String group, String kind) {
            this(name, group, kind, "", List.of(), 0);
        }

        /** The same for these causes. */
        public Details withCauses(List<Cause> others) {
            return new Details(name, group, kind, uid, others, retryAfterSeconds);
        }
    }

    /** One of several reasons; {@code field} is the path of the field at fault, or empty. */
    public record Cause(String reason, String message, String field) {}

    /** What a deletion answers that has nothing else to show. */
    public static Status success(Details details) {
        return new Status("Success", "", "", Optional.of(details), 0);
    }

    /** As a tree, with the fields in upstream's order. */
    public ObjectNode tree() {
        var tree = JsonNodeFactory.instance.objectNode();
        tree.put("kind", "Status");
        tree.put("apiVersion", "v1");
        tree.putObject("metadata");
        put(tree, "status", status);
        put(tree, "message", message);
        put(tree, "reason", reason);
        details.ifPresent(d -> details(tree.putObject("details"), d));
        put(tree, "code", code);
        return tree;
    }

    private static void details(ObjectNode tree, Details details) {
        put(tree, "name", details.name);
        put(tree, "group", details.group);
        put(tree, "kind", details.kind);
        put(tree, "uid", details.uid);
        if (!details.causes.isEmpty()) {
            var causes = tree.putArray("causes");
            for (var cause : details.causes) {
                var node = causes.addObject();
                put(node, "reason", cause.reason);
                put(node, "message", cause.message);
                put(node, "field", cause.field);
            }
        }
        put(tree, "retryAfterSeconds", details.retryAfterSeconds);
    }

    private static void put(ObjectNode tree, String name, String value) {
        if (!value.isEmpty()) {
            tree.put(name, value);
        }
    }

    private static void put(ObjectNode tree, String name, int value) {
        if (value != 0) {
            tree.put(name, value);
        }
    }

    /** As JSON with a newline at the end. */
    public byte[] json() {
        return (tree() + "\n").getBytes(StandardCharsets.UTF_8);
    }
}
