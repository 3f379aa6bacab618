package dev.navarch.apiserver.admission;

import dev.navarch.apiserver.admission.AdmissionRequest.Operation;
import dev.navarch.apiserver.following.ObjectReader;
import dev.navarch.apiserver.tree.Meta;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/**
 * Refuses to delete whatever carries {@value #ANNOTATION}, and to evict a pod that does, until the annotation is gone; its
 * value says why. Ours alone: upstream has nothing like it.
 */
final class DeletionGuard implements AdmissionPlugin {
    static final String ANNOTATION = "navarch.dev/deletion-guard";

    private final ObjectReader objects;

    DeletionGuard(ObjectReader objects) {
        this.objects = objects;
    }

    @Override
    public String name() {
        return "DeletionGuard";
    }

    @Override
    public void validate(AdmissionRequest request) {
        goes(request).map(object -> Meta.annotations(object).get(ANNOTATION)).ifPresent(why -> {
            throw request.forbidden("it is guarded against deletion" + (why.isBlank() ? "" : " (" + why + ")")
                    + "; remove the annotation " + ANNOTATION + " first");
        });
    }

    /** What will be gone when the request is done. */
    private Optional<ObjectNode> goes(AdmissionRequest request) {
        if (request.operation() == Operation.DELETE && request.subresource().isEmpty()) {
            return request.old();
        }
        boolean evicts = request.operation() == Operation.CREATE
                && request.subresource().equals("eviction")
                && request.resource().equals("pods")
                && request.group().isEmpty();
        return evicts ? objects.read("", "pods", request.namespace(), request.name()) : Optional.empty();
    }
}
