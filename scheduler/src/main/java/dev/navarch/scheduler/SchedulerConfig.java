package dev.navarch.scheduler;

import static java.util.Objects.requireNonNull;

import dev.navarch.scheduler.config.ConfigurationException;
import dev.navarch.scheduler.config.ConfigurationReader;
import dev.navarch.scheduler.config.SchedulerConfiguration;
import dev.navarch.scheduler.framework.PluginFactory;
import dev.navarch.scheduler.plugins.DefaultPlugins;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;

/**
 * Settings of a {@link Scheduler}.
 *
 * @param configuration upstream's
 * @param plugins what makes the plugins that profiles name: the default ones and users'
 * @param bindings how many bindings may be on their way at once
 */
public record SchedulerConfig(SchedulerConfiguration configuration, Map<String, PluginFactory> plugins, int bindings) {
    private static final int BINDINGS = 256;

    public SchedulerConfig {
        requireNonNull(configuration);
        plugins = Map.copyOf(plugins);
        if (bindings < 1) {
            throw new IllegalArgumentException("a scheduler needs at least one binding at a time");
        }
    }

    /** Upstream's defaults. */
    public static SchedulerConfig standard() {
        return new SchedulerConfig(SchedulerConfiguration.standard(), known(List.of()), BINDINGS);
    }

    /**
     * As a configuration file says; plugins that it names may come from the class path, as Java services.
     *
     * @param text YAML or JSON of {@code KubeSchedulerConfiguration}
     * @throws ConfigurationException if it is wrong
     */
    public static SchedulerConfig read(String text) {
        var users = new ArrayList<PluginFactory>();
        ServiceLoader.load(PluginFactory.class).forEach(users::add);
        return read(text, users);
    }

    /** @param users plugins beside the default ones */
    public static SchedulerConfig read(String text, List<PluginFactory> users) {
        var plugins = known(users);
        return new SchedulerConfig(new ConfigurationReader(plugins).read(text), plugins, BINDINGS);
    }

    private static Map<String, PluginFactory> known(List<PluginFactory> users) {
        var known = new LinkedHashMap<String, PluginFactory>();
        DefaultPlugins.factories().forEach(factory -> known.put(factory.name(), factory));
        for (var user : users) {
            if (known.putIfAbsent(user.name(), user) != null) {
                throw new ConfigurationException("a plugin named " + user.name() + " already exists");
            }
        }
        return known;
    }
}
