package dev.navarch.cluster;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.security.SecureRandom;
import java.util.random.RandomGenerator;

/** Numbers nobody can guess, of which many are fetched at once: each by itself costs as much as some thirty. For any thread. */
final class BufferedRandom implements RandomGenerator {
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final SecureRandom source = new SecureRandom();
    private final byte[] buffer = new byte[64 * Long.BYTES];
    private int next = buffer.length;

    @Override
    public synchronized long nextLong() {
        if (next == buffer.length) {
            source.nextBytes(buffer);
            next = 0;
        }
        long number = (long) LONGS.get(buffer, next);
        LONGS.set(buffer, next, 0L); // what was given out is not kept
        next += Long.BYTES;
        return number;
    }
}
