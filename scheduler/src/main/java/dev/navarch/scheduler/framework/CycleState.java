package dev.navarch.scheduler.framework;

import java.util.IdentityHashMap;
import java.util.Map;

/** What plugins remember of one pod between the extension points of its cycle. Used by one thread at a time. */
public final class CycleState {
    private final Map<Plugin, Object> values = new IdentityHashMap<>();
    private final Stopwatch stopwatch;

    /** Of a cycle that is not measured. */
    public CycleState() {
        this(Stopwatch.NONE);
    }

    public CycleState(Stopwatch stopwatch) {
        this.stopwatch = stopwatch;
    }

    /** Measures the plugins that are called in this cycle, or nothing. */
    public Stopwatch stopwatch() {
        return stopwatch;
    }

    public void put(Plugin plugin, Object value) {
        values.put(plugin, value);
    }

    /** What is put into the copy is not seen here; the values are shared. */
    public CycleState copy() {
        var copy = new CycleState(stopwatch);
        copy.values.putAll(values);
        return copy;
    }

    public boolean has(Plugin plugin) {
        return values.containsKey(plugin);
    }

    /**
     * What the plugin has put.
     *
     * @throws IllegalStateException if it has put nothing
     */
    public <T> T get(Plugin plugin, Class<T> type) {
        var value = values.get(plugin);
        if (value == null) {
            throw new IllegalStateException(plugin.name() + " has no state in this cycle");
        }
        return type.cast(value);
    }
}
