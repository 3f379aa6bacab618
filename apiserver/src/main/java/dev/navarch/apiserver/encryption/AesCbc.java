package dev.navarch.apiserver.encryption;

import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * AES in cipher block chaining mode with PKCS#7 padding: a random vector of 16 bytes, the text. It says nothing of who wrote
 * it (source: k8s.io/apiserver pkg/storage/value/encrypt/aes/aes.go).
 */
final class AesCbc implements Transformation {
    private static final int BLOCK = 16;

    private final SecretKeySpec key;
    private final SecureRandom random;

    AesCbc(byte[] key, SecureRandom random) {
        this.key = new SecretKeySpec(key, "AES");
        this.random = random;
    }

    @Override
    public byte[] seal(byte[] value, byte[] place) {
        var vector = new byte[BLOCK];
        random.nextBytes(vector);
        int padding = BLOCK - value.length % BLOCK;
        var padded = Arrays.copyOf(value, value.length + padding);
        Arrays.fill(padded, value.length, padded.length, (byte) padding);
        try {
            var cipher = cipher(Cipher.ENCRYPT_MODE, vector);
            var sealed = Arrays.copyOf(vector, BLOCK + padded.length);
            cipher.doFinal(padded, 0, padded.length, sealed, BLOCK);
            return sealed;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public Opened open(byte[] data, byte[] place) {
        if (data.length < BLOCK) {
            throw new SealFailure("the stored data was shorter than the required size");
        }
        if (data.length % BLOCK != 0) {
            throw new SealFailure("the stored data is not a multiple of the block size");
        }
        byte[] padded;
        try {
            padded = cipher(Cipher.DECRYPT_MODE, data).doFinal(data, BLOCK, data.length - BLOCK);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
        int padding = padded.length == 0 ? 0 : padded[padded.length - 1] & 0xff;
        if (padding == 0 || padding > padded.length) {
            throw new SealFailure("invalid PKCS7 data (empty or not padded)");
        }
        for (int i = padded.length - padding; i < padded.length; i++) {
            if ((padded[i] & 0xff) != padding) {
                throw new SealFailure("invalid padding on input");
            }
        }
        return new Opened(Arrays.copyOf(padded, padded.length - padding), false);
    }

    private Cipher cipher(int mode, byte[] vector) throws GeneralSecurityException {
        var cipher = Cipher.getInstance("AES/CBC/NoPadding");
        cipher.init(mode, key, new IvParameterSpec(vector, 0, BLOCK));
        return cipher;
    }
}
