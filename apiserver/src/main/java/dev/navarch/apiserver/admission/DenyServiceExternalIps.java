package dev.navarch.apiserver.admission;

import dev.navarch.apiserver.admission.AdmissionRequest.Operation;
import dev.navarch.apiserver.tree.Tree;
import java.util.HashSet;

/**
 * Services get no further external addresses: whoever may write one could take other people's traffic with them (source:
 * kubernetes
 * plugin/pkg/admission/network/denyserviceexternalips/admission.go).
 */
final class DenyServiceExternalIps implements AdmissionPlugin {

    @Override
    public String name() {
        return "DenyServiceExternalIPs";
    }

    @Override
    public void validate(AdmissionRequest request) {
        if (request.operation() == Operation.DELETE
                || !request.isFor("", "services")
                || request.object().isEmpty()) {
            return;
        }
        var added = new HashSet<>(Tree.strings(request.object().get(), "spec", "externalIPs"));
        request.old().ifPresent(old -> added.removeAll(Tree.strings(old, "spec", "externalIPs")));
        if (!added.isEmpty()) {
            throw request.forbidden("Use of external IPs is denied by admission control.");
        }
    }
}
