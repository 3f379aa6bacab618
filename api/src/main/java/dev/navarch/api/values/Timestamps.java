package dev.navarch.api.values;

import java.time.DateTimeException;
import java.time.Instant;
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
            return Optional.of(OffsetDateTime.parse(text).toInstant());
        } catch (DateTimeException _) {
            return Optional.empty();
        }
    }
}
