package dev.navarch.api;

import static java.util.Objects.requireNonNull;

import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * An object with named fields. Its fields are linked when first asked for, so that loading the catalogue costs nothing
 * for kinds that are not used and types may contain themselves.
 */
public final class ObjectSchema implements Schema {

    private final String name;
    private final String goType;
    private final boolean preservesUnknown;
    private final boolean atomic;
    private final Descriptions descriptions;
    private final Supplier<List<Field>> link;
    private final @Nullable Pruner pruner;
    private final @Nullable DeclaredSchema declared;
    private volatile @Nullable Linked linked;

    /** Fields in order, with what decoder and encoder need of them at hand. */
    record Linked(SequencedMap<String, Field> byName, Field[] fields, byte[][] encodedNames) {}

    /**
     * @param name in OpenAPI documents, such as {@code io.k8s.api.core.v1.PodSpec}
     * @param goType see {@link Schema#goType()}
     * @param preservesUnknown whether fields that the schema does not know are kept; they are encoded after the others,
     *     sorted by name at every level, as Go encodes maps
     * @param atomic see {@link #atomic()}
     * @param descriptions where the texts are found
     * @param link gives the fields in the order in which they are encoded; asked at least once, not before needed
     */
    public ObjectSchema(
            String name,
            String goType,
            boolean preservesUnknown,
            boolean atomic,
            Descriptions descriptions,
            Supplier<List<Field>> link) {
        this(name, goType, preservesUnknown, atomic, descriptions, link, null, null);
    }

    private ObjectSchema(
            String name,
            String goType,
            boolean preservesUnknown,
            boolean atomic,
            Descriptions descriptions,
            Supplier<List<Field>> link,
            @Nullable Pruner pruner,
            @Nullable DeclaredSchema declared) {
        this.name = requireNonNull(name, "name");
        this.goType = requireNonNull(goType, "goType");
        this.preservesUnknown = preservesUnknown;
        this.atomic = atomic;
        this.descriptions = requireNonNull(descriptions, "descriptions");
        this.link = requireNonNull(link, "link");
        this.pruner = pruner;
        this.declared = declared;
    }

    /** This schema with something that prunes whole objects once they are read. */
    public ObjectSchema withPruner(Pruner of) {
        return new ObjectSchema(
                name, goType, preservesUnknown, atomic, descriptions, link, requireNonNull(of), declared);
    }

    /** This schema with what documents show instead of its fields. */
    public ObjectSchema withDeclared(DeclaredSchema by) {
        return new ObjectSchema(name, goType, preservesUnknown, atomic, descriptions, link, pruner, requireNonNull(by));
    }

    /** How a definition declares it; empty for what comes with Kubernetes. */
    public Optional<DeclaredSchema> declared() {
        return Optional.ofNullable(declared);
    }

    @Nullable
    Pruner pruner() {
        return pruner;
    }

    /** The name in OpenAPI documents, such as {@code io.k8s.api.core.v1.PodSpec}. */
    public String name() {
        return name;
    }

    @Override
    public String goType() {
        return goType;
    }

    /** The struct's name as Go prints it before the path in decoding errors: {@code PodSpec}. */
    public String goStruct() {
        return goType.substring(goType.lastIndexOf('.') + 1);
    }

    /** Whether fields that the schema does not know are kept rather than pruned. */
    public boolean preservesUnknown() {
        return preservesUnknown;
    }

    /** Whether one writer owns an object of this type as a whole ({@code x-kubernetes-map-type: atomic}). */
    public boolean atomic() {
        return atomic;
    }

    /** The fields by name, in upstream's order. */
    public SequencedMap<String, Field> fields() {
        return linked().byName();
    }

    public @Nullable Field field(String fieldName) {
        return linked().byName().get(fieldName);
    }

    /** What the type is for, in upstream's words; empty where it says nothing. */
    public String description() {
        return descriptions.of(name, "");
    }

    /** What a field is for, in upstream's words; empty where it says nothing. */
    public String description(String fieldName) {
        return descriptions.of(name, fieldName);
    }

    Linked linked() {
        var now = linked;
        if (now == null) {
            now = link(link.get()); // two threads may both link; the results are equal
            linked = now;
        }
        return now;
    }

    private static Linked link(List<Field> fields) {
        var byName = new LinkedHashMap<String, Field>(fields.size() * 2);
        for (var field : fields) {
            byName.put(field.name(), field);
        }
        var encodedNames = fields.stream()
                .map(f -> ("\"" + f.name() + "\":").getBytes(StandardCharsets.UTF_8))
                .toArray(byte[][]::new);
        return new Linked(Collections.unmodifiableSequencedMap(byName), fields.toArray(Field[]::new), encodedNames);
    }

    @Override
    public String toString() {
        return name;
    }
}
