package dev.navarch.api.kinds;

import dev.navarch.api.FieldError;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/** Writes to the {@code approval} of a CertificateSigningRequest, by which others than its signer decide on it. */
public final class CertificateApproval {
    private CertificateApproval() {}

    /** Everything that is wrong with one; the old object is never changed. */
    public static List<FieldError> validate(ObjectNode now, ObjectNode old) {
        return CertificateRules.validateApproval(now, old);
    }
}
