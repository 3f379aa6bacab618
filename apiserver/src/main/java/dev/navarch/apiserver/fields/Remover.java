package dev.navarch.apiserver.fields;

import dev.navarch.apiserver.fields.Shape.Deduced;
import dev.navarch.apiserver.fields.Shape.Keyed;
import dev.navarch.apiserver.fields.Shape.Leaf;
import dev.navarch.apiserver.fields.Shape.ListOf;
import dev.navarch.apiserver.fields.Shape.SetOf;
import dev.navarch.apiserver.fields.Shape.Struct;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.NullNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Takes fields and elements out of an object. What is emptied thereby becomes null. The result shares parts with the
 * object and is to be read only (source: structured-merge-diff typed/remove.go).
 */
final class Remover {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private Remover() {}

    static ObjectNode remove(ObjectNode object, FieldSet fields, Struct shape) {
        if (fields.isEmpty()) {
            return object;
        }
        return at(object, fields, shape) instanceof ObjectNode left ? left : NODES.objectNode();
    }

    private static JsonNode at(JsonNode value, FieldSet fields, Shape shape) {
        return switch (shape) {
            case Leaf leaf -> leaf.scalar().isPresent() ? value : NullNode.instance;
            case Struct _, Keyed _ -> fields(value, fields, shape);
            case Deduced _ ->
                value.isObject() ? fields(value, fields, shape) : value.isArray() ? NullNode.instance : value;
            case SetOf set -> elements(value, fields, set, set.element());
            case ListOf list -> elements(value, fields, list, list.element());
        };
    }

    private static JsonNode fields(JsonNode value, FieldSet fields, Shape shape) {
        if (!(value instanceof ObjectNode object) || object.isEmpty()) {
            return NullNode.instance;
        }
        var left = NODES.objectNode();
        for (var entry : object.properties()) {
            var name = PathElement.name(entry.getKey());
            if (!fields.has(name)) {
                var below = fields.below(name);
                left.set(
                        entry.getKey(),
                        below.isEmpty() ? entry.getValue() : at(entry.getValue(), below, below(shape, entry.getKey())));
            }
        }
        return left.isEmpty() ? NullNode.instance : left;
    }

    private static Shape below(Shape shape, String name) {
        return switch (shape) {
            case Struct struct -> struct.shapeOf(name).orElse(Deduced.DEDUCED);
            case Keyed map -> map.value();
            case Leaf _, SetOf _, ListOf _, Deduced _ -> Deduced.DEDUCED;
        };
    }

    private static JsonNode elements(JsonNode value, FieldSet fields, Shape shape, Shape element) {
        if (!(value instanceof ArrayNode list) || list.isEmpty()) {
            return NullNode.instance;
        }
        var left = NODES.arrayNode();
        for (var each : list) {
            var path = shape instanceof ListOf keys ? Shape.elementOf(keys, each, false) : Shape.elementOf(each);
            if (!fields.has(path)) {
                var below = fields.below(path);
                left.add(below.isEmpty() ? each : at(each, below, element));
            }
        }
        return left.isEmpty() ? NullNode.instance : left;
    }
}
