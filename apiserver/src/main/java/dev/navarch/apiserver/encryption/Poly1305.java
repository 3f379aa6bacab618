package dev.navarch.apiserver.encryption;

import java.util.Arrays;

/** A message's tag under a key that is used once (source: RFC 8439, section 2.5). In limbs of 26 bits. */
final class Poly1305 {
    static final int KEY = 32;
    private static final int BLOCK = 16;
    private static final long LIMB = 0x3ffffff;

    private Poly1305() {}

    static byte[] tag(byte[] key, byte[] message, int from, int length) {
        var r = limbs(clamped(key));
        var h = new long[5];
        for (int at = 0; at < length; at += BLOCK) {
            int size = Math.min(BLOCK, length - at);
            var block = new byte[BLOCK + 1];
            System.arraycopy(message, from + at, block, 0, size);
            block[size] = 1;
            var added = limbs(block);
            for (int i = 0; i < 5; i++) {
                h[i] += added[i];
            }
            multiply(h, r);
        }
        return sum(reduced(h), key);
    }

    private static byte[] clamped(byte[] key) {
        var r = Arrays.copyOf(key, BLOCK + 1);
        r[BLOCK] = 0;
        for (int i = 3; i < BLOCK; i += 4) {
            r[i] &= 15;
        }
        for (int i = 4; i < BLOCK; i += 4) {
            r[i] &= (byte) 252;
        }
        return r;
    }

    /** Of 17 bytes, the lowest first. */
    private static long[] limbs(byte[] bytes) {
        var limbs = new long[5];
        for (int bit = 0; bit < 8 * bytes.length; bit += 8) {
            long value = bytes[bit / 8] & 0xffL;
            limbs[bit / 26] |= value << bit % 26 & LIMB;
            if (bit % 26 > 18 && bit / 26 < 4) {
                limbs[bit / 26 + 1] |= value >>> 26 - bit % 26;
            }
        }
        return limbs;
    }

    /** {@code h} times {@code r}, modulo 2^130 - 5, nearly reduced. */
    private static void multiply(long[] h, long[] r) {
        var product = new long[5];
        for (int i = 0; i < 5; i++) {
            for (int j = 0; j < 5; j++) {
                long factor = i + j < 5 ? r[j] : 5 * r[j];
                product[(i + j) % 5] += h[i] * factor;
            }
        }
        carry(product);
        System.arraycopy(product, 0, h, 0, 5);
    }

    private static void carry(long[] h) {
        long carry = 0;
        for (int i = 0; i < 5; i++) {
            h[i] += carry;
            carry = h[i] >>> 26;
            h[i] &= LIMB;
        }
        h[0] += 5 * carry;
        h[1] += h[0] >>> 26;
        h[0] &= LIMB;
    }

    /** The one below 2^130 - 5, found without a branch that depends on it. */
    private static long[] reduced(long[] h) {
        carry(h);
        carry(h);
        var less = new long[5];
        long carry = 5;
        for (int i = 0; i < 5; i++) {
            less[i] = h[i] + carry;
            carry = less[i] >>> 26;
            less[i] &= LIMB;
        }
        long mask = -carry; // all ones if h was not below
        for (int i = 0; i < 5; i++) {
            h[i] = h[i] & ~mask | less[i] & mask;
        }
        return h;
    }

    private static byte[] sum(long[] h, byte[] key) {
        var tag = new byte[BLOCK];
        long carry = 0;
        for (int i = 0; i < BLOCK; i++) {
            int bit = 8 * i;
            long value = h[bit / 26] >>> bit % 26;
            if (bit % 26 > 18) {
                value |= h[bit / 26 + 1] << 26 - bit % 26;
            }
            carry += (value & 0xff) + (key[BLOCK + i] & 0xff);
            tag[i] = (byte) carry;
            carry >>>= 8;
        }
        return tag;
    }
}
