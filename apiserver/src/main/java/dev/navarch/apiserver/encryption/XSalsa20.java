package dev.navarch.apiserver.encryption;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** The stream of XSalsa20 for a key and a nonce (source: D. J. Bernstein, Extending the Salsa20 nonce, and Salsa20/20). */
final class XSalsa20 {
    private static final VarHandle LITTLE = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    /** "expand 32-byte k". */
    private static final int[] CONSTANT = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};

    private static final int BLOCK = 64;

    private final int[] state;
    private final byte[] block = new byte[BLOCK];
    private int used = BLOCK;

    /**
     * @param key 32 bytes
     * @param nonce 24 bytes
     */
    XSalsa20(byte[] key, byte[] nonce) {
        var derived = derived(input(key, nonce, 0, 4));
        state = new int[16];
        state[0] = CONSTANT[0];
        System.arraycopy(derived, 0, state, 1, 4);
        state[5] = CONSTANT[1];
        state[6] = word(nonce, 16);
        state[7] = word(nonce, 20);
        state[10] = CONSTANT[2];
        System.arraycopy(derived, 4, state, 11, 4);
        state[15] = CONSTANT[3];
    }

    private static int[] input(byte[] key, byte[] nonce, int from, int words) {
        var in = new int[16];
        in[0] = CONSTANT[0];
        in[5] = CONSTANT[1];
        in[10] = CONSTANT[2];
        in[15] = CONSTANT[3];
        for (int i = 0; i < 4; i++) {
            in[1 + i] = word(key, 4 * i);
            in[11 + i] = word(key, 16 + 4 * i);
        }
        for (int i = 0; i < words; i++) {
            in[6 + i] = word(nonce, from + 4 * i);
        }
        return in;
    }

    private static int word(byte[] bytes, int at) {
        return (int) LITTLE.get(bytes, at);
    }

    /** HSalsa20: the key for the rest of the nonce. */
    private static int[] derived(int[] in) {
        rounds(in);
        return new int[] {in[0], in[5], in[10], in[15], in[6], in[7], in[8], in[9]};
    }

    /** Twenty of them. */
    private static void rounds(int[] x) {
        for (int i = 0; i < 10; i++) {
            quarter(x, 0, 4, 8, 12);
            quarter(x, 5, 9, 13, 1);
            quarter(x, 10, 14, 2, 6);
            quarter(x, 15, 3, 7, 11);
            quarter(x, 0, 1, 2, 3);
            quarter(x, 5, 6, 7, 4);
            quarter(x, 10, 11, 8, 9);
            quarter(x, 15, 12, 13, 14);
        }
    }

    private static void quarter(int[] x, int a, int b, int c, int d) {
        x[b] ^= Integer.rotateLeft(x[a] + x[d], 7);
        x[c] ^= Integer.rotateLeft(x[b] + x[a], 9);
        x[d] ^= Integer.rotateLeft(x[c] + x[b], 13);
        x[a] ^= Integer.rotateLeft(x[d] + x[c], 18);
    }

    private void refill() {
        var x = state.clone();
        rounds(x);
        for (int i = 0; i < 16; i++) {
            LITTLE.set(block, 4 * i, x[i] + state[i]);
        }
        if (++state[8] == 0) {
            state[9]++;
        }
        used = 0;
    }

    /** The next bytes of the stream. */
    byte[] next(int length) {
        var out = new byte[length];
        xor(out, 0, out, 0, length);
        return out;
    }

    /** Writes {@code in} XOR the next bytes of the stream. */
    void xor(byte[] in, int from, byte[] out, int to, int length) {
        for (int i = 0; i < length; i++) {
            if (used == BLOCK) {
                refill();
            }
            out[to + i] = (byte) (in[from + i] ^ block[used++]);
        }
    }
}
