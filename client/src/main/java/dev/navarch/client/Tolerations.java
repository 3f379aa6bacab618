package dev.navarch.client;

import io.fabric8.kubernetes.api.model.Taint;
import io.fabric8.kubernetes.api.model.Toleration;
import io.fabric8.kubernetes.api.model.resource.v1.DeviceTaint;
import io.fabric8.kubernetes.api.model.resource.v1.DeviceToleration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Whether tolerations tolerate taints (source: component-helpers scheduling/corev1, api core/v1 toleration.go). */
public final class Tolerations {
    private Tolerations() {}

    public static boolean tolerate(@Nullable List<Toleration> tolerations, Taint taint) {
        return tolerations != null && tolerations.stream().anyMatch(toleration -> tolerates(toleration, taint));
    }

    public static boolean tolerates(Toleration toleration, Taint taint) {
        return fits(toleration.getEffect(), taint.getEffect())
                && fits(toleration.getKey(), taint.getKey())
                && holds(toleration.getOperator(), toleration.getValue(), taint.getValue());
    }

    /** Likewise of devices (source: dynamic-resource-allocation resourceclaim/devicetoleration.go). */
    public static boolean tolerates(DeviceToleration toleration, DeviceTaint taint) {
        return fits(toleration.getEffect(), taint.getEffect())
                && fits(toleration.getKey(), taint.getKey())
                && holds(toleration.getOperator(), toleration.getValue(), taint.getValue());
    }

    /** Whether a toleration says nothing of it, or this. */
    private static boolean fits(@Nullable String tolerated, @Nullable String tainted) {
        return tolerated == null || tolerated.isEmpty() || tolerated.equals(tainted);
    }

    private static boolean holds(@Nullable String operator, @Nullable String tolerated, @Nullable String tainted) {
        return switch (Objects.requireNonNullElse(operator, "")) {
            case "", "Equal" ->
                Objects.requireNonNullElse(tolerated, "").equals(Objects.requireNonNullElse(tainted, ""));
            case "Exists" -> true;
            default -> false;
        };
    }

    /** The taint keeps pods off the node. */
    public static boolean repels(Taint taint) {
        return "NoSchedule".equals(taint.getEffect()) || "NoExecute".equals(taint.getEffect());
    }
}
