package dev.navarch.kubelet.volumes;

import io.fabric8.kubernetes.api.model.HostPathVolumeSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/** Checks and makes what a hostPath volume asks for. Source: kubernetes pkg/volume/hostpath/host_path.go. */
final class HostPaths {
    private static final int FILE_TYPE = 0170000;
    private static final Set<String> DIRECTORIES = Set.of("", "DirectoryOrCreate", "Directory");
    private static final Set<String> FILES = Set.of("FileOrCreate", "File", "Socket", "CharDevice", "BlockDevice");

    private HostPaths() {}

    static Path prepare(HostPathVolumeSource source) throws IOException, VolumeFailure {
        var path = Path.of(source.getPath());
        var type = source.getType() == null ? "" : source.getType();
        switch (type) {
            case "" -> {
                if (!Files.exists(path)) { // engines make the missing source of a mount a directory
                    Files.createDirectories(path);
                }
            }
            case "DirectoryOrCreate" -> {
                if (!Files.exists(path)) {
                    Files.createDirectories(path);
                    Unix.chmod(path, 0755);
                }
                demand(Files.isDirectory(path), path, "directory");
            }
            case "Directory" -> demand(Files.isDirectory(path), path, "directory");
            case "FileOrCreate" -> {
                if (!Files.exists(path)) {
                    Files.createFile(path);
                    Unix.chmod(path, 0644);
                }
                demand(Files.isRegularFile(path), path, "file");
            }
            case "File" -> demand(Files.isRegularFile(path), path, "file");
            case "Socket" -> demand(kind(path) == 0140000, path, "socket");
            case "CharDevice" -> demand(kind(path) == 0020000, path, "character device");
            case "BlockDevice" -> demand(kind(path) == 0060000, path, "block device");
            default -> throw new VolumeFailure(type + " is an invalid volume type");
        }
        return path;
    }

    /**
     * Of a node that is simulated: its disk is not this machine's, and has whatever is asked for.
     *
     * @param place where there may be something in its stead
     */
    static Path imagine(HostPathVolumeSource source, Path place) throws IOException, VolumeFailure {
        var type = source.getType() == null ? "" : source.getType();
        if (DIRECTORIES.contains(type)) {
            return Files.createDirectories(place);
        }
        if (!FILES.contains(type)) {
            throw new VolumeFailure(type + " is an invalid volume type");
        }
        if (!Files.exists(place)) {
            Files.createDirectories(place.getParent());
            Files.createFile(place);
        }
        return place;
    }

    private static int kind(Path path) throws IOException {
        return Files.exists(path) && Unix.isAt(path) ? (Integer) Files.getAttribute(path, "unix:mode") & FILE_TYPE : 0;
    }

    private static void demand(boolean holds, Path path, String what) throws VolumeFailure {
        if (!holds) {
            throw new VolumeFailure("hostPath type check failed: " + path + " is not a " + what);
        }
    }
}
