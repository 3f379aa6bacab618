package dev.navarch.junit;

import dev.navarch.embedded.EmbeddedCluster;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;

/** Manifests by where they are: {@code classpath:NAME} or a file's path. */
final class ManifestSource {
    private static final String CLASS_PATH = "classpath:";

    private ManifestSource() {}

    static void apply(EmbeddedCluster cluster, String location) {
        if (!location.startsWith(CLASS_PATH)) {
            cluster.apply(Path.of(location));
            return;
        }
        var name = location.substring(CLASS_PATH.length());
        try (var in = Thread.currentThread().getContextClassLoader().getResourceAsStream(name)) {
            if (in == null) {
                throw new ExtensionConfigurationException("there is no " + name + " on the class path");
            }
            cluster.apply(new String(in.readAllBytes(), StandardCharsets.UTF_8), name);
        } catch (IOException e) {
            throw new ExtensionConfigurationException("can't read " + location, e);
        }
    }
}
