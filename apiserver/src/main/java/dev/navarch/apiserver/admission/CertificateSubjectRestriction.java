package dev.navarch.apiserver.admission;

import dev.navarch.apiserver.request.User;
import dev.navarch.apiserver.tree.Tree;
import java.util.List;

/**
 * Nobody asks for a client certificate of the group that may do everything (source: kubernetes
 * plugin/pkg/admission/certificates/subjectrestriction/admission.go).
 */
final class CertificateSubjectRestriction implements AdmissionPlugin {
    private static final String SIGNER = "kubernetes.io/kube-apiserver-client";

    @Override
    public String name() {
        return "CertificateSubjectRestriction";
    }

    @Override
    public void validate(AdmissionRequest request) {
        var created = request.created("certificates.k8s.io", "certificatesigningrequests");
        if (created.isEmpty() || !Tree.text(created.get(), "spec", "signerName").equals(SIGNER)) {
            return;
        }
        List<String> groups;
        try {
            groups = DerReader.subject(Tree.text(created.get(), "spec", "request"))
                    .organizations();
        } catch (IllegalArgumentException e) {
            throw request.forbidden("failed to parse CSR: " + e.getMessage());
        }
        if (groups.contains(User.MASTERS)) {
            throw request.forbidden("use of " + SIGNER + " signer with system:masters group is not allowed");
        }
    }
}
