package dev.navarch.kubelet.simulated;

import dev.navarch.kubelet.runtime.Purpose;
import dev.navarch.kubelet.simulated.ContainerScript.Step;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * How a simulated container behaves where no script says it. By its {@link Purpose}: an init container ends at once, a main
 * container of a Job's pod after a second, so that it is seen running, and others run until they are stopped.
 *
 * <p>Annotations say otherwise: {@code navarch.dev/simulated-ready-after} (e.g. {@code 5s}, how long it takes from its start
 * until it can be used), {@code -exit-after} (likewise, or {@code never}), {@code -exit-code} (or several, separated by
 * commas: one for each completion index of a job, else for each start, of which the last goes on), {@code -log} (a line it
 * prints), {@code -start-error}, {@code -ignores-sigterm}. They are for the main containers; with {@code .<container>} at the
 * end, for that one alone, whatever it is for.
 *
 * <p>That pods of Jobs end, and only they, is KWOK's choice too (kubernetes-sigs/kwok, kustomize/stage/pod/fast).
 */
final class SimulatedBehaviour {
    private static final String PREFIX = "navarch.dev/simulated-";
    private static final Duration WORK = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofDays(36_500);

    private SimulatedBehaviour() {}

    static ContainerScript of(ContainerStart start) {
        List<Step> steps = new ArrayList<>();
        var readyAfter = value(start, "ready-after").flatMap(SimulatedBehaviour::duration);
        readyAfter.ifPresent(_ -> steps.add(new Step.Ready(false)));
        steps.add(new Step.Log(value(start, "log").orElse("simulated container started")));
        var exitAfter = exitAfter(start, readyAfter.orElse(Duration.ZERO));
        var passed = Duration.ZERO;
        if (readyAfter.isPresent()
                && exitAfter.filter(end -> end.compareTo(readyAfter.get()) <= 0).isEmpty()) {
            passed = readyAfter.get();
            steps.add(new Step.Wait(passed));
            steps.add(new Step.Ready(true));
        }
        if (exitAfter.isPresent()) {
            steps.add(new Step.Wait(exitAfter.get().minus(passed)));
            steps.add(new Step.Exit(
                    value(start, "exit-code").map(codes -> code(codes, start)).orElse(0)));
        }
        return ContainerScript.of(
                steps,
                value(start, "start-error"),
                value(start, "ignores-sigterm").map("true"::equals).orElse(false));
    }

    private static Optional<Duration> exitAfter(ContainerStart start, Duration ready) {
        var told = value(start, "exit-after");
        if (told.map(String::strip).filter("never"::equals).isPresent()) {
            return Optional.empty();
        }
        return told.flatMap(SimulatedBehaviour::duration).or(() -> switch (start.purpose()) {
            case INITIALIZE -> Optional.of(ready);
            case COMPLETE -> Optional.of(ready.plus(WORK));
            case SERVE, ACCOMPANY -> Optional.empty();
        });
    }

    private static boolean isMain(ContainerStart start) {
        return start.purpose() == Purpose.SERVE || start.purpose() == Purpose.COMPLETE;
    }

    private static Optional<String> value(ContainerStart start, String name) {
        var own = start.annotations().get(PREFIX + name + "." + start.container());
        return Optional.ofNullable(
                own == null && isMain(start) ? start.annotations().get(PREFIX + name) : own);
    }

    private static int code(String codes, ContainerStart start) {
        var each = codes.split(",", -1);
        var index = start.environment().get("JOB_COMPLETION_INDEX");
        int place = index == null ? start.attempt() : number(index);
        return number(each[Math.clamp(place, 0, each.length - 1)]);
    }

    private static int number(String text) {
        try {
            return Integer.parseInt(text.strip());
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    /**
     * Go's spelling of hours, minutes, seconds, up to a hundred years; what can't be read is as if it were not there, and
     * less than nothing is nothing.
     */
    private static Optional<Duration> duration(String text) {
        var upper = text.strip().toUpperCase(Locale.ROOT);
        try {
            var read = upper.endsWith("MS")
                    ? Duration.ofMillis(Long.parseLong(upper.substring(0, upper.length() - 2)))
                    : Duration.parse("PT" + upper);
            return Optional.of(read.isNegative() ? Duration.ZERO : read.compareTo(LONGEST) > 0 ? LONGEST : read);
        } catch (DateTimeParseException | NumberFormatException e) {
            return Optional.empty();
        }
    }
}
