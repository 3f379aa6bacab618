package dev.navarch.apiserver.fields;

import static java.util.Objects.requireNonNull;

import dev.navarch.apiserver.tree.Meta;
import dev.navarch.time.TimeSource;

/** The time as text, made once a second. */
final class SecondsClock {
    private final TimeSource time;
    private volatile Second last = new Second(Long.MIN_VALUE, "");

    private record Second(long number, String text) {}

    SecondsClock(TimeSource time) {
        this.time = requireNonNull(time);
    }

    /** In RFC 3339. */
    String text() {
        var now = time.now();
        var known = last;
        if (known.number != now.getEpochSecond()) {
            known = new Second(now.getEpochSecond(), Meta.time(now));
            last = known;
        }
        return known.text;
    }
}
