package dev.navarch.controllers.tainteviction;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Taint;
import io.fabric8.kubernetes.api.model.Toleration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class TaintEvictionPlanTest {
    private static final Instant ADDED = Instant.parse("2026-01-01T00:00:00Z");

    private static Taint taint(String key) {
        return new Taint("NoExecute", key, ADDED.toString(), "v");
    }

    private static Toleration toleration(String key, String operator, String value, Long seconds) {
        return new Toleration("NoExecute", key, operator, seconds, value);
    }

    private static Optional<Instant> after(long seconds) {
        return Optional.of(ADDED.plusSeconds(seconds));
    }

    static Stream<Arguments> cases() {
        var atOnce = Optional.of(Instant.EPOCH);
        return Stream.of(
                Arguments.of(List.of(), List.of(), Optional.empty()),
                Arguments.of(List.of(taint("a")), List.of(), atOnce),
                Arguments.of(List.of(taint("a")), List.of(toleration("a", "Exists", null, null)), Optional.empty()),
                Arguments.of(List.of(taint("a")), List.of(toleration("a", "Equal", "v", null)), Optional.empty()),
                Arguments.of(List.of(taint("a")), List.of(toleration("a", "Equal", "w", null)), atOnce),
                Arguments.of(List.of(taint("a")), List.of(toleration(null, "Exists", null, null)), Optional.empty()),
                Arguments.of(List.of(taint("a")), List.of(toleration("a", "Exists", null, 300L)), after(300)),
                Arguments.of(List.of(taint("a")), List.of(toleration("a", "Exists", null, -1L)), after(0)),
                Arguments.of(
                        List.of(taint("a")),
                        List.of(toleration("a", "Exists", null, 300L), toleration(null, "Exists", null, 60L)),
                        after(300)),
                Arguments.of(
                        List.of(taint("a")),
                        List.of(toleration(null, "Exists", null, null), toleration("a", "Exists", null, 60L)),
                        Optional.empty()),
                Arguments.of(
                        List.of(taint("a"), taint("b")),
                        List.of(toleration("a", "Exists", null, 300L), toleration("b", "Exists", null, 60L)),
                        after(60)),
                Arguments.of(List.of(taint("a"), taint("b")), List.of(toleration("a", "Exists", null, 300L)), atOnce));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void theShortestTolerationCounts(List<Taint> taints, List<Toleration> tolerations, Optional<Instant> expected) {
        var pod = new PodBuilder()
                .withNewSpec()
                .withTolerations(tolerations)
                .endSpec()
                .build();
        assertThat(TaintEvictionPlan.deadline(pod, taints, ADDED)).isEqualTo(expected);
    }
}
