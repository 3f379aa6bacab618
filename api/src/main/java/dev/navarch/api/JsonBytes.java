package dev.navarch.api;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import tools.jackson.databind.JsonNode;

/**
 * JSON written straight as UTF-8, escaped as Go does, which also hides {@code <}, {@code >} and {@code &} from
 * browsers (source: Go's encoding/json encode.go). Grows as needed. For one thread.
 */
public final class JsonBytes {

    static final byte[] NULL = "null".getBytes(StandardCharsets.US_ASCII);
    static final byte[] TRUE = "true".getBytes(StandardCharsets.US_ASCII);
    static final byte[] FALSE = "false".getBytes(StandardCharsets.US_ASCII);

    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] REPLACEMENT = "\\ufffd".getBytes(StandardCharsets.US_ASCII);
    private static final boolean[] PLAIN = new boolean[128];

    static {
        Arrays.fill(PLAIN, 0x20, 0x80, true);
        for (char c : "\"\\<>&".toCharArray()) {
            PLAIN[c] = false;
        }
    }

    private byte[] bytes;
    private int length;
    private int mark = -1;

    public JsonBytes(int capacity) {
        bytes = new byte[capacity];
    }

    public byte[] toByteArray() {
        return Arrays.copyOf(bytes, length);
    }

    /** Remembers the place of what is written next. */
    void setMark() {
        mark = length;
    }

    /** Where {@link #setMark} was called last; -1 if never. */
    int mark() {
        return mark;
    }

    public void raw(char ascii) {
        ensure(1);
        bytes[length++] = (byte) ascii;
    }

    public void raw(byte[] text) {
        ensure(text.length);
        System.arraycopy(text, 0, bytes, length, text.length);
        length += text.length;
    }

    public void string(String text) {
        int count = text.length();
        ensure(count + 2);
        bytes[length++] = '"';
        int i = 0;
        int at = length;
        for (; i < count; i++) {
            char c = text.charAt(i);
            if (c >= 128 || !PLAIN[c]) {
                break;
            }
            bytes[at++] = (byte) c;
        }
        length = at;
        if (i < count) {
            escaped(text, i);
        }
        raw('"');
    }

    private void escaped(String text, int from) {
        for (int i = from; i < text.length(); i++) {
            ensure(6);
            char c = text.charAt(i);
            if (c < 128) {
                ascii(c);
            } else if (c < 0x800) {
                bytes[length++] = (byte) (0xc0 | c >> 6);
                bytes[length++] = (byte) (0x80 | c & 0x3f);
            } else if (Character.isSurrogate(c)) {
                boolean pair = Character.isHighSurrogate(c)
                        && i + 1 < text.length()
                        && Character.isLowSurrogate(text.charAt(i + 1));
                if (pair) {
                    supplementary(Character.toCodePoint(c, text.charAt(++i)));
                } else {
                    raw(REPLACEMENT);
                }
            } else if (c == '\u2028' || c == '\u2029') {
                unicode(c);
            } else {
                bytes[length++] = (byte) (0xe0 | c >> 12);
                bytes[length++] = (byte) (0x80 | c >> 6 & 0x3f);
                bytes[length++] = (byte) (0x80 | c & 0x3f);
            }
        }
    }

    private void ascii(char c) {
        if (PLAIN[c]) {
            bytes[length++] = (byte) c;
            return;
        }
        switch (c) {
            case '"', '\\' -> escape(c);
            case '\n' -> escape('n');
            case '\r' -> escape('r');
            case '\t' -> escape('t');
            case '\b' -> escape('b');
            case '\f' -> escape('f');
            default -> unicode(c);
        }
    }

    private void escape(char c) {
        bytes[length++] = '\\';
        bytes[length++] = (byte) c;
    }

    private void unicode(char c) {
        bytes[length++] = '\\';
        bytes[length++] = 'u';
        for (int shift = 12; shift >= 0; shift -= 4) {
            bytes[length++] = HEX[c >> shift & 0xf];
        }
    }

    private void supplementary(int c) {
        bytes[length++] = (byte) (0xf0 | c >> 18);
        bytes[length++] = (byte) (0x80 | c >> 12 & 0x3f);
        bytes[length++] = (byte) (0x80 | c >> 6 & 0x3f);
        bytes[length++] = (byte) (0x80 | c & 0x3f);
    }

    public void number(JsonNode node) {
        if (node.isIntegralNumber()) {
            if (node.canConvertToLong()) {
                integer(node.longValue());
            } else {
                raw(node.bigIntegerValue().toString().getBytes(StandardCharsets.US_ASCII));
            }
        } else {
            raw(floating(node.doubleValue()).getBytes(StandardCharsets.US_ASCII));
        }
    }

    private void integer(long value) {
        if (value < 0 || value > 9) {
            raw(Long.toString(value).getBytes(StandardCharsets.ISO_8859_1));
        } else {
            raw((char) ('0' + value));
        }
    }

    /** The shortest text that reads back as the same number, in Go's choice of notation. */
    static String floating(double value) {
        if (Double.isNaN(value) || Double.isInfinite(value)) {
            return "null";
        }
        if (value == 0) {
            return 1 / value < 0 ? "-0" : "0";
        }
        double size = Math.abs(value);
        var exact = new BigDecimal(Double.toString(value)).stripTrailingZeros();
        if (size >= 1e-6 && size < 1e21) {
            return exact.toPlainString();
        }
        var digits = exact.unscaledValue().abs().toString();
        int exponent = digits.length() - 1 - exact.scale();
        var mantissa = digits.length() == 1 ? digits : digits.charAt(0) + "." + digits.substring(1);
        // Go removes a leading zero from two-digit negative exponents only
        var sign = exponent < 0 ? "-" : "+";
        int magnitude = Math.abs(exponent);
        var power = magnitude < 10 && exponent > 0 ? "0" + magnitude : Integer.toString(magnitude);
        return (value < 0 ? "-" : "") + mantissa + "e" + sign + power;
    }

    private void ensure(int more) {
        if (bytes.length - length < more) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
        }
    }
}
