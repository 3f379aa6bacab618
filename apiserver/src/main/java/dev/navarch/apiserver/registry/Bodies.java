package dev.navarch.apiserver.registry;

import dev.navarch.api.BadBodyException;
import dev.navarch.api.BodyFormat;
import dev.navarch.api.Decoded;
import dev.navarch.api.GroupVersion;
import dev.navarch.api.ObjectDecoder;
import dev.navarch.api.ObjectSchema;
import dev.navarch.api.ResourceType;
import dev.navarch.api.SubresourceType;
import dev.navarch.apiserver.ApiFailure;
import dev.navarch.apiserver.ApiRequest;
import dev.navarch.apiserver.registry.WriteOptions.FieldValidation;
import dev.navarch.apiserver.tree.Tree;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads the bodies of requests (source of the messages: k8s.io/apiserver pkg/endpoints/handlers/create.go and rest.go,
 * transformDecodeError).
 */
final class Bodies {
    private final ObjectDecoder decoder = new ObjectDecoder();

    /** What a body must be. */
    private record Expected(GroupVersion groupVersion, String kind) {}

    ObjectNode read(ApiRequest request, ResourceType type, FieldValidation validation, List<String> warnings) {
        var expected = new Expected(type.groupVersion(), type.kind());
        return checked(request, expected, decode(request, type.schema(), expected), validation, warnings);
    }

    ObjectNode read(ApiRequest request, SubresourceType type, FieldValidation validation, List<String> warnings) {
        var expected = new Expected(type.groupVersion(), type.kind());
        return checked(request, expected, decode(request, type.schema(), expected), validation, warnings);
    }

    /** An object that the server made of a patch. */
    Decoded decode(byte[] json, ObjectSchema schema) {
        return decoder.decode(json, BodyFormat.JSON, schema);
    }

    private Decoded decode(ApiRequest request, ObjectSchema schema, Expected expected) {
        try {
            return decoder.decode(request.body(), format(request), schema);
        } catch (BadBodyException e) {
            throw ApiFailure.badRequest(
                    e.getMessage().startsWith("json: cannot unmarshal")
                            ? cannotBeHandled(expected.kind, expected, e.getMessage())
                            : "the object provided is unrecognized (must be of type " + expected.kind + "): "
                                    + e.getMessage());
        }
    }

    private static String cannotBeHandled(String kind, Expected expected, String why) {
        return kind + " in version \"" + expected.groupVersion.version() + "\" cannot be handled as a " + expected.kind
                + ": " + why;
    }

    private static ObjectNode checked(
            ApiRequest request, Expected expected, Decoded decoded, FieldValidation validation, List<String> warnings) {
        var tree = decoded.tree();
        var kind = Tree.text(tree, "kind");
        var apiVersion = Tree.text(tree, "apiVersion");
        if (!apiVersion.isEmpty() && !apiVersion.equals(expected.groupVersion.apiVersion())) {
            throw ApiFailure.badRequest("the API version in the data (" + apiVersion
                    + ") does not match the expected API version (" + expected.groupVersion.apiVersion() + ")");
        }
        if (!kind.isEmpty() && !kind.equals(expected.kind)) {
            throw ApiFailure.badRequest(cannotBeHandled(
                    kind, expected, "the kind in the data does not match the expected kind " + expected.kind));
        }
        var wrong = decoded.strictErrors();
        if (!wrong.isEmpty()) {
            switch (validation) {
                case STRICT ->
                    throw ApiFailure.badRequest(cannotBeHandled(
                            expected.kind, expected, "strict decoding error: " + String.join(", ", wrong)));
                case WARN -> warnings.addAll(wrong);
                case IGNORE -> {}
            }
        }
        tree.put("kind", expected.kind);
        tree.put("apiVersion", expected.groupVersion.apiVersion());
        return tree;
    }

    /** @throws ApiFailure 415 if the body is in a form that is not read here */
    static BodyFormat format(ApiRequest request) {
        var type = request.header("Content-Type", "");
        if (type.isEmpty()) {
            return BodyFormat.JSON;
        }
        return switch (MediaType.of(type).type()) {
            case "application/json" -> BodyFormat.JSON;
            case "application/yaml" -> BodyFormat.YAML;
            default -> throw ApiFailure.unsupportedMediaType(Negotiated.MEDIA_TYPES);
        };
    }
}
