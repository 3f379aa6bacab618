package dev.navarch.api.protobuf;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * What stands around messages: fields, the envelope of objects, and the frames of watches (sources: k8s.io/apimachinery
 * pkg/runtime/generated.proto, Unknown; pkg/apis/meta/v1/generated.proto, WatchEvent;
 * pkg/runtime/serializer/protobuf/protobuf.go, which frames by a length of four bytes).
 */
public final class ProtobufFraming {
    static final byte[] MAGIC = {'k', '8', 's', 0};
    private static final byte[] ENVELOPE_END = {3 << 3 | 2, 0, 4 << 3 | 2, 0};

    private ProtobufFraming() {}

    /** What comes before a field's bytes. */
    public static byte[] fieldHead(int number, long length) {
        var out = new ProtobufBytes();
        out.head(number, length);
        return out.toByteArray();
    }

    public static byte[] field(int number, byte[] message) {
        var out = new ProtobufBytes();
        out.bytes(number, message);
        return out.toByteArray();
    }

    /** What comes before the message of an object; {@link #envelopeEnd} comes after it. */
    public static byte[] envelopeHead(String apiVersion, String kind, long messageLength) {
        var type = new ProtobufBytes();
        type.string(1, apiVersion);
        type.string(2, kind);
        var out = new ProtobufBytes();
        out.raw(MAGIC);
        out.message(1, type);
        out.head(2, messageLength);
        return out.toByteArray();
    }

    public static byte[] envelopeEnd() {
        return ENVELOPE_END.clone();
    }

    /**
     * An event of a watch with its length before it.
     *
     * @param object in its envelope
     */
    public static byte[] watchFrame(String type, byte[] object) {
        var name = type.getBytes(StandardCharsets.US_ASCII);
        var raw = fieldHead(1, object.length);
        var before = new ProtobufBytes();
        before.bytes(1, name);
        before.head(2, raw.length + object.length);
        before.raw(raw);
        var head = before.toByteArray();
        return ByteBuffer.allocate(4 + head.length + object.length)
                .putInt(head.length + object.length)
                .put(head)
                .put(object)
                .array();
    }
}
