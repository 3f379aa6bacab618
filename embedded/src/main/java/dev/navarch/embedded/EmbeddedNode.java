package dev.navarch.embedded;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A simulated node as it is asked for.
 *
 * @param labels beside the usual ones
 * @param taints as {@code key=value:Effect}
 * @param capacity quantities by resource, such as {@code cpu} and {@code memory}
 * @param devices how many devices there are for resource claims, by their drivers
 */
public record EmbeddedNode(
        String name,
        Map<String, String> labels,
        List<String> taints,
        Map<String, String> capacity,
        Map<String, Integer> devices) {
    private static final Map<String, String> USUAL =
            Map.of("cpu", "8", "memory", "32Gi", "ephemeral-storage", "100Gi", "pods", "110");

    /** @throws IllegalArgumentException if there can't be such a node */
    public EmbeddedNode {
        labels = Map.copyOf(labels);
        taints = List.copyOf(taints);
        Map<String, String> all = new LinkedHashMap<>(USUAL);
        all.putAll(capacity);
        capacity = Map.copyOf(all);
        devices = Map.copyOf(devices);
        NodeRules.check(name, labels, taints, capacity, devices);
    }

    /** Of 8 processors, 32 GiB of memory and room for 110 pods. */
    public static EmbeddedNode of(String name) {
        return new EmbeddedNode(name, Map.of(), List.of(), Map.of(), Map.of());
    }

    public EmbeddedNode withLabel(String key, String value) {
        Map<String, String> more = new LinkedHashMap<>(labels);
        more.put(key, value);
        return new EmbeddedNode(name, more, taints, capacity, devices);
    }

    /** @param taint as {@code key=value:Effect} */
    public EmbeddedNode withTaint(String taint) {
        return new EmbeddedNode(
                name, labels, Stream.concat(taints.stream(), Stream.of(taint)).toList(), capacity, devices);
    }

    /** @param quantity such as {@code 500m} or {@code 16Gi} */
    public EmbeddedNode withCapacity(String resource, String quantity) {
        Map<String, String> more = new LinkedHashMap<>(capacity);
        more.put(resource, quantity);
        return new EmbeddedNode(name, labels, taints, more, devices);
    }

    /**
     * With devices that resource claims can have: a ResourceSlice offers {@code device-0}, {@code device-1} and so on, each
     * with the attribute {@code index}.
     *
     * @param driver such as {@code gpu.example.com}
     */
    public EmbeddedNode withDevices(String driver, int count) {
        Map<String, Integer> more = new LinkedHashMap<>(devices);
        more.put(driver, count);
        return new EmbeddedNode(name, labels, taints, capacity, more);
    }
}
