package dev.navarch.controllers.horizontalpodautoscaler;

import dev.navarch.api.values.Timestamps;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscalerCondition;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscalerConditionBuilder;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** The conditions of an autoscaler, in the order in which they came. */
final class Conditions {
    static final String ABLE = "AbleToScale";
    static final String ACTIVE = "ScalingActive";
    static final String LIMITED = "ScalingLimited";

    private final List<HorizontalPodAutoscalerCondition> all;
    private final Instant now;

    Conditions(List<HorizontalPodAutoscalerCondition> before, Instant now) {
        all = new ArrayList<>(before);
        this.now = now;
    }

    /** The time stays while the status does. */
    void set(String type, boolean status, String reason, String message) {
        var text = status ? "True" : "False";
        for (int i = 0; i < all.size(); i++) {
            var before = all.get(i);
            if (before.getType().equals(type)) {
                var since = text.equals(before.getStatus()) ? before.getLastTransitionTime() : Timestamps.seconds(now);
                all.set(i, condition(type, text, since, reason, message));
                return;
            }
        }
        all.add(condition(type, text, Timestamps.seconds(now), reason, message));
    }

    private static HorizontalPodAutoscalerCondition condition(
            String type, String status, String since, String reason, String message) {
        return new HorizontalPodAutoscalerConditionBuilder()
                .withType(type)
                .withStatus(status)
                .withLastTransitionTime(since)
                .withReason(reason)
                .withMessage(message)
                .build();
    }

    List<HorizontalPodAutoscalerCondition> all() {
        return List.copyOf(all);
    }
}
