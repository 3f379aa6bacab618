package dev.navarch.apiserver.audit;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * What is recorded of requests, and where (source of the defaults: k8s.io/apiserver pkg/server/options/audit.go).
 *
 * @param policy nothing is recorded without one
 */
public record AuditSettings(Optional<AuditPolicy> policy, Optional<Log> log, Optional<Webhook> webhook) {
    /** Nothing is recorded. */
    public static final AuditSettings STANDARD =
            new AuditSettings(Optional.empty(), Optional.empty(), Optional.empty());

    /** What is worth recording, in a file that nobody waits for, as long and as much of it as the CIS benchmark asks for. */
    public static AuditSettings usual(Path log) {
        return new AuditSettings(
                Optional.of(AuditPolicy.USUAL),
                Optional.of(
                        new Log(Optional.of(log), false, 30, 10, 100, false, Mode.BATCH, Batch.SECOND, Truncation.OFF)),
                Optional.empty());
    }

    /** Whether requests wait for their events. */
    public enum Mode {
        /** They don't: events wait in a buffer, and are dropped when it is full. */
        BATCH,
        /** They do. */
        BLOCKING,
        /** They do, and are refused if their first event can't be recorded. */
        BLOCKING_STRICT
    }

    /**
     * How events are gathered in mode batch.
     *
     * @param buffer so many events may wait
     * @param most in one batch
     * @param patience how long an event waits for others
     * @param throttled whether so many batches are sent a second only
     * @param perSecond batches, on average
     * @param burst batches at once after a rest
     */
    public record Batch(int buffer, int most, Duration patience, boolean throttled, double perSecond, int burst) {
        /** Those of a second together. */
        static final Batch SECOND = new Batch(10_000, 1_000, Duration.ofSeconds(1), false, 10, 15);

        public static final Batch LOG = new Batch(10_000, 1, Duration.ZERO, false, 10, 15);
        public static final Batch WEBHOOK = new Batch(10_000, 400, Duration.ofSeconds(30), true, 10, 15);

        public Batch {
            requirePositive("buffer size", buffer);
            requirePositive("max batch size", most);
            if (throttled) {
                if (!(perSecond > 0)) {
                    throw new IllegalArgumentException(
                            "invalid audit batch throttle QPS " + perSecond + ", must be a positive number");
                }
                requirePositive("throttle burst", burst);
            }
        }

        private static void requirePositive(String what, int number) {
            if (number <= 0) {
                throw new IllegalArgumentException(
                        "invalid audit batch " + what + " " + number + ", must be a positive number");
            }
        }
    }

    /** Events above a size lose their objects; batches above one are cut. In bytes. */
    public record Truncation(boolean enabled, long mostOfBatch, long mostOfEvent) {
        public static final Truncation OFF = new Truncation(false, 10 << 20, 100 << 10);

        public Truncation {
            if (mostOfEvent <= 0) {
                throw new IllegalArgumentException(
                        "invalid audit truncate max event size " + mostOfEvent + ", must be a positive number");
            }
            if (mostOfBatch < mostOfEvent) {
                throw new IllegalArgumentException("invalid audit truncate max batch size " + mostOfBatch
                        + ", must be greater than max event size (" + mostOfEvent + ")");
            }
        }
    }

    /**
     * A log file.
     *
     * @param path empty for standard output
     * @param legacy a line for people instead of JSON
     * @param days after which old files are deleted; 0 for never
     * @param files how many old ones are kept; 0 for all
     * @param megabytes of a file before another one is begun; 0 for no bound
     */
    public record Log(
            Optional<Path> path,
            boolean legacy,
            int days,
            int files,
            int megabytes,
            boolean compress,
            Mode mode,
            Batch batch,
            Truncation truncation) {
        public Log {
            requireNonNull(path);
            requireNonNull(mode);
            requireNonNull(batch);
            requireNonNull(truncation);
            requireNotNegative("maxage", days);
            requireNotNegative("maxbackup", files);
            requireNotNegative("maxsize", megabytes);
        }

        private static void requireNotNegative(String what, int number) {
            if (number < 0) {
                throw new IllegalArgumentException(
                        "--audit-log-" + what + " " + number + " can't be a negative number");
            }
        }

        /** As usual. */
        public static Log to(Path path) {
            return new Log(Optional.of(path), false, 366, 100, 100, false, Mode.BLOCKING, Batch.LOG, Truncation.OFF);
        }
    }

    /** Sends an EventList. */
    public interface Post {
        /** @throws IOException if the answer is not a success */
        void send(byte[] list) throws IOException, InterruptedException;
    }

    /**
     * A server that is told.
     *
     * @param backoff before the first retry
     */
    public record Webhook(Post post, Duration backoff, Mode mode, Batch batch, Truncation truncation) {
        public static final Duration DEFAULT_BACKOFF = Duration.ofSeconds(10);

        public Webhook {
            requireNonNull(post);
            requireNonNull(backoff);
            requireNonNull(mode);
            requireNonNull(batch);
            requireNonNull(truncation);
        }
    }

    /** Whether anything is recorded. */
    public boolean enabled() {
        return policy.isPresent() && (log.isPresent() || webhook.isPresent());
    }
}
