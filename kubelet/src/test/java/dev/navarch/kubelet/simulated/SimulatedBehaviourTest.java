package dev.navarch.kubelet.simulated;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.kubelet.runtime.Purpose;
import dev.navarch.kubelet.simulated.ContainerScript.Step;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What annotations make of a simulated container, those that nobody should write too. */
class SimulatedBehaviourTest {
    private static List<Step> steps(Map<String, String> annotations, Map<String, String> environment, int attempt) {
        return steps(annotations, environment, attempt, Purpose.SERVE);
    }

    private static List<Step> steps(
            Map<String, String> annotations, Map<String, String> environment, int attempt, Purpose purpose) {
        return SimulatedBehaviour.of(new ContainerStart(
                        "d", "p", "main", "image", Map.of(), annotations, environment, attempt, purpose))
                .steps();
    }

    /** When it ends, and how; empty if it runs on. */
    private static String end(Purpose purpose, Map<String, String> annotations) {
        var steps = steps(annotations, Map.of(), 0, purpose);
        return steps.getLast() instanceof Step.Exit(var code)
                ? steps.stream()
                                .mapToLong(step -> step instanceof Step.Wait(var time) ? time.toSeconds() : 0)
                                .sum()
                        + "s: " + code
                : "";
    }

    @Test
    void jobsAndInitContainersEndByThemselves() {
        assertThat(end(Purpose.SERVE, Map.of())).isEmpty();
        assertThat(end(Purpose.ACCOMPANY, Map.of())).isEmpty();
        assertThat(end(Purpose.COMPLETE, Map.of())).isEqualTo("1s: 0");
        assertThat(end(Purpose.INITIALIZE, Map.of())).isEqualTo("0s: 0");
        assertThat(end(Purpose.COMPLETE, Map.of("navarch.dev/simulated-exit-code", "3")))
                .isEqualTo("1s: 3");
        assertThat(end(Purpose.COMPLETE, Map.of("navarch.dev/simulated-ready-after", "5s")))
                .isEqualTo("6s: 0");
        assertThat(end(Purpose.COMPLETE, Map.of("navarch.dev/simulated-exit-after", "never")))
                .isEmpty();
        assertThat(end(Purpose.INITIALIZE, Map.of("navarch.dev/simulated-exit-after.main", "never")))
                .isEmpty();
    }

    @Test
    void whatIsSaidOfNoContainerIsSaidOfTheMainOnes() {
        var failing = Map.of("navarch.dev/simulated-exit-after", "30s", "navarch.dev/simulated-exit-code", "1");
        assertThat(end(Purpose.SERVE, failing)).isEqualTo("30s: 1");
        assertThat(end(Purpose.COMPLETE, failing)).isEqualTo("30s: 1");
        assertThat(end(Purpose.INITIALIZE, failing)).isEqualTo("0s: 0");
        assertThat(end(Purpose.ACCOMPANY, failing)).isEmpty();
        assertThat(end(Purpose.INITIALIZE, Map.of("navarch.dev/simulated-exit-code.main", "1")))
                .isEqualTo("0s: 1");
    }

    private static List<Step> steps(Map<String, String> annotations) {
        return steps(annotations, Map.of(), 0);
    }

    private static List<Integer> codes(String codes, Map<String, String> environment, int... attempts) {
        return Arrays.stream(attempts)
                .mapToObj(attempt -> ((Step.Exit) steps(
                                        Map.of(
                                                "navarch.dev/simulated-exit-after",
                                                "0s",
                                                "navarch.dev/simulated-exit-code",
                                                codes),
                                        environment,
                                        attempt)
                                .getLast())
                        .code())
                .toList();
    }

    @Test
    void itStartsIsReadyAndEnds() {
        assertThat(steps(Map.of(
                        "navarch.dev/simulated-ready-after", "5s",
                        "navarch.dev/simulated-exit-after", "1m",
                        "navarch.dev/simulated-exit-after.other", "1h",
                        "navarch.dev/simulated-exit-code.main", "7",
                        "navarch.dev/simulated-log", "hello")))
                .containsExactly(
                        new Step.Ready(false),
                        new Step.Log("hello"),
                        new Step.Wait(Duration.ofSeconds(5)),
                        new Step.Ready(true),
                        new Step.Wait(Duration.ofSeconds(55)),
                        new Step.Exit(7));
    }

    @Test
    void codesByIndexOrByStart() {
        assertThat(codes("1,1,0", Map.of(), 0, 1, 2, 9)).containsExactly(1, 1, 0, 0);
        assertThat(codes("0, 3", Map.of("JOB_COMPLETION_INDEX", "1"), 0, 5)).containsExactly(3, 3);
        assertThat(codes("x,,99999999999", Map.of("JOB_COMPLETION_INDEX", "-5"), 0))
                .containsExactly(0);
    }

    @ParameterizedTest
    @CsvSource({
        "-5s, 0",
        "0, -1",
        "soon, -1",
        "'', -1",
        "9223372036854775807ms, 3153600000",
        "99999999999999999999h, -1"
    })
    void oddTimesAreBoundedOrNotThere(String text, long seconds) {
        var steps = steps(Map.of("navarch.dev/simulated-exit-after", text));
        if (seconds < 0) {
            assertThat(steps).containsExactly(new Step.Log("simulated container started"));
        } else {
            assertThat(steps).contains(new Step.Wait(Duration.ofSeconds(seconds)));
        }
    }
}
