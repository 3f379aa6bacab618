package dev.navarch.client;

import io.fabric8.kubernetes.api.model.Taint;
import io.fabric8.kubernetes.api.model.Toleration;
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
        if (given(toleration.getEffect()) && !toleration.getEffect().equals(taint.getEffect())
                || given(toleration.getKey()) && !toleration.getKey().equals(taint.getKey())) {
            return false;
        }
        return switch (Objects.requireNonNullElse(toleration.getOperator(), "")) {
            case "", "Equal" ->
                Objects.requireNonNullElse(toleration.getValue(), "")
                        .equals(Objects.requireNonNullElse(taint.getValue(), ""));
            case "Exists" -> true;
            default -> false;
        };
    }

    private static boolean given(@Nullable String text) {
        return text != null && !text.isEmpty();
    }

    /** The taint keeps pods off the node. */
    public static boolean repels(Taint taint) {
        return "NoSchedule".equals(taint.getEffect()) || "NoExecute".equals(taint.getEffect());
    }
}
