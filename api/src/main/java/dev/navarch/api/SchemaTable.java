package dev.navarch.api;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The schemas of the built-in types.
 *
 * <p>The resource {@code types.tsv} is made by the build from the tables in {@code src/main/catalogue}. It has a line
 * {@code T<tab>name<tab>Go type<tab>atomic or nothing} for each type, numbered from 0, followed by a line for each of its fields with these
 * columns: name, Go type, shape, flags, protobuf numbers, list type, list keys, map or struct type, patch strategies,
 * patch merge key, default. A shape is the name of a scalar, {@code &number} for a type, or {@code []} or {@code {}}
 * before another shape for a list or a map of it; the flags are {@code r}equired, {@code p}ointer, {@code a}lways
 * encoded. Loading only finds where each type starts.
 */
final class SchemaTable {

    private static final Map<String, ScalarType> SCALARS = Map.ofEntries(
            Map.entry("string", ScalarType.STRING),
            Map.entry("bool", ScalarType.BOOL),
            Map.entry("int32", ScalarType.INT32),
            Map.entry("int64", ScalarType.INT64),
            Map.entry("float64", ScalarType.FLOAT64),
            Map.entry("bytes", ScalarType.BYTES),
            Map.entry("quantity", ScalarType.QUANTITY),
            Map.entry("intorstring", ScalarType.INT_OR_STRING),
            Map.entry("time", ScalarType.TIME),
            Map.entry("microtime", ScalarType.MICRO_TIME),
            Map.entry("duration", ScalarType.DURATION),
            Map.entry("raw", ScalarType.RAW),
            Map.entry("fieldsv1", ScalarType.FIELDS_V1),
            Map.entry("json", ScalarType.JSON));

    /** Values whose Go type matters, by the names of map types that hide it. */
    private static final Map<String, String> NAMED_MAPS =
            Map.of("v1.JSONSchemaDependencies", "v1.JSONSchemaPropsOrStringArray");

    private final String text;
    private final List<ObjectSchema> schemas = new ArrayList<>(1600);
    private final Map<String, ObjectSchema> byName = new HashMap<>(3200);

    private SchemaTable(String text) {
        this.text = text;
        var descriptions = new DescriptionTable();
        for (int at = 0; at >= 0; at = nextType(at)) {
            int end = text.indexOf('\n', at);
            var cells = text.substring(at, end).split("\t", -1);
            int fieldsAt = end + 1;
            var schema = new ObjectSchema(
                    cells[1], cells[2], false, cells[3].equals("atomic"), descriptions, () -> link(fieldsAt));
            schemas.add(schema);
            byName.put(cells[1], schema);
        }
    }

    static SchemaTable load() {
        try (var in = SchemaTable.class.getResourceAsStream("types.tsv")) {
            return new SchemaTable(new String(in.readAllBytes(), StandardCharsets.ISO_8859_1));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Where the type after this place starts; -1 if there is none. */
    private int nextType(int at) {
        int lineBreak = text.indexOf("\nT\t", at);
        return lineBreak < 0 ? -1 : lineBreak + 1;
    }

    ObjectSchema number(int number) {
        return schemas.get(number);
    }

    Optional<ObjectSchema> named(String name) {
        return Optional.ofNullable(byName.get(name));
    }

    List<ObjectSchema> all() {
        return List.copyOf(schemas);
    }

    private List<Field> link(int from) {
        var fields = new ArrayList<Field>();
        int at = from;
        while (at < text.length() && !text.startsWith("T\t", at)) {
            int end = text.indexOf('\n', at);
            fields.add(field(text.substring(at, end).split("\t", -1)));
            at = end + 1;
        }
        return fields;
    }

    private Field field(String[] cells) {
        var listType = switch (cells[5]) {
            case "" -> Optional.<ListType>empty();
            case "map" -> Optional.of(ListType.MAP);
            case "set" -> Optional.of(ListType.SET);
            case "atomic" -> Optional.of(ListType.ATOMIC);
            default -> throw new IllegalStateException("list type " + cells[5]);
        };
        var flags = cells[3];
        return new Field(
                cells[0],
                schema(cells[2], cells[1], listType, list(cells[6])),
                flags.indexOf('r') >= 0,
                flags.indexOf('p') >= 0,
                flags.indexOf('a') < 0,
                numbers(cells[4]),
                cells[7],
                Set.copyOf(list(cells[8])),
                cells[9],
                cells[10].isEmpty() ? Optional.empty() : Optional.of(cells[10]));
    }

    private Schema schema(String shape, String goType, Optional<ListType> listType, List<String> keys) {
        if (shape.startsWith("[]")) {
            var elementType = goType.startsWith("[]") ? goType.substring(2) : shape.substring(2);
            return new ListSchema(schema(shape.substring(2), pointee(elementType)), listType, keys, goType);
        }
        if (shape.startsWith("{}")) {
            var valueType = goType.startsWith("map[")
                    ? goType.substring(goType.indexOf(']') + 1)
                    : NAMED_MAPS.getOrDefault(goType, shape.substring(2));
            return new MapSchema(schema(shape.substring(2), pointee(valueType)), goType);
        }
        if (shape.startsWith("&")) {
            return number(Integer.parseInt(shape.substring(1)));
        }
        return new ScalarSchema(SCALARS.get(shape), goType);
    }

    private Schema schema(String shape, String goType) {
        return schema(shape, goType, Optional.empty(), List.of());
    }

    private static String pointee(String goType) {
        return goType.startsWith("*") ? goType.substring(1) : goType;
    }

    private static List<Integer> numbers(String cell) {
        return cell.isEmpty()
                ? List.of()
                : Stream.of(cell.split("\\.")).map(Integer::valueOf).toList();
    }

    private static List<String> list(String cell) {
        return cell.isEmpty() ? List.of() : List.of(cell.split(","));
    }
}
