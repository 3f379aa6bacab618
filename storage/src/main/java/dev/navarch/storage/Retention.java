package dev.navarch.storage;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/**
 * How much history a store keeps for watches and for ranges at an old revision. What comes first, counts.
 *
 * @param age changes older than this are forgotten, at the next write
 * @param events how many changes at most
 * @param bytes how many bytes of values at most
 */
public record Retention(Duration age, int events, long bytes) {
    /** Five minutes, as kube-apiserver's {@code --etcd-compaction-interval} has it. */
    public static final Retention DEFAULT = new Retention(Duration.ofMinutes(5), 100_000, 256L << 20);

    public Retention {
        requireNonNull(age);
        if (age.isNegative() || events < 0 || bytes < 0) {
            throw new IllegalArgumentException("Retention must not be negative: " + age + ", " + events + ", " + bytes);
        }
    }
}
