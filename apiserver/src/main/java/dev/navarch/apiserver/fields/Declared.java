package dev.navarch.apiserver.fields;

import dev.navarch.apiserver.fields.Shape.Deduced;
import dev.navarch.apiserver.fields.Shape.Keyed;
import dev.navarch.apiserver.fields.Shape.Leaf;
import dev.navarch.apiserver.fields.Shape.ListOf;
import dev.navarch.apiserver.fields.Shape.SetOf;
import dev.navarch.apiserver.fields.Shape.Struct;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * All fields that an object mentions: leaves, elements of lists, and what is empty; not the fields that only lead to
 * others (source: structured-merge-diff typed/tofieldset.go).
 */
final class Declared {
    private Declared() {}

    /** What is found at a value. */
    private record Found(boolean itself, FieldSet below) {
        static final Found NOTHING = new Found(false, FieldSet.EMPTY);
        static final Found ITSELF = new Found(true, FieldSet.EMPTY);
    }

    private record Node(PathElement element, boolean itself, FieldSet below) {}

    /** @throws FieldsException if elements of a list cannot be told apart */
    static FieldSet by(JsonNode object, Struct shape) {
        return at(object, shape).below;
    }

    private static Found at(JsonNode value, Shape shape) {
        return switch (shape) {
            case Leaf _ -> Found.ITSELF;
            case Struct struct -> fields(value, struct);
            case Keyed _ -> fields(value, shape);
            case Deduced _ -> value.isObject() || value.isNull() ? fields(value, shape) : Found.ITSELF;
            case SetOf set -> elements(value, set, set.element());
            case ListOf list -> elements(value, list, list.element());
        };
    }

    private static Found fields(JsonNode value, Shape shape) {
        if (!(value instanceof ObjectNode object)) {
            return Found.NOTHING;
        }
        List<Node> nodes = new ArrayList<>(object.size());
        for (var entry : object.properties()) {
            var name = entry.getKey();
            var child = entry.getValue();
            boolean known = shape instanceof Struct struct && struct.member(name) != null;
            var childShape = switch (shape) {
                case Struct struct -> struct.shapeOf(name).orElse(Deduced.DEDUCED);
                case Keyed map -> map.value();
                case Leaf _, SetOf _, ListOf _, Deduced _ -> Deduced.DEDUCED;
            };
            var found = at(child, childShape);
            boolean empty = child.isNull() || child.isObject() && child.isEmpty();
            nodes.add(new Node(PathElement.name(name), found.itself || empty || !known, found.below));
        }
        return new Found(false, set(nodes));
    }

    private static Found elements(JsonNode value, Shape shape, Shape element) {
        if (!(value instanceof ArrayNode list)) {
            return Found.NOTHING;
        }
        List<Node> nodes = new ArrayList<>(list.size());
        for (var each : list) {
            var path = shape instanceof ListOf keys ? Shape.elementOf(keys, each, false) : Shape.elementOf(each);
            nodes.add(new Node(path, true, at(each, element).below));
        }
        return new Found(false, set(nodes));
    }

    /** Elements that occur twice are owned as a whole. */
    private static FieldSet set(List<Node> nodes) {
        nodes.sort(Comparator.comparing(Node::element));
        var set = new FieldSet.Builder();
        for (int i = 0; i < nodes.size(); ) {
            var node = nodes.get(i);
            int next = i + 1;
            while (next < nodes.size() && nodes.get(next).element.equals(node.element)) {
                next++;
            }
            set.add(node.element, node.itself, next == i + 1 ? node.below : FieldSet.EMPTY);
            i = next;
        }
        return set.build();
    }
}
