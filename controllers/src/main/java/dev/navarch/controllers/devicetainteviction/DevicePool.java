package dev.navarch.controllers.devicetainteviction;

import dev.navarch.client.Informer;
import io.fabric8.kubernetes.api.model.resource.v1.Device;
import io.fabric8.kubernetes.api.model.resource.v1.DeviceTaint;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceSlice;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The devices of a driver's pool; slices of older generations don't count. */
record DevicePool(List<ResourceSlice> slices) {
    /** Index of an informer of slices: their {@link #name}. */
    static final String BY_NAME = "pool";

    static void index(Informer<ResourceSlice> slices) {
        slices.addIndex(BY_NAME, slice -> List.of(name(slice)));
    }

    static String name(ResourceSlice slice) {
        return name(slice.getSpec().getDriver(), slice.getSpec().getPool().getName());
    }

    static String name(String driver, String pool) {
        return driver + "/" + pool;
    }

    static DevicePool of(List<ResourceSlice> slices) {
        long newest = slices.stream().mapToLong(DevicePool::generation).max().orElse(0);
        return new DevicePool(
                slices.stream().filter(slice -> generation(slice) == newest).toList());
    }

    private static long generation(ResourceSlice slice) {
        return Objects.requireNonNullElse(slice.getSpec().getPool().getGeneration(), 0L);
    }

    /** The taints of a device that end whoever uses it. */
    List<DeviceTaint> expelling(String device) {
        return slices.stream()
                .flatMap(slice -> orEmpty(slice.getSpec().getDevices()).stream())
                .filter(each -> device.equals(each.getName()))
                .findFirst()
                .map(DevicePool::expelling)
                .orElse(List.of());
    }

    static List<DeviceTaint> expelling(Device device) {
        return orEmpty(device.getTaints()).stream()
                .filter(taint -> "NoExecute".equals(taint.getEffect()))
                .toList();
    }

    static <T> List<T> orEmpty(@Nullable List<T> list) {
        return list == null ? List.of() : list;
    }
}
