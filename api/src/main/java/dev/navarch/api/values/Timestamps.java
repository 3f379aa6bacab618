package dev.navarch.api.values;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Optional;

/**
 * Points in time as objects carry them: RFC 3339, in UTC, to the second ({@code Time}) or the microsecond
 * ({@code MicroTime}).
 *
 * <p>Source: apimachinery pkg/apis/meta/v1/time.go, micro_time.go.
 */
public final class Timestamps {
    private static final DateTimeFormatter SECONDS = pattern("uuuu-MM-dd'T'HH:mm:ss'Z'");
    private static final DateTimeFormatter MICROS = pattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'");

    /** Where 0 is any digit. */
    private static final String USUAL = "0000-00-00T00:00:00Z";

    private static final String USUAL_MICROS = "0000-00-00T00:00:00.000000Z";

    private Timestamps() {}

    private static DateTimeFormatter pattern(String pattern) {
        return DateTimeFormatter.ofPattern(pattern, Locale.ROOT).withZone(ZoneOffset.UTC);
    }

    /** A {@code Time}: whole seconds. */
    public static String seconds(Instant time) {
        return SECONDS.format(time);
    }

    /** A {@code MicroTime}. */
    public static String micros(Instant time) {
        return MICROS.format(time);
    }

    /** Reads either form, in any zone; nothing if the text is no time. */
    public static Optional<Instant> parse(String text) {
        if (text.length() > 64) {
            return Optional.empty();
        }
        try {
            if (isUsual(text)) {
                return Optional.of(usual(text));
            }
            return Optional.of(OffsetDateTime.parse(text).toInstant());
        } catch (DateTimeException _) {
            return Optional.empty();
        }
    }

    /** Whether it looks as if {@link #seconds} or {@link #micros} had written it. */
    private static boolean isUsual(String text) {
        if (text.length() != USUAL.length() && text.length() != USUAL_MICROS.length()) {
            return false;
        }
        var form = text.length() == USUAL.length() ? USUAL : USUAL_MICROS;
        for (int i = 0; i < form.length(); i++) {
            char wanted = form.charAt(i);
            char there = text.charAt(i);
            if (wanted == '0' ? there < '0' || there > '9' : there != wanted) {
                return false;
            }
        }
        return true;
    }

    /** A tenth of what a formatter takes. */
    private static Instant usual(String text) {
        return LocalDateTime.of(
                        number(text, 0, 4),
                        number(text, 5, 7),
                        number(text, 8, 10),
                        number(text, 11, 13),
                        number(text, 14, 16),
                        number(text, 17, 19),
                        text.length() == USUAL.length() ? 0 : number(text, 20, 26) * 1_000)
                .toInstant(ZoneOffset.UTC);
    }

    private static int number(String text, int begin, int end) {
        return Integer.parseInt(text, begin, end, 10);
    }
}
