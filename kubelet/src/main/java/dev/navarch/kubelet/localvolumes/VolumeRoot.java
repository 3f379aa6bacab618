package dev.navarch.kubelet.localvolumes;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;

/**
 * Where a node keeps volumes, each a directory of the volume's name.
 *
 * @param real false for a simulated node, whose volumes have paths but no directories
 */
record VolumeRoot(Path path, boolean real) {

    Path of(String volume) {
        var directory = path.resolve(volume).normalize();
        if (!path.equals(directory.getParent())) {
            throw new IllegalArgumentException(volume + " is no name of a volume");
        }
        return directory;
    }

    /** Whether the path is that of a volume here. */
    boolean has(String volumePath, String volume) {
        var prefix = path.toString();
        return volumePath.length() == prefix.length() + 1 + volume.length()
                && volumePath.startsWith(prefix)
                && volumePath.endsWith("/" + volume);
    }

    /** For anybody to write to, since it is not known as whom the containers will run. */
    void create(String volume) throws IOException {
        if (real) {
            Files.createDirectories(of(volume));
            Files.setPosixFilePermissions(of(volume), PosixFilePermissions.fromString("rwxrwxrwx"));
        }
    }

    /** With all that is in it; follows no links. */
    void delete(String volume) throws IOException {
        var directory = of(volume);
        if (!real || !Files.exists(directory, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        try (var files = Files.walk(directory)) {
            for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
