package dev.navarch.controllers.certificates;

import dev.navarch.api.values.Timestamps;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequest;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequestBuilder;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequestCondition;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/** What controllers ask of requests. source: kubernetes pkg/controller/certificates/certificate_controller_utils.go. */
final class Requests {
    static final String APPROVED = "Approved";
    static final String DENIED = "Denied";
    static final String FAILED = "Failed";

    private Requests() {}

    static List<CertificateSigningRequestCondition> conditions(CertificateSigningRequest request) {
        var status = request.getStatus();
        return status == null || status.getConditions() == null ? List.of() : status.getConditions();
    }

    static Optional<CertificateSigningRequestCondition> condition(CertificateSigningRequest request, String type) {
        return conditions(request).stream()
                .filter(c -> type.equals(c.getType()))
                .findFirst();
    }

    static boolean has(CertificateSigningRequest request, String type) {
        return condition(request, type).isPresent();
    }

    static boolean isIssued(CertificateSigningRequest request) {
        var status = request.getStatus();
        return status != null
                && status.getCertificate() != null
                && !status.getCertificate().isEmpty();
    }

    /** The PKCS #10 as PEM. */
    static byte[] pem(CertificateSigningRequest request) {
        return Base64.getDecoder().decode(request.getSpec().getRequest());
    }

    static CertificateSigningRequest with(
            CertificateSigningRequest request, String type, String reason, String message, Instant now) {
        return new CertificateSigningRequestBuilder(request)
                .editOrNewStatus()
                .addNewCondition()
                .withType(type)
                .withStatus("True")
                .withReason(reason)
                .withMessage(message)
                .withLastUpdateTime(Timestamps.seconds(now))
                .endCondition()
                .endStatus()
                .build();
    }
}
