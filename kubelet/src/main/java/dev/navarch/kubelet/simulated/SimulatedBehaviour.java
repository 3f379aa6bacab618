package dev.navarch.kubelet.simulated;

import dev.navarch.kubelet.runtime.ContainerConfig;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.Optional;

/**
 * How a simulated container behaves, told by annotations: {@code navarch.dev/simulated-exit-after} (e.g. {@code 5s}),
 * {@code -exit-code}, {@code -log} (a line it prints), {@code -start-error}, {@code -ignores-sigterm}. With {@code
 * .<container>} at the end an annotation is for that container alone.
 */
record SimulatedBehaviour(
        Optional<Duration> exitAfter,
        int exitCode,
        Optional<String> line,
        Optional<String> startError,
        boolean stubborn) {
    private static final String PREFIX = "navarch.dev/simulated-";

    static SimulatedBehaviour of(ContainerConfig config) {
        return new SimulatedBehaviour(
                value(config, "exit-after").flatMap(SimulatedBehaviour::duration),
                value(config, "exit-code").map(SimulatedBehaviour::number).orElse(0),
                value(config, "log"),
                value(config, "start-error"),
                value(config, "ignores-sigterm").map("true"::equals).orElse(false));
    }

    private static Optional<String> value(ContainerConfig config, String name) {
        var own =
                config.annotations().get(PREFIX + name + "." + config.metadata().name());
        return Optional.ofNullable(own == null ? config.annotations().get(PREFIX + name) : own);
    }

    private static int number(String text) {
        try {
            return Integer.parseInt(text.strip());
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    /** Go's spelling of hours, minutes, seconds; what can't be read is as if it were not there. */
    private static Optional<Duration> duration(String text) {
        var upper = text.strip().toUpperCase(Locale.ROOT);
        try {
            return Optional.of(
                    upper.endsWith("MS")
                            ? Duration.ofMillis(Long.parseLong(upper.substring(0, upper.length() - 2)))
                            : Duration.parse("PT" + upper));
        } catch (DateTimeParseException | NumberFormatException e) {
            return Optional.empty();
        }
    }
}
