package dev.navarch.storage;

import java.lang.ref.WeakReference;
import java.util.Arrays;
import java.util.zip.CRC32C;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/** Bytes that are seldom read, kept compressed; they are there in full as long as somebody reads them. */
public final class FoldedBytes {
    /** Shorter values are not worth it. */
    static final int LEAST = 16 << 10;

    private static final int LEVEL = 3;

    private final byte[] compressed;
    private final int length;
    private final int checksum;
    private volatile WeakReference<byte[]> opened = new WeakReference<>(null);

    /**
     * What was folded before.
     *
     * @param compressed shared, and not to be changed any more
     * @param length of the bytes in full
     * @param checksum of the bytes in full
     */
    public FoldedBytes(byte[] compressed, int length, int checksum) {
        this.compressed = compressed;
        this.length = length;
        this.checksum = checksum;
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
            var folded = new FoldedBytes(Arrays.copyOf(compressed, size), bytes.length, checksum(bytes));
            folded.opened = new WeakReference<>(bytes);
            return folded;
        }
    }

    /** CRC-32C. */
    static int checksum(byte[] bytes) {
        var sum = new CRC32C();
        sum.update(bytes);
        return (int) sum.getValue();
    }

    /** The form in which they are kept; not to be changed. */
    public byte[] compressed() {
        return compressed;
    }

    /** Of the bytes in full. */
    public int length() {
        return length;
    }

    /** CRC-32C of the bytes in full. */
    public int checksum() {
        return checksum;
    }

    synchronized byte[] open() {
        var there = opened.get();
        if (there == null) {
            there = inflated();
            opened = new WeakReference<>(there);
        }
        return there;
    }

    private byte[] inflated() {
        try (var inflater = new Inflater()) {
            inflater.setInput(compressed);
            var bytes = new byte[length];
            int size = 0;
            while (size < length) {
                int more = inflater.inflate(bytes, size, length - size);
                if (more == 0) {
                    throw new IllegalStateException("compressed bytes are damaged");
                }
                size += more;
            }
            return bytes;
        } catch (DataFormatException e) {
            throw new IllegalStateException("compressed bytes are damaged", e);
        }
    }
}
