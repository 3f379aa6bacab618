package dev.navarch.controllers.certificates;

import dev.navarch.client.Informer;
import dev.navarch.client.Key;
import dev.navarch.client.Reconciler;
import dev.navarch.client.Resource;
import dev.navarch.controllers.CertificateSigner;
import dev.navarch.controllers.ControllerContext;
import dev.navarch.time.TimeSource;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequest;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequestBuilder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Base64;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Signs what was approved, or says why it never will. source: kubernetes pkg/controller/certificates/signer/signer.go,
 * cmd/kube-controller-manager/app/options (cluster-signing-duration).
 */
final class SigningReconciler implements Reconciler<Key> {
    private static final Logger log = LoggerFactory.getLogger(SigningReconciler.class);
    private static final Duration LONGEST = Duration.ofDays(365);
    private static final Duration SHORTEST = Duration.ofMinutes(10);

    private final Informer<CertificateSigningRequest> requests;
    private final Resource<CertificateSigningRequest> resource;
    private final CertificateSigner signer;
    private final TimeSource time;

    SigningReconciler(ControllerContext context, CertificateSigner signer) {
        requests = context.informer(CertificateSigningRequest.class);
        resource = context.client().resource(CertificateSigningRequest.class);
        this.signer = signer;
        time = context.time();
    }

    @Override
    public void reconcile(Key key) {
        var found = requests.get(key).filter(SigningReconciler::isToSign);
        if (found.isPresent()) {
            resource.updateStatus(signed(found.get()));
        }
    }

    private static boolean isToSign(CertificateSigningRequest request) {
        return Requests.has(request, Requests.APPROVED)
                && !Requests.has(request, Requests.DENIED)
                && !Requests.has(request, Requests.FAILED)
                && !Requests.isIssued(request)
                && Signers.isOurs(request.getSpec().getSignerName());
    }

    private CertificateSigningRequest signed(CertificateSigningRequest request) {
        var spec = request.getSpec();
        try {
            var pem = Requests.pem(request);
            var complaint = Signers.complaint(spec.getSignerName(), signer.read(pem), spec.getUsages());
            if (complaint.isPresent()) {
                return failed(request, complaint.get());
            }
            var certificate = signer.sign(pem, spec.getUsages(), time.now(), validity(spec.getExpirationSeconds()));
            return new CertificateSigningRequestBuilder(request)
                    .editStatus()
                    .withCertificate(
                            Base64.getEncoder().encodeToString(certificate.getBytes(StandardCharsets.US_ASCII)))
                    .endStatus()
                    .build();
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            // no later try would find it better
            log.info("{} can't be signed: {}", request.getMetadata().getName(), e.getMessage());
            return failed(request, String.valueOf(e.getMessage()));
        }
    }

    private CertificateSigningRequest failed(CertificateSigningRequest request, String why) {
        return Requests.with(request, Requests.FAILED, "SignerValidationFailure", why, time.now());
    }

    private static Duration validity(@Nullable Integer seconds) {
        if (seconds == null) {
            return LONGEST;
        }
        var asked = Duration.ofSeconds(seconds);
        if (asked.compareTo(LONGEST) > 0) {
            return LONGEST;
        }
        return asked.compareTo(SHORTEST) < 0 ? SHORTEST : asked;
    }
}
