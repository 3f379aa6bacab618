package dev.navarch.controllers.certificates;

import dev.navarch.client.ControllerLoop;
import dev.navarch.client.Handler;
import dev.navarch.client.Informer;
import dev.navarch.client.Key;
import dev.navarch.client.Resource;
import dev.navarch.client.WorkQueue;
import dev.navarch.controllers.CertificateSigner;
import dev.navarch.controllers.Controller;
import dev.navarch.controllers.ControllerContext;
import dev.navarch.time.TimeSource;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequest;
import java.security.GeneralSecurityException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Approves certificates that kubelets serve with, where {@link ServingNames} vouches for all that they say. Upstream has
 * no such approver: there, all of them wait for {@code kubectl certificate approve}, as here what this one passes over.
 */
public final class ServingApprovalController {
    private static final Logger log = LoggerFactory.getLogger(ServingApprovalController.class);
    private static final String USER = "system:node:";
    private static final String MESSAGE =
            "Auto approving kubelet serving certificate: it was asked for by the node itself,"
                    + " and is for its own name and addresses.";

    private final Informer<CertificateSigningRequest> requests;
    private final Informer<Node> nodes;
    private final Resource<CertificateSigningRequest> resource;
    private final CertificateSigner signer;
    private final ServingNames names;
    private final TimeSource time;

    private ServingApprovalController(ControllerContext context, CertificateSigner signer) {
        requests = context.informer(CertificateSigningRequest.class);
        nodes = context.informer(Node.class);
        names = new ServingNames(nodes, context.informer(Service.class));
        resource = context.client().resource(CertificateSigningRequest.class);
        this.signer = signer;
        time = context.time();
    }

    public static Controller create(ControllerContext context, CertificateSigner signer) {
        WorkQueue<Key> queue = context.queue("kubelet_serving_approver");
        var controller = new ServingApprovalController(context, signer);
        controller.requests.addHandler(Handler.each(request -> {
            if (isToDecide(request)) {
                queue.add(Key.of(request));
            }
        }));
        controller.nodes.addHandler(new Handler<>() {
            @Override
            public void added(Node node) {
                controller.requests.list().stream()
                        .filter(ServingApprovalController::isToDecide)
                        .filter(request -> (USER + node.getMetadata().getName())
                                .equals(request.getSpec().getUsername()))
                        .forEach(request -> queue.add(Key.of(request)));
            }

            @Override
            public void updated(Node before, Node now) {
                if (!ServingNames.addresses(before).equals(ServingNames.addresses(now))) {
                    added(now);
                }
            }

            @Override
            public void deleted(Node last) {}
        });
        return Controller.of(new ControllerLoop<>("kubelet-serving-approver", queue, 1, controller::reconcile));
    }

    private static boolean isToDecide(CertificateSigningRequest request) {
        return Signers.KUBELET_SERVING.equals(request.getSpec().getSignerName())
                && Requests.conditions(request).isEmpty()
                && !Requests.isIssued(request);
    }

    private void reconcile(Key key) {
        var found = requests.get(key).filter(ServingApprovalController::isToDecide);
        if (found.isEmpty()) {
            return;
        }
        var request = found.get();
        var refusal = refusal(request);
        if (refusal.isEmpty()) {
            resource.update(Requests.with(request, Requests.APPROVED, "AutoApproved", MESSAGE, time.now()), "approval");
        } else {
            log.info(
                    "{} waits for somebody to approve it: {}",
                    request.getMetadata().getName(),
                    refusal);
        }
    }

    /** Empty if it may be approved. */
    private String refusal(CertificateSigningRequest request) {
        var spec = request.getSpec();
        try {
            var requested = signer.read(Requests.pem(request));
            var complaint = Signers.complaint(spec.getSignerName(), requested, spec.getUsages());
            if (complaint.isPresent()) {
                return complaint.get();
            }
            if (!requested.commonName().equals(spec.getUsername())
                    || spec.getGroups() == null
                    || !spec.getGroups().contains("system:nodes")) {
                return "it was asked for by " + spec.getUsername() + ", not by the node";
            }
            return names.refusal(requested.commonName().substring(USER.length()), requested)
                    .orElse("");
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            return String.valueOf(e.getMessage());
        }
    }
}
