package dev.navarch.examples.wardle;

import dev.navarch.apiserver.admission.AdmissionPlugin;
import dev.navarch.apiserver.admission.AdmissionRequest;
import dev.navarch.apiserver.admission.AdmissionRequest.Operation;
import dev.navarch.apiserver.following.StoredObjects;
import dev.navarch.apiserver.tree.Tree;

/**
 * Nobody creates a flunder whose name a fischer disallows (source: k8s.io/sample-apiserver
 * pkg/admission/plugin/banflunder).
 */
final class BanFlunder implements AdmissionPlugin {
    private final StoredObjects objects;

    BanFlunder(StoredObjects objects) {
        this.objects = objects;
    }

    @Override
    public String name() {
        return "BanFlunder";
    }

    @Override
    public void validate(AdmissionRequest request) {
        if (request.operation() != Operation.CREATE || !request.isFor(WardleServer.GROUP, "flunders")) {
            return;
        }
        for (var fischer : objects.list(WardleServer.GROUP, "fischers", "")) {
            if (Tree.strings(fischer, "disallowedFlunders").contains(request.name())) {
                throw request.forbidden("this name may not be used, please change the resource name");
            }
        }
    }
}
