package dev.navarch.api;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.POJONode;

/**
 * Writes the one canonical form of an object: JSON as Go would encode the schema's struct. Fields stand in the
 * struct's order and maps in the order of their keys; empty fields are left out where the struct says {@code
 * omitempty}, and absent ones appear with their zero value where it does not. Fields that the schema does not know are
 * left out, or follow in their own order if it preserves them. Safe for use by many threads.
 *
 * <p>The resource version is always left empty in the bytes; whoever stores them puts it in (source: Go's
 * encoding/json; k8s.io/apimachinery pkg/apis/meta/v1).
 */
public final class ObjectEncoder {

    private static final String OBJECT_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

    /**
     * @param tree conforms to the schema, as what {@link ObjectDecoder} gives; not changed
     */
    public Encoded encode(ObjectNode tree, ObjectSchema schema) {
        var out = new JsonBytes(4096);
        writeRoot(out, tree, schema);
        return new Encoded(out.toByteArray(), out.mark());
    }

    /** Writes a tree that has no schema: blanks left out, order kept. */
    public byte[] encodeUntyped(JsonNode tree) {
        var out = new JsonBytes(1024);
        writeUntyped(out, tree);
        return out.toByteArray();
    }

    private static void writeRoot(JsonBytes out, ObjectNode tree, ObjectSchema schema) {
        var metadata = schema.field("metadata");
        boolean versioned = metadata != null
                && metadata.schema() instanceof ObjectSchema object
                && object.name().equals(OBJECT_META);
        writeObject(out, tree, schema, versioned ? metadata : null);
    }

    /** @param versioned the field below which the resource version is; null for none */
    private static void writeObject(
            JsonBytes out, @Nullable JsonNode tree, ObjectSchema schema, @Nullable Field versioned) {
        var linked = schema.linked();
        var fields = linked.fields();
        var names = linked.encodedNames();
        boolean first = true;
        out.raw('{');
        for (int i = 0; i < fields.length; i++) {
            var field = fields[i];
            var value = tree == null ? null : tree.get(field.name());
            if (field.omits(value)) {
                continue;
            }
            if (!first) {
                out.raw(',');
            }
            first = false;
            out.raw(names[i]);
            if (field == versioned) {
                writeMetadata(out, value, (ObjectSchema) field.schema());
            } else if (value == null || value.isNull()) {
                writeZero(out, field);
            } else {
                writeValue(out, value, field.schema());
            }
        }
        if (schema.preservesUnknown() && tree != null) {
            for (var name : sortedNames(tree)) {
                if (!linked.byName().containsKey(name)) {
                    if (!first) {
                        out.raw(',');
                    }
                    first = false;
                    out.string(name);
                    out.raw(':');
                    writeSorted(out, tree.get(name));
                }
            }
        }
        out.raw('}');
    }

    /** Like any object, but with the resource version empty and its place noted. */
    private static void writeMetadata(JsonBytes out, @Nullable JsonNode tree, ObjectSchema schema) {
        var linked = schema.linked();
        var fields = linked.fields();
        boolean first = true;
        out.raw('{');
        for (int i = 0; i < fields.length; i++) {
            var field = fields[i];
            boolean version = field.name().equals("resourceVersion");
            var value = tree == null ? null : tree.get(field.name());
            if (!version && field.omits(value)) {
                continue;
            }
            if (!first) {
                out.raw(',');
            }
            first = false;
            out.raw(linked.encodedNames()[i]);
            if (version) {
                out.raw('"');
                out.setMark();
                out.raw('"');
            } else {
                writeValue(out, value, field.schema());
            }
        }
        out.raw('}');
    }

    private static void writeZero(JsonBytes out, Field field) {
        if (field.pointer()) {
            out.raw(JsonBytes.NULL);
            return;
        }
        switch (field.schema()) {
            case ObjectSchema object -> writeObject(out, null, object, null);
            case ListSchema _, MapSchema _ -> out.raw(JsonBytes.NULL);
            case ScalarSchema scalar -> {
                switch (scalar.type()) {
                    case STRING -> out.string("");
                    case BOOL -> out.raw(JsonBytes.FALSE);
                    case INT32, INT64, FLOAT64, INT_OR_STRING -> out.raw('0');
                    case QUANTITY -> out.string("0");
                    case DURATION -> out.string("0s");
                    case BYTES, TIME, MICRO_TIME, RAW, FIELDS_V1, JSON -> out.raw(JsonBytes.NULL);
                }
            }
        }
    }

    private static void writeValue(JsonBytes out, JsonNode value, Schema schema) {
        switch (schema) {
            case ObjectSchema object when value.isObject() -> writeObject(out, value, object, null);
            case ListSchema list
            when value.isArray() -> {
                out.raw('[');
                for (int i = 0; i < value.size(); i++) {
                    if (i > 0) {
                        out.raw(',');
                    }
                    writeValue(out, value.get(i), list.element());
                }
                out.raw(']');
            }
            case MapSchema map when value.isObject() -> writeMap(out, (ObjectNode) value, map);
            case ScalarSchema _, ObjectSchema _, ListSchema _, MapSchema _ -> writeUntyped(out, value);
        }
    }

    private static void writeMap(JsonBytes out, ObjectNode value, MapSchema schema) {
        if (value.size() < 2) {
            out.raw('{');
            for (var entry : value.properties()) {
                out.string(entry.getKey());
                out.raw(':');
                writeValue(out, entry.getValue(), schema.value());
            }
            out.raw('}');
            return;
        }
        var keys = new ArrayList<>(value.propertyNames());
        Collections.sort(keys);
        out.raw('{');
        for (int i = 0; i < keys.size(); i++) {
            if (i > 0) {
                out.raw(',');
            }
            out.string(keys.get(i));
            out.raw(':');
            writeValue(out, value.get(keys.get(i)), schema.value());
        }
        out.raw('}');
    }

    private static List<String> sortedNames(JsonNode object) {
        var names = new ArrayList<>(object.propertyNames());
        Collections.sort(names);
        return names;
    }

    /** A value without a schema as Go encodes it: maps in the order of their keys. */
    private static void writeSorted(JsonBytes out, JsonNode value) {
        if (value.isObject()) {
            out.raw('{');
            boolean first = true;
            for (var name : sortedNames(value)) {
                if (!first) {
                    out.raw(',');
                }
                first = false;
                out.string(name);
                out.raw(':');
                writeSorted(out, value.get(name));
            }
            out.raw('}');
        } else if (value.isArray()) {
            out.raw('[');
            for (int i = 0; i < value.size(); i++) {
                if (i > 0) {
                    out.raw(',');
                }
                writeSorted(out, value.get(i));
            }
            out.raw(']');
        } else {
            writeUntyped(out, value);
        }
    }

    private static void writeUntyped(JsonBytes out, JsonNode value) {
        switch (value.getNodeType()) {
            case OBJECT -> {
                out.raw('{');
                boolean first = true;
                for (var entry : value.properties()) {
                    first = writeUntypedField(out, entry.getKey(), entry.getValue(), first);
                }
                out.raw('}');
            }
            case ARRAY -> {
                out.raw('[');
                for (int i = 0; i < value.size(); i++) {
                    if (i > 0) {
                        out.raw(',');
                    }
                    writeUntyped(out, value.get(i));
                }
                out.raw(']');
            }
            case STRING -> out.string(value.stringValue());
            case BOOLEAN -> out.raw(value.booleanValue() ? JsonBytes.TRUE : JsonBytes.FALSE);
            case NUMBER -> out.number(value);
            case POJO ->
                out.raw(
                        value instanceof POJONode p && p.getPojo() instanceof RawJson raw
                                ? raw.bytes()
                                : JsonBytes.NULL);
            case BINARY, MISSING, NULL -> out.raw(JsonBytes.NULL);
        }
    }

    private static boolean writeUntypedField(JsonBytes out, String name, JsonNode value, boolean first) {
        if (!first) {
            out.raw(',');
        }
        out.string(name);
        out.raw(':');
        writeUntyped(out, value);
        return false;
    }
}
