package dev.navarch.kubelet.volumes;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/**
 * Finds, or makes, a path inside a volume whose content a container may have chosen: a link in it must not lead out.
 *
 * <p>Source of the rule: kubernetes pkg/volume/util/subpath/subpath_linux.go.
 */
public final class SubPaths {

    private SubPaths() {}

    /**
     * The real place of {@code subPath} in the volume; missing directories are made.
     *
     * @throws VolumeFailure if it is absolute, has {@code ..}, or leads out of the volume
     */
    public static Path resolve(Path volume, String subPath) throws IOException, VolumeFailure {
        if (subPath.startsWith("/") || subPath.indexOf('\0') >= 0) {
            throw escapes(subPath);
        }
        var root = volume.toRealPath();
        var here = root;
        for (var part : Path.of(subPath)) {
            var name = part.toString();
            if (name.equals("..")) {
                throw escapes(subPath);
            }
            if (name.isEmpty() || name.equals(".")) {
                continue;
            }
            var next = here.resolve(name);
            if (!Files.exists(next, LinkOption.NOFOLLOW_LINKS)) {
                Files.createDirectory(next);
                Unix.chmod(next, Unix.mode(here));
            }
            here = next.toRealPath();
            if (!here.startsWith(root)) {
                throw escapes(subPath);
            }
        }
        return here;
    }

    private static VolumeFailure escapes(String subPath) {
        return new VolumeFailure(
                "failed to prepare subPath for volumeMount: \"" + subPath + "\" leads out of its volume");
    }
}
