package dev.navarch.api.protobuf;

import dev.navarch.api.BadBodyException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A protobuf message being read. Whatever the bytes, it stays within them. For one thread. */
final class ProtobufInput {

    private final byte[] bytes;
    private final int end;
    private int at;
    private int field;
    private int wireType;

    ProtobufInput(byte[] bytes, int start, int end) {
        this.bytes = bytes;
        this.at = start;
        this.end = end;
    }

    /** Goes to the next field, which must then be read or skipped; false at the end. */
    boolean next() {
        if (at == end) {
            return false;
        }
        long tag = varint();
        field = (int) (tag >>> 3);
        wireType = (int) (tag & 7);
        if (field <= 0 || tag >>> 32 != 0) {
            throw new BadBodyException("proto: illegal tag " + field + " (wire type " + wireType + ")");
        }
        return true;
    }

    int field() {
        return field;
    }

    boolean lengthDelimited() {
        return wireType == ProtobufBytes.LENGTH_DELIMITED;
    }

    boolean hasMore() {
        return at < end;
    }

    long integer() {
        expect(ProtobufBytes.VARINT);
        return varint();
    }

    double floating() {
        expect(ProtobufBytes.FIXED64);
        advance(8);
        long bits = 0;
        for (int i = 1; i <= 8; i++) {
            bits = bits << 8 | bytes[at - i] & 0xff;
        }
        return Double.longBitsToDouble(bits);
    }

    String string() {
        expect(ProtobufBytes.LENGTH_DELIMITED);
        int length = length();
        advance(length);
        return new String(bytes, at - length, length, StandardCharsets.UTF_8);
    }

    byte[] bytes() {
        expect(ProtobufBytes.LENGTH_DELIMITED);
        int length = length();
        advance(length);
        return Arrays.copyOfRange(bytes, at - length, at);
    }

    ProtobufInput message() {
        expect(ProtobufBytes.LENGTH_DELIMITED);
        int length = length();
        advance(length);
        return new ProtobufInput(bytes, at - length, at);
    }

    void skip() {
        switch (wireType) {
            case ProtobufBytes.VARINT -> varint();
            case ProtobufBytes.FIXED64 -> advance(8);
            case ProtobufBytes.LENGTH_DELIMITED -> advance(length());
            case ProtobufBytes.FIXED32 -> advance(4);
            default -> throw new BadBodyException("proto: illegal wireType " + wireType);
        }
    }

    private void expect(int wanted) {
        if (wireType != wanted) {
            throw new BadBodyException("proto: wrong wireType = " + wireType + " for field " + field);
        }
    }

    private int length() {
        long length = varint();
        if (length < 0 || length > end - at) {
            throw new BadBodyException("unexpected EOF");
        }
        return (int) length;
    }

    private void advance(int count) {
        if (count > end - at) {
            throw new BadBodyException("unexpected EOF");
        }
        at += count;
    }

    long varint() {
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            if (at == end) {
                throw new BadBodyException("unexpected EOF");
            }
            byte b = bytes[at++];
            value |= (long) (b & 0x7f) << shift;
            if (b >= 0) {
                return value;
            }
        }
        throw new BadBodyException("proto: integer overflow");
    }
}
