package dev.navarch.apiserver.admission;

import dev.navarch.apiserver.admission.AdmissionRequest.Operation;
import dev.navarch.apiserver.tree.Meta;
import dev.navarch.apiserver.tree.Tree;
import tools.jackson.databind.node.ObjectNode;

/**
 * Claims and volumes have from the first moment the finalizer that keeps them while they are used (source: kubernetes
 * plugin/pkg/admission/storage/storageobjectinuseprotection/admission.go).
 */
final class StorageProtection implements AdmissionPlugin {

    @Override
    public String name() {
        return "StorageObjectInUseProtection";
    }

    @Override
    public void admit(AdmissionRequest request) {
        if (request.operation() != Operation.CREATE || request.object().isEmpty()) {
            return;
        }
        if (request.isFor("", "persistentvolumes")) {
            protect(request.object().get(), "kubernetes.io/pv-protection");
        } else if (request.isFor("", "persistentvolumeclaims")) {
            protect(request.object().get(), "kubernetes.io/pvc-protection");
        }
    }

    private static void protect(ObjectNode object, String finalizer) {
        var finalizers = Tree.childArray(Meta.of(object), "finalizers");
        for (var present : finalizers) {
            if (present.asString("").equals(finalizer)) {
                return;
            }
        }
        finalizers.add(finalizer);
    }
}
