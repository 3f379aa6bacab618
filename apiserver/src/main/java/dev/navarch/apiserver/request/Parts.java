package dev.navarch.apiserver.request;

import java.io.IOException;
import java.io.OutputStream;
import java.util.List;

/**
 * A body in pieces, to be written one after the other without being copied together. A piece is the end of an array,
 * which may be shared with the store; neither the pieces nor their arrays change.
 */
public final class Parts {
    public static final Parts NONE = new Parts(new byte[0][], new int[0], 0, 0);

    private final byte[][] arrays;
    private final int[] offsets;
    private final int size;
    private final long length;

    private Parts(byte[][] arrays, int[] offsets, int size, long length) {
        this.arrays = arrays;
        this.offsets = offsets;
        this.size = size;
        this.length = length;
    }

    public static Parts of(byte[] whole) {
        return new Parts(new byte[][] {whole}, new int[1], 1, whole.length);
    }

    public static Parts of(List<byte[]> arrays) {
        var builder = new Builder(arrays.size());
        arrays.forEach(builder::add);
        return builder.build();
    }

    /** How many pieces there are. */
    public int size() {
        return size;
    }

    /** Where the piece is; from {@link #offset} to the array's end. */
    public byte[] array(int piece) {
        return arrays[piece];
    }

    public int offset(int piece) {
        return offsets[piece];
    }

    /** In bytes, of all pieces. */
    public long length() {
        return length;
    }

    public void writeTo(OutputStream out) throws IOException {
        for (int i = 0; i < size; i++) {
            out.write(arrays[i], offsets[i], arrays[i].length - offsets[i]);
        }
    }

    /** All pieces in one array, which may be that of the only piece. */
    public byte[] toByteArray() {
        if (size == 1 && offsets[0] == 0) {
            return arrays[0];
        }
        var all = new byte[Math.toIntExact(length)];
        int at = 0;
        for (int i = 0; i < size; i++) {
            int count = arrays[i].length - offsets[i];
            System.arraycopy(arrays[i], offsets[i], all, at, count);
            at += count;
        }
        return all;
    }

    /** Collects pieces. */
    public static final class Builder {
        private final byte[][] arrays;
        private final int[] offsets;
        private int size;
        private long length;

        /** @param most how many pieces there will be at most */
        public Builder(int most) {
            arrays = new byte[most][];
            offsets = new int[most];
        }

        public Builder add(byte[] array) {
            return add(array, 0);
        }

        /** Adds what follows the array's first {@code offset} bytes. */
        public Builder add(byte[] array, int offset) {
            arrays[size] = array;
            offsets[size++] = offset;
            length += array.length - offset;
            return this;
        }

        public Parts build() {
            return new Parts(arrays, offsets, size, length);
        }
    }
}
