package dev.navarch.runtime.cri;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Chooses how containerd keeps layers: as overlays where the file system can carry them, as copies elsewhere. */
final class Snapshotter {
    private static final Duration DEADLINE = Duration.ofMinutes(1);

    private Snapshotter() {}

    /** Tries an overlay below {@code root}; a choice made before stays, since layers can't change their kind. */
    static String choose(Path root) throws IOException, InterruptedException {
        for (var name : List.of("overlayfs", "native")) {
            if (Files.isDirectory(
                    root.resolve("io.containerd.snapshotter.v1." + name).resolve("snapshots"))) {
                return name;
            }
        }
        var probe = Files.createDirectories(root.resolve("probe"));
        var parts = List.of("lower", "upper", "work", "merged");
        for (var part : parts) {
            Files.createDirectories(probe.resolve(part));
        }
        var options = "lowerdir=%1$s/lower,upperdir=%1$s/upper,workdir=%1$s/work".formatted(probe);
        var merged = probe.resolve("merged").toString();
        boolean works = HostCommand.run(DEADLINE, "mount", "-t", "overlay", "overlay", "-o", options, merged)
                .succeeded();
        if (works) {
            HostCommand.run(DEADLINE, "umount", merged).orThrow();
        }
        Trees.delete(probe);
        return works ? "overlayfs" : "native";
    }
}
