package dev.navarch.api;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Reads one protobuf message, field by field. Never reads beyond it; whatever is wrong is a {@link BadBodyException}. */
final class ProtobufBytesIn {
    static final int VARINT = 0;
    static final int FIXED64 = 1;
    static final int LENGTH = 2;
    static final int FIXED32 = 5;

    private static final int LONGEST_VARINT = 10;

    private final byte[] bytes;
    private final int end;
    private int at;
    private int number;
    private int wire;

    ProtobufBytesIn(byte[] bytes, int from, int end) {
        this.bytes = bytes;
        this.at = from;
        this.end = end;
    }

    /** Goes to the next field; false at the message's end. */
    boolean next() {
        if (at >= end) {
            return false;
        }
        long tag = varint();
        number = (int) (tag >>> 3);
        wire = (int) (tag & 7);
        if (number <= 0) {
            throw malformed("illegal tag " + number);
        }
        return true;
    }

    int number() {
        return number;
    }

    int wire() {
        return wire;
    }

    long varint() {
        long value = 0;
        for (int i = 0; i < LONGEST_VARINT; i++) {
            byte next = take();
            value |= (long) (next & 0x7f) << (7 * i);
            if (next >= 0) {
                return value;
            }
        }
        throw malformed("integer overflow");
    }

    long fixed64() {
        long value = 0;
        for (int i = 0; i < 8; i++) {
            value |= (long) (take() & 0xff) << (8 * i);
        }
        return value;
    }

    /** The bytes of this field, which must be of a length of its own, as a message. */
    ProtobufBytesIn message() {
        if (wire != LENGTH) {
            throw malformed("wrong wireType = " + wire);
        }
        long length = varint();
        if (length < 0 || length > end - at) {
            throw malformed("unexpected EOF");
        }
        var inner = new ProtobufBytesIn(bytes, at, at + (int) length);
        at += (int) length;
        return inner;
    }

    byte[] rest() {
        return Arrays.copyOfRange(bytes, at, end);
    }

    String restText() {
        return new String(bytes, at, end - at, StandardCharsets.UTF_8);
    }

    boolean atEnd() {
        return at >= end;
    }

    void skip() {
        switch (wire) {
            case VARINT -> varint();
            case FIXED64 -> fixed64();
            case LENGTH -> message();
            case FIXED32 -> {
                for (int i = 0; i < 4; i++) {
                    take();
                }
            }
            default -> throw malformed("wrong wireType = " + wire);
        }
    }

    private byte take() {
        if (at >= end) {
            throw malformed("unexpected EOF");
        }
        return bytes[at++];
    }

    static BadBodyException malformed(String why) {
        return new BadBodyException("proto: " + why);
    }
}
