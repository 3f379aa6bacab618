package dev.navarch.apiserver.fields;

import dev.navarch.api.Field;
import dev.navarch.api.ListSchema;
import dev.navarch.api.MapSchema;
import dev.navarch.api.ObjectSchema;
import dev.navarch.api.ScalarSchema;
import dev.navarch.api.ScalarType;
import dev.navarch.api.Schema;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * How writers share a value, which is what a schema comes down to here. Built as far as it is asked for (source: the
 * schema that upstream derives from its OpenAPI documents, k8s.io/kube-openapi pkg/schemaconv).
 */
sealed interface Shape {

    /** One owner has the whole value: a scalar, or what is declared atomic. */
    record Leaf(Schema schema) implements Shape {
        Optional<ScalarType> scalar() {
            return schema instanceof ScalarSchema scalar ? Optional.of(scalar.type()) : Optional.empty();
        }
    }

    /** Each key has an owner. */
    record Keyed(Shape value) implements Shape {}

    /** Each element, a scalar, has an owner. */
    record SetOf(Shape element) implements Shape {}

    /**
     * Each element, an object, is owned by fields.
     *
     * @param keys the names of the fields that tell elements apart, sorted
     * @param defaults what an absent key field means; null for nothing
     */
    record ListOf(Shape element, String[] keys, @Nullable JsonNode[] defaults, String declared) implements Shape {}

    /** Of a value without a schema: objects are owned by fields, all else as a whole. */
    enum Deduced implements Shape {
        DEDUCED
    }

    /**
     * A field of a struct.
     *
     * @param rank its place among the fields by name
     * @param zero what is stored where nothing is given, if something is
     * @param untracked whether changes of it are nobody's: managed fields have no managers themselves
     */
    record Member(PathElement.Name name, int rank, Field field, Shape shape, JsonNode zero, boolean untracked) {

        /** The field's value in this object as it would be stored; null if it would be left out. */
        @Nullable
        JsonNode storedIn(JsonNode object) {
            return stored(object.get(name.name()));
        }

        /** The value as it would be stored; null if it would be left out. */
        @Nullable
        JsonNode stored(@Nullable JsonNode value) {
            if (field.omits(value)) {
                return null;
            }
            return value == null || value.isNull() ? zero : value;
        }
    }

    /** Each field has an owner. */
    final class Struct implements Shape {
        private final ObjectSchema schema;
        private final Shapes shapes;
        private volatile Member @Nullable [] members;
        private final Map<String, Member> byName = new HashMap<>();
        private Member[] always = {};

        private Struct(ObjectSchema schema, Shapes shapes) {
            this.schema = schema;
            this.shapes = shapes;
        }

        /** Of an object's root. */
        static Struct of(ObjectSchema schema) {
            return new Shapes().struct(schema);
        }

        /** Sorted by name. */
        Member[] members() {
            var now = members;
            return now == null ? link() : now;
        }

        private Member[] link() {
            synchronized (shapes) {
                var now = members;
                if (now == null) {
                    var fields = schema.fields().values().stream()
                            .sorted(Comparator.comparing(Field::name))
                            .toList();
                    now = new Member[fields.size()];
                    for (int i = 0; i < now.length; i++) {
                        now[i] = shapes.member(fields.get(i), i);
                        byName.put(now[i].name.name(), now[i]);
                    }
                    always = Arrays.stream(now)
                            .filter(m -> !m.field.omittedWhenEmpty())
                            .toArray(Member[]::new);
                    members = now;
                }
                return now;
            }
        }

        /** The fields that are stored whether or not something is given. */
        Member[] always() {
            members();
            return always;
        }

        @Nullable
        Member member(String name) {
            members();
            return byName.get(name);
        }

        boolean preservesUnknown() {
            return schema.preservesUnknown();
        }

        /** The shape of a field; empty if there can be none of that name. */
        Optional<Shape> shapeOf(String name) {
            var member = member(name);
            if (member != null) {
                return Optional.of(member.shape);
            }
            return schema.preservesUnknown() ? Optional.of(Deduced.DEDUCED) : Optional.empty();
        }
    }

    /** The shapes of one kind, whose types may contain themselves. Used under its lock. */
    final class Shapes {
        private final Map<ObjectSchema, Struct> structs = new IdentityHashMap<>();

        private Struct struct(ObjectSchema schema) {
            return structs.computeIfAbsent(schema, s -> new Struct(s, this));
        }

        private Member member(Field field, int rank) {
            return new Member(
                    (PathElement.Name) PathElement.name(field.name()),
                    rank,
                    field,
                    shape(field.schema(), field.topology()),
                    field.zero(),
                    field.schema().goType().equals("[]v1.ManagedFieldsEntry"));
        }

        private Shape shape(Schema schema, String topology) {
            return switch (schema) {
                case ScalarSchema scalar -> new Leaf(scalar);
                case ObjectSchema object ->
                    topology.equals("atomic") || topology.isEmpty() && object.atomic()
                            ? new Leaf(object)
                            : object.fields().isEmpty() && object.preservesUnknown() ? Deduced.DEDUCED : struct(object);
                case MapSchema map -> topology.equals("atomic") ? new Leaf(map) : new Keyed(shape(map.value(), ""));
                case ListSchema list ->
                    switch (list.type()) {
                        case ATOMIC -> new Leaf(list);
                        case SET -> new SetOf(shape(list.element(), ""));
                        case MAP -> listOf(list);
                    };
            };
        }

        private Shape listOf(ListSchema list) {
            var keys = list.keys().stream().sorted().toArray(String[]::new);
            var defaults = new @Nullable JsonNode[keys.length];
            for (int i = 0; i < keys.length; i++) {
                var field = list.element() instanceof ObjectSchema object ? object.field(keys[i]) : null;
                defaults[i] = field == null
                        ? null
                        : field.defaultJson().map(JsonMapper.shared()::readTree).orElse(null);
            }
            return new ListOf(shape(list.element(), "granular"), keys, defaults, goList(list.keys()));
        }

        private static String goList(List<String> names) {
            List<String> quoted = new ArrayList<>();
            names.forEach(n -> quoted.add('"' + n + '"'));
            return "[" + String.join(" ", quoted) + "]";
        }
    }

    /**
     * Tells an element of a set from others.
     *
     * @throws FieldsException if it is no scalar
     */
    static PathElement elementOf(JsonNode value) {
        return switch (value.getNodeType()) {
            case OBJECT -> throw new FieldsException("associative list without keys has an element that's a map type");
            case ARRAY -> throw new FieldsException("not supported: associative list with lists as elements");
            case NULL, MISSING ->
                throw new FieldsException("associative list without keys has an element that's an explicit null");
            case STRING, NUMBER, BOOLEAN, BINARY, POJO -> PathElement.value(value);
        };
    }

    /**
     * Tells an element of a list from others.
     *
     * @param stored whether fields count as they would be stored, rather than as they are written
     * @throws FieldsException if it has none of the keys
     */
    static PathElement elementOf(ListOf list, JsonNode value, boolean stored) {
        if (value.isNull()) {
            throw new FieldsException("associative list with keys may not have a null element");
        }
        if (!(value instanceof ObjectNode object)) {
            throw new FieldsException("associative list with keys may not have non-map elements");
        }
        int count = list.keys.length;
        var values = new JsonNode[count];
        int found = 0;
        for (int i = 0; i < count; i++) {
            var given = keyValue(list, object, i, stored);
            if (given != null) {
                values[i] = given;
                found++;
            }
        }
        if (found == count) {
            return PathElement.key(list.keys, values);
        }
        if (found == 0) {
            throw new FieldsException("associative list with keys has an element that omits all key fields "
                    + list.declared + " (and doesn't have default values for any key fields)");
        }
        List<String> names = new ArrayList<>();
        List<JsonNode> some = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            if (values[i] != null) {
                names.add(list.keys[i]);
                some.add(values[i]);
            }
        }
        return PathElement.key(names.toArray(String[]::new), some.toArray(JsonNode[]::new));
    }

    private static @Nullable JsonNode keyValue(ListOf list, ObjectNode object, int i, boolean stored) {
        var member = stored && list.element instanceof Struct struct ? struct.member(list.keys[i]) : null;
        var given = member == null ? object.get(list.keys[i]) : member.storedIn(object);
        return given == null ? list.defaults[i] : given;
    }
}
