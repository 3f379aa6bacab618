package dev.navarch.apiserver.admission;

import dev.navarch.apiserver.tree.Meta;
import dev.navarch.apiserver.tree.Tree;
import tools.jackson.databind.node.ObjectNode;

/**
 * Claims, volumes and classes of their attributes have from the first moment the finalizer that keeps them while they are
 * used (source: kubernetes
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
        request.created("storage.k8s.io", "volumeattributesclasses")
                .ifPresent(c -> protect(c, "kubernetes.io/vac-protection"));
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
