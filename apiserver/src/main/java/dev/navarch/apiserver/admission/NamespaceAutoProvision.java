package dev.navarch.apiserver.admission;

import dev.navarch.apiserver.admission.AdmissionRequest.Operation;
import dev.navarch.apiserver.following.StoredObjects;
import java.util.function.Consumer;

/**
 * Whoever creates something in a namespace that there is not, has it made (source: kubernetes
 * plugin/pkg/admission/namespace/autoprovision/admission.go).
 */
final class NamespaceAutoProvision implements AdmissionPlugin {
    private final StoredObjects objects;
    private final Consumer<String> create;

    /** @param create makes a namespace of this name, unless there is one */
    NamespaceAutoProvision(StoredObjects objects, Consumer<String> create) {
        this.objects = objects;
        this.create = create;
    }

    @Override
    public String name() {
        return "NamespaceAutoProvision";
    }

    @Override
    public void admit(AdmissionRequest request) {
        boolean review = request.group().equals("authorization.k8s.io");
        if (request.operation() == Operation.CREATE
                && request.namespaced()
                && !request.dryRun()
                && !review
                && objects.read("", "namespaces", "", request.namespace()).isEmpty()) {
            create.accept(request.namespace());
        }
    }
}
