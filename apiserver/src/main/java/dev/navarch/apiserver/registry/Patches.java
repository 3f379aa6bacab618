package dev.navarch.apiserver.registry;

import dev.navarch.api.BadBodyException;
import dev.navarch.api.Decoded;
import dev.navarch.api.FieldError;
import dev.navarch.api.ObjectSchema;
import dev.navarch.api.RawJson;
import dev.navarch.api.values.GoText;
import dev.navarch.apiserver.patch.GoValue;
import dev.navarch.apiserver.patch.Patch;
import dev.navarch.apiserver.patch.PatchException;
import dev.navarch.apiserver.registry.WriteOptions.FieldValidation;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.ApiRequest;
import dev.navarch.apiserver.request.Status;
import dev.navarch.apiserver.tree.Tree;
import dev.navarch.apiserver.wire.MediaType;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Patches as they come in requests (source: k8s.io/apiserver pkg/endpoints/handlers/patch.go). */
final class Patches {
    private static final String JSON = "application/json-patch+json";
    private static final String MERGE = "application/merge-patch+json";
    private static final String APPLY = "application/apply-patch+yaml";
    private static final String STRATEGIC = "application/strategic-merge-patch+json";

    private final Bodies bodies;

    Patches(Bodies bodies) {
        this.bodies = bodies;
    }

    /** A patch of objects of one schema. */
    interface ReadPatch {
        /** @param old not changed */
        ObjectNode apply(ObjectNode old, FieldValidation validation, List<String> warnings);
    }

    /** Whether a request is one of server-side apply. */
    boolean applies(ApiRequest request) {
        return MediaType.of(request.header("Content-Type", "")).type().equals(APPLY);
    }

    /**
     * What is applied, as it was sent.
     *
     * @param reporting complains of what is given twice, as the request wants it; to be run after a successful merge
     */
    record Config(ObjectNode tree, Runnable reporting) {
        void report() {
            reporting.run();
        }
    }

    Config readConfig(ApiRequest request, FieldValidation validation, List<String> warnings) {
        Decoded decoded;
        try {
            decoded = bodies.untyped(request.body());
        } catch (BadBodyException e) {
            throw ApiFailure.badRequest("error decoding YAML: " + e.getMessage());
        }
        return new Config(decoded.tree(), () -> {
            var twice = decoded.strictErrors();
            if (twice.isEmpty()) {
                return;
            }
            switch (validation) {
                case STRICT ->
                    throw ApiFailure.badRequest(
                            "error strict decoding YAML: error converting YAML to JSON: " + String.join(", ", twice));
                case WARN -> {
                    warnings.clear();
                    warnings.addAll(decoded.warnings());
                }
                case IGNORE -> {}
            }
        });
    }

    /** What came of an apply in the form of its schema. */
    ObjectNode conforming(ObjectNode tree, ObjectSchema schema) {
        try {
            return bodies.conform(tree, schema).tree();
        } catch (BadBodyException e) {
            throw new ApiFailure(new Status(
                    "Failure",
                    "failed to convert new typed object to object: " + e.getMessage(),
                    "",
                    Optional.empty(),
                    500));
        }
    }

    /** @param schema of what is patched, which may be a part of the resource's objects */
    ReadPatch read(ApiRequest request, ServedResource resource, ObjectSchema schema) {
        var patch = parse(request, schema, resource.custom().isEmpty());
        boolean looksIntoFields = new String(request.body(), StandardCharsets.UTF_8).contains("fieldsV1");
        return (old, validation, warnings) -> {
            ObjectNode patched;
            try {
                patched = patch.apply(looksIntoFields ? (ObjectNode) RawJson.expanded(old) : old.deepCopy());
            } catch (PatchException e) {
                throw e.failure();
            }
            Decoded decoded;
            try {
                decoded = bodies.conform(patched, schema);
            } catch (BadBodyException e) {
                throw invalid(request, patched, e.getMessage());
            }
            keepKind(request, old, patched, decoded.tree());
            List<String> wrong = new ArrayList<>(patch.problems());
            wrong.addAll(decoded.strictErrors());
            if (!wrong.isEmpty()) {
                switch (validation) {
                    case STRICT ->
                        throw invalid(request, patched, "strict decoding error: " + String.join(", ", wrong));
                    case WARN -> warnings.addAll(wrong);
                    case IGNORE -> {}
                }
            }
            return decoded.tree();
        };
    }

    /** @param strategic whether the kind has what strategic patches go by, as custom resources have not */
    private static Patch parse(ApiRequest request, ObjectSchema schema, boolean strategic) {
        var type = MediaType.of(request.header("Content-Type", "")).type();
        var forms = strategic ? List.of(JSON, MERGE, STRATEGIC, APPLY) : List.of(JSON, MERGE, APPLY);
        if (!forms.contains(type)) {
            throw ApiFailure.unsupportedMediaType(forms);
        }
        try {
            return switch (type) {
                case JSON -> Patch.json(request.body());
                case MERGE -> Patch.merge(request.body());
                default -> Patch.strategic(request.body(), schema);
            };
        } catch (PatchException e) {
            throw e.failure();
        }
    }

    /**
     * A patch can't make an object one of another kind: what names none is of the same one, and what names another can't
     * be read as one of these; a strategic patch is blind to it (source: k8s.io/apiserver
     * pkg/endpoints/handlers/patch.go, applyPatchToCurrentObject).
     */
    private static void keepKind(ApiRequest request, ObjectNode old, ObjectNode patched, ObjectNode decoded) {
        var kind = Tree.text(decoded, "kind");
        var apiVersion = Tree.text(decoded, "apiVersion");
        boolean same = (kind.isEmpty() || kind.equals(Tree.text(old, "kind")))
                && (apiVersion.isEmpty() || apiVersion.equals(Tree.text(old, "apiVersion")));
        if (!same && !isStrategic(request)) {
            throw invalid(
                    request,
                    patched,
                    "no kind " + GoText.quote(kind) + " is registered for version " + GoText.quote(apiVersion)
                            + " in scheme \"pkg/api/legacyscheme/scheme.go:30\"");
        }
        for (var name : List.of("kind", "apiVersion")) {
            decoded.set(name, old.get(name));
        }
    }

    private static boolean isStrategic(ApiRequest request) {
        return MediaType.of(request.header("Content-Type", "")).type().equals(STRATEGIC);
    }

    /** What came out must still be an object of the schema. The value named is what came out, or the patch if it merges. */
    private static ApiFailure invalid(ApiRequest request, ObjectNode patched, String why) {
        var value =
                isStrategic(request) ? GoValue.of(JsonMapper.shared().readTree(request.body())) : patched.toString();
        return ServedResource.invalid("", "", "", List.of(FieldError.invalid("patch", value, why)));
    }
}
