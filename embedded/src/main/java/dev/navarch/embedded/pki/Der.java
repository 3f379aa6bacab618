package dev.navarch.embedded.pki;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.List;

/** Values in the distinguished encoding of ASN.1 (X.690), as far as certificates have them. */
final class Der {
    private static final int FIRST_OF_UTC = 1950;
    private static final int FIRST_AFTER_UTC = 2050;

    private Der() {}

    /** A value of a tag of one byte. */
    static byte[] value(int tag, byte[]... contents) {
        int length = 0;
        for (var content : contents) {
            length += content.length;
        }
        var out = new ByteArrayOutputStream(length + 6);
        out.write(tag);
        if (length < 0x80) {
            out.write(length);
        } else {
            int bytes = (Integer.SIZE - Integer.numberOfLeadingZeros(length) + 7) / 8;
            out.write(0x80 | bytes);
            for (int i = bytes - 1; i >= 0; i--) {
                out.write(length >> 8 * i);
            }
        }
        for (var content : contents) {
            out.writeBytes(content);
        }
        return out.toByteArray();
    }

    static byte[] sequence(byte[]... parts) {
        return value(0x30, parts);
    }

    static byte[] sequence(List<byte[]> parts) {
        return sequence(parts.toArray(byte[][]::new));
    }

    static byte[] set(byte[]... parts) {
        return value(0x31, parts);
    }

    static byte[] bool(boolean value) {
        return value(0x01, new byte[] {(byte) (value ? 0xff : 0)});
    }

    static byte[] integer(BigInteger value) {
        return value(0x02, value.toByteArray());
    }

    static byte[] octets(byte[] content) {
        return value(0x04, content);
    }

    /** A string of whole bytes. */
    static byte[] bits(byte[] content) {
        return value(0x03, new byte[] {0}, content);
    }

    /** Named bits, of which number 0 is the highest bit of the lowest byte; zeros at the end are left out. */
    static byte[] namedBits(int bits) {
        int bytes = bits > 0xff ? 2 : 1;
        int last = bits >> 8 * (bytes - 1) & 0xff;
        var content = new byte[bytes + 1];
        content[0] = (byte) (last == 0 ? 0 : Integer.numberOfTrailingZeros(last));
        for (int i = 0; i < bytes; i++) {
            content[i + 1] = (byte) (bits >> 8 * i);
        }
        return value(0x03, content);
    }

    static byte[] text(String value) {
        return value(0x0c, value.getBytes(StandardCharsets.UTF_8));
    }

    /** To the second, in the two forms that RFC 5280 (4.1.2.5) asks for. */
    static byte[] time(Instant instant) {
        var at = ZonedDateTime.ofInstant(instant, ZoneOffset.UTC);
        boolean utc = at.getYear() >= FIRST_OF_UTC && at.getYear() < FIRST_AFTER_UTC;
        var text = new StringBuilder(15);
        if (!utc) {
            digits(text, at.getYear() / 100);
        }
        digits(text, at.getYear() % 100);
        digits(text, at.getMonthValue());
        digits(text, at.getDayOfMonth());
        digits(text, at.getHour());
        digits(text, at.getMinute());
        digits(text, at.getSecond());
        return value(utc ? 0x17 : 0x18, text.append('Z').toString().getBytes(StandardCharsets.US_ASCII));
    }

    private static void digits(StringBuilder text, int two) {
        text.append((char) ('0' + two / 10)).append((char) ('0' + two % 10));
    }

    /** An object identifier in dots. */
    static byte[] oid(String dotted) {
        var parts = dotted.split("\\.");
        var out = new ByteArrayOutputStream();
        base128(out, Long.parseLong(parts[0]) * 40 + Long.parseLong(parts[1]));
        for (int i = 2; i < parts.length; i++) {
            base128(out, Long.parseLong(parts[i]));
        }
        return value(0x06, out.toByteArray());
    }

    private static void base128(ByteArrayOutputStream out, long number) {
        int shift = 0;
        while (number >> shift + 7 != 0) {
            shift += 7;
        }
        for (; shift > 0; shift -= 7) {
            out.write((int) (0x80 | number >> shift & 0x7f));
        }
        out.write((int) (number & 0x7f));
    }

    /** Where the content of the value begins that begins at {@code start}. */
    static int contentOf(byte[] der, int start) {
        int first = der[start + 1] & 0xff;
        return start + 2 + (first < 0x80 ? 0 : first & 0x7f);
    }

    /** Where the value ends that begins at {@code start}. */
    static int endOf(byte[] der, int start) {
        int content = contentOf(der, start);
        int length = der[start + 1] & 0xff;
        if (length >= 0x80) {
            length = 0;
            for (int i = start + 2; i < content; i++) {
                length = length << 8 | der[i] & 0xff;
            }
        }
        return content + length;
    }
}
