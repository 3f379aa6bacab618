package dev.navarch.cli;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The option that says which cluster of this machine is meant. */
final class DataDirOption {
    @Option(
            names = "--data-dir",
            paramLabel = "DIR",
            description =
                    "Where the cluster keeps its data; default /var/lib/navarch for root, else"
                            + " ~/.local/share/navarch, or $NAVARCH_DATA_DIR. Clusters with different directories run side by side.")
    @Nullable
    Path dataDir;

    Path orDefault() {
        return orDefault(dataDir);
    }

    static Path orDefault(@Nullable Path given) {
        if (given != null) {
            return given.toAbsolutePath().normalize();
        }
        var named = System.getenv("NAVARCH_DATA_DIR");
        if (named != null && !named.isBlank()) {
            return Path.of(named).toAbsolutePath().normalize();
        }
        return "root".equals(System.getProperty("user.name"))
                ? Path.of("/var/lib/navarch")
                : home().resolve(".local/share/navarch");
    }

    /** What the shell and kubectl take for the home directory, which Java reads from the user database instead. */
    static Path home() {
        var home = System.getenv("HOME");
        return Path.of(home == null || home.isBlank() ? System.getProperty("user.home") : home);
    }
}
