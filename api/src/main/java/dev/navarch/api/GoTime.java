package dev.navarch.api;

import dev.navarch.api.values.GoText;
import dev.navarch.api.values.Timestamps;
import java.time.DateTimeException;
import java.time.LocalDateTime;
import java.time.ZoneOffset;

/**
 * Points in time as Go reads them in objects, with Go's words for what is wrong (source: Go's time/format.go with the
 * layouts of k8s.io/apimachinery pkg/apis/meta/v1/time.go and micro_time.go).
 */
final class GoTime {

    private static final String SECONDS_LAYOUT = "2006-01-02T15:04:05Z07:00";
    private static final String MICROS_LAYOUT = "2006-01-02T15:04:05.000000Z07:00";

    private final String text;
    private final String layout;
    private final boolean micros;
    private int at;

    private GoTime(String text, boolean micros) {
        this.text = text;
        this.micros = micros;
        this.layout = micros ? MICROS_LAYOUT : SECONDS_LAYOUT;
    }

    /**
     * The canonical text of a {@code Time}: in UTC, to the second.
     *
     * @throws BadBodyException with Go's message
     */
    static String seconds(String text) {
        return isCanonical(text)
                ? text
                : Timestamps.seconds(new GoTime(text, false).parse().toInstant(ZoneOffset.UTC));
    }

    /**
     * The canonical text of a {@code MicroTime}: in UTC, with six digits of a second.
     *
     * @throws BadBodyException with Go's message
     */
    static String micros(String text) {
        return Timestamps.micros(new GoTime(text, true).parse().toInstant(ZoneOffset.UTC));
    }

    /** Whether the text is already as it would be written; the common case, decided without parsing. */
    private static boolean isCanonical(String text) {
        if (text.length() != 20) {
            return false;
        }
        for (int i = 0; i < 20; i++) {
            char c = text.charAt(i);
            char pattern = "0000-00-00T00:00:00Z".charAt(i);
            if (pattern == '0' ? c < '0' || c > '9' : c != pattern) {
                return false;
            }
        }
        int month = two(text, 5);
        return month >= 1
                && month <= 12
                && two(text, 8) >= 1
                && two(text, 8) <= 28
                && two(text, 11) <= 23
                && two(text, 14) <= 59
                && two(text, 17) <= 59;
    }

    private static int two(String text, int at) {
        return (text.charAt(at) - '0') * 10 + text.charAt(at + 1) - '0';
    }

    private LocalDateTime parse() {
        int year = digits(4, "2006");
        literal("-");
        int month = digits(2, "01");
        inRange(month, 1, 12, "month");
        literal("-");
        int day = digits(2, "02");
        literal("T");
        int hour = digits(2, "15");
        inRange(hour, 0, 23, "hour");
        literal(":");
        int minute = digits(2, "04");
        inRange(minute, 0, 59, "minute");
        literal(":");
        int second = digits(2, "05");
        inRange(second, 0, 59, "second");
        int nanos = fraction();
        int offsetMinutes = zone();
        if (at < text.length()) {
            throw failure(": extra text: " + GoText.quote(text.substring(at)));
        }
        try {
            return LocalDateTime.of(year, month, day, hour, minute, second, nanos)
                    .minusMinutes(offsetMinutes);
        } catch (DateTimeException _) {
            throw failure(": day out of range");
        }
    }

    private int digits(int count, String element) {
        if (text.length() - at < count) {
            throw cannotParse(element);
        }
        int value = 0;
        for (int i = at; i < at + count; i++) {
            char c = text.charAt(i);
            if (c < '0' || c > '9') {
                throw cannotParse(element);
            }
            value = value * 10 + c - '0';
        }
        at += count;
        return value;
    }

    private void literal(String expected) {
        if (!text.startsWith(expected, at)) {
            throw cannotParse(expected);
        }
        at += expected.length();
    }

    /** A {@code Time} may have a fraction, which is dropped; a {@code MicroTime} must have six digits. */
    private int fraction() {
        boolean present =
                at + 1 < text.length() && (text.charAt(at) == '.' || text.charAt(at) == ',') && isDigit(at + 1);
        if (micros) {
            if (!present || text.length() - at < 7) {
                throw cannotParse(".000000");
            }
            at++;
            return digits(6, ".000000") * 1000;
        }
        if (present) {
            at++;
            while (at < text.length() && isDigit(at)) {
                at++;
            }
        }
        return 0;
    }

    private boolean isDigit(int index) {
        return text.charAt(index) >= '0' && text.charAt(index) <= '9';
    }

    private int zone() {
        if (text.startsWith("Z", at)) {
            at++;
            return 0;
        }
        boolean shaped = text.length() - at >= 6
                && (text.charAt(at) == '+' || text.charAt(at) == '-')
                && isDigit(at + 1)
                && isDigit(at + 2)
                && text.charAt(at + 3) == ':'
                && isDigit(at + 4)
                && isDigit(at + 5);
        if (!shaped) {
            throw cannotParse("Z07:00");
        }
        int sign = text.charAt(at) == '-' ? -1 : 1;
        int hours = two(text, at + 1);
        int minutes = two(text, at + 4);
        at += 6;
        inRange(hours, 0, 24, "time zone offset hour");
        inRange(minutes, 0, 59, "time zone offset minute");
        return sign * (hours * 60 + minutes);
    }

    private void inRange(int value, int least, int most, String what) {
        if (value < least || value > most) {
            throw failure(": " + what + " out of range");
        }
    }

    private BadBodyException cannotParse(String element) {
        return new BadBodyException("parsing time " + GoText.quote(shortened(text)) + " as " + GoText.quote(layout)
                + ": cannot parse " + GoText.quote(shortened(text.substring(at))) + " as " + GoText.quote(element));
    }

    private BadBodyException failure(String message) {
        return new BadBodyException("parsing time " + GoText.quote(shortened(text)) + message);
    }

    /** What a client sent is repeated, but not megabytes of it. */
    private static String shortened(String text) {
        return text.length() <= 1024 ? text : text.substring(0, 1024);
    }
}
