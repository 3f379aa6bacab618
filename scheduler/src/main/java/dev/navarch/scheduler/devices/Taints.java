package dev.navarch.scheduler.devices;

import io.fabric8.kubernetes.api.model.resource.v1.Device;
import io.fabric8.kubernetes.api.model.resource.v1.DeviceTaint;
import io.fabric8.kubernetes.api.model.resource.v1.DeviceToleration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Whether a device's taints keep it from being allocated (source: resourceclaim/devicetoleration.go). */
final class Taints {
    private Taints() {}

    /** Effects that are not known, and {@code None}, prevent nothing. */
    static boolean tolerated(Device device, List<DeviceToleration> tolerations) {
        return DevicePool.orEmpty(device.getTaints()).stream()
                .filter(taint -> "NoSchedule".equals(taint.getEffect()) || "NoExecute".equals(taint.getEffect()))
                .allMatch(taint -> tolerations.stream().anyMatch(toleration -> tolerates(toleration, taint)));
    }

    private static boolean tolerates(DeviceToleration toleration, DeviceTaint taint) {
        return (absent(toleration.getEffect()) || toleration.getEffect().equals(taint.getEffect()))
                && (absent(toleration.getKey()) || toleration.getKey().equals(taint.getKey()))
                && switch (Objects.requireNonNullElse(toleration.getOperator(), "")) {
                    case "Exists" -> true;
                    case "", "Equal" ->
                        Objects.requireNonNullElse(toleration.getValue(), "")
                                .equals(Objects.requireNonNullElse(taint.getValue(), ""));
                    default -> false;
                };
    }

    private static boolean absent(@Nullable String text) {
        return text == null || text.isEmpty();
    }
}
