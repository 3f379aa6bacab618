package dev.navarch.apiserver.admission;

import dev.navarch.apiserver.admission.AdmissionRequest.Operation;
import dev.navarch.apiserver.tree.Tree;
import java.util.List;

/**
 * Images are pulled at each start, so that nobody runs one that others have been granted (source: kubernetes
 * plugin/pkg/admission/alwayspullimages/admission.go).
 */
final class AlwaysPullImages implements AdmissionPlugin {

    @Override
    public String name() {
        return "AlwaysPullImages";
    }

    @Override
    public void admit(AdmissionRequest request) {
        boolean pods = request.group().isEmpty()
                && request.resource().equals("pods")
                && List.of("", "ephemeralcontainers").contains(request.subresource());
        if (!pods || request.operation() == Operation.DELETE || request.object().isEmpty()) {
            return;
        }
        for (var list : List.of("containers", "initContainers", "ephemeralContainers")) {
            Tree.objects(request.object().get(), "spec", list).forEach(c -> c.put("imagePullPolicy", "Always"));
        }
    }
}
