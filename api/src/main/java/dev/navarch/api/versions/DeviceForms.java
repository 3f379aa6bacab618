package dev.navarch.api.versions;

import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Devices in {@code resource.k8s.io/v1beta1}, where a request says directly what the later versions say below {@code
 * exactly}, and a device of a slice says below {@code basic} what they say directly.
 *
 * <p>Source: kubernetes pkg/apis/resource/v1beta1/conversion.go.
 */
final class DeviceForms {
    private static final List<String> EXACT = List.of(
            "deviceClassName", "selectors", "allocationMode", "count", "adminAccess", "tolerations", "capacity");

    static final Conversion CLAIM = eachOf("/spec/devices/requests", DeviceForms::nest, DeviceForms::flatten);
    static final Conversion TEMPLATE = eachOf("/spec/spec/devices/requests", DeviceForms::nest, DeviceForms::flatten);
    static final Conversion SLICE = eachOf("/spec/devices", DeviceForms::unwrap, DeviceForms::wrap);

    private DeviceForms() {}

    private static Conversion eachOf(String list, Consumer<ObjectNode> toStored, Consumer<ObjectNode> toServed) {
        return Conversion.of(object -> changed(object, list, toStored), object -> changed(object, list, toServed));
    }

    private static ObjectNode changed(ObjectNode object, String list, Consumer<ObjectNode> change) {
        items(object.at(list)).forEach(change);
        return object;
    }

    private static Stream<ObjectNode> items(JsonNode list) {
        return list.valueStream().filter(ObjectNode.class::isInstance).map(ObjectNode.class::cast);
    }

    private static void nest(ObjectNode request) {
        var exactly = JsonNodeFactory.instance.objectNode();
        move(request, exactly, EXACT);
        if (!exactly.isEmpty()) {
            request.set("exactly", exactly);
        }
    }

    private static void flatten(ObjectNode request) {
        if (request.remove("exactly") instanceof ObjectNode exactly) {
            move(exactly, request, EXACT);
        }
    }

    private static void unwrap(ObjectNode device) {
        if (device.remove("basic") instanceof ObjectNode basic) {
            device.setAll(basic);
        }
    }

    private static void wrap(ObjectNode device) {
        var basic = JsonNodeFactory.instance.objectNode();
        move(
                device,
                basic,
                device.propertyNames().stream()
                        .filter(name -> !name.equals("name"))
                        .toList());
        device.set("basic", basic);
    }

    private static void move(ObjectNode from, ObjectNode to, List<String> names) {
        for (var name : names) {
            if (from.has(name)) {
                to.set(name, from.remove(name));
            }
        }
    }
}
