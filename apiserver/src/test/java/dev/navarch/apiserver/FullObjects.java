package dev.navarch.apiserver;

import dev.navarch.api.ListSchema;
import dev.navarch.api.MapSchema;
import dev.navarch.api.ObjectSchema;
import dev.navarch.api.ResourceType;
import dev.navarch.api.ScalarSchema;
import dev.navarch.api.Schema;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Valid objects with as many fields as go together. An object begins with every field of its schema around a minimal valid
 * one; what the server then complains of is put right if it says how, and taken out otherwise.
 */
final class FullObjects {
    private static final int MOST_TRIES = 300;
    private static final Pattern SUPPORTED = Pattern.compile("supported values: \"([^\"]+)\"");
    /** What refers to objects that aren't there, or is the server's to say. */
    private static final Set<String> ABSENT = Set.of(
            "metadata.generateName",
            "metadata.namespace",
            "metadata.uid",
            "metadata.resourceVersion",
            "metadata.generation",
            "metadata.creationTimestamp",
            "metadata.deletionTimestamp",
            "metadata.deletionGracePeriodSeconds",
            "metadata.finalizers",
            "metadata.managedFields",
            "metadata.selfLink",
            "spec.serviceAccountName",
            "spec.serviceAccount",
            "spec.priorityClassName",
            "spec.priority",
            "spec.preemptionPolicy",
            "spec.runtimeClassName",
            "spec.overhead");

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private final Set<String> tried = new HashSet<>();

    /** Asks a server whether an object is valid: null if so, else its Status. */
    interface Judge {
        JsonNode complaint(ObjectNode object) throws Exception;
    }

    /** @param minimal valid, not changed */
    static ObjectNode of(ResourceType type, ObjectNode minimal, Judge judge) throws Exception {
        return new FullObjects().grown(type, minimal, judge);
    }

    private ObjectNode grown(ResourceType type, ObjectNode minimal, Judge judge) throws Exception {
        var object = (ObjectNode) full(type.schema(), "", "", new HashSet<>());
        object.remove("status");
        lay(object, minimal);
        JsonNode complaint = null;
        for (int tries = 0; tries < MOST_TRIES; tries++) {
            complaint = judge.complaint(object);
            if (complaint == null) {
                return object;
            }
            var causes = complaint.at("/details/causes");
            if (causes.isEmpty()) {
                break;
            }
            for (var cause : causes) {
                comply(object, cause);
                lay(object, minimal);
            }
        }
        throw new AssertionError(type.kind() + ": " + complaint + " of " + object);
    }

    private static JsonNode full(Schema schema, String path, String name, Set<Schema> above) {
        return switch (schema) {
            case ObjectSchema object -> {
                var node = NODES.objectNode();
                if (above.add(object)) {
                    object.fields().values().forEach(f -> {
                        var inner = path.isEmpty() ? f.name() : path + "." + f.name();
                        if (!ABSENT.contains(inner)) {
                            node.set(f.name(), full(f.schema(), inner, f.name(), above));
                        }
                    });
                    above.remove(object);
                }
                yield node;
            }
            case ListSchema list -> NODES.arrayNode().add(full(list.element(), path + "[0]", name, above));
            case MapSchema map -> NODES.objectNode().set("walk-key", full(map.value(), path, name, above));
            case ScalarSchema scalar ->
                switch (scalar.type()) {
                    case STRING -> NODES.stringNode(text(name));
                    case BOOL -> NODES.booleanNode(true);
                    case INT32, INT64 -> NODES.numberNode(7);
                    case FLOAT64 -> NODES.numberNode(1.5);
                    case BYTES -> NODES.stringNode("aGk=");
                    case QUANTITY -> NODES.stringNode("3");
                    case INT_OR_STRING -> NODES.numberNode(7);
                    case TIME -> NODES.stringNode("2024-01-01T00:00:00Z");
                    case MICRO_TIME -> NODES.stringNode("2024-01-01T00:00:00.123456Z");
                    case DURATION -> NODES.stringNode("1m0s");
                    case RAW, FIELDS_V1 -> NODES.objectNode().put("a", 1.5).put("z", 1);
                    case JSON -> NODES.objectNode().put("type", "object");
                };
        };
    }

    private static String text(String field) {
        var name = field.toLowerCase(java.util.Locale.ROOT);
        if (name.endsWith("path")) {
            return "/walk";
        }
        if (name.endsWith("ip") || name.endsWith("ips") || name.endsWith("nameservers")) {
            return "10.7.7.7";
        }
        if (name.endsWith("cidr") || name.endsWith("cidrs") || name.endsWith("ranges")) {
            return "10.7.7.0/24";
        }
        return name.endsWith("url") ? "https://walk.io/" : "walk";
    }

    /** Puts what must be on top of what may be; lists element by element. */
    private static void lay(ObjectNode under, ObjectNode over) {
        over.forEachEntry((name, value) -> {
            var there = under.get(name);
            if (value instanceof ObjectNode object && there instanceof ObjectNode node) {
                lay(node, object);
            } else if (value instanceof ArrayNode list && there instanceof ArrayNode node) {
                for (int i = 0; i < list.size(); i++) {
                    if (i < node.size() && list.get(i) instanceof ObjectNode o && node.get(i) instanceof ObjectNode n) {
                        lay(n, o);
                    } else if (i < node.size()) {
                        node.set(i, list.get(i).deepCopy());
                    } else {
                        node.add(list.get(i).deepCopy());
                    }
                }
            } else {
                under.set(name, value.deepCopy());
            }
        });
    }

    /** Does what a complaint says, or takes out what it is about. */
    private void comply(ObjectNode object, JsonNode cause) {
        // upstream looks for a node's taints in a strange place
        var field = cause.path("field").asString("").replace("metadata.taints", "spec.taints");
        var steps = steps(field);
        var supported = SUPPORTED.matcher(cause.path("message").asString(""));
        if (supported.find()
                && tried.add(field + " = " + supported.group(1))
                && set(object, steps, supported.group(1))) {
            return;
        }
        if (cause.path("reason").asString("").equals("FieldValueRequired") && steps.size() > 1) {
            steps = steps.subList(0, steps.size() - 1);
        }
        // what is not there any more, or was put back, takes what is around it along
        while (!steps.isEmpty() && !(tried.add(String.join("/", steps)) && remove(object, steps))) {
            steps = steps.subList(0, steps.size() - 1);
        }
    }

    private static List<String> steps(String field) {
        return java.util.Arrays.stream(field.split("[.\\[\\]]+"))
                .filter(s -> !s.isEmpty())
                .toList();
    }

    private static JsonNode parent(ObjectNode object, List<String> steps) {
        JsonNode at = object;
        for (var step : steps.subList(0, steps.size() - 1)) {
            at = at instanceof ArrayNode list && step.matches("\\d+")
                    ? list.path(Integer.parseInt(step))
                    : at.path(step);
        }
        return at;
    }

    private static boolean set(ObjectNode object, List<String> steps, String text) {
        return switch (parent(object, steps)) {
            case ObjectNode node
            when node.path(steps.getLast()).isString() -> {
                node.put(steps.getLast(), text);
                yield true;
            }
            case ArrayNode list
            when steps.getLast().matches("\\d+") && list.size() > Integer.parseInt(steps.getLast()) -> {
                list.set(Integer.parseInt(steps.getLast()), NODES.stringNode(text));
                yield true;
            }
            default -> false;
        };
    }

    private static boolean remove(ObjectNode object, List<String> steps) {
        return switch (parent(object, steps)) {
            case ObjectNode node -> node.remove(steps.getLast()) != null;
            case ArrayNode list
            when steps.getLast().matches("\\d+") && list.size() > Integer.parseInt(steps.getLast()) -> {
                list.remove(Integer.parseInt(steps.getLast()));
                yield true;
            }
            default -> false;
        };
    }

    /** How many values an object has. */
    static int leaves(JsonNode node) {
        if (!node.isContainer()) {
            return 1;
        }
        int leaves = 0;
        for (var child : node) {
            leaves += leaves(child);
        }
        return leaves;
    }

    static ObjectNode copy(ObjectNode object) {
        return (ObjectNode) JsonMapper.shared().readTree(object.toString());
    }
}
