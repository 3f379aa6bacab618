package dev.navarch.cluster;

import dev.navarch.kubelet.runtime.Image;
import dev.navarch.runtime.cri.ContainerdProcess;
import dev.navarch.runtime.cri.NodeLayout;
import dev.navarch.time.SystemTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;

/** The images of a cluster's node, whether the cluster runs or not; containerd is started for it where it is not up. */
public final class NodeImages implements AutoCloseable {
    private final SystemTime time = new SystemTime();
    private final ContainerdProcess containerd;

    /** An image that is there. */
    public record Listed(String id, List<String> tags, long sizeBytes) {}

    private NodeImages(Path dataDir) throws InterruptedException {
        containerd = ContainerdProcess.startWithoutNetwork(NodeLayout.of(dataDir), time);
    }

    /** @throws PreflightException if there is no cluster in the directory */
    public static NodeImages of(Path dataDir) throws InterruptedException {
        if (!Files.isDirectory(dataDir)) {
            throw new PreflightException("there is no cluster in " + dataDir + ": run \"navarch up\" first, or name"
                    + " another with --data-dir");
        }
        return new NodeImages(dataDir);
    }

    /**
     * Imports what {@code docker save} wrote, or an OCI archive.
     *
     * @return the images' full names
     */
    public List<String> importArchive(Path archive) throws IOException, InterruptedException {
        if (!Files.isReadable(archive)) {
            throw new PreflightException("there is no readable file " + archive);
        }
        return containerd.images().importArchive(archive);
    }

    public List<Listed> list() {
        return containerd.runtime().listImages().stream()
                .map(NodeImages::listed)
                .sorted(Comparator.comparing(image -> image.tags().toString()))
                .toList();
    }

    private static Listed listed(Image image) {
        return new Listed(image.id(), image.repoTags(), image.sizeBytes());
    }

    /** Leaves containerd as it was found. */
    @Override
    public void close() throws InterruptedException {
        if (containerd.adopted()) {
            containerd.close();
        } else {
            containerd.stop();
        }
        time.close();
    }
}
