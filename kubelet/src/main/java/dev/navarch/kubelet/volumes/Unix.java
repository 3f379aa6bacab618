package dev.navarch.kubelet.volumes;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * Modes and owners of files in numbers, with the bits that the portable view lacks. A file system that knows neither, as
 * Windows has them, is left as it is: only simulated containers live there.
 */
public final class Unix {
    private static final int SET_GID = 02000;

    private Unix() {}

    /** Whether files at this place have modes and owners, and whoever may write can make links. */
    public static boolean isAt(Path path) {
        return path.getFileSystem().supportedFileAttributeViews().contains("unix");
    }

    public static void chmod(Path path, int mode) throws IOException {
        if (!isAt(path)) {
            return;
        }
        Files.setAttribute(path, "unix:mode", mode & 07777);
    }

    static int mode(Path path) throws IOException {
        return isAt(path) ? (Integer) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS) & 07777 : 0755;
    }

    static void chown(Path path, long uid) throws IOException {
        if (!isAt(path)) {
            return;
        }
        Files.setAttribute(path, "unix:uid", (int) uid, LinkOption.NOFOLLOW_LINKS);
    }

    static void chgrp(Path path, long gid) throws IOException {
        if (!isAt(path)) {
            return;
        }
        Files.setAttribute(path, "unix:gid", (int) gid, LinkOption.NOFOLLOW_LINKS);
    }

    /**
     * Gives a tree to a group: files readable (and writable) by it, directories enterable and handing the group on.
     * Source: kubernetes pkg/volume/volume_linux.go.
     */
    static void giveToGroup(Path tree, long gid, boolean readOnly) throws IOException {
        if (!isAt(tree)) {
            return;
        }
        try (Stream<Path> walk = Files.walk(tree)) {
            for (var path : (Iterable<Path>) walk::iterator) {
                chgrp(path, gid);
                if (Files.isSymbolicLink(path)) {
                    continue;
                }
                int mode = mode(path) | (readOnly ? 0440 : 0660);
                chmod(path, Files.isDirectory(path) ? mode | 0110 | SET_GID : mode);
            }
        }
    }
}
