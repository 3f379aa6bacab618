package dev.navarch.api;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads the built-in resources.
 *
 * <p>The resource {@code resources.tsv} is made by the build from the tables in {@code src/main/catalogue}. It has a
 * line {@code R} for each resource (group, version, plural, singular, kind, scope, level, verbs, short names,
 * categories, number of the type, deprecation warning), followed by a line {@code S} for each subresource (name, group,
 * version, kind, verbs, number of the type, older API versions that are taken too).
 */
final class ResourceTable {

    private ResourceTable() {}

    static List<ResourceType> load(SchemaTable schemas) {
        try (var in = ResourceTable.class.getResourceAsStream("resources.tsv")) {
            return parse(new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n"), schemas);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<ResourceType> parse(String[] lines, SchemaTable schemas) {
        var types = new ArrayList<ResourceType>();
        for (int i = 0; i < lines.length; ) {
            var cells = lines[i++].split("\t", -1);
            var subresources = new LinkedHashMap<String, SubresourceType>();
            while (i < lines.length && lines[i].startsWith("S\t")) {
                var subresource = subresource(lines[i++].split("\t", -1), schemas);
                subresources.put(subresource.name(), subresource);
            }
            types.add(resource(cells, subresources, schemas));
        }
        return types;
    }

    private static ResourceType resource(
            String[] cells, Map<String, SubresourceType> subresources, SchemaTable schemas) {
        return new ResourceType(
                new GroupVersion(cells[1], cells[2]),
                cells[3],
                cells[4],
                cells[5],
                Scope.valueOf(cells[6]),
                Set.copyOf(list(cells[8])),
                subresources,
                list(cells[9]),
                list(cells[10]),
                Level.valueOf(cells[7]),
                schemas.number(Integer.parseInt(cells[11])),
                cells[12]);
    }

    private static SubresourceType subresource(String[] cells, SchemaTable schemas) {
        return new SubresourceType(
                cells[1],
                new GroupVersion(cells[2], cells[3]),
                cells[4],
                Set.copyOf(list(cells[5])),
                schemas.number(Integer.parseInt(cells[6])),
                Set.copyOf(list(cells[7])));
    }

    private static List<String> list(String cell) {
        return cell.isEmpty() ? List.of() : List.of(cell.split(","));
    }
}
