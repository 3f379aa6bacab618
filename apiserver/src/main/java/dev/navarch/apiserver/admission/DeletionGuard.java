package dev.navarch.apiserver.admission;

import dev.navarch.apiserver.admission.AdmissionRequest.Operation;
import dev.navarch.apiserver.tree.Meta;

/**
 * Refuses to delete whatever carries {@value #ANNOTATION}, until the annotation is gone; its value says why. Ours alone:
 * upstream has nothing like it.
 */
final class DeletionGuard implements AdmissionPlugin {
    static final String ANNOTATION = "navarch.dev/deletion-guard";

    @Override
    public String name() {
        return "DeletionGuard";
    }

    @Override
    public void validate(AdmissionRequest request) {
        if (request.operation() != Operation.DELETE
                || !request.subresource().isEmpty()
                || request.old().isEmpty()) {
            return;
        }
        var why = Meta.annotations(request.old().get()).get(ANNOTATION);
        if (why != null) {
            throw request.forbidden("it is guarded against deletion" + (why.isBlank() ? "" : " (" + why + ")")
                    + "; remove the annotation " + ANNOTATION + " first");
        }
    }
}
