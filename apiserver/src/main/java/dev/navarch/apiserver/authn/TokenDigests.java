package dev.navarch.apiserver.authn;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;

/**
 * Stands for tokens where they are remembered or compared: how long a look-up takes tells nothing about a token, and none
 * lies in memory for long. The key is this process's own.
 */
final class TokenDigests {
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int BLOCK = 64;

    private final MessageDigest keyed;

    /** 256 bits. */
    record Digest(long a, long b, long c, long d) {
        @Override
        public int hashCode() {
            return (int) a;
        }
    }

    TokenDigests() {
        try {
            keyed = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
        var key = new byte[BLOCK];
        new SecureRandom().nextBytes(key);
        keyed.update(key);
    }

    Digest of(String token) {
        try {
            var digest = ((MessageDigest) keyed.clone()).digest(token.getBytes(StandardCharsets.UTF_8));
            return new Digest(
                    (long) LONGS.get(digest, 0), (long) LONGS.get(digest, 8), (long) LONGS.get(digest, 16), (long)
                            LONGS.get(digest, 24));
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException(e);
        }
    }
}
