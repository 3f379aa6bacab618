package dev.navarch.scheduler.devices;

import dev.navarch.api.values.Quantity;
import dev.navarch.cel.CelFailure;
import dev.navarch.cel.DeviceSelector;
import dev.navarch.cel.library.SemverLibrary;
import io.fabric8.kubernetes.api.model.NodeSelector;
import io.fabric8.kubernetes.api.model.resource.v1.Device;
import io.fabric8.kubernetes.api.model.resource.v1.DeviceAttribute;
import io.fabric8.kubernetes.api.model.resource.v1.DeviceCapacity;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceSliceSpec;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A device as its driver publishes it, with what selectors said of it. */
final class Offer {
    /** Of so many expressions it is remembered whether they select the device. */
    private static final int REMEMBERED = 64;

    private final DeviceId id;
    private final Device device;
    private final ResourceSliceSpec slice;
    private final Map<String, Boolean> judged = new LinkedHashMap<>();
    private dev.navarch.cel.@Nullable Device seen;

    Offer(ResourceSliceSpec slice, Device device) {
        this.slice = slice;
        this.device = device;
        id = new DeviceId(slice.getDriver(), slice.getPool().getName(), device.getName());
    }

    DeviceId id() {
        return id;
    }

    Device device() {
        return device;
    }

    /** Whether several claims may have a part of it each. */
    boolean shared() {
        return Boolean.TRUE.equals(device.getAllowMultipleAllocations());
    }

    boolean waitsForConditions() {
        return device.getBindingConditions() != null
                && !device.getBindingConditions().isEmpty();
    }

    /** Whether the device itself, and not its slice, says where it can be used. */
    boolean placedAlone() {
        return Boolean.TRUE.equals(slice.getPerDeviceNodeSelection());
    }

    /** The only node where it can be used. */
    @Nullable
    String nodeName() {
        return placedAlone() ? device.getNodeName() : slice.getNodeName();
    }

    @Nullable
    NodeSelector nodeSelector() {
        return placedAlone() ? device.getNodeSelector() : slice.getNodeSelector();
    }

    boolean reaches(String node, Map<String, String> labels) {
        boolean everywhere = Boolean.TRUE.equals(placedAlone() ? device.getAllNodes() : slice.getAllNodes());
        return Places.reaches(nodeName(), everywhere, nodeSelector(), node, labels);
    }

    Map<String, Quantity> capacity() {
        return Amounts.of(device.getCapacity(), DeviceCapacity::getValue);
    }

    /**
     * The attribute with a fully qualified name; one without a domain is in the driver's.
     *
     * <p>source: structured allocator, lookupAttribute.
     */
    Optional<Object> attribute(String qualified) {
        var attributes = device.getAttributes();
        if (attributes == null) {
            return Optional.empty();
        }
        var attribute = attributes.get(qualified);
        int slash = qualified.indexOf('/');
        if (attribute == null && slash >= 0 && qualified.substring(0, slash).equals(id.driver())) {
            attribute = attributes.get(qualified.substring(slash + 1));
        }
        return Optional.ofNullable(attribute).map(Offer::comparable);
    }

    /** Equal for attributes of one type and value. */
    private static Object comparable(DeviceAttribute attribute) {
        if (attribute.getVersion() != null) {
            return List.of("version", attribute.getVersion());
        }
        return value(attribute);
    }

    private static Object value(DeviceAttribute attribute) {
        if (attribute.getInt() != null) {
            return attribute.getInt();
        } else if (attribute.getBool() != null) {
            return attribute.getBool();
        } else if (attribute.getString() != null) {
            return attribute.getString();
        } else if (attribute.getVersion() != null) {
            return SemverLibrary.value(attribute.getVersion()).orElse(attribute.getVersion());
        } else if (attribute.getInts() != null && !attribute.getInts().isEmpty()) {
            return attribute.getInts();
        } else if (attribute.getBools() != null && !attribute.getBools().isEmpty()) {
            return attribute.getBools();
        } else if (attribute.getStrings() != null && !attribute.getStrings().isEmpty()) {
            return attribute.getStrings();
        } else {
            return attribute.getVersions() == null ? List.of() : attribute.getVersions();
        }
    }

    /** Whether an expression selects the device. */
    boolean selectedBy(String expression, DeviceSelector selector) throws CelFailure {
        var known = judged.get(expression);
        if (known != null) {
            return known;
        }
        boolean matches = selector.matches(seen());
        if (judged.size() >= REMEMBERED) {
            judged.clear();
        }
        judged.put(expression, matches);
        return matches;
    }

    private dev.navarch.cel.Device seen() {
        if (seen == null) {
            Map<String, Object> attributes = new HashMap<>();
            if (device.getAttributes() != null) {
                device.getAttributes().forEach((name, attribute) -> attributes.put(name, value(attribute)));
            }
            seen = new dev.navarch.cel.Device(id.driver(), shared(), attributes, capacity());
        }
        return seen;
    }
}
