package dev.navarch.api.openapi;

import static java.util.Objects.requireNonNull;

import dev.navarch.api.Catalogue;
import dev.navarch.api.GroupVersion;
import dev.navarch.api.ResourceType;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The OpenAPI documents of a catalogue, each made when first asked for and then kept while there is room. Custom resources
 * come and go ({@link #declaring}); what they don't touch stays. Safe for use by many threads.
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

    private static final byte[] COMMA = {','};

    private final BuiltIn builtIn;
    private final Map<String, Section> declared;
    private final Map<String, Remembered<Section.Share>> shares = new HashMap<>();
    private final Map<String, Remembered<byte[]>> protobufShares = new HashMap<>();
    private volatile @Nullable String hash;

    /** What stays as it is when custom resources come and go. */
    private static final class BuiltIn {
        final Section.Server server;
        final Kinds kinds;
        final Operations operations;
        final Map<String, Section> sections = new LinkedHashMap<>();
        final Remembered<Whole> share;
        final Remembered<byte[]> protobufShare;

        /** @param definitions what those of version 2 are called */
        record Whole(Section.Share share, Set<String> definitions) {}

        BuiltIn(Catalogue catalogue, String version) {
            server = new Section.Server(catalogue, new Enums(), version);
            kinds = new Kinds(catalogue);
            operations = new Operations(catalogue, kinds);
            for (var root : new RootOperations(catalogue).all()) {
                sections.put(root.path(), new Section(server, kinds, root.tag(), root::operations, List.of()));
            }
            for (var groupVersion : catalogue.groupVersions()) {
                sections.put(
                        path(groupVersion),
                        new Section(
                                server,
                                kinds,
                                Operations.tag(groupVersion),
                                () -> operations.of(groupVersion),
                                List.of()));
            }
            share = new Remembered<>(() -> {
                var content = content();
                return new Whole(
                        content.share(), Set.copyOf(content.definitions().propertyNames()));
            });
            protobufShare = new Remembered<>(() -> protobuf(content()));
        }

        private Section.Content content() {
            return Section.version2(List.copyOf(sections.values()), kinds);
        }
    }

    /**
     * @param catalogue what to document
     * @param version of the server, such as {@code v1.36.0}
     */
    public OpenApi(Catalogue catalogue, String version) {
        this(
                new BuiltIn(requireNonNull(catalogue, "catalogue"), requireNonNull(version, "version")),
                Map.of(),
                List.of());
    }

    private OpenApi(BuiltIn builtIn, Map<String, Section> before, Collection<ResourceType> types) {
        this.builtIn = builtIn;
        Map<GroupVersion, List<ResourceType>> byVersion = new LinkedHashMap<>();
        types.forEach(t -> byVersion
                .computeIfAbsent(t.groupVersion(), _ -> new ArrayList<>())
                .add(t));
        declared = new LinkedHashMap<>();
        byVersion.forEach((version, of) -> {
            var there = before.get(path(version));
            declared.put(path(version), there != null && there.declares(of) ? there : section(version, of));
        });
    }

    /**
     * The same with these custom resources instead of those that it may have; what is made already and stays as it was is
     * not made again.
     */
    public OpenApi declaring(Collection<ResourceType> types) {
        var next = new OpenApi(builtIn, declared, types);
        next.declared.forEach((path, section) -> {
            if (declared.get(path) == section) {
                next.shares.put(path, shares.get(path));
                next.protobufShares.put(path, protobufShares.get(path));
            } else {
                next.shares.put(
                        path, new Remembered<>(() -> next.content(section).share()));
                next.protobufShares.put(path, new Remembered<>(() -> protobuf(next.content(section))));
            }
        });
        return next;
    }

    private Section section(GroupVersion version, List<ResourceType> types) {
        return new Section(
                builtIn.server,
                builtIn.kinds.with(types),
                Operations.tag(version),
                () -> builtIn.operations.of(types),
                List.copyOf(types));
    }

    private Section.Content content(Section section) {
        return section.version2(builtIn.share.get().definitions::contains);
    }

    private static byte[] protobuf(Section.Content content) {
        return GnosticDocument.part(content.paths(), content.definitions());
    }

    private static String path(GroupVersion groupVersion) {
        return groupVersion.urlPrefix().substring(1);
    }

    /** Everything in one document of version 2, as JSON in pieces; not to be changed. */
    public List<byte[]> v2Json() {
        return v2Json(List.of());
    }

    /** The same with what others describe; all their names are others than those here. */
    public List<byte[]> v2Json(ObjectNode paths, ObjectNode definitions) {
        return v2Json(List.of(new Section.Content(paths, definitions).share()));
    }

    private List<byte[]> v2Json(List<Section.Share> more) {
        List<Section.Share> all = new ArrayList<>();
        all.add(builtIn.share.get().share);
        shares.values().forEach(s -> all.add(s.get()));
        all.addAll(more);
        List<byte[]> pieces = new ArrayList<>();
        pieces.add(bytes("{\"swagger\":\"2.0\",\"info\":" + builtIn.server.info() + ",\"paths\":{"));
        join(pieces, all, Section.Share::paths);
        pieces.add(bytes("},\"definitions\":{"));
        join(pieces, all, Section.Share::definitions);
        pieces.add(bytes("}}"));
        return pieces;
    }

    private static void join(List<byte[]> pieces, List<Section.Share> all, Function<Section.Share, byte[]> part) {
        boolean first = true;
        for (var share : all) {
            var bytes = part.apply(share);
            if (bytes.length > 0) {
                if (!first) {
                    pieces.add(COMMA);
                }
                pieces.add(bytes);
                first = false;
            }
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Everything in one document of version 2, as {@value #V2_PROTOBUF} in pieces; not to be changed. */
    public List<byte[]> v2Protobuf() {
        var head = JsonNodeFactory.instance.objectNode().put("swagger", "2.0");
        head.set("info", builtIn.server.info());
        List<byte[]> pieces = new ArrayList<>();
        pieces.add(GnosticDocument.head(head));
        pieces.add(builtIn.protobufShare.get());
        protobufShares.values().forEach(s -> pieces.add(s.get()));
        return pieces;
    }

    /** The same with what others describe; all their names are others than those here. */
    public List<byte[]> v2Protobuf(ObjectNode paths, ObjectNode definitions) {
        var pieces = v2Protobuf();
        pieces.add(GnosticDocument.part(paths, definitions));
        return pieces;
    }

    /** Another one whenever any document is another one. */
    public String hash() {
        var known = hash;
        if (known == null) {
            var digest = new SchemaDigest();
            builtIn.sections.values().forEach(s -> digest.add(s.hash()));
            declared.values().forEach(s -> digest.add(s.hash()));
            known = digest.hex();
            hash = known;
        }
        return known;
    }

    /** The paths of the documents of version 3, each with its hash in the URL, as JSON. */
    public byte[] v3Index() {
        var index = JsonNodeFactory.instance.objectNode();
        var paths = index.putObject("paths");
        var sections = new LinkedHashMap<>(builtIn.sections);
        sections.putAll(declared);
        sections.forEach((path, section) ->
                paths.putObject(path).put("serverRelativeURL", "/openapi/v3/" + path + "?hash=" + section.hash()));
        return bytes(index.toString());
    }

    /**
     * The document of a group and version, or of one of the few paths beside them, as JSON; not to be changed.
     *
     * @param path as in the index: {@code api/v1}, {@code apis/apps/v1}, {@code version}
     * @return empty if there is none
     */
    public Optional<byte[]> v3Json(String path) {
        return section(path).map(Section::json3);
    }

    /**
     * The document of a group and version, as {@value #V3_PROTOBUF}; not to be changed.
     *
     * @param path as in the index
     * @return empty if there is none
     */
    public Optional<byte[]> v3Protobuf(String path) {
        return section(path).map(Section::protobuf3);
    }

    /**
     * What the index says of a document; changes when the document does.
     *
     * @param path as in the index
     * @return empty if there is none
     */
    public Optional<String> v3Hash(String path) {
        return section(path).map(Section::hash);
    }

    private Optional<Section> section(String path) {
        return Optional.ofNullable(declared.getOrDefault(path, builtIn.sections.get(path)));
    }
}
