package dev.navarch.scheduler.devices;

import dev.navarch.cel.CelFailure;
import dev.navarch.cel.DeviceSelector;
import java.util.LinkedHashMap;
import java.util.Map;

/** The selectors that were used last, compiled. */
final class SelectorCache {
    private static final int MOST = 256;

    private final Map<String, DeviceSelector> compiled = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, DeviceSelector> eldest) {
            return size() > MOST;
        }
    };

    DeviceSelector get(String expression) throws CelFailure {
        var known = compiled.get(expression);
        if (known != null) {
            return known;
        }
        var selector = DeviceSelector.compile(expression);
        compiled.put(expression, selector);
        return selector;
    }
}
