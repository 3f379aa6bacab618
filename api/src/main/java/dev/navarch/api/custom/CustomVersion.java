package dev.navarch.api.custom;

import static dev.navarch.api.custom.CustomDefinition.text;

import dev.navarch.api.structural.Structural;
import java.lang.ref.SoftReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** One version of a custom resource. Its schema is read when first needed, and may be forgotten and read again. */
public final class CustomVersion {
    private final String name;
    private final boolean served;
    private final boolean stored;
    private final Optional<String> deprecation;
    private final boolean status;
    private final Optional<Scale> scale;
    private final List<PrinterColumn> columns;
    private final List<String> selectableFields;
    private final Supplier<JsonNode> schema;
    private final boolean keepsUnknown;
    private volatile @Nullable SoftReference<Structural> structural;

    /** Where {@code /scale} finds and puts what it shows; paths as in {@code .spec.replicas}. */
    public record Scale(String specReplicas, String statusReplicas, Optional<String> labelSelector) {}

    /** @param path such as {@code .status.phase} */
    public record PrinterColumn(
            String name, String type, String format, String description, int priority, String path) {}

    private CustomVersion(JsonNode version, Supplier<JsonNode> schema, boolean keepsUnknown) {
        name = text(version, "name");
        served = version.path("served").asBoolean(false);
        stored = version.path("storage").asBoolean(false);
        deprecation = version.path("deprecated").asBoolean(false)
                ? Optional.of(text(version, "deprecationWarning"))
                : Optional.empty();
        var subresources = version.path("subresources");
        status = subresources.path("status").isObject();
        var scaling = subresources.path("scale");
        scale = scaling.isObject()
                ? Optional.of(new Scale(
                        text(scaling, "specReplicasPath"),
                        text(scaling, "statusReplicasPath"),
                        Optional.of(text(scaling, "labelSelectorPath")).filter(p -> !p.isEmpty())))
                : Optional.empty();
        List<PrinterColumn> printed = new ArrayList<>();
        version.path("additionalPrinterColumns")
                .forEach(c -> printed.add(new PrinterColumn(
                        text(c, "name"),
                        text(c, "type"),
                        text(c, "format"),
                        text(c, "description"),
                        c.path("priority").asInt(0),
                        text(c, "jsonPath"))));
        columns = List.copyOf(printed);
        List<String> selectable = new ArrayList<>();
        version.path("selectableFields").forEach(f -> selectable.add(text(f, "jsonPath")));
        selectableFields = List.copyOf(selectable);
        this.schema = schema;
        this.keepsUnknown = keepsUnknown;
    }

    static CustomVersion of(JsonNode version, Supplier<JsonNode> schema, boolean keepsUnknown) {
        return new CustomVersion(version, schema, keepsUnknown);
    }

    public String name() {
        return name;
    }

    public boolean served() {
        return served;
    }

    public boolean stored() {
        return stored;
    }

    /** Present if the version is deprecated; the text may be empty. */
    public Optional<String> deprecation() {
        return deprecation;
    }

    /** Whether there is {@code /status}. */
    public boolean status() {
        return status;
    }

    public Optional<Scale> scale() {
        return scale;
    }

    public List<PrinterColumn> columns() {
        return columns;
    }

    /** Paths such as {@code .spec.colour}. */
    public List<String> selectableFields() {
        return selectableFields;
    }

    /** {@code openAPIV3Schema} as it was declared; missing if there is none. */
    public JsonNode schema() {
        return schema.get();
    }

    /** Whether the definition is one of the old sort, which keeps every field. */
    public boolean keepsUnknown() {
        return keepsUnknown;
    }

    /** The schema to prune, default and validate by. */
    public Structural structural() {
        var reference = structural;
        var known = reference == null ? null : reference.get();
        if (known == null) {
            var declared = schema.get();
            known = declared.isObject() && !keepsUnknown ? Structural.of(declared) : Structural.anything();
            structural = new SoftReference<>(known);
        }
        return known;
    }
}
