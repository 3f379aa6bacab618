package dev.navarch.apiserver.admission;

import dev.navarch.api.values.Quantity;
import dev.navarch.api.values.QuantityException;
import dev.navarch.apiserver.admission.AdmissionRequest.Operation;
import dev.navarch.apiserver.following.StoredObjects;
import dev.navarch.apiserver.tree.Tree;
import tools.jackson.databind.node.ObjectNode;

/**
 * A claim may grow once it is bound, if its class allows it (source: kubernetes
 * plugin/pkg/admission/storage/persistentvolume/resize/admission.go).
 */
final class ClaimResize implements AdmissionPlugin {
    private final StoredObjects objects;

    ClaimResize(StoredObjects objects) {
        this.objects = objects;
    }

    @Override
    public String name() {
        return "PersistentVolumeClaimResize";
    }

    @Override
    public void validate(AdmissionRequest request) {
        if (request.operation() != Operation.UPDATE
                || !request.isFor("", "persistentvolumeclaims")
                || request.object().isEmpty()
                || request.old().isEmpty()) {
            return;
        }
        var now = request.object().get();
        var old = request.old().get();
        if (size(now).compareTo(size(old)) <= 0) {
            return;
        }
        if (!Tree.text(old, "status", "phase").equals("Bound")) {
            throw request.forbidden("Only bound persistent volume claims can be expanded");
        }
        var name = className(now);
        boolean allowed = !name.isEmpty()
                && name.equals(className(old))
                && objects.read("storage.k8s.io", "storageclasses", "", name)
                        .filter(c -> Tree.flag(c, false, "allowVolumeExpansion"))
                        .isPresent();
        if (!allowed) {
            throw request.forbidden("only dynamically provisioned pvc can be resized and the storageclass that"
                    + " provisions the pvc must support resize");
        }
    }

    private static Quantity size(ObjectNode claim) {
        try {
            var text = Tree.text(claim, "spec", "resources", "requests", "storage");
            return text.isEmpty() ? Quantity.ZERO : Quantity.parse(text);
        } catch (QuantityException e) {
            return Quantity.ZERO; // validation lets none pass
        }
    }

    private static String className(ObjectNode claim) {
        var old = Tree.text(claim, "metadata", "annotations", DefaultStorageClass.OLD_CLASS);
        return old.isEmpty() ? Tree.text(claim, "spec", "storageClassName") : old;
    }
}
