package dev.navarch.kubelet.logs;

import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What of a log is wanted.
 *
 * @param follow goes on until the container has ended
 * @param timestamps puts each line's time before it
 * @param tailLines only so many of the last lines
 * @param limitBytes stops after so many bytes
 * @param since only lines at or after this time
 */
public record LogOptions(
        boolean follow,
        boolean timestamps,
        OptionalLong tailLines,
        OptionalLong limitBytes,
        Optional<Instant> since,
        Streams streams) {

    /** Which of the container's streams. */
    public enum Streams {
        ALL,
        STDOUT,
        STDERR
    }

    public static final LogOptions ALL =
            new LogOptions(false, false, OptionalLong.empty(), OptionalLong.empty(), Optional.empty(), Streams.ALL);
}
