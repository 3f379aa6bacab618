package dev.navarch.apiserver.fields;

import dev.navarch.api.ObjectEncoder;
import dev.navarch.api.values.GoText;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import tools.jackson.databind.JsonNode;

/** Values within paths: their order and their texts (source: structured-merge-diff value/value.go and scalar.go). */
final class Scalars {
    private static final ObjectEncoder ENCODER = new ObjectEncoder();

    private Scalars() {}

    /** Numbers by size, whatever their type; then strings, booleans, lists, maps and null. */
    static int compare(JsonNode a, JsonNode b) {
        int kind = rank(a);
        if (kind != rank(b)) {
            return Integer.compare(kind, rank(b));
        }
        return switch (kind) {
            case 0 ->
                a.isIntegralNumber() && b.isIntegralNumber()
                        ? a.bigIntegerValue().compareTo(b.bigIntegerValue())
                        : Double.compare(a.doubleValue(), b.doubleValue());
            case 1 -> a.stringValue().compareTo(b.stringValue());
            case 2 -> Boolean.compare(a.booleanValue(), b.booleanValue());
            default -> a.toString().compareTo(b.toString());
        };
    }

    /** Equal for numbers of one value. */
    static int hash(JsonNode... values) {
        int hash = 1;
        for (var value : values) {
            hash = 31 * hash + (value.isNumber() ? Double.hashCode(value.doubleValue()) : value.hashCode());
        }
        return hash;
    }

    private static int rank(JsonNode value) {
        return switch (value.getNodeType()) {
            case NUMBER -> 0;
            case STRING -> 1;
            case BOOLEAN -> 2;
            case ARRAY -> 3;
            case OBJECT -> 4;
            case NULL, MISSING, BINARY, POJO -> 5;
        };
    }

    static byte[] json(JsonNode value) {
        return ENCODER.encodeUntyped(value);
    }

    /** As messages show a value. */
    static String print(JsonNode value) {
        return switch (value.getNodeType()) {
            case STRING -> GoText.quote(value.stringValue());
            case ARRAY ->
                StreamSupport.stream(value.spliterator(), false)
                        .map(Scalars::print)
                        .collect(Collectors.joining(",", "[", "]"));
            case OBJECT ->
                value.properties().stream()
                        .map(e -> e.getKey() + "=" + print(e.getValue()))
                        .collect(Collectors.joining());
            case NUMBER, BOOLEAN, NULL, MISSING, BINARY, POJO -> value.toString();
        };
    }
}
