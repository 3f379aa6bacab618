package dev.navarch.kubelet.simulated;

import dev.navarch.kubelet.runtime.ContainerConfig;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.Optional;

/**
 * How a simulated container behaves, told by annotations: {@code navarch.dev/simulated-exit-after} (e.g. {@code 5s}),
 * {@code -exit-code} (or several, separated by commas: one for each completion index of a job, else for each start, of
 * which the last goes on), {@code -log} (a line it prints), {@code -start-error}, {@code -ignores-sigterm}. With {@code
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
                value(config, "exit-code").map(codes -> code(codes, config)).orElse(0),
                value(config, "log"),
                value(config, "start-error"),
                value(config, "ignores-sigterm").map("true"::equals).orElse(false));
    }

    private static Optional<String> value(ContainerConfig config, String name) {
        var own =
                config.annotations().get(PREFIX + name + "." + config.metadata().name());
        return Optional.ofNullable(own == null ? config.annotations().get(PREFIX + name) : own);
    }

    private static int code(String codes, ContainerConfig config) {
        var each = codes.split(",", -1);
        int place = config.env().stream()
                .filter(variable -> variable.name().equals("JOB_COMPLETION_INDEX"))
                .findFirst()
                .map(variable -> number(variable.value()))
                .orElse(config.metadata().attempt());
        return number(each[Math.clamp(place, 0, each.length - 1)]);
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
