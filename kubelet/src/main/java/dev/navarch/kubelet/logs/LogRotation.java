package dev.navarch.kubelet.logs;

import dev.navarch.kubelet.pods.RuntimeLabels;
import dev.navarch.kubelet.runtime.ContainerFilter;
import dev.navarch.kubelet.runtime.ContainerRuntime;
import dev.navarch.kubelet.runtime.ContainerState;
import dev.navarch.kubelet.runtime.RuntimeFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves logs that have grown too large aside, {@code 0.log} to {@code 0.log.1} and so on, and has the engine begin a new
 * file. Readers that follow go on in the new file.
 *
 * <p>Source of the behaviour: kubernetes pkg/kubelet/logs/container_log_manager.go (10 MiB, 5 files).
 */
public final class LogRotation {
    private static final Logger log = LoggerFactory.getLogger(LogRotation.class);
    static final int MAX_FILES = 5;

    private final ContainerRuntime runtime;
    private final long maxBytes;

    public LogRotation(ContainerRuntime runtime) {
        this(runtime, 10 << 20);
    }

    LogRotation(ContainerRuntime runtime, long maxBytes) {
        this.runtime = runtime;
        this.maxBytes = maxBytes;
    }

    /** Looks at the logs of all running containers. */
    public void rotateAll() {
        var running =
                new ContainerFilter(Optional.empty(), Optional.empty(), Optional.of(ContainerState.RUNNING), Map.of());
        for (var container : runtime.listContainers(running)) {
            if (!container.labels().containsKey(RuntimeLabels.POD_UID)) {
                continue;
            }
            try {
                var path = Path.of(runtime.containerStatus(container.id()).logPath());
                if (Files.isRegularFile(path) && Files.size(path) > maxBytes) {
                    rotate(container.id(), path);
                }
            } catch (RuntimeFailure | IOException e) {
                log.warn("Can't rotate the log of container {}: {}", container.id(), e.getMessage());
            }
        }
    }

    private void rotate(String containerId, Path path) throws IOException {
        for (int i = MAX_FILES - 2; i >= 1; i--) {
            var from = numbered(path, i);
            if (Files.exists(from)) {
                Files.move(from, numbered(path, i + 1), StandardCopyOption.REPLACE_EXISTING);
            }
        }
        Files.move(path, numbered(path, 1), StandardCopyOption.REPLACE_EXISTING);
        try {
            runtime.reopenContainerLog(containerId);
        } catch (RuntimeFailure e) { // else the engine would go on writing into the moved file
            Files.move(numbered(path, 1), path, StandardCopyOption.REPLACE_EXISTING);
            throw e;
        }
    }

    static Path numbered(Path path, int number) {
        return path.resolveSibling(path.getFileName() + "." + number);
    }
}
