package dev.navarch.cli;

import dev.navarch.apiserver.ApiServerConfig;
import dev.navarch.cluster.ConfigException;
import java.util.Set;
import java.util.function.Consumer;

/** The options of an API server on one topic, a mixin of {@link ServerOptions}; each may stand in a file too. */
interface ServerTopic {
    /** The names that they have in a file. */
    Set<String> keys();

    /**
     * What was chosen, read and checked; to be set when a server starts.
     *
     * @throws ConfigException if it can't be
     */
    Consumer<ApiServerConfig.Builder> chosen(SettingsFile file);
}
