package dev.navarch.apiserver;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * A line of the table of endpoints.
 *
 * @param action as OpenAPI names it; empty for what is no resource
 * @param path with {@code {namespace}}, {@code {name}}, {@code {path}} and {@code {logpath}}
 * @param operation the operation's ID
 */
record EndpointRow(
        String action, String path, String group, String version, String kind, String level, String operation) {
    private static final Path TABLES = Path.of("../api/src/main/catalogue");
    private static final List<String> METHODS = List.of("Delete", "Get", "Head", "Options", "Patch", "Post", "Put");

    static List<EndpointRow> all(String table) throws IOException {
        var lines = Files.readAllLines(TABLES.resolve(table));
        return lines.subList(1, lines.size()).stream()
                .map(line -> line.split("\t", -1))
                .map(c -> new EndpointRow(c[0], c[1], c[2], c[3], c[4], c[5], c[7]))
                .toList();
    }

    String apiVersion() {
        return group.isEmpty() ? version : group + "/" + version;
    }

    boolean namespaced() {
        return path.contains("/namespaces/{namespace}/");
    }

    /** What is behind the name: {@code status}, {@code proxy/{path}}; empty for the resource itself. */
    String subresource() {
        int name = path.indexOf("/{name}/");
        return name < 0 ? "" : path.substring(name + 8);
    }

    String resource() {
        var parts = path.substring(0, path.contains("/{name}") ? path.indexOf("/{name}") : path.length())
                .split("/");
        return parts[parts.length - 1];
    }

    String method() {
        return switch (action) {
            case "", "get", "list" -> "GET";
            case "deletecollection" -> "DELETE";
            case "connect" ->
                METHODS.stream()
                        .filter(m -> operation.contains("V1" + m))
                        .findFirst()
                        .orElseThrow()
                        .toUpperCase(Locale.ROOT);
            default -> action.toUpperCase(Locale.ROOT);
        };
    }

    @Override
    public String toString() {
        return method() + " " + path + " (" + operation + ")";
    }
}
