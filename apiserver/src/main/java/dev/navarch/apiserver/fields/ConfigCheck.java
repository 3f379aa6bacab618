package dev.navarch.apiserver.fields;

import dev.navarch.api.ListSchema;
import dev.navarch.api.MapSchema;
import dev.navarch.api.ObjectSchema;
import dev.navarch.api.ScalarSchema;
import dev.navarch.api.ScalarType;
import dev.navarch.api.Schema;
import dev.navarch.apiserver.fields.Shape.Deduced;
import dev.navarch.apiserver.fields.Shape.Keyed;
import dev.navarch.apiserver.fields.Shape.Leaf;
import dev.navarch.apiserver.fields.Shape.ListOf;
import dev.navarch.apiserver.fields.Shape.SetOf;
import dev.navarch.apiserver.fields.Shape.Struct;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Whether what is applied fits its schema: no field that it does not know, no value of another type, and no element
 * given twice (source: structured-merge-diff typed/validate.go, whose words these are). For one object.
 */
final class ConfigCheck {
    private final Deque<PathElement> path = new ArrayDeque<>();
    private final List<String> mistakes = new ArrayList<>();

    /** @return what is wrong, in the words of one message; empty if nothing is */
    static String mistakes(ObjectNode config, Struct shape) {
        var check = new ConfigCheck();
        check.at(config, shape);
        return switch (check.mistakes.size()) {
            case 0 -> "";
            case 1 -> check.mistakes.getFirst();
            default -> "errors:\n  " + String.join("\n  ", check.mistakes);
        };
    }

    private void mistake(String what) {
        mistakes.add(path.isEmpty() ? what : PathElement.print(List.copyOf(path)) + ": " + what);
    }

    private void at(JsonNode value, Shape shape) {
        switch (shape) {
            case Leaf leaf -> at(value, leaf.schema());
            case Struct struct -> struct(value, struct);
            case Keyed map -> map(value, map);
            case SetOf set -> elements(value, set, set.element());
            case ListOf list -> elements(value, list, list.element());
            case Deduced _ -> {}
        }
    }

    private void struct(JsonNode value, Struct struct) {
        if (!isObject(value)) {
            return;
        }
        for (var entry : value.properties()) {
            var name = entry.getKey();
            var shape = struct.shapeOf(name);
            if (shape.isEmpty()) {
                path.addLast(PathElement.name(name));
                mistake("field not declared in schema");
                path.removeLast();
                return;
            }
            path.addLast(PathElement.name(name));
            at(entry.getValue(), shape.get());
            path.removeLast();
        }
    }

    private void map(JsonNode value, Keyed map) {
        if (isObject(value)) {
            for (var entry : value.properties()) {
                var name = entry.getKey();
                path.addLast(PathElement.name(name));
                at(entry.getValue(), map.value());
                path.removeLast();
            }
        }
    }

    private boolean isObject(JsonNode value) {
        if (!value.isNull() && !value.isObject()) {
            mistake("expected map, got &{" + goValue(value) + "}");
        }
        return value instanceof ObjectNode;
    }

    private boolean isList(JsonNode value) {
        if (!value.isNull() && !value.isArray()) {
            mistake("expected list, got &{" + goValue(value) + "}");
        }
        return value instanceof ArrayNode;
    }

    private void elements(JsonNode value, Shape shape, Shape element) {
        if (!isList(value)) {
            return;
        }
        Set<PathElement> seen = new HashSet<>();
        for (int i = 0; i < value.size(); i++) {
            var each = value.get(i);
            PathElement key;
            try {
                key = shape instanceof ListOf keys ? Shape.elementOf(keys, each, false) : Shape.elementOf(each);
            } catch (FieldsException e) {
                mistake("element " + i + ": " + e.getMessage());
                return;
            }
            if (!seen.add(key)) {
                mistake("duplicate entries for key " + key);
            }
            path.addLast(key);
            at(each, element);
            path.removeLast();
        }
    }

    private void at(JsonNode value, Schema schema) {
        switch (schema) {
            case ScalarSchema scalar -> scalar(value, scalar.type());
            case ObjectSchema object -> {
                if (isObject(value)) {
                    for (var entry : value.properties()) {
                        var name = entry.getKey();
                        var field = object.field(name);
                        if (field == null && !object.preservesUnknown()) {
                            path.addLast(PathElement.name(name));
                            mistake("field not declared in schema");
                            path.removeLast();
                            return;
                        }
                        if (field != null) {
                            path.addLast(PathElement.name(name));
                            at(entry.getValue(), field.schema());
                            path.removeLast();
                        }
                    }
                }
            }
            case ListSchema list -> {
                if (isList(value)) {
                    for (int i = 0; i < value.size(); i++) {
                        var each = value.get(i);
                        path.addLast(PathElement.index(i));
                        at(each, list.element());
                        path.removeLast();
                    }
                }
            }
            case MapSchema map -> {
                if (isObject(value)) {
                    for (var entry : value.properties()) {
                        var name = entry.getKey();
                        path.addLast(PathElement.name(name));
                        at(entry.getValue(), map.value());
                        path.removeLast();
                    }
                }
            }
        }
    }

    private void scalar(JsonNode value, ScalarType type) {
        if (value.isNull()) {
            return;
        }
        switch (type) {
            case STRING, BYTES, DURATION -> {
                if (!value.isString()) {
                    mistake("expected string, got &value.valueUnstructured{Value:" + goValue(value) + "}");
                }
            }
            case BOOL -> {
                if (!value.isBoolean()) {
                    mistake("expected boolean, got &{" + goValue(value) + "}");
                }
            }
            case INT32, INT64, FLOAT64 -> {
                if (!value.isNumber()) {
                    mistake("expected numeric (int or float), got " + goType(value));
                }
            }
            case QUANTITY, INT_OR_STRING, TIME, MICRO_TIME -> {
                if (!value.isValueNode()) {
                    mistake("expected any scalar, got &{" + goValue(value) + "}");
                }
            }
            case RAW, FIELDS_V1, JSON -> {}
        }
    }

    private static String goType(JsonNode value) {
        return switch (value.getNodeType()) {
            case STRING -> "string";
            case BOOLEAN -> "bool";
            case ARRAY -> "[]interface {}";
            case OBJECT -> "map[string]interface {}";
            case NUMBER -> value.isIntegralNumber() ? "int64" : "float64";
            case NULL, MISSING, BINARY, POJO -> "nil";
        };
    }

    /** Roughly as Go prints it. */
    private static String goValue(JsonNode value) {
        return value.isString() ? value.stringValue() : value.toString();
    }
}
