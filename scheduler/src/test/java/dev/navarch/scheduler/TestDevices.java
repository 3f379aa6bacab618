package dev.navarch.scheduler;

import dev.navarch.client.Json;
import io.fabric8.kubernetes.api.model.resource.v1.DeviceClass;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaim;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceSlice;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** Claims, classes and slices as tests need them, from the YAML of what matters of them. */
public final class TestDevices {
    private TestDevices() {}

    /** An object, from YAML. */
    public static <T> T read(String yaml, Class<T> type) {
        var tree = new Load(LoadSettings.builder().build()).loadFromString(yaml);
        return Json.mapper().convertValue(tree, type);
    }

    /** @param spec its {@code spec} in flow style */
    public static DeviceClass deviceClass(String name, String spec) {
        return read("{metadata: {name: %s}, spec: %s}".formatted(name, spec), DeviceClass.class);
    }

    /** A claim in the namespace {@code default}. */
    public static ResourceClaim claim(String name, String devices) {
        return read(
                "{metadata: {name: %s, namespace: default, uid: %s-uid}, spec: {devices: %s}}"
                        .formatted(name, name, devices),
                ResourceClaim.class);
    }

    /** A claim with one request, called {@code r}, for so many devices of the class {@code gpu}. */
    public static ResourceClaim claim(String name, int count) {
        return claim(
                name,
                "{requests: [{name: r, exactly: {deviceClassName: gpu, allocationMode: ExactCount, count: %d}}]}"
                        .formatted(count));
    }

    /**
     * A slice of the driver {@code d.example.com}.
     *
     * @param place such as {@code nodeName: n1}
     * @param devices in flow style
     */
    public static ResourceSlice slice(String name, String pool, String place, String devices) {
        return slice(
                name,
                "{driver: d.example.com, pool: {name: %s, generation: 1, resourceSliceCount: 1}, %s, devices: %s}"
                        .formatted(pool, place, devices));
    }

    public static ResourceSlice slice(String name, String spec) {
        return read("{metadata: {name: %s}, spec: %s}".formatted(name, spec), ResourceSlice.class);
    }
}
