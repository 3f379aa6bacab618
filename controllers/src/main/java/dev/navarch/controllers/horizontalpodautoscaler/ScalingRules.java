package dev.navarch.controllers.horizontalpodautoscaler;

import io.fabric8.kubernetes.api.model.autoscaling.v2.HPAScalingPolicy;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HPAScalingRules;
import java.time.Duration;
import java.util.List;
import java.util.function.IntBinaryOperator;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * How fast one may scale in one direction. Sources: kubernetes pkg/apis/autoscaling/v2/defaults.go;
 * pkg/controller/podautoscaler/horizontal.go.
 *
 * @param window how long recommendations are looked back at
 */
record ScalingRules(Duration window, Select select, List<HPAScalingPolicy> policies) {

    /** Which of several policies counts. */
    enum Select {
        MAX,
        MIN,
        DISABLED
    }

    static ScalingRules up(@Nullable HPAScalingRules rules) {
        return of(rules, Duration.ZERO, List.of(new HPAScalingPolicy(15, "Pods", 4), percent()));
    }

    static ScalingRules down(@Nullable HPAScalingRules rules, Duration usual) {
        return of(rules, usual, List.of(percent()));
    }

    private static HPAScalingPolicy percent() {
        return new HPAScalingPolicy(15, "Percent", 100);
    }

    private static ScalingRules of(@Nullable HPAScalingRules rules, Duration window, List<HPAScalingPolicy> usual) {
        if (rules == null) {
            return new ScalingRules(window, Select.MAX, usual);
        }
        var seconds = rules.getStabilizationWindowSeconds();
        var select = rules.getSelectPolicy() == null ? "Max" : rules.getSelectPolicy();
        return new ScalingRules(
                seconds == null ? window : Duration.ofSeconds(seconds),
                switch (select) {
                    case "Disabled" -> Select.DISABLED;
                    case "Min" -> Select.MIN;
                    default -> Select.MAX;
                },
                rules.getPolicies() == null || rules.getPolicies().isEmpty() ? usual : rules.getPolicies());
    }

    Duration longestPeriod() {
        return policies.stream()
                .map(p -> Duration.ofSeconds(p.getPeriodSeconds()))
                .max(Duration::compareTo)
                .orElse(Duration.ZERO);
    }

    /** @param start how many replicas there were when a policy's period began */
    int upLimit(int current, ToIntFunction<HPAScalingPolicy> start) {
        return switch (select) {
            case DISABLED -> current;
            case MIN -> limit(Integer.MAX_VALUE, Math::min, p -> above(start.applyAsInt(p), p));
            case MAX -> limit(Integer.MIN_VALUE, Math::max, p -> above(start.applyAsInt(p), p));
        };
    }

    int downLimit(int current, ToIntFunction<HPAScalingPolicy> start) {
        return switch (select) {
            case DISABLED -> current;
            case MIN -> limit(Integer.MIN_VALUE, Math::max, p -> below(start.applyAsInt(p), p));
            case MAX -> limit(Integer.MAX_VALUE, Math::min, p -> below(start.applyAsInt(p), p));
        };
    }

    private int limit(int first, IntBinaryOperator choice, ToIntFunction<HPAScalingPolicy> proposal) {
        return policies.stream().mapToInt(proposal).reduce(first, choice);
    }

    /** Rounded up, since a small target would else never grow. */
    private static int above(int start, HPAScalingPolicy policy) {
        return policy.getType().equals("Pods")
                ? start + policy.getValue()
                : (int) Math.ceil(start * (1 + policy.getValue() / 100.0));
    }

    private static int below(int start, HPAScalingPolicy policy) {
        return policy.getType().equals("Pods")
                ? start - policy.getValue()
                : (int) (start * (1 - policy.getValue() / 100.0));
    }
}
