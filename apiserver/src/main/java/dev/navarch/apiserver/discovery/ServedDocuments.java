package dev.navarch.apiserver.discovery;

import static java.util.Objects.requireNonNull;

import dev.navarch.api.Catalogue;
import dev.navarch.api.GroupVersion;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.ApiRequest;
import dev.navarch.apiserver.request.ApiResponse;
import dev.navarch.apiserver.request.Headers;
import dev.navarch.apiserver.request.RequestHandler;
import dev.navarch.apiserver.tree.Tree;
import dev.navarch.apiserver.wire.Documents;
import dev.navarch.apiserver.wire.MediaType;
import dev.navarch.apiserver.wire.Negotiated;
import dev.navarch.apiserver.wire.Negotiated.Format;
import dev.navarch.apiserver.wire.Negotiated.Shape;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import tools.jackson.databind.node.ObjectNode;

/** All documents about one catalogue, each made when first asked for. */
final class ServedDocuments {
    private static final List<String> OTHER_PATHS = List.of(
            "/.well-known/openid-configuration",
            "/api",
            "/apis",
            "/apis/",
            "/healthz",
            "/livez",
            "/metrics",
            "/openapi/v2",
            "/openapi/v3",
            "/openapi/v3/",
            "/openid/v1/jwks",
            "/readyz",
            "/version");
    private static final String AGGREGATED_GROUP = "apidiscovery.k8s.io";
    private static final String AGGREGATED_KIND = "APIGroupDiscoveryList";
    private static final Set<String> AGGREGATED_VERSIONS = Set.of("v2", "v2beta1");

    private final Catalogue catalogue;
    private final Documents writer;
    private final Elsewhere elsewhere;
    private final ServedGroups groups;
    private final RequestHandler openApi;
    private final Map<String, Document> documents = new ConcurrentHashMap<>();

    /**
     * @param openApi serves what is below {@code /openapi/}
     * @param writer of trees in any form
     */
    ServedDocuments(Catalogue catalogue, Elsewhere elsewhere, RequestHandler openApi, Documents writer) {
        this.catalogue = requireNonNull(catalogue);
        this.elsewhere = requireNonNull(elsewhere);
        this.openApi = requireNonNull(openApi);
        this.writer = requireNonNull(writer);
        groups = new ServedGroups(catalogue, elsewhere);
    }

    ApiResponse answer(ApiRequest request) throws InterruptedException {
        var path = request.path();
        if (!request.method().equals("GET") && !request.method().equals("HEAD")) {
            throw ApiFailure.methodNotAllowed();
        }
        if (path.equals("/") || path.equals("/index.html")) {
            return index();
        }
        if (path.startsWith("/openapi/")) {
            return openApi.handle(request);
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

    /** What can be asked for (source: k8s.io/apiserver pkg/server/routes/index.go). */
    private ApiResponse index() {
        var paths = new TreeSet<>(OTHER_PATHS);
        for (var version : groups.all()) {
            paths.add(version.urlPrefix());
            if (!version.group().isEmpty()) {
                paths.add("/apis/" + version.group());
            }
        }
        var index = Tree.object();
        index.set("paths", Tree.arrayOf(List.copyOf(paths)));
        return writer.answer(200, new Negotiated(Format.JSON, Shape.OBJECT, "", true), index, Headers.EMPTY);
    }

    private ApiResponse root(ApiRequest request, String root) {
        var wanted = aggregated(request.header("Accept", ""));
        if (wanted.isPresent()) {
            var version = wanted.get().version;
            var shown = root.equals("api") ? List.of("") : groups.named();
            return document(
                            root,
                            wanted.get().form,
                            wanted.get().contentType(),
                            () -> AggregatedDiscovery.of(catalogue, groups, elsewhere, shown, version))
                    .answer(request, Headers.EMPTY);
        }
        return plain(
                request,
                root,
                () -> root.equals("api")
                        ? PlainDiscovery.versions(request.header("Host", "localhost"))
                        : PlainDiscovery.groupList(groups));
    }

    /** One document for all groups, as a client wants it. */
    private record Aggregated(Negotiated form, String version) {
        String contentType() {
            return form.format().mediaType() + ";g=" + AGGREGATED_GROUP + ";v=" + version + ";as=" + AGGREGATED_KIND;
        }
    }

    /** The best form of the one document that the client takes; empty if it rather wants the plain ones. */
    private static Optional<Aggregated> aggregated(String accept) {
        for (var clause : MediaType.list(accept)) {
            for (var format : Format.values()) {
                if (!clause.type().equals(format.mediaType())) {
                    continue;
                }
                if (clause.parameter("as").isEmpty()) {
                    return Optional.empty();
                }
                var version = clause.parameter("v");
                if (clause.parameter("as").equals(AGGREGATED_KIND)
                        && clause.parameter("g").equals(AGGREGATED_GROUP)
                        && AGGREGATED_VERSIONS.contains(version)) {
                    return Optional.of(new Aggregated(new Negotiated(format, Shape.OBJECT, "", false), version));
                }
            }
        }
        return Optional.empty();
    }

    private ApiResponse group(ApiRequest request, String group) {
        if (!groups.contains(group)) {
            return ApiResponse.text(404, "404 page not found\n");
        }
        return plain(request, "apis/" + group, () -> PlainDiscovery.group(groups, group));
    }

    private ApiResponse resources(ApiRequest request, GroupVersion version) {
        if (!catalogue.groupVersions().contains(version)) {
            return ApiResponse.text(404, "404 page not found\n");
        }
        return plain(request, version.urlPrefix(), () -> PlainDiscovery.resources(catalogue, version));
    }

    private ApiResponse plain(ApiRequest request, String name, Maker maker) {
        var form = Negotiated.ofDocument(request);
        return document(name, form, form.format().mediaType(), maker).answer(request, Headers.EMPTY);
    }

    private interface Maker {
        ObjectNode make();
    }

    private Document document(String name, Negotiated form, String contentType, Maker maker) {
        return documents.computeIfAbsent(name + " " + contentType + " " + form.pretty(), _ -> {
            var whole = writer.answer(200, form, maker.make(), Headers.EMPTY);
            boolean possible = contentType.startsWith(whole.contentType());
            return Document.of(
                    possible ? contentType : whole.contentType(), whole.parts().toByteArray());
        });
    }
}
