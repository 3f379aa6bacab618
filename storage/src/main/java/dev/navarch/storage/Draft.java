package dev.navarch.storage;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A value on its way into the store. The store gives it its revision: it inserts the decimal digits at
 * {@code revisionAt}, so that a document which names its own version is encoded only once.
 *
 * @param bytes the value, handed over: not to be changed by the caller afterwards
 * @param revisionAt where to insert the digits, or -1
 * @param timeToLive after this, counted from the write, the store deletes the key by itself
 * @param topic what the value is about, for {@link Store#watch(String, long, int)}; 0 if that isn't said
 * @param sealed the form in which the value is kept, without its revision, where that is another one
 */
public record Draft(byte[] bytes, int revisionAt, Optional<Duration> timeToLive, int topic, byte @Nullable [] sealed) {
    private static final Duration LONGEST = Duration.ofDays(36_500);

    public Draft {
        requireNonNull(bytes);
        requireNonNull(timeToLive);
        if (revisionAt < -1 || revisionAt > bytes.length) {
            throw new IllegalArgumentException(
                    "revisionAt " + revisionAt + " is outside of " + bytes.length + " bytes");
        }
        if (timeToLive.isPresent()
                && (timeToLive.get().isNegative() || timeToLive.get().compareTo(LONGEST) > 0)) {
            throw new IllegalArgumentException("timeToLive " + timeToLive.get() + " is not between 0 and " + LONGEST);
        }
    }

    public Draft(byte[] bytes, int revisionAt) {
        this(bytes, revisionAt, Optional.empty());
    }

    public Draft(byte[] bytes, int revisionAt, Optional<Duration> timeToLive) {
        this(bytes, revisionAt, timeToLive, 0);
    }

    public Draft(byte[] bytes, int revisionAt, Optional<Duration> timeToLive, int topic) {
        this(bytes, revisionAt, timeToLive, topic, null);
    }

    /** This draft in the form in which it is kept. */
    Draft sealed(ValueTransformer values, String key, String place) {
        var form = values.seal(key, place, bytes);
        return form == bytes ? this : new Draft(bytes, revisionAt, timeToLive, topic, form);
    }
}
