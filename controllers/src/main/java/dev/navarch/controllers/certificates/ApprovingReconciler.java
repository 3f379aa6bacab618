package dev.navarch.controllers.certificates;

import dev.navarch.client.ApiClient;
import dev.navarch.client.Informer;
import dev.navarch.client.Json;
import dev.navarch.client.Key;
import dev.navarch.client.Reconciler;
import dev.navarch.client.Resource;
import dev.navarch.controllers.CertificateSigner;
import dev.navarch.controllers.ControllerContext;
import dev.navarch.time.TimeSource;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequest;
import java.security.GeneralSecurityException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Approves client certificates of kubelets for those who may ask for them: a node for its own ({@code selfnodeclient}),
 * others for any node's ({@code nodeclient}). source: kubernetes pkg/controller/certificates/approver/sarapprove.go.
 */
final class ApprovingReconciler implements Reconciler<Key> {
    private static final Logger log = LoggerFactory.getLogger(ApprovingReconciler.class);

    private final Informer<CertificateSigningRequest> requests;
    private final Resource<CertificateSigningRequest> resource;
    private final ApiClient client;
    private final CertificateSigner signer;
    private final TimeSource time;

    ApprovingReconciler(ControllerContext context, CertificateSigner signer) {
        requests = context.informer(CertificateSigningRequest.class);
        resource = context.client().resource(CertificateSigningRequest.class);
        client = context.client();
        this.signer = signer;
        time = context.time();
    }

    @Override
    public void reconcile(Key key) {
        var request = requests.get(key).filter(ApprovingReconciler::isToDecide);
        if (request.isPresent()) {
            decide(request.get());
        }
    }

    private static boolean isToDecide(CertificateSigningRequest request) {
        return !Requests.isIssued(request)
                && !Requests.has(request, Requests.APPROVED)
                && !Requests.has(request, Requests.DENIED)
                && Signers.KUBELET_CLIENT.equals(request.getSpec().getSignerName());
    }

    private void decide(CertificateSigningRequest request) {
        CertificateSigner.Requested requested;
        try {
            requested = signer.read(Requests.pem(request));
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            log.info("unable to parse csr \"{}\": {}", request.getMetadata().getName(), e.getMessage());
            return; // the request of an object never changes
        }
        var spec = request.getSpec();
        if (Signers.complaint(spec.getSignerName(), requested, spec.getUsages()).isPresent()) {
            return;
        }
        if (requested.commonName().equals(spec.getUsername()) && may(request, "selfnodeclient")) {
            approve(request, "Auto approving self kubelet client certificate after SubjectAccessReview.");
        } else if (may(request, "nodeclient")) {
            approve(request, "Auto approving kubelet client certificate after SubjectAccessReview.");
        } else {
            log.debug(
                    "recognized csr \"{}\" but subject access review was not approved",
                    request.getMetadata().getName());
        }
    }

    private boolean may(CertificateSigningRequest request, String subresource) {
        var asked = request.getSpec();
        var review = Json.mapper().createObjectNode();
        review.put("kind", "SubjectAccessReview").put("apiVersion", "authorization.k8s.io/v1");
        var spec = review.putObject("spec");
        spec.put("user", asked.getUsername()).put("uid", asked.getUid());
        spec.set("groups", Json.mapper().valueToTree(asked.getGroups()));
        spec.set("extra", Json.mapper().valueToTree(asked.getExtra()));
        spec.putObject("resourceAttributes")
                .put("group", "certificates.k8s.io")
                .put("resource", "certificatesigningrequests")
                .put("subresource", subresource)
                .put("verb", "create");
        return client.raw("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", review)
                .path("status")
                .path("allowed")
                .asBoolean(false);
    }

    private void approve(CertificateSigningRequest request, String message) {
        resource.update(Requests.with(request, Requests.APPROVED, "AutoApproved", message, time.now()), "approval");
    }
}
