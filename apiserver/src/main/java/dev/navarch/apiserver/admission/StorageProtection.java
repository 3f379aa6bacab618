package dev.navarch.apiserver.admission;

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
        request.created("", "persistentvolumes").ifPresent(v -> protect(v, "kubernetes.io/pv-protection"));
        request.created("", "persistentvolumeclaims").ifPresent(c -> protect(c, "kubernetes.io/pvc-protection"));
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
