package dev.navarch.apiserver.discovery;

import dev.navarch.api.openapi.OpenApi;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.ApiRequest;
import dev.navarch.apiserver.request.ApiResponse;
import dev.navarch.apiserver.request.Headers;
import dev.navarch.apiserver.request.Parts;
import dev.navarch.apiserver.request.RequestHandler;
import dev.navarch.apiserver.wire.MediaType;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Serves {@code /openapi/v2} and {@code /openapi/v3} (source: k8s.io/kube-openapi pkg/handler and pkg/handler3). */
final class OpenApiDocuments implements RequestHandler {
    static final String V2 = "/openapi/v2";
    static final String V3 = "/openapi/v3";
    static final Set<String> V2_PROTOBUF = Set.of(OpenApi.V2_PROTOBUF, OpenApi.V2_PROTOBUF_ANSWER);
    private static final Set<String> V3_PROTOBUF = Set.of(OpenApi.V3_PROTOBUF, OpenApi.V3_PROTOBUF_ANSWER);
    private static final Set<String> JSON = Set.of(ApiResponse.JSON, "application/*", "*/*");

    private final Supplier<OpenApi> maker;
    private volatile @Nullable OpenApi made;

    /** @param maker asked when the first document is: a server that starts has better things to do */
    OpenApiDocuments(Supplier<OpenApi> maker) {
        this.maker = maker;
    }

    /** Two threads may both make it; that is no harm. */
    OpenApi openApi() {
        var there = made;
        if (there == null) {
            there = maker.get();
            made = there;
        }
        return there;
    }

    @Override
    public ApiResponse handle(ApiRequest request) {
        var path = request.path();
        var openApi = openApi();
        if (path.equals(V2)) {
            return wantsProtobuf(request, V2_PROTOBUF)
                    ? Document.answer(
                            request,
                            Headers.EMPTY,
                            OpenApi.V2_PROTOBUF_ANSWER,
                            tag("P" + openApi.hash()),
                            () -> Parts.of(openApi.v2Protobuf()))
                    : Document.answer(
                            request,
                            Headers.EMPTY,
                            ApiResponse.JSON,
                            tag(openApi.hash()),
                            () -> Parts.of(openApi.v2Json()));
        }
        if (path.equals(V3) || path.equals(V3 + "/")) {
            return Document.of(ApiResponse.JSON, openApi.v3Index()).answer(request, Headers.EMPTY);
        }
        return path.startsWith(V3 + "/") ? version3(request, openApi, path.substring(V3.length() + 1)) : notFound();
    }

    private static String tag(String hash) {
        return '"' + hash + '"';
    }

    private static ApiResponse version3(ApiRequest request, OpenApi openApi, String name) {
        Optional<String> hash = openApi.v3Hash(name);
        if (hash.isEmpty()) {
            return notFound();
        }
        var wanted = request.query().value("hash");
        if (!wanted.isEmpty() && !wanted.equals(hash.get())) {
            var location = V3 + "/" + name + "?hash=" + hash.get();
            return new ApiResponse.Whole(301, "", Headers.of("Location", location));
        }
        var headers = wanted.isEmpty() ? Headers.EMPTY : Headers.of("Cache-Control", "public, immutable");
        return wantsProtobuf(request, V3_PROTOBUF)
                ? Document.answer(
                        request,
                        headers,
                        OpenApi.V3_PROTOBUF_ANSWER,
                        tag("P" + hash.get()),
                        () -> Parts.of(openApi.v3Protobuf(name).orElseThrow(ApiFailure::unknownResource)))
                : Document.answer(
                        request,
                        headers,
                        ApiResponse.JSON,
                        tag(hash.get()),
                        () -> Parts.of(openApi.v3Json(name).orElseThrow(ApiFailure::unknownResource)));
    }

    /** The best of the forms that the client lists and that are made here decides. */
    static boolean wantsProtobuf(ApiRequest request, Set<String> protobuf) {
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

    private static ApiResponse notFound() {
        return ApiResponse.text(404, "404 page not found\n");
    }
}
