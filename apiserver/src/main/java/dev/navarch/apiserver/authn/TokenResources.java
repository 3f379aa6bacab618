package dev.navarch.apiserver.authn;

import dev.navarch.apiserver.authn.TokenIssuer.BoundObject;
import dev.navarch.apiserver.authn.TokenIssuer.TokenSpec;
import dev.navarch.apiserver.following.ObjectReader;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.ApiRequest;
import dev.navarch.apiserver.request.Status.Cause;
import dev.navarch.apiserver.request.TokenVerifier;
import dev.navarch.apiserver.request.TokenVerifier.InvalidTokenException;
import dev.navarch.apiserver.request.User;
import dev.navarch.apiserver.request.VirtualResource;
import dev.navarch.time.TimeSource;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Tokens on request, and the questions whose a token is and who am I. Source: k8s.io/kubernetes
 * pkg/registry/core/serviceaccount/storage/token.go, pkg/registry/authentication.
 */
public final class TokenResources {
    private static final String GROUP = "authentication.k8s.io";
    private static final long DEFAULT_SECONDS = 3_600;
    /** What admission asks for in pods; nobody else would (source: pkg/serviceaccount/claims.go). */
    private static final long OF_ADMISSION = 3_607;

    private static final Duration EXTENDED = Duration.ofDays(365);
    private static final long MIN_SECONDS = 600;
    private static final long MAX_SECONDS = 1L << 32;

    private final ServiceAccountTokens issuer;
    private final TokenVerifier verifier;
    private final AuthenticationSettings settings;
    private final ObjectReader objects;
    private final TimeSource time;

    /** @param settings how long tokens live */
    public TokenResources(
            ServiceAccountTokens issuer,
            TokenVerifier verifier,
            AuthenticationSettings settings,
            ObjectReader objects,
            TimeSource time) {
        this.issuer = issuer;
        this.verifier = verifier;
        this.settings = settings;
        this.objects = objects;
        this.time = time;
    }

    public Map<VirtualResource.Target, VirtualResource> resources() {
        return Map.of(
                new VirtualResource.Target("", "serviceaccounts", "token"), this::request,
                new VirtualResource.Target(GROUP, "tokenreviews"), this::review,
                new VirtualResource.Target(GROUP, "selfsubjectreviews"), this::self);
    }

    private ObjectNode request(ApiRequest request, ObjectNode body) {
        var namespace = request.info().namespace();
        var name = request.info().name();
        var account = objects.read("", "serviceaccounts", namespace, name)
                .orElseThrow(() -> ApiFailure.notFound("", "serviceaccounts", name));
        var uid = account.path("metadata").path("uid").asString("");
        var wantedUid = body.path("metadata").path("uid").asString("");
        if (!wantedUid.isEmpty() && !wantedUid.equals(uid)) {
            throw ApiFailure.conflict(
                    "",
                    "serviceaccounts",
                    name,
                    "the UID in the token request (" + wantedUid + ") does not match the UID of the service account ("
                            + uid + ")");
        }
        var spec = body.path("spec");
        long seconds = spec.path("expirationSeconds").asLong(DEFAULT_SECONDS);
        validate(name, seconds);

        var reference = spec.path("boundObjectRef");
        Optional<BoundObject> bound = Optional.empty();
        Optional<BoundObject> node = Optional.empty();
        if (reference.isObject()) {
            var kind = reference.path("kind").asString("");
            var found = boundObject(namespace, name, kind, reference);
            bound = Optional.of(found.reference());
            if (kind.equals("Pod")) {
                node = nodeOf(found.object());
            }
        }
        var audiences = strings(spec.path("audiences"));
        var wanted = min(Duration.ofSeconds(seconds), settings.longestToken());
        boolean extended = settings.extendTokens()
                && seconds == OF_ADMISSION
                && bound.filter(to -> to.kind().equals("Pod")).isPresent()
                && issuer.ownAudiences().containsAll(audiences);
        var issued = issuer.issue(new TokenSpec(
                namespace,
                name,
                uid,
                audiences,
                extended ? EXTENDED : wanted,
                bound,
                node,
                extended ? Optional.of(wanted) : Optional.empty()));

        var meta = body.path("metadata") instanceof ObjectNode given ? given : body.putObject("metadata");
        meta.put("name", name);
        meta.put("namespace", namespace);
        meta.put("creationTimestamp", time.now().truncatedTo(ChronoUnit.SECONDS).toString());
        var answer = body.path("spec") instanceof ObjectNode given ? given : body.putObject("spec");
        var meantFor = answer.putArray("audiences");
        issued.audiences().forEach(meantFor::add);
        if (!answer.has("boundObjectRef")) {
            answer.putNull("boundObjectRef");
        }
        answer.put("expirationSeconds", wanted.toSeconds());
        var status = body.putObject("status");
        status.put("token", issued.token());
        // one that is extended is still to be asked for anew when the time is over that was asked for
        var until = extended ? time.now().plus(wanted).truncatedTo(ChronoUnit.SECONDS) : issued.expiresAt();
        status.put("expirationTimestamp", until.toString());
        return body;
    }

    private static Duration min(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }

    /** Source: k8s.io/kubernetes pkg/apis/authentication/validation/validation.go. */
    private static void validate(String name, long seconds) {
        List<Cause> causes = new ArrayList<>();
        if (seconds < MIN_SECONDS) {
            causes.add(new Cause(
                    "FieldValueInvalid",
                    "Invalid value: " + seconds + ": may not specify a duration less than 10 minutes",
                    "spec.expirationSeconds"));
        }
        if (seconds > MAX_SECONDS) {
            causes.add(new Cause(
                    "FieldValueInvalid",
                    "Invalid value: " + seconds + ": may not specify a duration larger than 2^32 seconds",
                    "spec.expirationSeconds"));
        }
        if (!causes.isEmpty()) {
            throw ApiFailure.invalid(GROUP, "TokenRequest", name, causes);
        }
    }

    private record Found(ObjectNode object, BoundObject reference) {}

    private Found boundObject(String namespace, String account, String kind, JsonNode reference) {
        var resource = switch (kind) {
            case "Pod" -> "pods";
            case "Secret" -> "secrets";
            case "Node" -> "nodes";
            default ->
                throw ApiFailure.badRequest("cannot bind token for serviceaccount \"" + account + "\" to "
                        + reference.path("apiVersion").asString("") + ", Kind=" + kind
                        + ": unsupported object kind");
        };
        var name = reference.path("name").asString("");
        var object = objects.read("", resource, kind.equals("Node") ? "" : namespace, name)
                .orElseThrow(() -> ApiFailure.notFound("", resource, name));
        var uid = object.path("metadata").path("uid").asString("");
        var wanted = reference.path("uid").asString("");
        if (!wanted.isEmpty() && !wanted.equals(uid)) {
            throw ApiFailure.conflict(
                    "",
                    resource,
                    name,
                    "the UID in the bound object reference (" + wanted
                            + ") does not match the UID in record. The object"
                            + " might have been deleted and then recreated");
        }
        if (kind.equals("Pod")
                && !object.path("spec").path("serviceAccountName").asString("").equals(account)) {
            throw ApiFailure.badRequest("cannot bind token for serviceaccount \"" + account
                    + "\" to pod running with different serviceaccount name.");
        }
        return new Found(object, new BoundObject(kind, name, uid));
    }

    private Optional<BoundObject> nodeOf(ObjectNode pod) {
        var name = pod.path("spec").path("nodeName").asString("");
        if (name.isEmpty()) {
            return Optional.empty();
        }
        var uid = objects.read("", "nodes", "", name)
                .map(node -> node.path("metadata").path("uid").asString(""))
                .orElse("");
        return Optional.of(new BoundObject("Node", name, uid));
    }

    private ObjectNode review(ApiRequest request, ObjectNode body) {
        var spec = body.path("spec");
        var token = spec.path("token").asString("");
        if (token.isEmpty()) {
            throw ApiFailure.badRequest("token is required for TokenReview in authentication");
        }
        var audiences = strings(spec.path("audiences"));
        var status = body.putObject("status");
        try {
            var verified = verifier.verify(token, audiences);
            if (verified.isPresent()) {
                status.put("authenticated", true);
                user(status.putObject("user"), verified.get().user());
                var common = status.putArray("audiences");
                verified.get().audiences().forEach(common::add);
            } else {
                status.put("error", "invalid bearer token");
            }
        } catch (InvalidTokenException e) {
            status.put("error", "[invalid bearer token, " + e.getMessage() + "]");
        }
        return body;
    }

    private ObjectNode self(ApiRequest request, ObjectNode body) {
        if (body.path("metadata") instanceof ObjectNode meta) {
            meta.put(
                    "creationTimestamp",
                    time.now().truncatedTo(ChronoUnit.SECONDS).toString());
        } else {
            body.putObject("metadata")
                    .put(
                            "creationTimestamp",
                            time.now().truncatedTo(ChronoUnit.SECONDS).toString());
        }
        user(body.putObject("status").putObject("userInfo"), request.user());
        return body;
    }

    private static void user(ObjectNode node, User user) {
        node.put("username", user.name());
        if (!user.uid().isEmpty()) {
            node.put("uid", user.uid());
        }
        var groups = node.putArray("groups");
        user.groups().forEach(groups::add);
        if (!user.extra().isEmpty()) {
            var extra = node.putObject("extra");
            new TreeMap<>(user.extra()).forEach((key, values) -> {
                var array = extra.putArray(key);
                values.forEach(array::add);
            });
        }
    }

    private static List<String> strings(JsonNode array) {
        return array.valueStream().map(JsonNode::asString).toList();
    }
}
