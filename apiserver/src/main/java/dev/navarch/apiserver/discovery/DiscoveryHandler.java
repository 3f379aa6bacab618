package dev.navarch.apiserver.discovery;

import static java.util.Objects.requireNonNull;

import dev.navarch.api.Catalogue;
import dev.navarch.api.GroupVersion;
import dev.navarch.apiserver.ApiFailure;
import dev.navarch.apiserver.ApiRequest;
import dev.navarch.apiserver.ApiResponse;
import dev.navarch.apiserver.Headers;
import dev.navarch.apiserver.RequestHandler;
import dev.navarch.apiserver.Version;
import dev.navarch.apiserver.tree.Tree;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import tools.jackson.databind.node.ObjectNode;

/**
 * Serves {@code /api}, {@code /apis} and what lies directly below them, and {@code /openapi}. Source: k8s.io/apiserver
 * pkg/endpoints/discovery.
 */
public final class DiscoveryHandler implements RequestHandler {
    private static final String AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=%s;as=APIGroupDiscoveryList";

    private final Catalogue catalogue;
    private final OpenApiDocuments openApi;
    private final Map<String, Document> documents = new ConcurrentHashMap<>();

    public DiscoveryHandler(Catalogue catalogue) {
        this.catalogue = requireNonNull(catalogue);
        this.openApi = new OpenApiDocuments(catalogue, Version.GIT_VERSION);
    }

    /** Documents are made when first asked for, which takes its time. */
    @Override
    public boolean mayBlock(ApiRequest request) {
        return true;
    }

    @Override
    public ApiResponse handle(ApiRequest request) {
        var path = request.path();
        if (!request.method().equals("GET") && !request.method().equals("HEAD")) {
            throw ApiFailure.methodNotAllowed();
        }
        if (path.startsWith("/openapi/")) {
            return openApi.answer(request);
        }
        var parts = List.of((path.endsWith("/") ? path.substring(0, path.length() - 1) : path)
                .substring(1)
                .split("/"));
        return switch (parts.getFirst()) {
            case String s when s.equals("api") && parts.size() == 1 -> root(request, "api");
            case String s
            when s.equals("api") && parts.size() == 2 -> resources(request, new GroupVersion("", parts.get(1)));
            case String s when s.equals("apis") && parts.size() == 1 -> root(request, "apis");
            case String s when s.equals("apis") && parts.size() == 2 -> group(request, parts.get(1));
            case String s
            when s.equals("apis") && parts.size() == 3 ->
                resources(request, new GroupVersion(parts.get(1), parts.get(2)));
            default -> ApiResponse.text(404, "404 page not found\n");
        };
    }

    private ApiResponse root(ApiRequest request, String root) {
        var version = aggregatedVersion(request.header("Accept", ""));
        if (version.isPresent()) {
            var groups = root.equals("api") ? List.of("") : PlainDiscovery.groups(catalogue);
            return document(
                            root + " " + version.get(),
                            AGGREGATED.formatted(version.get()),
                            () -> AggregatedDiscovery.of(catalogue, groups, version.get()))
                    .answer(request, Headers.EMPTY);
        }
        return plain(
                request,
                root,
                () -> root.equals("api")
                        ? PlainDiscovery.versions(request.header("Host", "localhost"))
                        : PlainDiscovery.groupList(catalogue));
    }

    /** The newest version of the one document that the client takes; empty if it wants the plain ones. */
    private static Optional<String> aggregatedVersion(String accept) {
        for (var clause : accept.split(",")) {
            var compact = clause.replace(" ", "");
            if (compact.startsWith("application/json") && compact.contains("as=APIGroupDiscoveryList")) {
                if (compact.contains("v=v2beta1")) {
                    return Optional.of("v2beta1");
                }
                if (compact.contains("v=v2")) {
                    return Optional.of("v2");
                }
            } else if (compact.equals("application/json")) {
                return Optional.empty();
            }
        }
        return Optional.empty();
    }

    private ApiResponse group(ApiRequest request, String group) {
        if (!PlainDiscovery.groups(catalogue).contains(group)) {
            return ApiResponse.text(404, "404 page not found\n");
        }
        return plain(request, "apis/" + group, () -> PlainDiscovery.group(catalogue, group));
    }

    private ApiResponse resources(ApiRequest request, GroupVersion version) {
        if (!catalogue.groupVersions().contains(version)) {
            return ApiResponse.text(404, "404 page not found\n");
        }
        return plain(request, version.urlPrefix(), () -> PlainDiscovery.resources(catalogue, version));
    }

    private ApiResponse plain(ApiRequest request, String name, Maker maker) {
        return document(name, ApiResponse.JSON, maker).answer(request, Headers.EMPTY);
    }

    private interface Maker {
        ObjectNode make();
    }

    private Document document(String name, String contentType, Maker maker) {
        return documents.computeIfAbsent(name, _ -> Document.of(contentType, Tree.json(maker.make())));
    }
}
