package dev.navarch.scheduler.devices;

import dev.navarch.client.Tolerations;
import io.fabric8.kubernetes.api.model.resource.v1.Device;
import io.fabric8.kubernetes.api.model.resource.v1.DeviceToleration;
import java.util.List;

/** Whether a device's taints keep it from being allocated (source: resourceclaim/devicetoleration.go). */
final class Taints {
    private Taints() {}

    /** Effects that are not known, and {@code None}, prevent nothing. */
    static boolean tolerated(Device device, List<DeviceToleration> tolerations) {
        return DevicePool.orEmpty(device.getTaints()).stream()
                .filter(taint -> "NoSchedule".equals(taint.getEffect()) || "NoExecute".equals(taint.getEffect()))
                .allMatch(
                        taint -> tolerations.stream().anyMatch(toleration -> Tolerations.tolerates(toleration, taint)));
    }
}
