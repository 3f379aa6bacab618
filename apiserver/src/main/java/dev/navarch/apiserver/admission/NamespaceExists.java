package dev.navarch.apiserver.admission;

import dev.navarch.apiserver.admission.AdmissionRequest.Operation;
import dev.navarch.apiserver.following.StoredObjects;
import dev.navarch.apiserver.request.ApiFailure;

/**
 * Nothing is written in a namespace that there is not, be it only to change or delete what is left there (source:
 * kubernetes plugin/pkg/admission/namespace/exists/admission.go).
 */
final class NamespaceExists implements AdmissionPlugin {
    private final StoredObjects objects;

    NamespaceExists(StoredObjects objects) {
        this.objects = objects;
    }

    @Override
    public String name() {
        return "NamespaceExists";
    }

    @Override
    public void validate(AdmissionRequest request) {
        if (request.operation() != Operation.CONNECT
                && request.namespaced()
                && objects.read("", "namespaces", "", request.namespace()).isEmpty()) {
            throw ApiFailure.notFound("", "namespaces", request.namespace());
        }
    }
}
