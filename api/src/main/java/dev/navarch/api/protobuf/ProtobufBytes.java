package dev.navarch.api.protobuf;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** A protobuf message being written; messages inside it are written first. For one thread. */
public final class ProtobufBytes {

    static final int VARINT = 0;
    static final int FIXED64 = 1;
    static final int LENGTH_DELIMITED = 2;
    static final int FIXED32 = 5;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream(64);

    public byte[] toByteArray() {
        return out.toByteArray();
    }

    public void string(int field, String text) {
        bytes(field, text.getBytes(StandardCharsets.UTF_8));
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
            out.write((int) (bits >>> shift));
        }
    }

    public void message(int field, ProtobufBytes message) {
        bytes(field, message.toByteArray());
    }

    public void bytes(int field, byte[] value) {
        head(field, value.length);
        out.writeBytes(value);
    }

    /** The tag and length of bytes that follow. */
    void head(int field, long length) {
        varint((long) field << 3 | LENGTH_DELIMITED);
        varint(length);
    }

    /** Bytes as they are, without a tag. */
    void raw(byte[] value) {
        out.writeBytes(value);
    }

    private void varint(long value) {
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            out.write((int) (rest & 0x7f | 0x80));
            rest >>>= 7;
        }
        out.write((int) rest);
    }
}
