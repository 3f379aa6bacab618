package dev.navarch.api.openapi;

import dev.navarch.api.Catalogue;
import dev.navarch.api.ObjectEncoder;
import dev.navarch.api.ObjectSchema;
import dev.navarch.api.ResourceType;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** What has a document of its own in version 3, mostly a group and version, and its share of that of version 2. */
final class Section {
    private static final ObjectEncoder ENCODER = new ObjectEncoder();
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private final Server server;
    private final Kinds kinds;
    private final String tag;
    private final Supplier<List<Operations.Operation>> operations;
    private final List<ResourceType> declared;
    private final Remembered<byte[]> json3 = new Remembered<>(() -> ENCODER.encodeUntyped(version3()));
    private final Remembered<byte[]> protobuf3 = new Remembered<>(() -> GnosticDocument3.of(version3()));
    private volatile @Nullable String hash;

    /**
     * What all sections share.
     *
     * @param version of the server, such as {@code v1.36.0}
     */
    record Server(Catalogue catalogue, Enums enums, String version) {
        ObjectNode info() {
            return NODES.objectNode().put("title", "Kubernetes").put("version", version);
        }
    }

    /** Parts of a document of version 2, without the braces around them. */
    record Share(byte[] paths, byte[] definitions) {}

    /** Paths and what they refer to. */
    record Content(ObjectNode paths, ObjectNode definitions) {
        Share share() {
            return new Share(inner(paths), inner(definitions));
        }

        private static byte[] inner(ObjectNode object) {
            var bytes = ENCODER.encodeUntyped(object);
            return Arrays.copyOfRange(bytes, 1, bytes.length - 1);
        }
    }

    /** @param declared the types of custom resources that it is made of, by which one is known that stays as it was */
    Section(
            Server server,
            Kinds kinds,
            String tag,
            Supplier<List<Operations.Operation>> operations,
            List<ResourceType> declared) {
        this.server = server;
        this.kinds = kinds;
        this.tag = tag;
        this.operations = operations;
        this.declared = declared;
    }

    boolean declares(List<ResourceType> types) {
        return declared.equals(types);
    }

    byte[] json3() {
        return json3.get();
    }

    byte[] protobuf3() {
        return protobuf3.get();
    }

    /** Another one when the document is another one. */
    String hash() {
        var known = hash;
        if (known == null) {
            var digest = new SchemaDigest();
            digest.add(server.version);
            operations.get().forEach(digest::add);
            known = digest.hex();
            hash = known;
        }
        return known;
    }

    private ObjectNode version3() {
        var content = content(Dialect.V3, List.of(this), kinds, _ -> false);
        var document = NODES.objectNode().put("openapi", "3.0.0");
        document.set("info", server.info());
        document.set("paths", content.paths);
        document.putObject("components").set("schemas", content.definitions);
        return document;
    }

    /** @param elsewhere which definitions other parts of the document have */
    Content version2(Predicate<String> elsewhere) {
        return content(Dialect.V2, List.of(this), kinds, elsewhere);
    }

    /** Several sections in one. */
    static Content version2(List<Section> sections, Kinds kinds) {
        return content(Dialect.V2, sections, kinds, _ -> false);
    }

    private static Content content(Dialect dialect, List<Section> sections, Kinds kinds, Predicate<String> elsewhere) {
        var enums = sections.getFirst().server.enums;
        var definitions = new Definitions(dialect, kinds, enums);
        var paths = new Paths(dialect, definitions);
        for (var section : sections) {
            section.operations.get().forEach(o -> paths.add(o, section.tag, section.options(o)));
        }
        return new Content(paths.all(), definitions.all(elsewhere));
    }

    /** The type whose fields are the query of a connection or of reading logs. */
    private Optional<ObjectSchema> options(Operations.Operation operation) {
        if (operation.action().equals("connect")) {
            return server.catalogue.schema("io.k8s.api.core.v1." + operation.kind());
        }
        return operation.path().endsWith("/pods/{name}/log")
                ? server.catalogue.schema("io.k8s.api.core.v1.PodLogOptions")
                : Optional.empty();
    }
}
