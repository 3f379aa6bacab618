package dev.navarch.storage;

import java.lang.ref.SoftReference;
import java.util.Arrays;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/** Bytes that are seldom read, kept compressed; those that were read stay at hand while there is room. */
final class FoldedBytes {
    /** Shorter values are not worth it. */
    static final int LEAST = 16 << 10;

    private static final int LEVEL = 3;

    private final byte[] compressed;
    private final int length;
    private volatile SoftReference<byte[]> opened;

    private FoldedBytes(byte[] compressed, byte[] bytes) {
        this.compressed = compressed;
        length = bytes.length;
        opened = new SoftReference<>(bytes);
    }

    static FoldedBytes of(byte[] bytes) {
        try (var deflater = new Deflater(LEVEL)) {
            deflater.setInput(bytes);
            deflater.finish();
            var compressed = new byte[64 + bytes.length / 4];
            int size = 0;
            while (!deflater.finished()) {
                if (size == compressed.length) {
                    compressed = Arrays.copyOf(compressed, 2 * size);
                }
                size += deflater.deflate(compressed, size, compressed.length - size);
            }
            return new FoldedBytes(Arrays.copyOf(compressed, size), bytes);
        }
    }

    /** As the garbage collector does when memory is short. */
    void forget() {
        opened.clear();
    }

    synchronized byte[] open() {
        var there = opened.get();
        if (there == null) {
            there = inflated();
            opened = new SoftReference<>(there);
        }
        return there;
    }

    private byte[] inflated() {
        try (var inflater = new Inflater()) {
            inflater.setInput(compressed);
            var bytes = new byte[length];
            int size = 0;
            while (size < length) {
                size += inflater.inflate(bytes, size, length - size);
            }
            return bytes;
        } catch (DataFormatException e) {
            throw new IllegalStateException("bytes in memory are damaged", e);
        }
    }
}
