package dev.navarch.apiserver.registry;

import dev.navarch.api.values.FieldSelector;
import dev.navarch.api.values.LabelSelector;
import dev.navarch.api.values.SelectorException;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.ApiRequest;
import dev.navarch.apiserver.request.ApiResponse;
import dev.navarch.apiserver.request.Headers;
import dev.navarch.apiserver.tree.Meta;
import dev.navarch.apiserver.tree.Tree;
import dev.navarch.apiserver.wire.Negotiated;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import tools.jackson.databind.node.ObjectNode;

/**
 * How the parts of the control plane are, which is asked for and nowhere stored (source: kubernetes
 * pkg/registry/core/componentstatus/rest.go).
 */
final class ComponentStatuses {
    private static final String KIND = "ComponentStatus";

    private final Map<String, Supplier<Optional<String>>> checks;

    /** @param checks by the parts' names, what is wrong with each; empty if it is well */
    ComponentStatuses(Map<String, Supplier<Optional<String>>> checks) {
        this.checks = new TreeMap<>(checks);
    }

    boolean serves(ServedResource resource) {
        return resource.is("", "componentstatuses");
    }

    ApiResponse serve(ApiRequest request, Renderer renderer, ServedResource resource) {
        var form = Negotiated.of(request);
        var name = request.info().name();
        return switch (request.info().verb()) {
            case "get" -> {
                if (!checks.containsKey(name)) {
                    throw resource.notFound(name);
                }
                yield renderer.tree(200, request, form, resource, status(name), Headers.EMPTY);
            }
            case "list" -> renderer.trees(request, form, resource, selected(request), Tree.object());
            default -> throw ApiFailure.methodNotAllowed();
        };
    }

    private List<ObjectNode> selected(ApiRequest request) {
        try {
            var labels = LabelSelector.parse(request.query().value("labelSelector"));
            var fields = FieldSelector.parse(request.query().value("fieldSelector"));
            return checks.keySet().stream()
                    .map(this::status)
                    .filter(status -> labels.matchesObject(status)
                            && fields.matches(f -> f.equals("metadata.name") ? Meta.name(status) : ""))
                    .toList();
        } catch (SelectorException e) {
            throw ApiFailure.badRequest(e.getMessage());
        }
    }

    private ObjectNode status(String name) {
        var status = Tree.object().put("kind", KIND).put("apiVersion", "v1");
        Meta.of(status).put("name", name);
        var wrong = check(name);
        var condition = status.putArray("conditions").addObject().put("type", "Healthy");
        condition.put("status", wrong.isEmpty() ? "True" : "False").put("message", wrong.orElse("ok"));
        wrong.ifPresent(why -> condition.put("error", why));
        return status;
    }

    private Optional<String> check(String name) {
        try {
            return checks.getOrDefault(name, Optional::empty).get();
        } catch (RuntimeException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }
}
