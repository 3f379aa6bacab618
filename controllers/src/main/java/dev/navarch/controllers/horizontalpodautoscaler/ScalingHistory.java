package dev.navarch.controllers.horizontalpodautoscaler;

import io.fabric8.kubernetes.api.model.autoscaling.v2.HPAScalingPolicy;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * What was recommended for, and done to, the target of one autoscaler lately, and what may be done to it now therefore.
 * Lives as long as the process, as upstream's. Not safe for use by several threads. Source: kubernetes
 * pkg/controller/podautoscaler/horizontal.go.
 */
final class ScalingHistory {
    private static final double UP_FACTOR = 2;
    private static final int UP_LEAST = 4;
    private static final Told RANGE =
            new Told("DesiredWithinRange", "the desired count is within the acceptable range");
    private static final Told READY = new Told("ReadyForNewScale", "recommended size matches current size");
    private static final Told DOWN_STABILIZED = new Told(
            "ScaleDownStabilized",
            "recent recommendations were higher than current one, applying the highest recent recommendation");
    private static final Told UP_STABILIZED = new Told(
            "ScaleUpStabilized",
            "recent recommendations were lower than current one, applying the lowest recent recommendation");
    private static final Told UP_LIMIT =
            new Told("ScaleUpLimit", "the desired replica count is increasing faster than the maximum scale rate");
    private static final Told DOWN_LIMIT =
            new Told("ScaleDownLimit", "the desired replica count is decreasing faster than the maximum scale rate");
    private static final Told TOO_MANY =
            new Told("TooManyReplicas", "the desired replica count is more than the maximum replica count");
    private static final Told TOO_FEW =
            new Told("TooFewReplicas", "the desired replica count is less than the minimum replica count");

    private final List<Recommendation> recommendations = new ArrayList<>();
    private final List<Change> ups = new ArrayList<>();
    private final List<Change> downs = new ArrayList<>();

    private record Recommendation(int replicas, Instant at) {}

    /** @param replicas how many more or fewer, always positive */
    private record Change(int replicas, Instant at) {}

    /** Reason and message of a condition. */
    record Told(String reason, String message) {}

    /**
     * What is to be done.
     *
     * @param able why the target is as large as it was recommended, or not
     * @param limited whether the autoscaler's bounds or rules are in the way
     */
    record Normalized(int replicas, Told able, boolean limited, Told limit) {}

    /** The size at which an autoscaler finds its target counts as recommended. */
    void begin(int current, Instant now) {
        if (recommendations.isEmpty()) {
            recommend(current, now);
        }
    }

    void recommend(int replicas, Instant at) {
        recommendations.add(new Recommendation(replicas, at));
    }

    Normalized normalize(
            HorizontalPodAutoscaler autoscaler, int least, int current, int desired, Duration usual, Instant now) {
        var behaviour = autoscaler.getSpec().getBehavior();
        int most = autoscaler.getSpec().getMaxReplicas();
        if (behaviour == null) {
            int stable = stabilize(desired, usual, now);
            return bounded(current, stable, least, most, stable == desired ? READY : DOWN_STABILIZED);
        }
        var up = ScalingRules.up(behaviour.getScaleUp());
        var down = ScalingRules.down(behaviour.getScaleDown(), usual);
        int stable = stabilize(current, desired, up, down, now);
        var able = stable == desired ? READY : desired >= current ? UP_STABILIZED : DOWN_STABILIZED;
        return limited(current, stable, least, most, up, down, able, now);
    }

    /** The highest recommendation within the window. */
    private int stabilize(int desired, Duration window, Instant now) {
        var since = now.minus(window);
        int highest = recommendations.stream()
                .filter(r -> !r.at.isBefore(since))
                .mapToInt(Recommendation::replicas)
                .reduce(desired, Math::max);
        recommendations.removeIf(r -> r.at.isBefore(since));
        recommend(desired, now);
        return highest;
    }

    /** Without rules a target at most doubles, or grows to four. */
    private static Normalized bounded(int current, int desired, int least, int most, Told able) {
        int limit = (int) Math.max(UP_FACTOR * current, UP_LEAST);
        int highest = Math.min(most, limit);
        if (desired < least) {
            return new Normalized(least, able, true, TOO_FEW);
        }
        if (desired > highest) {
            return new Normalized(highest, able, true, most > limit ? UP_LIMIT : TOO_MANY);
        }
        return new Normalized(desired, able, false, RANGE);
    }

    /** Between the lowest recommendation of the window upwards and the highest of the one downwards. */
    private int stabilize(int current, int desired, ScalingRules up, ScalingRules down, Instant now) {
        var upSince = now.minus(up.window());
        var downSince = now.minus(down.window());
        int lowest = desired;
        int highest = desired;
        for (var each : recommendations) {
            if (each.at.isAfter(upSince)) {
                lowest = Math.min(lowest, each.replicas);
            }
            if (each.at.isAfter(downSince)) {
                highest = Math.max(highest, each.replicas);
            }
        }
        recommendations.removeIf(r -> r.at.isBefore(upSince) && r.at.isBefore(downSince));
        recommend(desired, now);
        return Math.min(Math.max(current, lowest), highest);
    }

    private Normalized limited(
            int current, int desired, int least, int most, ScalingRules up, ScalingRules down, Told able, Instant now) {
        if (desired > current) {
            int limit = Math.max(current, up.upLimit(current, p -> start(current, p, now)));
            if (desired > Math.min(most, limit)) {
                return new Normalized(Math.min(most, limit), able, true, most > limit ? UP_LIMIT : TOO_MANY);
            }
        } else if (desired < current) {
            int limit = Math.min(current, down.downLimit(current, p -> start(current, p, now)));
            if (desired < Math.max(least, limit)) {
                return new Normalized(Math.max(least, limit), able, true, least < limit ? DOWN_LIMIT : TOO_FEW);
            }
        }
        return new Normalized(desired, able, false, RANGE);
    }

    private int start(int current, HPAScalingPolicy policy, Instant now) {
        var since = now.minusSeconds(policy.getPeriodSeconds());
        return current - changed(ups, since) + changed(downs, since);
    }

    private static int changed(List<Change> changes, Instant since) {
        return changes.stream()
                .filter(c -> c.at.isAfter(since))
                .mapToInt(Change::replicas)
                .sum();
    }

    /** The target was scaled; only behaviours ask for that later. */
    void scaled(HorizontalPodAutoscaler autoscaler, int before, int after, Instant now) {
        var behaviour = autoscaler.getSpec().getBehavior();
        if (behaviour == null) {
            return;
        }
        if (after > before) {
            remember(ups, after - before, ScalingRules.up(behaviour.getScaleUp()), now);
        } else {
            remember(downs, before - after, ScalingRules.down(behaviour.getScaleDown(), Duration.ZERO), now);
        }
    }

    private static void remember(List<Change> changes, int replicas, ScalingRules rules, Instant now) {
        var since = now.minus(rules.longestPeriod());
        changes.removeIf(c -> c.at.isBefore(since));
        changes.add(new Change(replicas, now));
    }
}
