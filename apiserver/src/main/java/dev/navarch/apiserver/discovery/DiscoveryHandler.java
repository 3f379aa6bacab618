package dev.navarch.apiserver.discovery;

import dev.navarch.api.Catalogue;
import dev.navarch.api.ResourceType;
import dev.navarch.api.openapi.OpenApi;
import dev.navarch.apiserver.pages.Version;
import dev.navarch.apiserver.request.ApiRequest;
import dev.navarch.apiserver.request.ApiResponse;
import dev.navarch.apiserver.request.RequestHandler;
import dev.navarch.apiserver.wire.Documents;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Serves {@code /api}, {@code /apis} and what lies directly below them, and {@code /openapi}. Source: k8s.io/apiserver
 * pkg/endpoints/discovery.
 */
public final class DiscoveryHandler implements RequestHandler {
    private final Catalogue builtIn;
    private final Documents writer;
    private Catalogue catalogue;
    private OpenApiDocuments own;
    private Elsewhere elsewhere = Elsewhere.NONE;
    private Consumer<Catalogue> listener = _ -> {};
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
        catalogue = builtIn;
        own = new OpenApiDocuments(() -> openApi(List.of()));
        documents = documents();
    }

    /** Tells of another catalogue from now on: the built-in one with custom resources. */
    public void publish(Catalogue catalogue) {
        Consumer<Catalogue> told;
        synchronized (this) {
            this.catalogue = catalogue;
            own = new OpenApiDocuments(() -> openApi(catalogue.types()));
            documents = documents();
            told = listener;
        }
        told.accept(catalogue);
    }

    private synchronized OpenApi openApi(List<ResourceType> types) {
        var before = openApi == null ? new OpenApi(builtIn, Version.GIT_VERSION) : openApi;
        openApi = before.declaring(
                types.stream().filter(t -> t.schema().declared().isPresent()).toList());
        return openApi;
    }

    /** Tells of what other servers serve, beside the catalogue, from now on. */
    public synchronized void publish(Elsewhere elsewhere) {
        this.elsewhere = elsewhere;
        documents = documents();
    }

    /** Tells of the catalogue now and whenever another one is published; there is one listener. */
    public void listen(Consumer<Catalogue> action) {
        Catalogue now;
        synchronized (this) {
            listener = action;
            now = catalogue;
        }
        action.accept(now);
    }

    private ServedDocuments documents() {
        boolean documented = elsewhere.served().values().stream()
                .anyMatch(served ->
                        served.openApi2().isObject() || !served.openApi3().isEmpty());
        var openApi = documented ? new MergedOpenApi(own, elsewhere) : own;
        return new ServedDocuments(catalogue, elsewhere, openApi, writer);
    }

    /** Documents are made when first asked for, which takes its time. */
    @Override
    public boolean mayBlock(ApiRequest request) {
        return true;
    }

    @Override
    public ApiResponse handle(ApiRequest request) throws InterruptedException {
        return documents.answer(request);
    }
}
