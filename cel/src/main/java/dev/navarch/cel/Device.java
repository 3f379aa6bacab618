package dev.navarch.cel;

import static java.util.Objects.requireNonNull;

import dev.navarch.api.values.Quantity;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A device as selectors see it: {@code device.driver}, {@code device.attributes["domain"].name},
 * {@code device.capacity["domain"].name} and {@code device.allowMultipleAllocations}. Names without a domain are in that
 * of the driver; a domain of which the device has nothing is an empty map. Never changes.
 *
 * <p>source: dynamic-resource-allocation cel/compile.go, DeviceMatches.
 */
public final class Device {
    private final Map<String, Object> fields;

    /**
     * Takes what a driver says of a device.
     *
     * @param attributes by qualified name: Long, Boolean, String, lists of them, or what
     *     {@link dev.navarch.cel.library.SemverLibrary#value} gives
     * @param capacity by qualified name
     */
    public Device(String driver, boolean shared, Map<String, ?> attributes, Map<String, Quantity> capacity) {
        fields = new View(Map.of(
                "driver",
                requireNonNull(driver),
                "allowMultipleAllocations",
                shared,
                "attributes",
                new Domains(byDomain(attributes, driver)),
                "capacity",
                new Domains(byDomain(capacity, driver))));
    }

    Map<String, Object> fields() {
        return fields;
    }

    private static Map<String, Object> byDomain(Map<String, ?> qualified, String driver) {
        Map<String, Map<String, Object>> domains = new HashMap<>();
        qualified.forEach((name, value) -> {
            int slash = name.indexOf('/');
            domains.computeIfAbsent(slash < 0 ? driver : name.substring(0, slash), _ -> new HashMap<>())
                    .put(name.substring(slash + 1), value);
        });
        Map<String, Object> views = new HashMap<>();
        domains.forEach((domain, values) -> views.put(domain, new View(values)));
        return views;
    }

    /** A plain map. */
    @SuppressWarnings("Immutable") // nobody changes the map
    private static class View extends MapView {
        private final Map<String, Object> map;

        View(Map<String, Object> map) {
            this.map = map;
        }

        @Override
        Iterator<Entry<String, Object>> entries() {
            return map.entrySet().iterator();
        }

        @Override
        public boolean containsKey(Object key) {
            return map.containsKey(key);
        }

        @Override
        public @Nullable Object get(Object key) {
            return map.get(key);
        }

        @Override
        public int size() {
            return map.size();
        }
    }

    /** A map that has something for every key. */
    private static final class Domains extends View {
        private static final View NOTHING = new View(Map.of());

        Domains(Map<String, Object> map) {
            super(map);
        }

        @Override
        public Object get(Object key) {
            var values = super.get(key);
            return values == null ? NOTHING : values;
        }
    }
}
