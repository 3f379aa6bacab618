package dev.navarch.api.openapi;

import static java.util.Objects.requireNonNull;

import dev.navarch.api.Catalogue;
import dev.navarch.api.Field;
import dev.navarch.api.ListSchema;
import dev.navarch.api.MapSchema;
import dev.navarch.api.ObjectEncoder;
import dev.navarch.api.ObjectSchema;
import dev.navarch.api.ScalarSchema;
import dev.navarch.api.Schema;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The OpenAPI documents of a catalogue, each made when first asked for and then kept. Safe for use by many threads.
 *
 * <p>Version 2 is served at {@code /openapi/v2} as JSON and as {@value #V2_PROTOBUF}; version 3 at {@code /openapi/v3}
 * (the index) and {@code /openapi/v3/<path>}, where the path is {@code api/v1}, {@code apis/apps/v1} and so on
 * (source: k8s.io/kube-openapi pkg/handler and pkg/handler3).
 */
public final class OpenApi {

    /** The media type of version 2 in protobuf, as clients ask for it. */
    public static final String V2_PROTOBUF = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";

    /** The same as a {@code Content-Type}, which may not have an {@code @}; clients may ask for it too. */
    public static final String V2_PROTOBUF_ANSWER = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

    /** The media type of version 3 in protobuf, as clients ask for it. */
    public static final String V3_PROTOBUF = "application/com.github.proto-openapi.spec.v3@v1.0+protobuf";

    /** The same as a {@code Content-Type}; clients may ask for it too. */
    public static final String V3_PROTOBUF_ANSWER = "application/com.github.proto-openapi.spec.v3.v1.0+protobuf";

    private final Catalogue catalogue;
    private final String version;
    private final Kinds kinds;
    private final Enums enums = new Enums();
    private final Operations operations;
    private final Map<String, Section> sections = new LinkedHashMap<>();
    private final ObjectEncoder encoder = new ObjectEncoder();
    private final Map<String, byte[]> documents = new ConcurrentHashMap<>();

    /**
     * @param catalogue what to document
     * @param version of the server, such as {@code v1.36.0}
     */
    public OpenApi(Catalogue catalogue, String version) {
        this.catalogue = requireNonNull(catalogue, "catalogue");
        this.version = requireNonNull(version, "version");
        this.kinds = new Kinds(catalogue);
        this.operations = new Operations(catalogue, kinds);
        for (var root : new RootOperations(catalogue).all()) {
            sections.put(root.path(), new Section(root.tag(), root::operations));
        }
        for (var groupVersion : catalogue.groupVersions()) {
            sections.put(
                    groupVersion.urlPrefix().substring(1),
                    new Section(Operations.tag(groupVersion), () -> operations.of(groupVersion)));
        }
    }

    /** What has a document of its own in version 3: mostly a group and version. */
    private record Section(String tag, Supplier<List<Operations.Operation>> operations) {}

    /** Everything in one document of version 2, as JSON; not to be changed. */
    public byte[] v2Json() {
        return document("v2", () -> encoder.encodeUntyped(v2()));
    }

    /** Everything in one document of version 2, as {@value #V2_PROTOBUF}; not to be changed. */
    public byte[] v2Protobuf() {
        return document("v2 protobuf", () -> GnosticDocument.of(v2()));
    }

    /** The paths of the documents of version 3, each with its hash in the URL, as JSON; not to be changed. */
    public byte[] v3Index() {
        return document("v3", () -> {
            var index = JsonNodeFactory.instance.objectNode();
            var paths = index.putObject("paths");
            sections.forEach((path, section) ->
                    paths.putObject(path).put("serverRelativeURL", "/openapi/v3/" + path + "?hash=" + hash(section)));
            return encoder.encodeUntyped(index);
        });
    }

    /**
     * The document of a group and version, or of one of the few paths beside them, as JSON; not to be changed.
     *
     * @param path as in the index: {@code api/v1}, {@code apis/apps/v1}, {@code version}
     * @return empty if there is none
     */
    public Optional<byte[]> v3Json(String path) {
        return section(path).map(s -> document("v3 " + path, () -> encoder.encodeUntyped(v3(s))));
    }

    /**
     * The document of a group and version, as {@value #V3_PROTOBUF}; not to be changed.
     *
     * @param path as in the index
     * @return empty if there is none
     */
    public Optional<byte[]> v3Protobuf(String path) {
        return section(path).map(s -> document("v3 protobuf " + path, () -> GnosticDocument3.of(v3(s))));
    }

    /**
     * What the index says of a document; changes when the document does.
     *
     * @param path as in the index
     * @return empty if there is none
     */
    public Optional<String> v3Hash(String path) {
        return section(path).map(this::hash);
    }

    private byte[] document(String name, Supplier<byte[]> maker) {
        return documents.computeIfAbsent(name, _ -> maker.get());
    }

    private Optional<Section> section(String path) {
        return Optional.ofNullable(sections.get(path));
    }

    private ObjectNode v2() {
        var definitions = new Definitions(Dialect.V2, kinds, enums);
        var paths = new Paths(Dialect.V2, definitions);
        sections.values().forEach(s -> addOperations(paths, s));
        var document = JsonNodeFactory.instance.objectNode().put("swagger", "2.0");
        document.putObject("info").put("title", "Kubernetes").put("version", version);
        document.set("paths", paths.all());
        document.set("definitions", definitions.all());
        return document;
    }

    private ObjectNode v3(Section section) {
        var definitions = new Definitions(Dialect.V3, kinds, enums);
        var paths = new Paths(Dialect.V3, definitions);
        addOperations(paths, section);
        var document = JsonNodeFactory.instance.objectNode().put("openapi", "3.0.0");
        document.putObject("info").put("title", "Kubernetes").put("version", version);
        document.set("paths", paths.all());
        document.putObject("components").set("schemas", definitions.all());
        return document;
    }

    private void addOperations(Paths paths, Section section) {
        section.operations().get().forEach(o -> paths.add(o, section.tag(), options(o)));
    }

    /** The type whose fields are the query of a connection or of reading logs. */
    private Optional<ObjectSchema> options(Operations.Operation operation) {
        if (operation.action().equals("connect")) {
            return catalogue.schema("io.k8s.api.core.v1." + operation.kind());
        }
        return operation.path().endsWith("/pods/{name}/log")
                ? catalogue.schema("io.k8s.api.core.v1.PodLogOptions")
                : Optional.empty();
    }

    /** Digests what the document is made from, which costs far less than making it. */
    private String hash(Section section) {
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance("SHA-512");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
        var seen = new HashSet<String>();
        add(digest, version);
        for (var operation : section.operations().get()) {
            add(digest, operation.method() + operation.path() + operation.id());
            operation.body().ifPresent(s -> add(digest, s, seen));
            operation.answer().ifPresent(s -> add(digest, s, seen));
        }
        return HexFormat.of().withUpperCase().formatHex(digest.digest());
    }

    private static void add(MessageDigest digest, Schema schema, Set<String> seen) {
        switch (schema) {
            case ObjectSchema object -> {
                add(digest, object.name() + object.preservesUnknown() + object.atomic());
                if (seen.add(object.name())) {
                    object.fields().values().forEach(f -> add(digest, f, seen));
                }
            }
            case ListSchema list -> {
                add(digest, list.declared() + " " + list.keys());
                add(digest, list.element(), seen);
            }
            case MapSchema map -> add(digest, map.value(), seen);
            case ScalarSchema scalar -> add(digest, scalar.type().name().toLowerCase(Locale.ROOT) + scalar.goType());
        }
    }

    private static void add(MessageDigest digest, Field field, Set<String> seen) {
        add(
                digest,
                field.name()
                        + field.required()
                        + field.pointer()
                        + field.omittedWhenEmpty()
                        + field.topology()
                        + new TreeSet<>(field.patchStrategies())
                        + field.patchMergeKey()
                        + field.defaultJson());
        add(digest, field.schema(), seen);
    }

    private static void add(MessageDigest digest, String text) {
        digest.update(text.getBytes(StandardCharsets.UTF_8));
        digest.update((byte) 0);
    }
}
