package dev.navarch.apiserver.encryption;

import dev.navarch.api.values.Names;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * A value that is sealed with a key which a KMS plugin's key seals (source: k8s.io/apiserver
 * pkg/storage/value/encrypt/envelope/kmsv2/v2/api.proto and ../envelope.go, ValidateEncryptedObject).
 *
 * @param data the sealed value
 * @param source the sealed key, or the sealed seed of it
 * @param seed whether it is a seed
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, not compared
record EncryptedObject(byte[] data, String keyId, byte[] source, Map<String, byte[]> annotations, boolean seed) {
    private static final int LONGEST_KEY_ID = 1024;
    private static final int LONGEST_SOURCE = 1024;
    private static final int LONGEST_ANNOTATIONS = 32 * 1024;

    private static final int LENGTH_DELIMITED = 2;

    /** @throws SealFailure if a plugin gave it what can't be kept */
    EncryptedObject {
        annotations = Map.copyOf(annotations);
        if (data.length == 0) {
            throw new SealFailure("encrypted data is empty");
        }
        if (source.length == 0) {
            throw new SealFailure("failed to validate encrypted DEK source: encrypted DEK source is empty");
        }
        if (source.length > LONGEST_SOURCE) {
            throw new SealFailure("failed to validate encrypted DEK source: encrypted DEK source is " + source.length
                    + " bytes, which exceeds the max size of " + LONGEST_SOURCE);
        }
        var keyIdFault = keyIdFault(keyId);
        if (!keyIdFault.isEmpty()) {
            throw new SealFailure("failed to validate key id: " + keyIdFault);
        }
        long size = 0;
        for (var annotation : annotations.entrySet()) {
            var key = annotation.getKey();
            if (!key.contains(".") || !Names.dns1123Subdomain(key).isEmpty()) {
                throw new SealFailure("failed to validate annotations: annotations: Invalid value: \"" + key
                        + "\": should be a domain with at least two segments separated by dots");
            }
            size += key.length() + annotation.getValue().length;
        }
        if (size > LONGEST_ANNOTATIONS) {
            throw new SealFailure("failed to validate annotations: total size of annotations is " + size
                    + ", which exceeds the max size of " + LONGEST_ANNOTATIONS);
        }
    }

    /** Empty if the id is fine. */
    static String keyIdFault(String keyId) {
        int length = keyId.getBytes(StandardCharsets.UTF_8).length;
        if (length == 0) {
            return "keyID is empty";
        }
        return length > LONGEST_KEY_ID
                ? "keyID is " + length + " bytes, which exceeds the max size of " + LONGEST_KEY_ID
                : "";
    }

    /** The same key around another value. */
    EncryptedObject with(byte[] other) {
        return new EncryptedObject(other, keyId, source, annotations, seed);
    }

    byte[] encode() {
        var out = new ByteArrayOutputStream(data.length + source.length + 64);
        field(out, 1, data);
        field(out, 2, keyId.getBytes(StandardCharsets.UTF_8));
        field(out, 3, source);
        new TreeMap<>(annotations).forEach((key, value) -> {
            var entry = new ByteArrayOutputStream();
            field(entry, 1, key.getBytes(StandardCharsets.UTF_8));
            field(entry, 2, value);
            field(out, 4, entry.toByteArray());
        });
        if (seed) {
            out.write(5 << 3);
            out.write(1);
        }
        return out.toByteArray();
    }

    private static void field(ByteArrayOutputStream out, int number, byte[] value) {
        out.write(number << 3 | LENGTH_DELIMITED);
        int length = value.length;
        while (length > 0x7f) {
            out.write(length & 0x7f | 0x80);
            length >>>= 7;
        }
        out.write(length);
        out.writeBytes(value);
    }

    /** @throws SealFailure if that is no such object */
    static EncryptedObject decode(byte[] bytes) {
        var in = new Reader(bytes);
        var data = new byte[0];
        var keyId = "";
        var source = new byte[0];
        Map<String, byte[]> annotations = new LinkedHashMap<>();
        long type = 0;
        while (in.more()) {
            long tag = in.number();
            switch ((int) tag) {
                case 1 << 3 | LENGTH_DELIMITED -> data = in.bytes();
                case 2 << 3 | LENGTH_DELIMITED -> keyId = in.text();
                case 3 << 3 | LENGTH_DELIMITED -> source = in.bytes();
                case 4 << 3 | LENGTH_DELIMITED -> annotation(new Reader(in.bytes()), annotations);
                case 5 << 3 -> type = in.number();
                default -> in.skip((int) tag & 7);
            }
        }
        if (type != 0 && type != 1) {
            throw new SealFailure("unknown encryptedDEKSourceType: " + type);
        }
        return new EncryptedObject(data, keyId, source, annotations, type == 1);
    }

    private static void annotation(Reader in, Map<String, byte[]> into) {
        var key = "";
        var value = new byte[0];
        while (in.more()) {
            long tag = in.number();
            switch ((int) tag) {
                case 1 << 3 | LENGTH_DELIMITED -> key = in.text();
                case 2 << 3 | LENGTH_DELIMITED -> value = in.bytes();
                default -> in.skip((int) tag & 7);
            }
        }
        into.put(key, value);
    }

    /** Reads fields; what is cut short or senseless is a failure. */
    private static final class Reader {
        private final byte[] bytes;
        private int at;

        Reader(byte[] bytes) {
            this.bytes = bytes;
        }

        boolean more() {
            return at < bytes.length;
        }

        long number() {
            long value = 0;
            for (int shift = 0; shift < 64; shift += 7) {
                if (!more()) {
                    throw broken();
                }
                byte next = bytes[at++];
                value |= (next & 0x7fL) << shift;
                if (next >= 0) {
                    return value;
                }
            }
            throw broken();
        }

        byte[] bytes() {
            long length = number();
            if (length < 0 || length > bytes.length - at) {
                throw broken();
            }
            at += (int) length;
            return Arrays.copyOfRange(bytes, at - (int) length, at);
        }

        String text() {
            return new String(bytes(), StandardCharsets.UTF_8);
        }

        void skip(int wireType) {
            switch (wireType) {
                case 0 -> number();
                case 1 -> advance(8);
                case LENGTH_DELIMITED -> bytes();
                case 5 -> advance(4);
                default -> throw broken();
            }
        }

        private void advance(int by) {
            if (by > bytes.length - at) {
                throw broken();
            }
            at += by;
        }

        private static SealFailure broken() {
            return new SealFailure("proto: cannot parse invalid wire-format data");
        }
    }
}
