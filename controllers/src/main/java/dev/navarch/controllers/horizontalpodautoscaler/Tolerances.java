package dev.navarch.controllers.horizontalpodautoscaler;

import dev.navarch.api.values.Quantity;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HPAScalingRules;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import org.jspecify.annotations.Nullable;

/** How far usage may be off its target before anything is done. */
record Tolerances(double down, double up) {

    /** The autoscaler's own, each the usual one if unsaid. */
    static Tolerances of(HorizontalPodAutoscaler autoscaler, double usual) {
        var behaviour = autoscaler.getSpec().getBehavior();
        return behaviour == null
                ? new Tolerances(usual, usual)
                : new Tolerances(of(behaviour.getScaleDown(), usual), of(behaviour.getScaleUp(), usual));
    }

    private static double of(@Nullable HPAScalingRules rules, double usual) {
        return rules == null || rules.getTolerance() == null
                ? usual
                : Quantity.parse(rules.getTolerance().toString()).amount().doubleValue();
    }

    boolean cover(double ratio) {
        return 1 - down <= ratio && ratio <= 1 + up;
    }
}
