package dev.navarch.cluster;

import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;

/** Keys that belong together. */
final class KeyPairs {
    private KeyPairs() {}

    /** Whether what the one signs the other verifies. */
    static boolean belongTogether(PrivateKey signing, PublicKey key) throws GeneralSecurityException {
        if (!signing.getAlgorithm().equals(key.getAlgorithm())) {
            return false;
        }
        var algorithm = switch (signing.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            default -> signing.getAlgorithm();
        };
        var word = new byte[32];
        var signature = Signature.getInstance(algorithm);
        signature.initSign(signing);
        signature.update(word);
        var signed = signature.sign();
        try {
            signature.initVerify(key);
            signature.update(word);
            return signature.verify(signed);
        } catch (GeneralSecurityException _) {
            return false; // of another curve
        }
    }
}
