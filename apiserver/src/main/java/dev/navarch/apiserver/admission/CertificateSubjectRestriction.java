package dev.navarch.apiserver.admission;

import dev.navarch.apiserver.User;
import dev.navarch.apiserver.tree.Tree;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.security.auth.x500.X500Principal;

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
            groups = organizations(Tree.text(created.get(), "spec", "request"));
        } catch (IllegalArgumentException | InvalidNameException e) {
            throw request.forbidden("failed to parse CSR: " + e.getMessage());
        }
        if (groups.contains(User.MASTERS)) {
            throw request.forbidden("use of " + SIGNER + " signer with system:masters group is not allowed");
        }
    }

    /** @param request PEM in base64 */
    private static List<String> organizations(String request) throws InvalidNameException {
        var pem = new String(Base64.getDecoder().decode(request), StandardCharsets.US_ASCII);
        var subject = new X500Principal(
                new DerReader(DerReader.ofPem(pem)).enter().enter().skip().next());
        return new LdapName(subject.getName(X500Principal.RFC2253))
                .getRdns().stream()
                        .filter(rdn -> rdn.getType().equalsIgnoreCase("O"))
                        .map(rdn -> String.valueOf(rdn.getValue()))
                        .toList();
    }
}
