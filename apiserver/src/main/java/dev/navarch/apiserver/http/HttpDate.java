package dev.navarch.apiserver.http;

import dev.navarch.time.TimeSource;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** The Date header's value, formatted once a second. */
public final class HttpDate {
    private static final DateTimeFormatter FORM =
            DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ROOT);

    private final TimeSource time;
    private volatile Formatted last = new Formatted(Long.MIN_VALUE, "");

    private record Formatted(long second, String text) {}

    public HttpDate(TimeSource time) {
        this.time = time;
    }

    String now() {
        var now = time.now();
        var formatted = last;
        if (formatted.second != now.getEpochSecond()) {
            formatted = format(now);
            last = formatted;
        }
        return formatted.text;
    }

    private static Formatted format(Instant instant) {
        return new Formatted(instant.getEpochSecond(), FORM.format(instant.atOffset(ZoneOffset.UTC)));
    }
}
