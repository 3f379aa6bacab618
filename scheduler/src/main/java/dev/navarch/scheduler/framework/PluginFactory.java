package dev.navarch.scheduler.framework;

import dev.navarch.api.FieldError;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/**
 * Makes a plugin for each profile that has it enabled. Plugins of users are found as Java services: a JAR on the class
 * path with a file {@code META-INF/services/dev.navarch.scheduler.framework.PluginFactory} that names its factories.
 * They are enabled by the scheduler's configuration, under their names.
 *
 * <p>source: pkg/scheduler/framework/runtime/registry.go.
 */
public interface PluginFactory {

    /** What configurations call the plugin; no other plugin has that name. */
    String name();

    /**
     * What is wrong with arguments.
     *
     * @param path of the arguments in the configuration
     * @param arguments {@code pluginConfig[].args}; empty if there are none
     */
    default List<FieldError> validate(String path, ObjectNode arguments) {
        return List.of();
    }

    /** @param arguments valid ones */
    Plugin create(ObjectNode arguments, Handle handle);
}
