package dev.navarch.apiserver.discovery;

import dev.navarch.api.Catalogue;
import dev.navarch.apiserver.ApiRequest;
import dev.navarch.apiserver.ApiResponse;
import dev.navarch.apiserver.RequestHandler;
import dev.navarch.apiserver.wire.Documents;

/**
 * Serves {@code /api}, {@code /apis} and what lies directly below them, and {@code /openapi}. Source: k8s.io/apiserver
 * pkg/endpoints/discovery.
 */
public final class DiscoveryHandler implements RequestHandler {
    private final Documents writer;
    private volatile ServedDocuments documents;

    /** @param writer of trees in any form */
    public DiscoveryHandler(Catalogue catalogue, Documents writer) {
        this.writer = writer;
        documents = new ServedDocuments(catalogue, writer);
    }

    /** Tells of another catalogue from now on. */
    public void publish(Catalogue catalogue) {
        documents = new ServedDocuments(catalogue, writer);
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
