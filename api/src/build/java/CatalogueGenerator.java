import java.io.IOException;
import java.lang.classfile.AnnotationElement;
import java.lang.classfile.AnnotationValue;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.zip.ZipFile;

/**
 * Turns the tables of facts in {@code src/main/catalogue} into the resources that the catalogue reads at run
 * time: {@code types.tsv}, {@code resources.tsv}, {@code enums.tsv} and {@code descriptions.tsv}.
 *
 * <p>Descriptions are not in the tables: they are read from the annotations of the Java client's model classes,
 * without loading them, and from the comments of its protobuf messages. Run by the build in source-launch mode: {@code
 * java CatalogueGenerator.java <tables> <client-java-api.jar> <client-java-proto-sources.jar> <output folder>}.
 *
 * <p>The format of the resources is described where it is read, in {@code dev.navarch.api.SchemaTable} and
 * {@code dev.navarch.api.ResourceTable}.
 */
final class CatalogueGenerator {

    /** API groups as they appear in {@code apiVersion}, by the folder that holds their Go types. */
    private static final Map<String, String> GROUPS = Map.ofEntries(
            Map.entry("core", ""),
            Map.entry("meta", "meta.k8s.io"),
            Map.entry("admission", "admission.k8s.io"),
            Map.entry("admissionregistration", "admissionregistration.k8s.io"),
            Map.entry("apidiscovery", "apidiscovery.k8s.io"),
            Map.entry("apiextensions", "apiextensions.k8s.io"),
            Map.entry("apiregistration", "apiregistration.k8s.io"),
            Map.entry("apiserverinternal", "internal.apiserver.k8s.io"),
            Map.entry("authentication", "authentication.k8s.io"),
            Map.entry("authorization", "authorization.k8s.io"),
            Map.entry("certificates", "certificates.k8s.io"),
            Map.entry("coordination", "coordination.k8s.io"),
            Map.entry("discovery", "discovery.k8s.io"),
            Map.entry("events", "events.k8s.io"),
            Map.entry("flowcontrol", "flowcontrol.apiserver.k8s.io"),
            Map.entry("imagepolicy", "imagepolicy.k8s.io"),
            Map.entry("networking", "networking.k8s.io"),
            Map.entry("node", "node.k8s.io"),
            Map.entry("rbac", "rbac.authorization.k8s.io"),
            Map.entry("resource", "resource.k8s.io"),
            Map.entry("scheduling", "scheduling.k8s.io"),
            Map.entry("storage", "storage.k8s.io"),
            Map.entry("storagemigration", "storagemigration.k8s.io"));

    /** Go types that have an encoding of their own, and plain scalars; everything else unknown is a string type. */
    private static final Map<String, String> SCALARS = Map.ofEntries(
            Map.entry("string", "string"),
            Map.entry("bool", "bool"),
            Map.entry("int32", "int32"),
            Map.entry("int64", "int64"),
            Map.entry("float64", "float64"),
            Map.entry("[]byte", "bytes"),
            Map.entry("resource.Quantity", "quantity"),
            Map.entry("intstr.IntOrString", "intorstring"),
            Map.entry("runtime.RawExtension", "raw"),
            Map.entry("Time", "time"),
            Map.entry("metav1.Time", "time"),
            Map.entry("MicroTime", "microtime"),
            Map.entry("metav1.MicroTime", "microtime"),
            Map.entry("metav1.Duration", "duration"),
            Map.entry("FieldsV1", "fieldsv1"),
            Map.entry("JSON", "json"),
            Map.entry("JSONSchemaPropsOrArray", "json"),
            Map.entry("JSONSchemaPropsOrBool", "json"),
            Map.entry("JSONSchemaPropsOrStringArray", "json"));

    /** Named Go types that stand for a list or a map. */
    private static final Map<String, String> ALIASES = Map.of(
            "core/v1.ResourceList", "map[ResourceName]resource.Quantity",
            "authentication/v1.ExtraValue", "[]string",
            "authentication/v1beta1.ExtraValue", "[]string",
            "authorization/v1.ExtraValue", "[]string",
            "authorization/v1beta1.ExtraValue", "[]string",
            "certificates/v1.ExtraValue", "[]string",
            "certificates/v1beta1.ExtraValue", "[]string",
            "meta/v1.Verbs", "[]string",
            "apiextensions/v1.ValidationRules", "[]ValidationRule",
            "apiextensions/v1.JSONSchemaDefinitions", "map[string]JSONSchemaProps");

    private static final Map<String, String> MORE_ALIASES = Map.of(
            "apiextensions/v1.JSONSchemaDependencies", "map[string]JSONSchemaPropsOrStringArray",
            "core/v1.List", "meta/v1.List",
            "admissionregistration/v1alpha1.MatchCondition", "admissionregistration/v1.MatchCondition");

    /** Folders that a Go import name stands for; {@code v1} and {@code v1beta1} are tried in this order. */
    private static final Map<String, List<String>> IMPORTS = Map.of(
            "metav1", List.of("meta/v1"),
            "corev1", List.of("core/v1"),
            "apiv1", List.of("core/v1"),
            "batchv1", List.of("batch/v1"),
            "authenticationv1", List.of("authentication/v1"),
            "authorizationv1", List.of("authorization/v1"),
            "v1", List.of("core/v1", "meta/v1", "authentication/v1", "admissionregistration/v1", "coordination/v1"));

    record Row(
            String folder,
            String type,
            String field,
            String goType,
            String number,
            boolean required,
            String listType,
            String listKeys,
            String topology,
            String strategy,
            String mergeKey,
            String defaultValue) {}

    record Type(String folder, String name) {
        String key() {
            return folder + "." + name;
        }
    }

    /** Structs without fields, which a table of fields cannot name. */
    private static final List<Type> EMPTY = List.of(
            new Type("apiserverinternal/v1alpha1", "StorageVersionSpec"),
            new Type("scheduling/v1alpha2", "BasicSchedulingPolicy"),
            new Type("apiextensions/v1", "CustomResourceSubresourceStatus"));

    private final Path tables;
    private final Map<String, List<Row>> rows = new LinkedHashMap<>();
    private final Map<String, Type> types = new LinkedHashMap<>();
    private final Map<String, Integer> numbers = new LinkedHashMap<>();
    private final Map<String, String> presence = new HashMap<>();
    private final Set<String> atomic = new HashSet<>();

    private CatalogueGenerator(Path tables) {
        this.tables = tables;
    }

    public static void main(String[] arguments) throws IOException {
        if (arguments.length != 4) {
            throw new IllegalArgumentException(
                    "usage: CatalogueGenerator <tables> <client-java-api.jar> <client-java-proto-sources.jar>"
                            + " <output>");
        }
        var output = Path.of(arguments[3]).resolve("dev/navarch/api");
        Files.createDirectories(output);
        if (isUpToDate(Path.of(arguments[0]), output.resolve("descriptions.tsv"))) {
            return;
        }
        var generator = new CatalogueGenerator(Path.of(arguments[0]));
        generator.readTypes();
        write(output.resolve("types.tsv"), generator.typeLines());
        write(output.resolve("resources.tsv"), generator.resourceLines());
        Files.copy(
                Path.of(arguments[0], "enums-1.36.tsv"),
                output.resolve("enums.tsv"),
                StandardCopyOption.REPLACE_EXISTING);
        write(
                output.resolve("descriptions.tsv"),
                generator.descriptionLines(Path.of(arguments[1]), Path.of(arguments[2])));
    }

    /** Whether the last file that is written is younger than the tables and this program. */
    private static boolean isUpToDate(Path tables, Path last) throws IOException {
        if (!Files.exists(last)) {
            return false;
        }
        var made = Files.getLastModifiedTime(last);
        var program = tables.resolve("../../build/java/CatalogueGenerator.java").normalize();
        try (var inputs = Files.list(tables)) {
            return java.util.stream.Stream.concat(inputs, java.util.stream.Stream.of(program))
                    .allMatch(input -> input.toFile().lastModified() < made.toMillis());
        }
    }

    private static void write(Path file, List<String> lines) throws IOException {
        Files.writeString(file, String.join("\n", lines) + "\n");
    }

    // ---- types ----

    private void readTypes() throws IOException {
        for (var file : List.of("machinery-fields-1.36.tsv", "api-fields-1.36.tsv")) {
            for (var cells : table(file)) {
                var row = new Row(
                        cells[0],
                        cells[1],
                        cells[2],
                        cells[3],
                        cells[4],
                        cells[5].equals("required"),
                        cells[6],
                        distinct(cells[7]),
                        cells[8],
                        cells[9],
                        cells[10],
                        cells[11]);
                var type = new Type(row.folder, row.type);
                types.putIfAbsent(type.key(), type);
                rows.computeIfAbsent(type.key(), _ -> new ArrayList<>()).add(row);
            }
        }
        for (var empty : EMPTY) {
            types.put(empty.key(), empty);
            rows.put(empty.key(), List.of());
        }
        types.keySet().forEach(key -> numbers.put(key, numbers.size()));
        for (var cells : table("presence-1.36.tsv")) {
            presence.put(cells[0] + "." + cells[1] + "." + cells[2], cells[3]);
        }
    }

    private List<String> typeLines() throws IOException {
        for (var cells : table("atomic-types-1.36.tsv")) {
            atomic.add(cells[0] + "." + cells[1]);
        }
        var lines = new ArrayList<String>();
        for (var type : types.values()) {
            lines.add("T\t" + definitionName(type) + "\t" + goName(type) + "\t"
                    + (atomic.contains(type.key()) ? "atomic" : ""));
            var seen = new HashSet<String>();
            lines.addAll(flattened(type, "", seen));
        }
        return lines;
    }

    /**
     * The field lines of a type with its inlined structs expanded in place, in the order Go would encode them.
     *
     * @param numbers what precedes the protobuf numbers: inlined structs are messages of their own there; null if the
     *     protobuf form has no such fields
     */
    private List<String> flattened(Type type, String numbers, Set<String> seen) {
        var lines = new ArrayList<String>();
        for (var row : rows.get(type.key())) {
            if (row.field.equals("(inline)")) {
                var inlined = find(row.folder, row.goType);
                if (inlined == null) {
                    throw new IllegalStateException("unknown inlined type " + row);
                }
                var inner = numbers == null || row.number.isEmpty() ? null : numbers + row.number + ".";
                lines.addAll(flattened(inlined, inner, seen));
                continue;
            }
            if (row.field.isEmpty() || !seen.add(row.field)) {
                continue;
            }
            lines.add(fieldLine(row, numbers));
        }
        return lines;
    }

    private String fieldLine(Row row, String numbers) {
        var goType = row.goType;
        var pointer = goType.startsWith("*");
        if (pointer) {
            goType = goType.substring(1);
        }
        var omitEmpty = switch (presence.getOrDefault(row.folder + "." + row.type + "." + row.field, "")) {
            case "omitempty" -> true;
            case "always" -> false;
            default -> !row.required;
        };
        var shape = shape(row.folder, goType);
        var structure = shape.startsWith("&")
                || Set.of("time", "microtime", "quantity", "intorstring", "duration", "json", "raw")
                        .contains(shape.contains(":") ? shape.substring(0, shape.indexOf(':')) : shape);
        var zeroOmitted = row.folder.equals("meta/v1") && row.field.equals("creationTimestamp");
        if (structure && !pointer && !zeroOmitted) {
            omitEmpty = false; // Go's omitempty does not apply to structs
        }
        var flags = (row.required ? "r" : "") + (pointer ? "p" : "") + (omitEmpty ? "" : "a");
        return String.join(
                "\t",
                row.field,
                goTypeText(row.folder, goType),
                shape,
                flags,
                numbers == null || row.number.isEmpty() ? "" : numbers + row.number,
                row.listType,
                row.listKeys,
                row.topology,
                row.strategy,
                row.mergeKey,
                defaultValue(row));
    }

    /** Constants in the table are Go names; upstream's defaults are JSON. */
    private static String defaultValue(Row row) {
        return switch (row.defaultValue) {
            case "AzureDataDiskCachingReadWrite" -> "\"ReadWrite\"";
            case "AzureSharedBlobDisk" -> "\"Shared\"";
            default -> row.defaultValue;
        };
    }

    /** {@code []shape}, {@code {}shape}, {@code &number} for a struct, or the name of a scalar. */
    private String shape(String folder, String goType) {
        if (goType.startsWith("*")) {
            return shape(folder, goType.substring(1));
        }
        var scalar = SCALARS.get(goType);
        if (scalar != null && (scalar != "json" || folder.startsWith("apiextensions/"))) {
            return scalar;
        }
        if (goType.startsWith("[]")) {
            return "[]" + shape(folder, goType.substring(2));
        }
        if (goType.startsWith("map[")) {
            return "{}" + shape(folder, goType.substring(goType.indexOf(']') + 1));
        }
        for (var candidate : candidates(folder, goType)) {
            var alias = ALIASES.getOrDefault(candidate, MORE_ALIASES.get(candidate));
            if (alias != null) {
                return numbers.containsKey(alias)
                        ? "&" + numbers.get(alias)
                        : shape(candidate.substring(0, candidate.indexOf('.')), alias);
            }
            var number = numbers.get(candidate);
            if (number != null) {
                return "&" + number;
            }
        }
        return "string";
    }

    private Type find(String folder, String goType) {
        return candidates(folder, goType).stream()
                .map(types::get)
                .filter(t -> t != null)
                .findFirst()
                .orElse(null);
    }

    private static List<String> candidates(String folder, String goType) {
        int dot = goType.indexOf('.');
        if (dot == 0) {
            return List.of("meta/v1" + goType);
        }
        if (dot < 0) {
            // older levels of admissionregistration borrow types of v1
            return List.of(folder + "." + goType, folder.substring(0, folder.indexOf('/')) + "/v1." + goType);
        }
        var name = goType.substring(dot + 1);
        var folders = IMPORTS.getOrDefault(goType.substring(0, dot), List.of());
        return folders.stream().map(f -> f + "." + name).toList();
    }

    /** The type as Go's reflection prints it in decoding errors: {@code v1.PodSpec}, {@code []string}. */
    private String goTypeText(String folder, String goType) {
        if (goType.startsWith("*")) {
            return "*" + goTypeText(folder, goType.substring(1));
        }
        if (goType.equals("[]byte")) {
            return "[]uint8";
        }
        if (goType.startsWith("[]")) {
            return "[]" + goTypeText(folder, goType.substring(2));
        }
        if (goType.startsWith("map[")) {
            int end = goType.indexOf(']');
            return "map[" + goTypeText(folder, goType.substring(4, end)) + "]"
                    + goTypeText(folder, goType.substring(end + 1));
        }
        if (SCALARS.containsKey(goType) && Character.isLowerCase(goType.charAt(0)) && goType.indexOf('.') < 0) {
            return goType;
        }
        int dot = goType.indexOf('.');
        if (dot < 0) {
            return folder.substring(folder.indexOf('/') + 1) + "." + goType;
        }
        var imported = goType.substring(0, dot);
        var packageName = dot == 0 || IMPORTS.containsKey(imported) ? "v1" : imported;
        return packageName + goType.substring(dot);
    }

    private String goName(Type type) {
        return type.folder.substring(type.folder.indexOf('/') + 1) + "." + type.name;
    }

    private static String definitionName(Type type) {
        var group = type.folder.substring(0, type.folder.indexOf('/'));
        var version = type.folder.substring(type.folder.indexOf('/') + 1);
        return switch (group) {
            case "meta" -> "io.k8s.apimachinery.pkg.apis.meta." + version + "." + type.name;
            case "apiextensions" ->
                "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions." + version + "." + type.name;
            case "apiregistration" -> "io.k8s.kube-aggregator.pkg.apis.apiregistration." + version + "." + type.name;
            default -> "io.k8s.api." + group + "." + version + "." + type.name;
        };
    }

    // ---- resources ----

    private static final class Resource {
        String group;
        String version;
        String plural;
        String kind = "";
        String level = "";
        boolean namespaced;
        final Set<String> verbs = new TreeSet<>();
        final Map<String, Subresource> subresources = new TreeMap<>();
    }

    private static final class Subresource {
        String kind;
        String apiVersion;
        final Set<String> verbs = new TreeSet<>();
    }

    private List<String> resourceLines() throws IOException {
        var resources = new LinkedHashMap<String, Resource>();
        for (var file : List.of("api-endpoints-1.36.tsv", "api-endpoints-removed.tsv")) {
            table(file).forEach(cells -> addEndpoint(resources, cells));
        }
        var names = new HashMap<String, String[]>();
        for (var cells : table("names-1.36.tsv")) {
            names.put(cells[0] + "/" + cells[1], cells);
        }
        var warnings = new HashMap<String, String>();
        for (var cells : table("deprecations-1.36.tsv")) {
            warnings.put(cells[0] + "/" + cells[1] + "/" + cells[2], deprecation(cells));
        }
        var older = new HashMap<String, String>();
        for (var cells : table("older-bodies-1.36.tsv")) {
            older.put(cells[1] + " " + cells[0], cells[2]);
        }
        var lines = new ArrayList<String>();
        for (var resource : resources.values()) {
            if (resource.verbs.contains("list") && !resource.kind.equals("ComponentStatus")) {
                resource.verbs.add("watch");
            }
            var cells = names.get(resource.group + "/" + resource.plural);
            lines.add(String.join(
                    "\t",
                    "R",
                    resource.group,
                    resource.version,
                    resource.plural,
                    resource.kind.toLowerCase(java.util.Locale.ROOT),
                    resource.kind,
                    resource.namespaced ? "NAMESPACED" : "CLUSTER",
                    resource.level.toUpperCase(java.util.Locale.ROOT),
                    String.join(",", resource.verbs),
                    cells == null ? "" : cells[2],
                    cells == null ? "" : cells[3],
                    typeOf(resource.group, resource.version, resource.kind),
                    warnings.getOrDefault(resource.group + "/" + resource.version + "/" + resource.kind, "")));
            resource.subresources.forEach((name, s) -> {
                int slash = s.apiVersion.indexOf('/');
                lines.add(String.join(
                        "\t",
                        "S",
                        name,
                        slash < 0 ? "" : s.apiVersion.substring(0, slash),
                        s.apiVersion.substring(slash + 1),
                        s.kind,
                        String.join(",", s.verbs),
                        typeOf(
                                slash < 0 ? "" : s.apiVersion.substring(0, slash),
                                s.apiVersion.substring(slash + 1),
                                s.kind),
                        older.getOrDefault(s.apiVersion + " " + s.kind, "")));
            });
        }
        return lines;
    }

    /** What clients are told of a version that is on its way out (source: apiserver pkg/endpoints/deprecation). */
    private static String deprecation(String[] cells) {
        var version = cells[0].isEmpty() ? cells[1] : cells[0] + "/" + cells[1];
        return version + " " + cells[2] + " is deprecated in v" + cells[3] + "+"
                + (cells[4].isEmpty() ? "" : ", unavailable in v" + cells[4] + "+")
                + (cells[5].isEmpty() ? "" : "; use " + cells[5]);
    }

    private String typeOf(String group, String version, String kind) {
        for (var entry : GROUPS.entrySet()) {
            if (entry.getValue().equals(group) && numbers.containsKey(entry.getKey() + "/" + version + "." + kind)) {
                return String.valueOf(numbers.get(entry.getKey() + "/" + version + "." + kind));
            }
        }
        var number = numbers.get(group + "/" + version + "." + kind);
        if (number == null) {
            throw new IllegalStateException("no type for " + group + "/" + version + " " + kind);
        }
        return String.valueOf(number);
    }

    private static void addEndpoint(Map<String, Resource> resources, String[] cells) {
        var action = cells[0];
        var kind = cells[4];
        if (action.isEmpty() || kind.isEmpty()) {
            return;
        }
        var parts = new ArrayList<>(List.of(cells[1].split("/")));
        parts.removeFirst();
        var group = parts.removeFirst().equals("api") ? "" : parts.removeFirst();
        var version = parts.removeFirst();
        var namespaced = parts.size() > 2
                && parts.get(0).equals("namespaces")
                && parts.get(1).equals("{namespace}");
        if (namespaced) {
            parts.removeFirst();
            parts.removeFirst();
        }
        var plural = parts.removeFirst();
        var resource = resources.computeIfAbsent(group + "/" + version + "/" + plural, _ -> new Resource());
        resource.group = group;
        resource.version = version;
        resource.plural = plural;
        resource.namespaced |= namespaced;
        if (parts.size() < 2) {
            resource.kind = kind;
            resource.level = cells[5];
            resource.verbs.add(verb(action));
            return;
        }
        var subresource = resource.subresources.computeIfAbsent(parts.get(1), _ -> new Subresource());
        subresource.kind = kind;
        subresource.apiVersion = cells[2].isEmpty() ? cells[3] : cells[2] + "/" + cells[3];
        if (action.equals("connect")) {
            subresource.verbs.addAll(
                    parts.get(1).equals("proxy")
                            ? List.of("create", "delete", "get", "patch", "update")
                            : List.of("create", "get"));
        } else {
            subresource.verbs.add(verb(action));
        }
    }

    private static String verb(String action) {
        return switch (action) {
            case "post" -> "create";
            case "put" -> "update";
            default -> action;
        };
    }

    // ---- descriptions ----

    private List<String> descriptionLines(Path jar, Path protoSources) throws IOException {
        var lines = new ArrayList<String>();
        var comments = protoComments(protoSources);
        try (var zip = new ZipFile(jar.toFile())) {
            var models = new HashMap<String, Map<String, String>>();
            var classes = zip.stream()
                    .filter(e -> e.getName().startsWith("io/kubernetes/client/openapi/models/")
                            && e.getName().endsWith(".class")
                            && e.getName().indexOf('$') < 0)
                    .toList();
            for (var entry : classes) {
                var name = entry.getName()
                        .substring(entry.getName().lastIndexOf('/') + 1)
                        .replace(".class", "");
                var model = ClassFile.of().parse(zip.getInputStream(entry).readAllBytes());
                models.put(name, describe(model));
            }
            for (var type : types.values()) {
                var model = models.getOrDefault(modelName(type, models.keySet()), Map.of());
                var seen = new LinkedHashSet<String>();
                flattened(type, "", seen);
                var name = definitionName(type);
                lines.add("T\t" + name + "\t" + escape(model.getOrDefault("", "")));
                for (var field : seen) {
                    var text = model.getOrDefault(field, "");
                    text = text.isEmpty() ? comments.getOrDefault(name + "#" + field, "") : text;
                    if (!text.isEmpty()) {
                        lines.add(field + "\t" + escape(text));
                    }
                }
            }
        }
        return lines;
    }

    /**
     * Texts that the model lacks, since it leaves out those of fields that hold an object: the comments that protoc put
     * before the accessors of each message, by type and field.
     */
    private static Map<String, String> protoComments(Path jar) throws IOException {
        var comments = new HashMap<String, String>();
        try (var zip = new ZipFile(jar.toFile())) {
            var sources =
                    zip.stream().filter(e -> e.getName().endsWith(".java")).toList();
            for (var source : sources) {
                try (var reader = new java.io.BufferedReader(
                        new java.io.InputStreamReader(zip.getInputStream(source), StandardCharsets.UTF_8))) {
                    readProtoComments(reader.lines().iterator(), comments);
                }
            }
        }
        return comments;
    }

    private static void readProtoComments(java.util.Iterator<String> lines, Map<String, String> comments) {
        var type = "";
        List<String> text = List.of();
        while (lines.hasNext()) {
            var line = lines.next().strip();
            if (line.startsWith("// @@protoc_insertion_point(interface_extends:k8s.io.")) {
                type = "io.k8s."
                        + line.substring(line.indexOf("k8s.io.") + 7, line.length() - 1)
                                .replace('_', '-');
            } else if (line.startsWith("// @@protoc_insertion_point(message_")) {
                type = "";
            } else if (!type.isEmpty() && line.equals("* <pre>")) {
                text = new ArrayList<>();
                for (line = lines.next().strip();
                        !line.equals("* </pre>");
                        line = lines.next().strip()) {
                    text.add(line.length() < 2 ? "" : line.substring(2));
                }
            } else if (!type.isEmpty() && line.startsWith("* <code>") && line.endsWith(";</code>")) {
                var declaration = line.substring(0, line.lastIndexOf(" = "));
                comments.putIfAbsent(
                        type + "#" + declaration.substring(declaration.lastIndexOf(' ') + 1), flowing(text));
                text = List.of();
            }
        }
    }

    /** The lines of a comment without its markers, as one text; empty lines separate paragraphs. */
    private static String flowing(List<String> lines) {
        var out = new StringBuilder();
        boolean paragraph = false;
        for (var line : lines) {
            if (line.startsWith("+")) {
                continue;
            }
            if (line.equals("---")) {
                break;
            }
            if (line.isBlank()) {
                paragraph = out.length() > 0;
                continue;
            }
            out.append(paragraph ? "\n\n" : out.isEmpty() ? "" : " ").append(line.strip());
            paragraph = false;
        }
        return out.toString()
                .replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&quot;", "\"")
                .replace("&#39;", "'")
                .replace("&#64;", "@")
                .replace("&#42;", "*")
                .replace("&#92;", "\\")
                .replace("&amp;", "&");
    }

    /** The Java client prefixes a type with its group only where two groups would clash. */
    private static String modelName(Type type, Set<String> models) {
        var group = type.folder.substring(0, type.folder.indexOf('/'));
        var version = type.folder.substring(type.folder.indexOf('/') + 1);
        var v = Character.toUpperCase(version.charAt(0)) + version.substring(1);
        var g = Character.toUpperCase(group.charAt(0)) + group.substring(1);
        for (var candidate : List.of(g + v + type.name, v + type.name)) {
            if (models.contains(candidate)) {
                return candidate;
            }
        }
        return "";
    }

    /** Description by JSON name; the type's own under the empty name. */
    private static Map<String, String> describe(ClassModel model) {
        var byGetter = new HashMap<String, String>();
        for (var method : model.methods()) {
            method.findAttribute(Attributes.runtimeVisibleAnnotations())
                    .ifPresent(a -> a.annotations().forEach(annotation -> {
                        if (annotation
                                .classSymbol()
                                .descriptorString()
                                .equals("Lio/swagger/annotations/ApiModelProperty;")) {
                            byGetter.put(
                                    method.methodName()
                                            .stringValue()
                                            .replaceFirst("^(get|is)", "")
                                            .toLowerCase(java.util.Locale.ROOT),
                                    value(annotation.elements()));
                        }
                    }));
        }
        var descriptions = new HashMap<String, String>();
        model.findAttribute(Attributes.runtimeVisibleAnnotations())
                .ifPresent(a -> a.annotations().forEach(annotation -> {
                    if (annotation.classSymbol().descriptorString().equals("Lio/swagger/annotations/ApiModel;")) {
                        annotation.elements().stream()
                                .filter(e -> e.name().stringValue().equals("description"))
                                .forEach(e ->
                                        descriptions.put("", ((AnnotationValue.OfString) e.value()).stringValue()));
                    }
                }));
        for (var field : model.fields()) {
            field.findAttribute(Attributes.runtimeVisibleAnnotations())
                    .ifPresent(a -> a.annotations().forEach(annotation -> {
                        if (annotation
                                .classSymbol()
                                .descriptorString()
                                .equals("Lcom/google/gson/annotations/SerializedName;")) {
                            var text =
                                    byGetter.get(field.fieldName().stringValue().toLowerCase(java.util.Locale.ROOT));
                            if (text != null) {
                                descriptions.put(value(annotation.elements()), text);
                            }
                        }
                    }));
        }
        return descriptions;
    }

    private static String value(List<AnnotationElement> elements) {
        return elements.stream()
                .filter(e -> e.name().stringValue().equals("value"))
                .map(e -> ((AnnotationValue.OfString) e.value()).stringValue())
                .findFirst()
                .orElse("");
    }

    private static String escape(String text) {
        return text.replace("\\", "\\\\")
                .replace("\n", "\\n")
                .replace("\t", "\\t")
                .replace("\r", "");
    }

    // ---- tables ----

    private List<String[]> table(String name) throws IOException {
        var lines = Files.readAllLines(tables.resolve(name));
        int columns = lines.getFirst().split("\t", -1).length;
        return lines.stream()
                .skip(1)
                .filter(l -> !l.isEmpty())
                .map(l -> {
                    var cells = l.split("\t", -1);
                    if (cells.length != columns) {
                        throw new IllegalStateException(
                                name + ": " + cells.length + " cells instead of " + columns + " in " + l);
                    }
                    return cells;
                })
                .toList();
    }

    private static String distinct(String keys) {
        return String.join(",", new LinkedHashSet<>(List.of(keys.split(","))));
    }
}
