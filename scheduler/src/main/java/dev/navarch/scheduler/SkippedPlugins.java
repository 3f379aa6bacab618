package dev.navarch.scheduler;

import dev.navarch.scheduler.framework.CycleState;
import dev.navarch.scheduler.framework.Plugin;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;

/** The filters that have nothing to do with the pod of a cycle; kept in its state under this key. */
final class SkippedPlugins {
    private static final Plugin KEY = () -> "SkippedPlugins";

    private final Set<Plugin> plugins = Collections.newSetFromMap(new IdentityHashMap<>());

    static SkippedPlugins start(CycleState state) {
        var skipped = new SkippedPlugins();
        state.put(KEY, skipped);
        return skipped;
    }

    static SkippedPlugins of(CycleState state) {
        return state.get(KEY, SkippedPlugins.class);
    }

    void add(Plugin plugin) {
        plugins.add(plugin);
    }

    boolean contains(Plugin plugin) {
        return plugins.contains(plugin);
    }
}
