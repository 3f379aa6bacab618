package dev.navarch.controllers.horizontalpodautoscaler;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** Behaviours over time; the cases of horizontal_test.go about scaling rules. */
final class ScalingHistoryTest {
    private static final Duration USUAL = Duration.ofMinutes(5);
    private final ScalingHistory history = new ScalingHistory();
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");

    private static HorizontalPodAutoscaler autoscaler(int most, String behaviour) {
        return Yaml.autoscaler("{spec: {maxReplicas: " + most + ", behavior: " + behaviour + "}}");
    }

    /** What is done; it is done at once. */
    private int step(HorizontalPodAutoscaler autoscaler, int current, int desired) {
        var normalized = history.normalize(autoscaler, 1, current, desired, USUAL, now);
        if (normalized.replicas() != current) {
            history.scaled(autoscaler, current, normalized.replicas(), now);
        }
        return normalized.replicas();
    }

    private void pass(int seconds) {
        now = now.plusSeconds(seconds);
    }

    @Test
    void policiesLimitWhatIsAddedInAPeriod() {
        var autoscaler = autoscaler(
                1000,
                "{scaleUp: {stabilizationWindowSeconds: 0, selectPolicy: Max, policies: [{type: Pods, value: 4,"
                        + " periodSeconds: 60}, {type: Percent, value: 50, periodSeconds: 60}]}}");
        assertThat(step(autoscaler, 10, 100)).isEqualTo(15);
        pass(15);
        assertThat(step(autoscaler, 15, 100)).isEqualTo(15); // ten began the minute
        pass(46);
        assertThat(step(autoscaler, 15, 100)).isEqualTo(23);
    }

    @Test
    void theSmallerOfPoliciesOrNone() {
        var rules = "{scaleUp: {stabilizationWindowSeconds: 0, selectPolicy: %s, policies: [{type: Pods, value: 4,"
                + " periodSeconds: 60}, {type: Percent, value: 50, periodSeconds: 60}]}, scaleDown:"
                + " {stabilizationWindowSeconds: 0, selectPolicy: %s, policies: [{type: Pods, value: 4, periodSeconds:"
                + " 60}, {type: Percent, value: 50, periodSeconds: 60}]}}";
        assertThat(step(autoscaler(1000, rules.formatted("Min", "Min")), 10, 100))
                .isEqualTo(14);
        pass(100);
        assertThat(step(autoscaler(1000, rules.formatted("Disabled", "Min")), 14, 100))
                .isEqualTo(14);
        pass(100);
        assertThat(step(autoscaler(1000, rules.formatted("Min", "Min")), 14, 1)).isEqualTo(10);
        pass(100);
        assertThat(step(autoscaler(1000, rules.formatted("Min", "Max")), 10, 1)).isEqualTo(5);
        pass(100);
        assertThat(step(autoscaler(1000, rules.formatted("Min", "Disabled")), 5, 1))
                .isEqualTo(5);
    }

    @Test
    void smallTargetsGrowByAtLeastOne() {
        var autoscaler = autoscaler(1000, "{scaleUp: {policies: [{type: Percent, value: 10, periodSeconds: 60}]}}");
        assertThat(step(autoscaler, 1, 100)).isEqualTo(2);
    }

    @Test
    void whatWasTakenAwayMayBeGivenBack() {
        var autoscaler = autoscaler(
                1000,
                "{scaleUp: {policies: [{type: Pods, value: 2, periodSeconds: 60}]}, scaleDown:"
                        + " {stabilizationWindowSeconds: 0, policies: [{type: Pods, value: 5, periodSeconds: 60}]}}");
        assertThat(step(autoscaler, 20, 1)).isEqualTo(15);
        pass(15);
        assertThat(step(autoscaler, 15, 100)).isEqualTo(22);
    }

    @Test
    void aWindowUpwardsTakesTheLowestRecommendation() {
        var autoscaler = autoscaler(
                1000,
                "{scaleUp: {stabilizationWindowSeconds: 60, policies: [{type: Percent,"
                        + " value: 900, periodSeconds: 15}]}}");
        history.begin(3, now);
        assertThat(step(autoscaler, 3, 8)).isEqualTo(3);
        pass(30);
        var held = history.normalize(autoscaler, 1, 3, 9, USUAL, now);
        assertThat(held.able().reason()).isEqualTo("ScaleUpStabilized");
        pass(31);
        assertThat(step(autoscaler, 3, 10)).isEqualTo(9);
    }

    @Test
    void aWindowDownwardsTakesTheHighestAndWithoutOneTheUsual() {
        var quick = autoscaler(1000, "{scaleDown: {stabilizationWindowSeconds: 30}}");
        history.begin(10, now);
        assertThat(step(quick, 10, 5)).isEqualTo(10);
        pass(31);
        assertThat(step(quick, 10, 4)).isEqualTo(4);
        var slow = autoscaler(1000, "{scaleDown: {selectPolicy: Max}}");
        pass(200);
        var held = history.normalize(slow, 1, 5, 1, USUAL, now);
        assertThat(held.able().reason()).isEqualTo("ScaleDownStabilized");
    }

    @Test
    void limitsAreToldByName() {
        var autoscaler = autoscaler(
                20,
                "{scaleUp: {policies: [{type: Percent, value: 700, periodSeconds: 60}]},"
                        + " scaleDown: {stabilizationWindowSeconds: 0, policies: [{type: Pods, value: 1, periodSeconds: 60}]}}");
        var up = history.normalize(autoscaler, 1, 3, 30, USUAL, now);
        assertThat(up.replicas()).isEqualTo(20);
        assertThat(up.limit().reason()).isEqualTo("TooManyReplicas");
        var fast = history.normalize(autoscaler, 1, 2, 30, USUAL, now);
        assertThat(fast.replicas()).isEqualTo(16);
        assertThat(fast.limit().reason()).isEqualTo("ScaleUpLimit");
        var down = history.normalize(autoscaler, 1, 40, 35, USUAL, now.plusSeconds(1));
        assertThat(down.replicas()).isEqualTo(39);
        assertThat(down.limit().reason()).isEqualTo("ScaleDownLimit");
    }

    @Test
    void withoutBehaviourATargetDoublesOrGrowsToFour() {
        var autoscaler = autoscaler(100, "null");
        assertThat(step(autoscaler, 1, 50)).isEqualTo(4);
        assertThat(step(autoscaler, 4, 50)).isEqualTo(8);
    }
}
