package dev.navarch.api;

import dev.navarch.api.values.Timestamps;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Base64;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads messages into trees, by the field numbers in the schemas. Go writes every field of a struct that is no pointer,
 * empty or not; those that JSON would leave out are left out here, so that both forms of an object give one tree
 * (source: the generated.proto files of k8s.io/api; k8s.io/apimachinery pkg/api/resource, pkg/util/intstr and
 * pkg/apis/meta/v1 for the types that are written by hand). For one document.
 */
final class ProtobufReader {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final Set<String> TYPE_META = Set.of("kind", "apiVersion");
    private static final Set<String> OPTIONAL = Set.of("optional");

    /**
     * A struct that Go embeds and JSON thus flattens is a message of its own in protobuf.
     *
     * @param number of the field that holds it
     * @param struct its name
     * @param own names of the fields that are the outer struct's; all others are the embedded one's
     */
    private record Embedded(int number, String struct, Set<String> own) {}

    private static final Map<String, Embedded> EMBEDDED = Map.ofEntries(
            Map.entry("Volume", new Embedded(2, "", Set.of("name"))),
            Map.entry(
                    "PersistentVolumeSpec",
                    new Embedded(
                            2,
                            "",
                            Set.of(
                                    "capacity",
                                    "accessModes",
                                    "claimRef",
                                    "persistentVolumeReclaimPolicy",
                                    "storageClassName",
                                    "mountOptions",
                                    "volumeMode",
                                    "nodeAffinity",
                                    "volumeAttributesClassName"))),
            Map.entry("SecretProjection", new Embedded(1, "", Set.of("items", "optional"))),
            Map.entry("ConfigMapProjection", new Embedded(1, "", Set.of("items", "optional"))),
            Map.entry("ConfigMapVolumeSource", new Embedded(1, "", Set.of("items", "defaultMode", "optional"))),
            Map.entry("ConfigMapKeySelector", new Embedded(1, "", Set.of("key", "optional"))),
            Map.entry("SecretKeySelector", new Embedded(1, "", Set.of("key", "optional"))),
            Map.entry("ConfigMapEnvSource", new Embedded(1, "", OPTIONAL)),
            Map.entry("SecretEnvSource", new Embedded(1, "", OPTIONAL)),
            Map.entry(
                    "Probe",
                    new Embedded(
                            1,
                            "",
                            Set.of(
                                    "initialDelaySeconds",
                                    "timeoutSeconds",
                                    "periodSeconds",
                                    "successThreshold",
                                    "failureThreshold",
                                    "terminationGracePeriodSeconds"))),
            Map.entry("EphemeralContainer", new Embedded(1, "", Set.of("targetContainerName"))),
            Map.entry("IngressRule", new Embedded(2, "", Set.of("host"))),
            Map.entry("RuleWithOperations", new Embedded(2, "", Set.of("operations"))),
            Map.entry("NamedRuleWithOperations", new Embedded(2, "RuleWithOperations", Set.of("resourceNames"))),
            Map.entry("DeviceClaimConfiguration", new Embedded(2, "", Set.of("requests"))),
            Map.entry("DeviceAllocationConfiguration", new Embedded(3, "", Set.of("source", "requests"))),
            Map.entry("DeviceClassConfiguration", new Embedded(1, "", Set.of())));

    private final int maxDepth;

    ProtobufReader(int maxDepth) {
        this.maxDepth = maxDepth;
    }

    /** @throws BadBodyException if the bytes are no such message */
    ObjectNode read(ProtobufBytesIn message, ObjectSchema schema) {
        var node = NODES.objectNode();
        fields(message, schema, schema.goStruct(), Set.of(), node, 0);
        return node;
    }

    /** @param taken fields of {@code schema} that belong to the structs around the one that is read */
    private void fields(
            ProtobufBytesIn in, ObjectSchema schema, String struct, Set<String> taken, ObjectNode node, int depth) {
        if (depth > maxDepth) {
            throw ProtobufBytesIn.malformed("exceeded max depth");
        }
        var embedded = EMBEDDED.get(struct);
        if (taken.isEmpty() && hasTypeMeta(schema)) {
            taken = TYPE_META;
        }
        while (in.next()) {
            if (embedded != null && in.number() == embedded.number) {
                fields(in.message(), schema, embedded.struct, union(taken, embedded.own), node, depth + 1);
                continue;
            }
            var field = field(schema, in.number(), taken, embedded);
            if (field == null) {
                in.skip();
            } else {
                field(in, field, node, depth);
            }
        }
    }

    /** Whether kind and apiVersion stand in the envelope, which gives their numbers to other fields as well. */
    private static boolean hasTypeMeta(ObjectSchema schema) {
        return schema.fields().values().stream().anyMatch(f -> f.number() == 1 && !TYPE_META.contains(f.name()));
    }

    private static Set<String> union(Set<String> some, Set<String> more) {
        var all = new HashSet<>(some);
        all.addAll(more);
        return all;
    }

    private static @Nullable Field field(
            ObjectSchema schema, int number, Set<String> taken, @Nullable Embedded embedded) {
        for (var field : schema.fields().values()) {
            if (field.number() == number
                    && !taken.contains(field.name())
                    && (embedded == null || embedded.own.contains(field.name()))) {
                return field;
            }
        }
        return null;
    }

    private void field(ProtobufBytesIn in, Field field, ObjectNode node, int depth) {
        switch (field.schema()) {
            case ListSchema list -> element(in, list, node, field.name(), depth);
            case MapSchema map ->
                entry(
                        in.message(),
                        map,
                        node.get(field.name()) instanceof ObjectNode there ? there : put(node, field),
                        depth);
            case ObjectSchema object -> {
                var value = node.get(field.name()) instanceof ObjectNode there ? there : NODES.objectNode();
                fields(in.message(), object, object.goStruct(), Set.of(), value, depth + 1);
                if (field.pointer() || !value.isEmpty()) {
                    node.set(field.name(), value);
                }
            }
            case ScalarSchema scalar -> {
                var value = scalar(in, scalar.type());
                if (value != null && (field.pointer() || !field.omittedWhenEmpty() || !empty(value))) {
                    node.set(field.name(), value);
                }
            }
        }
    }

    private static ObjectNode put(ObjectNode node, Field field) {
        return node.putObject(field.name());
    }

    private static boolean empty(JsonNode value) {
        return value.isString() && value.stringValue().isEmpty()
                || value.isNumber() && value.doubleValue() == 0
                || value.isBoolean() && !value.booleanValue();
    }

    private void element(ProtobufBytesIn in, ListSchema list, ObjectNode node, String name, int depth) {
        var array = node.get(name) instanceof ArrayNode there ? there : node.putArray(name);
        var element = list.element();
        boolean packed = in.wire() == ProtobufBytesIn.LENGTH
                && element instanceof ScalarSchema scalar
                && (scalar.type() == ScalarType.INT32 || scalar.type() == ScalarType.INT64);
        if (packed) {
            for (var values = in.message(); !values.atEnd(); ) {
                array.add(number(values.varint()));
            }
            return;
        }
        array.add(single(in, element, depth));
    }

    private void entry(ProtobufBytesIn in, MapSchema map, ObjectNode node, int depth) {
        var key = "";
        JsonNode value = null;
        while (in.next()) {
            switch (in.number()) {
                case 1 -> key = in.message().restText();
                case 2 -> value = single(in, map.value(), depth);
                default -> in.skip();
            }
        }
        node.set(key, value == null ? zero(map.value()) : value);
    }

    private JsonNode single(ProtobufBytesIn in, Schema schema, int depth) {
        return switch (schema) {
            case ObjectSchema object -> {
                var node = NODES.objectNode();
                fields(in.message(), object, object.goStruct(), Set.of(), node, depth + 1);
                yield node;
            }
            case ScalarSchema scalar -> {
                var value = scalar(in, scalar.type());
                yield value == null ? NODES.nullNode() : value;
            }
            case ListSchema list -> items(in.message(), list, depth);
            case MapSchema _ -> throw ProtobufBytesIn.malformed("a map within a list or map");
        };
    }

    /** A list that has a message of its own around it, as the values of a map of lists do. */
    private JsonNode items(ProtobufBytesIn in, ListSchema list, int depth) {
        var holder = NODES.objectNode();
        holder.putArray("items");
        while (in.next()) {
            if (in.number() == 1) {
                element(in, list, holder, "items", depth + 1);
            } else {
                in.skip();
            }
        }
        return holder.get("items");
    }

    private static JsonNode zero(Schema schema) {
        return switch (schema) {
            case ScalarSchema scalar
            when scalar.type() == ScalarType.STRING || scalar.type() == ScalarType.BYTES -> NODES.stringNode("");
            case ScalarSchema scalar when scalar.type() == ScalarType.QUANTITY -> NODES.stringNode("0");
            case ScalarSchema _ -> NODES.nullNode();
            case ObjectSchema _, MapSchema _ -> NODES.objectNode();
            case ListSchema _ -> NODES.arrayNode();
        };
    }

    /** Null for the zero values of those types that write them as empty messages. */
    private @Nullable JsonNode scalar(ProtobufBytesIn in, ScalarType type) {
        return switch (type) {
            case STRING -> NODES.stringNode(in.message().restText());
            case BYTES ->
                NODES.stringNode(Base64.getEncoder().encodeToString(in.message().rest()));
            case BOOL -> NODES.booleanNode(integer(in) != 0);
            case INT32, INT64 -> number(integer(in));
            case FLOAT64 -> {
                if (in.wire() != ProtobufBytesIn.FIXED64) {
                    throw ProtobufBytesIn.malformed("wrong wireType = " + in.wire());
                }
                yield NODES.numberNode(Double.longBitsToDouble(in.fixed64()));
            }
            case QUANTITY -> quantity(in.message());
            case INT_OR_STRING -> intOrString(in.message());
            case TIME -> time(in.message(), false);
            case MICRO_TIME -> time(in.message(), true);
            case DURATION -> duration(in.message());
            case RAW, FIELDS_V1, JSON -> json(in.message());
        };
    }

    private static long integer(ProtobufBytesIn in) {
        if (in.wire() != ProtobufBytesIn.VARINT) {
            throw ProtobufBytesIn.malformed("wrong wireType = " + in.wire());
        }
        return in.varint();
    }

    private static JsonNode number(long value) {
        return value == (int) value ? NODES.numberNode((int) value) : NODES.numberNode(value);
    }

    private static @Nullable JsonNode quantity(ProtobufBytesIn in) {
        JsonNode value = null;
        while (in.next()) {
            if (in.number() == 1) {
                value = NODES.stringNode(in.message().restText());
            } else {
                in.skip();
            }
        }
        return value;
    }

    private static JsonNode intOrString(ProtobufBytesIn in) {
        long kind = 0;
        long number = 0;
        var text = "";
        while (in.next()) {
            switch (in.number()) {
                case 1 -> kind = integer(in);
                case 2 -> number = integer(in);
                case 3 -> text = in.message().restText();
                default -> in.skip();
            }
        }
        return kind == 1 ? NODES.stringNode(text) : number(number);
    }

    private static @Nullable JsonNode time(ProtobufBytesIn in, boolean micros) {
        if (in.atEnd()) {
            return null;
        }
        long seconds = 0;
        long nanos = 0;
        while (in.next()) {
            switch (in.number()) {
                case 1 -> seconds = integer(in);
                case 2 -> nanos = integer(in);
                default -> in.skip();
            }
        }
        try {
            var instant = Instant.ofEpochSecond(seconds, nanos);
            return NODES.stringNode(micros ? Timestamps.micros(instant) : Timestamps.seconds(instant));
        } catch (DateTimeException | ArithmeticException _) {
            throw ProtobufBytesIn.malformed("time out of range");
        }
    }

    /** In a form that Go reads: seconds, with a fraction if there is one. */
    private static @Nullable JsonNode duration(ProtobufBytesIn in) {
        long nanos = 0;
        while (in.next()) {
            if (in.number() == 1) {
                nanos = integer(in);
            } else {
                in.skip();
            }
        }
        var seconds = BigDecimal.valueOf(nanos, 9).stripTrailingZeros().toPlainString();
        return NODES.stringNode(seconds + "s");
    }

    private @Nullable JsonNode json(ProtobufBytesIn in) {
        JsonNode value = null;
        while (in.next()) {
            if (in.number() == 1) {
                var text = in.message().rest();
                try {
                    value = text.length == 0 ? null : JsonMapper.shared().readTree(text);
                } catch (JacksonException _) {
                    throw ProtobufBytesIn.malformed("an embedded value is no JSON");
                }
            } else {
                in.skip();
            }
        }
        return value;
    }
}
