package dev.navarch.apiserver.encryption;

import java.security.SecureRandom;
import java.util.Arrays;

/**
 * XSalsa20 and Poly1305: a random nonce of 24 bytes, a tag of 16, the text (sources: k8s.io/apiserver
 * pkg/storage/value/encrypt/secretbox/secretbox.go; NaCl, crypto_secretbox).
 */
final class SecretBox implements Transformation {
    private static final int NONCE = 24;
    private static final int TAG = 16;

    private final byte[] key;
    private final SecureRandom random;

    /** @param key 32 bytes */
    SecretBox(byte[] key, SecureRandom random) {
        this.key = key.clone();
        this.random = random;
    }

    @Override
    public byte[] seal(byte[] value, byte[] place) {
        var nonce = new byte[NONCE];
        random.nextBytes(nonce);
        return sealWith(nonce, value);
    }

    byte[] sealWith(byte[] nonce, byte[] value) {
        var stream = new XSalsa20(key, nonce);
        var macKey = stream.next(Poly1305.KEY);
        var sealed = Arrays.copyOf(nonce, NONCE + TAG + value.length);
        stream.xor(value, 0, sealed, NONCE + TAG, value.length);
        var tag = Poly1305.tag(macKey, sealed, NONCE + TAG, value.length);
        System.arraycopy(tag, 0, sealed, NONCE, TAG);
        return sealed;
    }

    @Override
    public Opened open(byte[] data, byte[] place) {
        if (data.length < NONCE + TAG) {
            throw new SealFailure("the stored data was shorter than the required size");
        }
        var stream = new XSalsa20(key, Arrays.copyOf(data, NONCE));
        var macKey = stream.next(Poly1305.KEY);
        int length = data.length - NONCE - TAG;
        var tag = Poly1305.tag(macKey, data, NONCE + TAG, length);
        int different = 0;
        for (int i = 0; i < TAG; i++) {
            different |= tag[i] ^ data[NONCE + i];
        }
        if (different != 0) {
            throw new SealFailure("output array was not large enough for encryption");
        }
        var value = new byte[length];
        stream.xor(data, NONCE + TAG, value, 0, length);
        return new Opened(value, false);
    }
}
