package dev.navarch.apiserver.fields;

import dev.navarch.api.Descriptions;
import dev.navarch.api.Field;
import dev.navarch.api.ListSchema;
import dev.navarch.api.ListType;
import dev.navarch.api.MapSchema;
import dev.navarch.api.ObjectSchema;
import dev.navarch.api.ScalarSchema;
import dev.navarch.api.ScalarType;
import dev.navarch.api.Schema;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/** Schemas as those of custom resources are. */
final class Schemas {
    static final Schema STRING = new ScalarSchema(ScalarType.STRING, "string");
    static final Schema NUMBER = new ScalarSchema(ScalarType.INT64, "int64");

    private Schemas() {}

    static Field field(String name, Schema schema) {
        return field(name, schema, "", "");
    }

    static Field field(String name, Schema schema, String topology, String defaultJson) {
        return new Field(
                name,
                schema,
                false,
                true,
                true,
                List.of(),
                topology,
                Set.of(),
                "",
                defaultJson.isEmpty() ? Optional.empty() : Optional.of(defaultJson));
    }

    static ObjectSchema object(Field... fields) {
        return object(false, false, () -> List.of(fields));
    }

    static ObjectSchema object(boolean preservesUnknown, boolean atomic, Supplier<List<Field>> fields) {
        return new ObjectSchema("test", "v1.Test", preservesUnknown, atomic, Descriptions.NONE, fields);
    }

    static Schema map(Schema value) {
        return new MapSchema(value, "map[string]");
    }

    static Schema set() {
        return new ListSchema(STRING, Optional.of(ListType.SET), List.of(), "[]string");
    }

    static Schema atomicList(Schema element) {
        return new ListSchema(element, Optional.of(ListType.ATOMIC), List.of(), "[]");
    }

    static Schema list(Schema element, String... keys) {
        return new ListSchema(element, Optional.of(ListType.MAP), List.of(keys), "[]");
    }
}
