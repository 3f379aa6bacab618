package dev.navarch.apiserver.discovery;

import dev.navarch.api.Catalogue;
import dev.navarch.api.openapi.OpenApi;
import dev.navarch.apiserver.ApiFailure;
import dev.navarch.apiserver.ApiRequest;
import dev.navarch.apiserver.ApiResponse;
import dev.navarch.apiserver.Headers;
import dev.navarch.apiserver.wire.MediaType;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Serves {@code /openapi/v2} and {@code /openapi/v3} (source: k8s.io/kube-openapi pkg/handler and pkg/handler3). */
final class OpenApiDocuments {
    private static final String V2 = "/openapi/v2";
    private static final String V3 = "/openapi/v3";
    private static final Set<String> V2_PROTOBUF = Set.of(OpenApi.V2_PROTOBUF, OpenApi.V2_PROTOBUF_ANSWER);
    private static final Set<String> V3_PROTOBUF = Set.of(OpenApi.V3_PROTOBUF, OpenApi.V3_PROTOBUF_ANSWER);
    private static final Set<String> JSON = Set.of(ApiResponse.JSON, "application/*", "*/*");

    private final Catalogue catalogue;
    private final String version;
    private volatile @Nullable OpenApi made;
    private final Map<String, Document> documents = new ConcurrentHashMap<>();

    OpenApiDocuments(Catalogue catalogue, String version) {
        this.catalogue = catalogue;
        this.version = version;
    }

    /** Made when first asked for: a server that starts has better things to do. Two threads may both; that is no harm. */
    private OpenApi openApi() {
        var there = made;
        if (there == null) {
            there = new OpenApi(catalogue, version);
            made = there;
        }
        return there;
    }

    ApiResponse answer(ApiRequest request) {
        var path = request.path();
        if (path.equals(V2)) {
            return wantsProtobuf(request, V2_PROTOBUF)
                    ? document(
                                    "v2 protobuf",
                                    OpenApi.V2_PROTOBUF_ANSWER,
                                    () -> openApi().v2Protobuf())
                            .answer(request, Headers.EMPTY)
                    : document("v2", ApiResponse.JSON, () -> openApi().v2Json()).answer(request, Headers.EMPTY);
        }
        if (path.equals(V3) || path.equals(V3 + "/")) {
            return document("v3", ApiResponse.JSON, () -> openApi().v3Index()).answer(request, Headers.EMPTY);
        }
        return path.startsWith(V3 + "/") ? version3(request, path.substring(V3.length() + 1)) : notFound();
    }

    private ApiResponse version3(ApiRequest request, String name) {
        Optional<String> hash = openApi().v3Hash(name);
        if (hash.isEmpty()) {
            return notFound();
        }
        var document = wantsProtobuf(request, V3_PROTOBUF)
                ? document(
                        "v3 protobuf " + name,
                        OpenApi.V3_PROTOBUF_ANSWER,
                        () -> openApi().v3Protobuf(name).orElseThrow(ApiFailure::unknownResource))
                : document(
                        "v3 " + name,
                        ApiResponse.JSON,
                        () -> openApi().v3Json(name).orElseThrow(ApiFailure::unknownResource));
        var wanted = request.query().value("hash");
        if (wanted.isEmpty()) {
            return document.answer(request, Headers.EMPTY);
        }
        if (!wanted.equals(hash.get())) {
            var location = V3 + "/" + name + "?hash=" + hash.get();
            return new ApiResponse.Whole(301, "", Headers.of("Location", location));
        }
        return document.answer(request, Headers.of("Cache-Control", "public, immutable"));
    }

    /** The best of the forms that the client lists and that are made here decides. */
    private static boolean wantsProtobuf(ApiRequest request, Set<String> protobuf) {
        var accept = request.header("Accept", "");
        if (accept.isEmpty()) {
            return false;
        }
        for (var clause : MediaType.list(accept)) {
            if (protobuf.contains(clause.type())) {
                return true;
            }
            if (JSON.contains(clause.type())) {
                return false;
            }
        }
        throw ApiFailure.notAcceptable(List.of(ApiResponse.JSON));
    }

    private Document document(String name, String contentType, Supplier<byte[]> bytes) {
        return documents.computeIfAbsent(name, _ -> Document.of(contentType, bytes.get()));
    }

    private static ApiResponse notFound() {
        return ApiResponse.text(404, "404 page not found\n");
    }
}
