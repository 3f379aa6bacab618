package dev.navarch.api.custom;

import static java.util.Objects.requireNonNull;

import dev.navarch.api.Scope;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a CustomResourceDefinition declares. Its schemas stay where the definition is kept, and are read when they are
 * needed.
 *
 * @param uid of the definition
 * @param generation counts what the definition said so far; that it is deleted, which Kubernetes counts too, is not
 *     counted here
 * @param established whether its resources are to be served
 * @param webhook {@code spec.conversion.webhook}; null where versions differ in nothing but their names
 */
public record CustomDefinition(
        String name,
        String uid,
        long generation,
        String group,
        Names names,
        Scope scope,
        List<CustomVersion> versions,
        @Nullable JsonNode webhook,
        boolean established) {

    /** The names that a definition wants, or has. */
    public record Names(
            String plural,
            String singular,
            String kind,
            String listKind,
            List<String> shortNames,
            List<String> categories) {

        /** @param names {@code spec.names} or {@code status.acceptedNames} */
        public static Names of(JsonNode names) {
            var kind = text(names, "kind");
            var listKind = text(names, "listKind");
            return new Names(
                    text(names, "plural"),
                    text(names, "singular"),
                    kind,
                    listKind.isEmpty() && !kind.isEmpty() ? kind + "List" : listKind,
                    texts(names.get("shortNames")),
                    texts(names.get("categories")));
        }
    }

    public CustomDefinition {
        requireNonNull(name);
        requireNonNull(group);
        versions = List.copyOf(versions);
    }

    /**
     * Reads a definition, which must have passed validation.
     *
     * @param schemas gives the schema of each version, by its place; missing where it has none
     */
    public static CustomDefinition of(ObjectNode definition, IntFunction<JsonNode> schemas) {
        var spec = definition.path("spec");
        var accepted = definition.path("status").path("acceptedNames");
        var names = Names.of(text(accepted, "kind").isEmpty() ? spec.path("names") : accepted);
        List<CustomVersion> versions = new ArrayList<>();
        int index = 0;
        for (var version : spec.path("versions")) {
            int at = index++;
            versions.add(CustomVersion.of(version, () -> schemas.apply(at), keepsUnknown(spec)));
        }
        var conversion = spec.path("conversion");
        return new CustomDefinition(
                definition.path("metadata").path("name").asString(""),
                definition.path("metadata").path("uid").asString(""),
                definition.path("metadata").path("generation").asLong(0)
                        - (definition.path("metadata").has("deletionTimestamp") ? 1 : 0),
                text(spec, "group"),
                names,
                text(spec, "scope").equals("Cluster") ? Scope.CLUSTER : Scope.NAMESPACED,
                versions,
                text(conversion, "strategy").equals("Webhook") ? conversion.path("webhook") : null,
                condition(definition, "Established"));
    }

    private static boolean keepsUnknown(JsonNode spec) {
        return spec.path("preserveUnknownFields").asBoolean(false);
    }

    /** Whether both are the same definition, with the same spec and the same names, in the same state. */
    public boolean saysTheSame(CustomDefinition other) {
        return uid.equals(other.uid)
                && generation == other.generation
                && established == other.established
                && names.equals(other.names);
    }

    /** Whether a condition of a definition is true. */
    public static boolean condition(JsonNode definition, String type) {
        for (var condition : definition.path("status").path("conditions")) {
            if (text(condition, "type").equals(type)) {
                return text(condition, "status").equals("True");
            }
        }
        return false;
    }

    /** The version in which objects are kept. */
    public CustomVersion storedVersion() {
        return versions.stream()
                .filter(CustomVersion::stored)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException(name + " stores no version"));
    }

    public Optional<CustomVersion> version(String version) {
        return versions.stream().filter(v -> v.name().equals(version)).findFirst();
    }

    static String text(JsonNode in, String field) {
        return in.path(field).asString("");
    }

    static List<String> texts(@Nullable JsonNode list) {
        List<String> texts = new ArrayList<>();
        if (list != null) {
            list.forEach(e -> texts.add(e.asString("")));
        }
        return List.copyOf(texts);
    }
}
