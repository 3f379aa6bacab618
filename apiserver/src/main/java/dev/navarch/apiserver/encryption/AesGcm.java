package dev.navarch.apiserver.encryption;

import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * AES in Galois/counter mode, bound to the value's place: a random nonce of 12 bytes, the text, a tag of 16 bytes (source:
 * k8s.io/apiserver pkg/storage/value/encrypt/aes/aes.go).
 */
final class AesGcm implements Transformation {
    private static final int NONCE = 12;
    private static final int TAG_BITS = 128;

    private final SecretKeySpec key;
    private final SecureRandom random;

    AesGcm(byte[] key, SecureRandom random) {
        this.key = new SecretKeySpec(key, "AES");
        this.random = random;
    }

    @Override
    public byte[] seal(byte[] value, byte[] place) {
        var nonce = new byte[NONCE];
        random.nextBytes(nonce);
        try {
            var cipher = cipher(Cipher.ENCRYPT_MODE, nonce, 0, place);
            var sealed = Arrays.copyOf(nonce, NONCE + cipher.getOutputSize(value.length));
            cipher.doFinal(value, 0, value.length, sealed, NONCE);
            return sealed;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public Opened open(byte[] data, byte[] place) {
        return open(data, 0, place);
    }

    /** @param from where the nonce begins */
    Opened open(byte[] data, int from, byte[] place) {
        if (data.length - from < NONCE) {
            throw new SealFailure("the stored data was shorter than the required size");
        }
        try {
            var cipher = cipher(Cipher.DECRYPT_MODE, data, from, place);
            return new Opened(cipher.doFinal(data, from + NONCE, data.length - from - NONCE), false);
        } catch (AEADBadTagException _) {
            throw new SealFailure("cipher: message authentication failed");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private Cipher cipher(int mode, byte[] nonce, int at, byte[] place) throws GeneralSecurityException {
        var cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce, at, NONCE));
        cipher.updateAAD(place);
        return cipher;
    }
}
