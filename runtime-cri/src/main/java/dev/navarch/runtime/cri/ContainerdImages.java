package dev.navarch.runtime.cri;

import static java.util.Objects.requireNonNull;

import dev.navarch.kubelet.runtime.ContainerRuntime;
import dev.navarch.time.TimeSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Puts images from archives into containerd, where its CRI plugin finds them. */
public final class ContainerdImages {
    /** The containerd namespace of everything that Kubernetes runs. */
    static final String NAMESPACE = "k8s.io";

    private static final Duration IMPORT_DEADLINE = Duration.ofMinutes(30);
    private static final Duration SEEN_DEADLINE = Duration.ofMinutes(2);

    private final Path ctr;
    private final Path socket;
    private final String snapshotter;
    private final Path scratch;
    private final ContainerRuntime runtime;
    private final TimeSource time;

    /** @param scratch a directory with room for an image */
    ContainerdImages(
            Path ctr, Path socket, String snapshotter, Path scratch, ContainerRuntime runtime, TimeSource time) {
        this.scratch = requireNonNull(scratch);
        this.ctr = requireNonNull(ctr);
        this.socket = requireNonNull(socket);
        this.snapshotter = requireNonNull(snapshotter);
        this.runtime = requireNonNull(runtime);
        this.time = requireNonNull(time);
    }

    /**
     * Imports every image of an archive; when this returns, containers can be made from them.
     *
     * @param archive an OCI archive or one of {@code docker save}, plain or gzipped
     * @return the images' full names
     * @throws BadImageException if the archive is damaged, malicious or has an image without a name
     */
    public List<String> importArchive(Path archive) throws IOException, InterruptedException {
        var images = ImageArchive.read(archive);
        if (images.images().stream().anyMatch(i -> i.names().isEmpty())) {
            throw new BadImageException(archive.getFileName() + " has an image without a name");
        }
        var normalized = Files.createTempFile(scratch, "image-", ".tar");
        try {
            images.writeNormalized(normalized);
            ctr("images", "import", "--snapshotter", snapshotter, normalized.toString());
        } finally {
            Files.deleteIfExists(normalized);
        }
        for (var name : images.names()) {
            awaitSeen(name);
        }
        return images.names();
    }

    /** Writes and imports one image. */
    public void importImage(ImageContent image) throws IOException, InterruptedException {
        var file = Files.createTempFile(scratch, "image-", ".tar");
        try {
            ImageArchives.write(file, image);
            importArchive(file);
        } finally {
            Files.deleteIfExists(file);
        }
    }

    private void ctr(String... arguments) throws IOException, InterruptedException {
        var command = new java.util.ArrayList<>(
                List.of(ctr.toString(), "--address", socket.toString(), "--namespace", NAMESPACE));
        command.addAll(List.of(arguments));
        HostCommand.run(IMPORT_DEADLINE, command.toArray(String[]::new)).orThrow();
    }

    /** The CRI plugin learns of new images by an event. */
    private void awaitSeen(String name) throws IOException, InterruptedException {
        long deadline = time.nanoTime() + SEEN_DEADLINE.toNanos();
        while (runtime.imageStatus(name).isEmpty()) {
            if (time.nanoTime() > deadline) {
                throw new IOException("The engine doesn't show the imported image " + name);
            }
            time.sleep(Duration.ofMillis(10));
        }
    }
}
