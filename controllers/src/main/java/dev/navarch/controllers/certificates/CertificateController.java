package dev.navarch.controllers.certificates;

import dev.navarch.client.ControllerLoop;
import dev.navarch.client.Handler;
import dev.navarch.client.Key;
import dev.navarch.client.Reconciler;
import dev.navarch.client.WorkQueue;
import dev.navarch.controllers.CertificateSigner;
import dev.navarch.controllers.Controller;
import dev.navarch.controllers.ControllerContext;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequest;

/**
 * Wakes approval, signing and cleaning of each request. source: kubernetes pkg/controller/certificates
 * (certificate_controller.go).
 */
public final class CertificateController {
    private CertificateController() {}

    public static Controller create(ControllerContext context, CertificateSigner signer) {
        WorkQueue<Key> cleaning = context.queue("csrcleaner");
        return Controller.of(
                loop(
                        context,
                        "csrapproving",
                        context.queue("certificate_approver"),
                        new ApprovingReconciler(context, signer)),
                loop(context, "csrsigning", context.queue("certificate"), new SigningReconciler(context, signer)),
                loop(context, "csrcleaner", cleaning, new CleaningReconciler(context, cleaning)));
    }

    private static ControllerLoop<Key> loop(
            ControllerContext context, String name, WorkQueue<Key> queue, Reconciler<Key> reconciler) {
        context.informer(CertificateSigningRequest.class).addHandler(new Handler<>() {
            @Override
            public void added(CertificateSigningRequest request) {
                queue.add(Key.of(request));
            }

            @Override
            public void updated(CertificateSigningRequest before, CertificateSigningRequest now) {
                added(now);
            }

            @Override
            public void deleted(CertificateSigningRequest last) {}
        });
        return new ControllerLoop<>(name, queue, context.settings().workers(), reconciler);
    }
}
