package dev.navarch.api.protobuf;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A protobuf message being written; messages inside it are written first. For one thread. */
public final class ProtobufBytes {

    static final int VARINT = 0;
    static final int FIXED64 = 1;
    static final int LENGTH_DELIMITED = 2;
    static final int FIXED32 = 5;

    private byte[] bytes = new byte[64];
    private int size;

    public byte[] toByteArray() {
        return Arrays.copyOf(bytes, size);
    }

    public void string(int field, String text) {
        int length = text.length();
        for (int i = 0; i < length; i++) {
            if (text.charAt(i) >= 0x80) {
                bytes(field, text.getBytes(StandardCharsets.UTF_8));
                return;
            }
        }
        head(field, length);
        reserve(length);
        for (int i = 0; i < length; i++) {
            bytes[size++] = (byte) text.charAt(i);
        }
    }

    /** Leaves out an empty text, for which absence stands. */
    public void stringUnlessEmpty(int field, String text) {
        if (!text.isEmpty()) {
            string(field, text);
        }
    }

    /** Leaves out false, for which absence stands. */
    public void boolIfTrue(int field, boolean value) {
        if (value) {
            integer(field, 1);
        }
    }

    public void integer(int field, long value) {
        varint((long) field << 3 | VARINT);
        varint(value);
    }

    public void floating(int field, double value) {
        varint((long) field << 3 | FIXED64);
        long bits = Double.doubleToLongBits(value);
        for (int shift = 0; shift < 64; shift += 8) {
            write((int) (bits >>> shift));
        }
    }

    public void message(int field, ProtobufBytes message) {
        head(field, message.size);
        raw(message.bytes, message.size);
    }

    public void bytes(int field, byte[] value) {
        head(field, value.length);
        raw(value);
    }

    /** The tag and length of bytes that follow. */
    void head(int field, long length) {
        varint((long) field << 3 | LENGTH_DELIMITED);
        varint(length);
    }

    /** Bytes as they are, without a tag. */
    void raw(byte[] value) {
        raw(value, value.length);
    }

    private void raw(byte[] value, int length) {
        reserve(length);
        System.arraycopy(value, 0, bytes, size, length);
        size += length;
    }

    private void write(int value) {
        reserve(1);
        bytes[size++] = (byte) value;
    }

    private void reserve(int more) {
        if (bytes.length - size < more) {
            bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, Math.addExact(size, more)));
        }
    }

    private void varint(long value) {
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            write((int) (rest & 0x7f | 0x80));
            rest >>>= 7;
        }
        write((int) rest);
    }
}
