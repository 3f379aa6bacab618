package dev.navarch.apiserver.discovery;

import dev.navarch.api.Catalogue;
import dev.navarch.api.ResourceType;
import dev.navarch.api.openapi.OpenApi;
import dev.navarch.apiserver.ApiRequest;
import dev.navarch.apiserver.ApiResponse;
import dev.navarch.apiserver.RequestHandler;
import dev.navarch.apiserver.Version;
import dev.navarch.apiserver.wire.Documents;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Serves {@code /api}, {@code /apis} and what lies directly below them, and {@code /openapi}. Source: k8s.io/apiserver
 * pkg/endpoints/discovery.
 */
public final class DiscoveryHandler implements RequestHandler {
    private final Catalogue builtIn;
    private final Documents writer;
    private volatile ServedDocuments documents;
    /** The last that was made: the next one takes over what stays as it is. */
    private @Nullable OpenApi openApi;

    /**
     * @param builtIn without custom resources
     * @param writer of trees in any form
     */
    public DiscoveryHandler(Catalogue builtIn, Documents writer) {
        this.builtIn = builtIn;
        this.writer = writer;
        documents = new ServedDocuments(builtIn, writer, () -> openApi(List.of()));
    }

    /** Tells of another catalogue from now on: the built-in one with custom resources. */
    public void publish(Catalogue catalogue) {
        documents = new ServedDocuments(catalogue, writer, () -> openApi(catalogue.types()));
    }

    private synchronized OpenApi openApi(List<ResourceType> types) {
        var before = openApi == null ? new OpenApi(builtIn, Version.GIT_VERSION) : openApi;
        openApi = before.declaring(
                types.stream().filter(t -> t.schema().declared().isPresent()).toList());
        return openApi;
    }

    /** Documents are made when first asked for, which takes its time. */
    @Override
    public boolean mayBlock(ApiRequest request) {
        return true;
    }

    @Override
    public ApiResponse handle(ApiRequest request) {
        return documents.answer(request);
    }
}
