package dev.navarch.kubelet.logs;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.Optional;

/**
 * A line of a container's log as the engine writes it: {@code <time> <stream> <F or P> <text>}. A partial line (P) is
 * continued by the next of its stream.
 *
 * <p>Source of the form: kubernetes staging/src/k8s.io/cri-client/pkg/logs/logs.go.
 *
 * @param timestamp as written
 * @param text without line end
 */
@SuppressWarnings("ArrayRecordComponent") // passed on, never compared
record LogLine(String timestamp, Instant at, boolean stderr, boolean partial, byte[] text) {

    /** Empty if it is in no such form. */
    static Optional<LogLine> parse(byte[] line) {
        int first = indexOf(line, 0);
        int second = first < 0 ? -1 : indexOf(line, first + 1);
        if (second < 0) {
            return Optional.empty();
        }
        int third = indexOf(line, second + 1);
        int tagEnd = third < 0 ? line.length : third;
        var stream = text(line, first + 1, second);
        var tag = text(line, second + 1, tagEnd);
        if (!stream.equals("stdout") && !stream.equals("stderr")) {
            return Optional.empty();
        }
        try {
            var timestamp = text(line, 0, first);
            return Optional.of(new LogLine(
                    timestamp,
                    java.time.OffsetDateTime.parse(timestamp).toInstant(),
                    stream.equals("stderr"),
                    tag.split(":", 2)[0].equals("P"),
                    Arrays.copyOfRange(line, Math.min(tagEnd + 1, line.length), line.length)));
        } catch (DateTimeParseException e) {
            return Optional.empty();
        }
    }

    private static int indexOf(byte[] line, int from) {
        for (int i = from; i < line.length; i++) {
            if (line[i] == ' ') {
                return i;
            }
        }
        return -1;
    }

    private static String text(byte[] line, int from, int to) {
        return new String(line, from, to - from, StandardCharsets.US_ASCII);
    }
}
