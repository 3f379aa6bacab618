package dev.navarch.scheduler;

import dev.navarch.scheduler.config.ConfigurationException;
import dev.navarch.scheduler.config.SchedulerConfiguration;
import dev.navarch.scheduler.config.SchedulerConfiguration.PluginSet;
import dev.navarch.scheduler.framework.ExtensionPoint;
import dev.navarch.scheduler.framework.Plugin;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * Which plugins a profile has at which extension points, in which order and with which weights: the defaults at all
 * points that they implement, as the configuration changes them (source: config/v1/default_plugins.go, mergePlugins;
 * framework/runtime/framework.go, expandMultiPointPlugins).
 */
final class PluginSelection {
    private final SchedulerConfiguration.Profile profile;
    private final List<PluginSet.Enabled> everywhere;
    private final Map<String, Plugin> plugins = new LinkedHashMap<>();
    private final Map<String, Integer> weights = new HashMap<>();

    /**
     * @param defaults enabled everywhere unless the configuration disables them
     * @param make a plugin of a name
     * @throws ConfigurationException if the profile would not work
     */
    PluginSelection(
            SchedulerConfiguration.Profile profile, List<PluginSet.Enabled> defaults, Function<String, Plugin> make) {
        this.profile = profile;
        everywhere = merged(defaults, profile.everywhere());
        var names = new LinkedHashSet<String>();
        everywhere.forEach(plugin -> names.add(plugin.name()));
        for (var point : ExtensionPoint.values()) {
            profile.plugins().getOrDefault(point, PluginSet.NONE).enabled().forEach(plugin -> names.add(plugin.name()));
        }
        names.forEach(name -> plugins.put(name, make.apply(name)));
    }

    /** The defaults in their order, as far as they are not disabled, with the weights given; then what is new. */
    private static List<PluginSet.Enabled> merged(List<PluginSet.Enabled> defaults, PluginSet custom) {
        Map<String, PluginSet.Enabled> given = new LinkedHashMap<>();
        custom.enabled().forEach(plugin -> given.put(plugin.name(), plugin));
        var merged = new ArrayList<PluginSet.Enabled>();
        if (!custom.disabled().contains("*")) {
            for (var plugin : defaults) {
                if (!custom.disabled().contains(plugin.name())) {
                    var other = given.remove(plugin.name());
                    merged.add(other == null ? plugin : other);
                }
            }
        }
        merged.addAll(given.values());
        return merged;
    }

    Map<ExtensionPoint, List<Plugin>> points() {
        var points = new EnumMap<ExtensionPoint, List<Plugin>>(ExtensionPoint.class);
        for (var point : ExtensionPoint.values()) {
            points.put(point, at(point));
        }
        int sorts = points.getOrDefault(ExtensionPoint.QUEUE_SORT, List.of()).size();
        if (sorts != 1) {
            throw new ConfigurationException("only one queue sort plugin required for profile with scheduler name \""
                    + profile.schedulerName() + "\", but got " + sorts);
        }
        if (points.getOrDefault(ExtensionPoint.BIND, List.of()).isEmpty()) {
            throw new ConfigurationException("at least one bind plugin is needed for profile with scheduler name \""
                    + profile.schedulerName() + "\"");
        }
        return points;
    }

    /** Of scores, by plugin; to be asked after {@link #points}. */
    Map<String, Integer> weights() {
        return weights;
    }

    /** First those that are enabled both here and everywhere, then everywhere alone, then here alone. */
    private List<Plugin> at(ExtensionPoint point) {
        var here = profile.plugins().getOrDefault(point, PluginSet.NONE);
        Set<String> named = new LinkedHashSet<>();
        for (var plugin : here.enabled()) {
            if (!named.add(plugin.name())) {
                throw new ConfigurationException(
                        "plugin \"" + plugin.name() + "\" already registered as \"" + point.text() + "\"");
            }
        }
        Map<String, Integer> first = new LinkedHashMap<>();
        Map<String, Integer> then = new LinkedHashMap<>();
        for (var plugin : everywhere) {
            boolean implemented = point.type().isInstance(plugins.get(plugin.name()));
            boolean disabled =
                    here.disabled().contains(plugin.name()) || here.disabled().contains("*");
            if (implemented && !disabled && !named.contains(plugin.name())) {
                then.put(plugin.name(), plugin.weight());
            }
        }
        Map<String, Integer> last = new LinkedHashMap<>();
        for (var plugin : here.enabled()) {
            if (!point.type().isInstance(plugins.get(plugin.name()))) {
                throw new ConfigurationException(
                        "plugin \"" + plugin.name() + "\" does not extend " + point.text() + " plugin");
            }
            boolean both = everywhere.stream().anyMatch(other -> other.name().equals(plugin.name()));
            (both ? first : last).put(plugin.name(), plugin.weight());
        }
        var all = new ArrayList<Plugin>();
        for (var part : List.of(first, then, last)) {
            part.forEach((name, weight) -> {
                all.add(plugins.get(name));
                if (point == ExtensionPoint.SCORE) {
                    weights.put(name, weight == 0 ? 1 : weight);
                }
            });
        }
        return all;
    }
}
