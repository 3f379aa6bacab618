package dev.navarch.apiserver.registry;

import dev.navarch.api.FieldError;
import dev.navarch.api.SubresourceType;
import dev.navarch.apiserver.ApiFailure;
import dev.navarch.apiserver.ApiRequest;
import dev.navarch.apiserver.ApiResponse;
import dev.navarch.apiserver.TokenIssuer;
import dev.navarch.apiserver.TokenIssuer.BoundObject;
import dev.navarch.apiserver.TokenIssuer.TokenSpec;
import dev.navarch.apiserver.tree.Meta;
import dev.navarch.apiserver.tree.Tree;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/**
 * Tokens of service accounts: the {@code token} subresource (source: kubernetes
 * pkg/registry/core/serviceaccount/storage/token.go; pkg/apis/authentication/validation).
 */
final class Tokens {
    private static final long DEFAULT_SECONDS = 3_600;
    private static final long LEAST_SECONDS = 600;
    private static final long MOST_SECONDS = 1L << 32;

    private final Objects objects;
    private final Bodies bodies;
    private final TokenIssuer issuer;

    Tokens(Objects objects, Bodies bodies, TokenIssuer issuer) {
        this.objects = objects;
        this.bodies = bodies;
        this.issuer = issuer;
    }

    ApiResponse create(ApiRequest request, ServedResource accounts, SubresourceType type) {
        var form = Negotiated.of(request);
        var info = request.info();
        var options = WriteOptions.of(request.query(), "CreateOptions");
        List<String> warnings = new ArrayList<>();
        var body = bodies.read(request, type, options.fieldValidation(), warnings);
        var account = objects.read("", "serviceaccounts", info.namespace(), info.name())
                .orElseThrow(() -> accounts.notFound(info.name()));
        var spec = Tree.childObject(body, "spec");
        long seconds = Tree.number(spec, DEFAULT_SECONDS, "expirationSeconds");
        refuseBadLifetime(seconds);
        var token = issuer.issue(new TokenSpec(
                info.namespace(),
                info.name(),
                Meta.uid(account),
                Tree.strings(spec, "audiences"),
                Duration.ofSeconds(seconds),
                bound(spec, info.namespace()),
                Optional.empty()));
        body.putObject("metadata")
                .put("name", info.name())
                .put("namespace", info.namespace())
                .put("creationTimestamp", Meta.time(token.issuedAt()));
        spec.set("audiences", Tree.arrayOf(token.audiences()));
        spec.put("expirationSeconds", seconds);
        if (!spec.has("boundObjectRef")) {
            spec.putNull("boundObjectRef");
        }
        body.remove("status");
        body.putObject("status").put("token", token.token()).put("expirationTimestamp", Meta.time(token.expiresAt()));
        return Renderer.document(201, form, body, WriteVerbs.warningHeaders(warnings));
    }

    private static void refuseBadLifetime(long seconds) {
        var field = "spec.expirationSeconds";
        if (seconds < LEAST_SECONDS) {
            throw refuse(FieldError.invalid(field, seconds, "may not specify a duration less than 10 minutes"));
        }
        if (seconds > MOST_SECONDS) {
            throw refuse(FieldError.invalid(field, seconds, "may not specify a duration larger than 2^32 seconds"));
        }
    }

    private static ApiFailure refuse(FieldError error) {
        return ServedResource.invalid("authentication.k8s.io", "TokenRequest", "", List.of(error));
    }

    private Optional<BoundObject> bound(ObjectNode spec, String namespace) {
        var reference = Tree.at(spec, "boundObjectRef");
        if (!Tree.has(reference)) {
            return Optional.empty();
        }
        var kind = Tree.text(reference, "kind");
        var name = Tree.text(reference, "name");
        var found = switch (kind) {
            case "Pod" -> existing("pods", namespace, name);
            case "Secret" -> existing("secrets", namespace, name);
            case "Node" -> existing("nodes", "", name);
            default ->
                throw ApiFailure.badRequest("cannot bind token for serviceaccount to object of type "
                        + Tree.text(reference, "apiVersion") + ", Kind=" + kind);
        };
        var wanted = Tree.text(reference, "uid");
        if (!wanted.isEmpty() && !wanted.equals(Meta.uid(found))) {
            throw ApiFailure.conflict(
                    "",
                    kind.toLowerCase(Locale.ROOT) + "s",
                    name,
                    "the UID in the bound object reference (" + wanted
                            + ") does not match the UID in record. The object"
                            + " might have been deleted and then recreated");
        }
        return Optional.of(new BoundObject(kind, name, Meta.uid(found)));
    }

    private ObjectNode existing(String resource, String namespace, String name) {
        return objects.read("", resource, namespace, name).orElseThrow(() -> ApiFailure.notFound("", resource, name));
    }
}
