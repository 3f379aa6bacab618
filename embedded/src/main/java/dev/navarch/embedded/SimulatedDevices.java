package dev.navarch.embedded;

import dev.navarch.client.ApiClient;
import dev.navarch.client.ApiFailure;
import io.fabric8.kubernetes.api.model.resource.v1.Device;
import io.fabric8.kubernetes.api.model.resource.v1.DeviceAttributeBuilder;
import io.fabric8.kubernetes.api.model.resource.v1.DeviceBuilder;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceSlice;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceSliceBuilder;
import java.util.ArrayList;
import java.util.List;

/** Does for simulated nodes what drivers of devices do: offers the devices. Preparing them for pods takes nothing. */
final class SimulatedDevices {
    private SimulatedDevices() {}

    static void publish(EmbeddedNode node, ApiClient client) {
        node.devices().forEach((driver, count) -> publish(node.name(), driver, count, client));
    }

    private static void publish(String node, String driver, int count, ApiClient client) {
        var slice = new ResourceSliceBuilder()
                .withNewMetadata()
                .withName(node + "-" + driver)
                .endMetadata()
                .withNewSpec()
                .withDriver(driver)
                .withNodeName(node)
                .withNewPool()
                .withName(node)
                .withGeneration(1L)
                .withResourceSliceCount(1L)
                .endPool()
                .withDevices(devices(count))
                .endSpec()
                .build();
        try {
            client.resource(ResourceSlice.class).create(slice);
        } catch (ApiFailure e) {
            if (!e.alreadyExists()) {
                throw e;
            }
        }
    }

    private static List<Device> devices(int count) {
        List<Device> devices = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            devices.add(new DeviceBuilder()
                    .withName("device-" + i)
                    .addToAttributes(
                            "index",
                            new DeviceAttributeBuilder().withInt((long) i).build())
                    .build());
        }
        return devices;
    }
}
