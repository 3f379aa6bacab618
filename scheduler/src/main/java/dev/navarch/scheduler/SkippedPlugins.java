package dev.navarch.scheduler;

import dev.navarch.scheduler.framework.CycleState;
import dev.navarch.scheduler.framework.Plugin;
import java.util.Arrays;

/** The plugins that have nothing to do with the pod of a cycle. Those with skipped filters are in its state. */
final class SkippedPlugins {
    private static final Plugin KEY = () -> "SkippedPlugins";

    /** A handful, so that looking through them is quicker than hashing. */
    private Plugin[] plugins = new Plugin[8];

    private int count;

    static SkippedPlugins start(CycleState state) {
        var skipped = new SkippedPlugins();
        state.put(KEY, skipped);
        return skipped;
    }

    static SkippedPlugins of(CycleState state) {
        return state.get(KEY, SkippedPlugins.class);
    }

    void add(Plugin plugin) {
        if (count == plugins.length) {
            plugins = Arrays.copyOf(plugins, 2 * count);
        }
        plugins[count++] = plugin;
    }

    boolean contains(Plugin plugin) {
        for (int i = 0; i < count; i++) {
            if (plugins[i] == plugin) {
                return true;
            }
        }
        return false;
    }
}
