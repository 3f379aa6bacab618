package dev.navarch.apiserver.encryption;

import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * AES-GCM with a key of its own for each value, which 32 random bytes before it and a seed give by HKDF-Expand with SHA-256
 * (source: k8s.io/apiserver pkg/storage/value/encrypt/aes/aes_extended_nonce.go).
 */
final class ExtendedNonceGcm implements Transformation {
    static final int SEED = 32;
    private static final int INFO = 32;

    private final SecretKeySpec seed;
    private final SecureRandom random;

    ExtendedNonceGcm(byte[] seed, SecureRandom random) {
        if (seed.length < SEED) {
            throw new SealFailure("invalid seed length " + seed.length + " used for key generation");
        }
        this.seed = new SecretKeySpec(seed, "HmacSHA256");
        this.random = random;
    }

    @Override
    public byte[] seal(byte[] value, byte[] place) {
        var info = new byte[INFO];
        random.nextBytes(info);
        var sealed = derived(info).seal(value, place);
        var out = Arrays.copyOf(info, INFO + sealed.length);
        System.arraycopy(sealed, 0, out, INFO, sealed.length);
        return out;
    }

    @Override
    public Opened open(byte[] data, byte[] place) {
        if (data.length < INFO) {
            throw new SealFailure("the stored data was shorter than the required size");
        }
        return derived(data).open(data, INFO, place);
    }

    /** @param info begins with it */
    private AesGcm derived(byte[] info) {
        try {
            var mac = Mac.getInstance("HmacSHA256");
            mac.init(seed);
            mac.update(info, 0, INFO);
            mac.update((byte) 1);
            return new AesGcm(mac.doFinal(), random);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
