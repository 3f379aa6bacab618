package dev.navarch.apiserver.match;

import dev.navarch.apiserver.admission.AdmissionRequest;
import dev.navarch.apiserver.request.Authorizer;
import dev.navarch.apiserver.request.RequestInfo;
import dev.navarch.apiserver.request.Selectors;
import dev.navarch.apiserver.request.User;
import dev.navarch.apiserver.tree.Tree;
import dev.navarch.cel.Expression.Bindings;
import dev.navarch.cel.Values;
import dev.navarch.cel.library.AuthorizerLibrary;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A write as expressions see it, at one version. What no expression names is not made; what one has named is kept for the
 * others. For one thread (source: k8s.io/apiserver pkg/admission/plugin/cel/activation.go).
 */
public final class RequestView implements Bindings {
    private static final Object NULL = Values.absent();
    private static final List<String> NAMESPACE_META = List.of(
            "name",
            "generateName",
            "namespace",
            "uid",
            "resourceVersion",
            "generation",
            "creationTimestamp",
            "deletionTimestamp",
            "deletionGracePeriodSeconds",
            "labels",
            "annotations",
            "finalizers");

    private final AdmissionRequest request;
    private final String apiVersion;
    private final Authorizer authorizer;
    private final Map<String, Object> made = new HashMap<>();

    /** @param authorizer answers what expressions ask about the user's rights */
    public RequestView(AdmissionRequest request, String apiVersion, Authorizer authorizer) {
        this.request = request;
        this.apiVersion = apiVersion;
        this.authorizer = authorizer;
    }

    /** Nothing of the parameters and the namespace that policies have. */
    @Override
    public @Nullable Object get(String variable) {
        var known = made.get(variable);
        if (known == null) {
            known = make(variable);
            if (known != null) {
                made.put(variable, known);
            }
        }
        return known;
    }

    /**
     * The same with what policies have beside the request.
     *
     * @param params null for none
     * @param namespace of the object; null for none
     */
    public Bindings with(@Nullable ObjectNode params, @Nullable ObjectNode namespace) {
        return variable -> switch (variable) {
            case RequestVariables.PARAMS -> params == null ? NULL : Values.of(params);
            case RequestVariables.NAMESPACE ->
                namespace == null ? NULL : Values.of(shown(namespace), RequestVariables.NAMESPACE_TYPE);
            default -> get(variable);
        };
    }

    private @Nullable Object make(String variable) {
        return switch (variable) {
            case RequestVariables.OBJECT -> object(request.object());
            case RequestVariables.OLD_OBJECT -> object(request.old());
            case RequestVariables.REQUEST ->
                Values.of(ReviewedRequest.of(request, apiVersion), RequestVariables.REQUEST_TYPE);
            case RequestVariables.NAMESPACE, RequestVariables.PARAMS -> NULL;
            case RequestVariables.AUTHORIZER -> new Questions(authorizer, request.user());
            case RequestVariables.REQUEST_RESOURCE ->
                AuthorizerLibrary.Question.ofResource(
                        new Questions(authorizer, request.user()),
                        request.group(),
                        request.resource(),
                        request.subresource(),
                        request.namespace(),
                        request.name());
            default -> null;
        };
    }

    private Object object(Optional<ObjectNode> object) {
        var versions = request.admitted().versions();
        return object.map(o -> Values.of(versions.convert(o, versions.stored(), apiVersion)))
                .orElse(NULL);
    }

    /** What policies may know of a namespace (source: .../cel/condition.go, CreateNamespaceObject). */
    private static ObjectNode shown(ObjectNode namespace) {
        var shown = Tree.object();
        var meta = shown.putObject("metadata");
        for (var field : NAMESPACE_META) {
            copy(Tree.at(namespace, "metadata"), meta, field);
        }
        copy(namespace, shown, "spec");
        copy(namespace, shown, "status");
        return shown;
    }

    private static void copy(JsonNode from, ObjectNode to, String field) {
        if (Tree.has(from, field)) {
            to.set(field, from.get(field));
        }
    }

    /** What expressions ask of the cluster's authorizer. */
    private record Questions(Authorizer authorizer, User user) implements AuthorizerLibrary.Authorizer {
        @Override
        public AuthorizerLibrary.Decision decide(AuthorizerLibrary.Question question) {
            var info = question.path().isEmpty()
                    ? new RequestInfo(
                            true,
                            question.verb(),
                            question.group(),
                            "*",
                            question.resource(),
                            question.subresource(),
                            question.namespace(),
                            question.name(),
                            "",
                            Selectors.of(question.fieldSelector(), question.labelSelector()))
                    : RequestInfo.nonResource(question.verb(), question.path());
            var decision = authorizer.authorize(user, info);
            return new AuthorizerLibrary.Decision(
                    decision.allowed(), decision.reason(), decision.allowed() ? "" : decision.evaluationError());
        }

        @Override
        public AuthorizerLibrary.Authorizer serviceAccount(String namespace, String name) {
            return new Questions(authorizer, User.serviceAccount(namespace, name, "", Map.of()));
        }
    }
}
