package dev.navarch.apiserver.registry;

import dev.navarch.api.BadBodyException;
import dev.navarch.api.BodyFormat;
import dev.navarch.api.Decoded;
import dev.navarch.api.GroupVersion;
import dev.navarch.api.ObjectDecoder;
import dev.navarch.api.ObjectSchema;
import dev.navarch.api.ResourceType;
import dev.navarch.api.SubresourceType;
import dev.navarch.apiserver.registry.WriteOptions.FieldValidation;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.ApiRequest;
import dev.navarch.apiserver.wire.MediaType;
import java.util.List;
import java.util.function.Supplier;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads the bodies of requests (source of the messages: k8s.io/apiserver pkg/endpoints/handlers/create.go and rest.go,
 * transformDecodeError).
 */
final class Bodies {
    private static final List<String> READ =
            List.of("application/json", "application/yaml", "application/vnd.kubernetes.protobuf");

    private final ObjectDecoder decoder = new ObjectDecoder();

    ObjectNode read(ApiRequest request, ResourceType type, FieldValidation validation, List<String> warnings) {
        return read(
                () -> decoder.decode(request.body(), format(request), type),
                type.kind(),
                type.groupVersion(),
                validation,
                warnings);
    }

    ObjectNode read(ApiRequest request, SubresourceType type, FieldValidation validation, List<String> warnings) {
        return read(
                () -> decoder.decode(request.body(), format(request), type),
                type.kind(),
                type.groupVersion(),
                validation,
                warnings);
    }

    private static ObjectNode read(
            Supplier<Decoded> body,
            String kind,
            GroupVersion version,
            FieldValidation validation,
            List<String> warnings) {
        try {
            return checked(kind, version, body.get(), validation, warnings);
        } catch (BadBodyException e) {
            throw ApiFailure.badRequest(e.getMessage());
        }
    }

    /** Makes what came of a patch conform to a schema. */
    Decoded conform(ObjectNode tree, ObjectSchema schema) {
        return decoder.conform(tree, schema);
    }

    /** An object as it was sent. */
    Decoded untyped(byte[] body) {
        return decoder.decodeUntyped(body);
    }

    private static ObjectNode checked(
            String kind, GroupVersion version, Decoded decoded, FieldValidation validation, List<String> warnings) {
        var wrong = decoded.strictErrors();
        if (!wrong.isEmpty()) {
            switch (validation) {
                case STRICT ->
                    throw ApiFailure.badRequest(kind + " in version \"" + version.version()
                            + "\" cannot be handled as a " + kind + ": strict decoding error: "
                            + String.join(", ", wrong));
                case WARN -> warnings.addAll(decoded.warnings());
                case IGNORE -> {}
            }
        }
        return decoded.tree();
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
            case "application/vnd.kubernetes.protobuf" -> BodyFormat.PROTOBUF;
            default -> throw ApiFailure.unsupportedMediaType(READ);
        };
    }
}
