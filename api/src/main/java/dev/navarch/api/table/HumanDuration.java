package dev.navarch.api.table;

import java.time.Duration;

/**
 * Durations in two or three digits of the largest units: {@code 45s}, {@code 3m12s}, {@code 5h}, {@code 12d}.
 *
 * <p>Source: apimachinery pkg/util/duration/duration.go.
 */
public final class HumanDuration {
    private HumanDuration() {}

    /** A duration; one that is negative by two seconds or more is {@code <invalid>}. */
    public static String of(Duration duration) {
        long seconds = duration.toMillis() / 1000;
        if (seconds < 0) {
            return seconds < -1 ? "<invalid>" : "0s";
        }
        long minutes = seconds / 60;
        long hours = minutes / 60;
        long days = hours / 24;
        if (seconds < 120) {
            return seconds + "s";
        }
        if (minutes < 10) {
            return pair(minutes, "m", seconds % 60, "s");
        }
        if (minutes < 180) {
            return minutes + "m";
        }
        if (hours < 8) {
            return pair(hours, "h", minutes % 60, "m");
        }
        if (hours < 48) {
            return hours + "h";
        }
        if (days < 8) {
            return pair(days, "d", hours % 24, "h");
        }
        if (days < 730) {
            return days + "d";
        }
        return days < 365 * 8 ? pair(days / 365, "y", days % 365, "d") : days / 365 + "y";
    }

    private static String pair(long large, String largeUnit, long small, String smallUnit) {
        return small == 0 ? large + largeUnit : large + largeUnit + small + smallUnit;
    }
}
