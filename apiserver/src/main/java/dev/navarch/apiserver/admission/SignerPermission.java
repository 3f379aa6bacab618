package dev.navarch.apiserver.admission;

import dev.navarch.api.values.GoText;
import dev.navarch.apiserver.admission.AdmissionRequest.Operation;
import dev.navarch.apiserver.request.Authorizer;
import dev.navarch.apiserver.request.RequestInfo;
import dev.navarch.apiserver.request.User;
import dev.navarch.apiserver.tree.Tree;

/**
 * Who approves or signs a certificate request must be allowed to for its signer (source: kubernetes
 * plugin/pkg/admission/certificates/util.go, approval/admission.go and signing/admission.go).
 */
final class SignerPermission implements AdmissionPlugin {
    private final String name;
    private final String subresource;
    private final String verb;
    private final Authorizer authorizer;

    private SignerPermission(String name, String subresource, String verb, Authorizer authorizer) {
        this.name = name;
        this.subresource = subresource;
        this.verb = verb;
        this.authorizer = authorizer;
    }

    static SignerPermission approval(Authorizer authorizer) {
        return new SignerPermission("CertificateApproval", "approval", "approve", authorizer);
    }

    static SignerPermission signing(Authorizer authorizer) {
        return new SignerPermission("CertificateSigning", "status", "sign", authorizer);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public void validate(AdmissionRequest request) {
        if (request.operation() != Operation.UPDATE
                || !request.group().equals("certificates.k8s.io")
                || !request.resource().equals("certificatesigningrequests")
                || !request.subresource().equals(subresource)
                || request.old().isEmpty()) {
            return;
        }
        var old = request.old().get();
        if (verb.equals("sign") && unsigned(request)) {
            return;
        }
        var signer = Tree.text(old, "spec", "signerName");
        if (!allowed(request.user(), signer)) {
            throw request.forbidden(
                    "user not permitted to " + verb + " requests with signerName " + GoText.quote(signer));
        }
    }

    /** Other parts of the status are everybody's who may write it. */
    private static boolean unsigned(AdmissionRequest request) {
        var old = request.old().orElseGet(Tree::object);
        var now = request.object().orElseGet(Tree::object);
        return Tree.text(old, "status", "certificate").equals(Tree.text(now, "status", "certificate"))
                && Tree.objects(old, "status", "conditions").equals(Tree.objects(now, "status", "conditions"));
    }

    /** By its name, or for all signers of its domain. */
    private boolean allowed(User user, String signer) {
        int slash = signer.indexOf('/');
        return allows(user, signer) || slash > 0 && allows(user, signer.substring(0, slash) + "/*");
    }

    private boolean allows(User user, String name) {
        return authorizer
                .authorize(user, new RequestInfo(true, verb, "certificates.k8s.io", "*", "signers", "", "", name, ""))
                .allowed();
    }
}
