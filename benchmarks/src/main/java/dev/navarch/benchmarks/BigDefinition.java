package dev.navarch.benchmarks;

import dev.navarch.api.Catalogue;
import dev.navarch.api.Field;
import dev.navarch.api.ListSchema;
import dev.navarch.api.ListType;
import dev.navarch.api.MapSchema;
import dev.navarch.api.ObjectSchema;
import dev.navarch.api.ScalarSchema;
import dev.navarch.api.ScalarType;
import dev.navarch.api.Schema;
import dev.navarch.client.Json;
import java.util.Locale;
import java.util.Random;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Definitions of custom resources of the size of the largest in use: as the generators of operators make them, with a pod's
 * whole spec and its descriptions written out, and some fields of their own.
 */
final class BigDefinition {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final int DEEPEST = 14;
    private static final int OWN_FIELDS = 60;
    /** How many groups the kinds are spread over. */
    private static final int GROUPS = 50;

    private final int number;

    BigDefinition(int number) {
        this.number = number;
    }

    String group() {
        return "operator" + number % GROUPS + ".example.com";
    }

    String plural() {
        return "kind" + number + "s";
    }

    String name() {
        return plural() + "." + group();
    }

    /** Where its objects are. */
    String objects() {
        return "/apis/" + group() + "/v1/namespaces/default/" + plural();
    }

    ObjectNode json() {
        var definition =
                NODES.objectNode().put("apiVersion", "apiextensions.k8s.io/v1").put("kind", "CustomResourceDefinition");
        definition.putObject("metadata").put("name", name());
        var spec = definition.putObject("spec").put("group", group()).put("scope", "Namespaced");
        spec.putObject("names").put("plural", plural()).put("kind", "Kind" + number);
        var version = spec.putArray("versions").addObject();
        version.put("name", "v1").put("served", true).put("storage", true);
        version.putObject("subresources").putObject("status");
        version.putObject("schema").set("openAPIV3Schema", schema());
        return definition;
    }

    private ObjectNode schema() {
        var schema = object("An instance of kind " + number + ".");
        var spec = object("What is wanted.");
        var properties = spec.putObject("properties");
        var random = new Random(number);
        for (int i = 0; i < OWN_FIELDS; i++) {
            var field = properties.putObject("setting" + Integer.toString(random.nextInt(1 << 24), 36) + i);
            field.put("type", i % 3 == 0 ? "integer" : "string");
            field.put("description", words(random));
        }
        var template = object("The pods that are made.");
        template.putObject("properties")
                .set(
                        "spec",
                        of(
                                Catalogue.builtIn()
                                        .schema("io.k8s.api.core.v1.PodSpec")
                                        .orElseThrow(),
                                1));
        properties.set("podTemplate", template);
        var status = object("What was seen.");
        status.putObject("properties").putObject("replicas").put("type", "integer");
        var all = schema.putObject("properties");
        all.putObject("apiVersion").put("type", "string");
        all.putObject("kind").put("type", "string");
        all.putObject("metadata").put("type", "object");
        all.set("spec", spec);
        all.set("status", status);
        return schema;
    }

    private static String words(Random random) {
        var text = new StringBuilder("Tells");
        for (int i = 0; i < 12; i++) {
            text.append(' ').append(Integer.toString(random.nextInt(1 << 20), 36));
        }
        return text.append('.').toString();
    }

    private static ObjectNode object(String description) {
        return NODES.objectNode().put("type", "object").put("description", description);
    }

    private static ObjectNode of(Schema schema, int depth) {
        return switch (schema) {
            case ObjectSchema object -> object(object, depth);
            case ListSchema list -> list(list, depth);
            case MapSchema map -> {
                var node = NODES.objectNode().put("type", "object");
                node.set("additionalProperties", of(map.value(), depth + 1));
                yield node;
            }
            case ScalarSchema scalar -> scalar(scalar.type());
        };
    }

    private static ObjectNode object(ObjectSchema schema, int depth) {
        var node = NODES.objectNode().put("type", "object");
        if (depth == DEEPEST) {
            return node.put("x-kubernetes-preserve-unknown-fields", true);
        }
        var properties = node.putObject("properties");
        var required = NODES.arrayNode();
        for (var field : schema.fields().values()) {
            properties.set(field.name(), described(schema, field, depth));
            if (field.required()) {
                required.add(field.name());
            }
        }
        if (!required.isEmpty()) {
            node.set("required", required);
        }
        return node;
    }

    private static ObjectNode described(ObjectSchema owner, Field field, int depth) {
        var node = of(field.schema(), depth + 1);
        var description = owner.description(field.name());
        return description.isEmpty() ? node : node.put("description", description);
    }

    private static ObjectNode list(ListSchema list, int depth) {
        var node = NODES.objectNode().put("type", "array");
        var items = of(list.element(), depth + 1);
        node.set("items", items);
        // keys that may be missing would need defaults
        boolean keyed = list.type() == ListType.MAP
                && list.keys().stream()
                        .allMatch(k -> items.path("required").toString().contains('"' + k + '"'));
        if (keyed) {
            node.put("x-kubernetes-list-type", "map");
            list.keys().forEach(node.putArray("x-kubernetes-list-map-keys")::add);
        } else if (list.type() == ListType.ATOMIC) {
            node.put("x-kubernetes-list-type", "atomic");
        }
        return node;
    }

    private static ObjectNode scalar(ScalarType type) {
        return switch (type) {
            case QUANTITY, INT_OR_STRING -> NODES.objectNode().put("x-kubernetes-int-or-string", true);
            case BOOL -> NODES.objectNode().put("type", "boolean");
            case INT32, INT64 ->
                NODES.objectNode()
                        .put("type", "integer")
                        .put("format", type.name().toLowerCase(Locale.ROOT));
            case FLOAT64 -> NODES.objectNode().put("type", "number");
            case RAW, JSON, FIELDS_V1 ->
                NODES.objectNode().put("type", "object").put("x-kubernetes-preserve-unknown-fields", true);
            case STRING, BYTES, TIME, MICRO_TIME, DURATION -> NODES.objectNode().put("type", "string");
        };
    }

    /** How long its text is, as it is sent. */
    int bytes() {
        return Json.mapper().writeValueAsBytes(json()).length;
    }
}
