package dev.navarch.api.openapi;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** A protobuf message being written; messages inside it are written first. */
final class ProtobufBytes {

    private static final int VARINT = 0;
    private static final int LENGTH_DELIMITED = 2;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    byte[] toByteArray() {
        return out.toByteArray();
    }

    /** Nothing is written for an empty text, which is what an absent field means. */
    void string(int field, String text) {
        if (!text.isEmpty()) {
            bytes(field, text.getBytes(StandardCharsets.UTF_8));
        }
    }

    void bool(int field, boolean value) {
        if (value) {
            varint(field << 3 | VARINT);
            out.write(1);
        }
    }

    void message(int field, ProtobufBytes message) {
        bytes(field, message.toByteArray());
    }

    private void bytes(int field, byte[] value) {
        varint(field << 3 | LENGTH_DELIMITED);
        varint(value.length);
        out.writeBytes(value);
    }

    private void varint(int value) {
        int rest = value;
        while (rest >= 0x80) {
            out.write(rest & 0x7f | 0x80);
            rest >>>= 7;
        }
        out.write(rest);
    }
}
