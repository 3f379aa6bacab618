package dev.navarch.kubelet;

import dev.navarch.kubelet.pods.RuntimeLabels;
import dev.navarch.kubelet.runtime.Container;
import dev.navarch.kubelet.runtime.ContainerFilter;
import dev.navarch.kubelet.runtime.ContainerRuntime;
import dev.navarch.kubelet.runtime.ContainerState;
import dev.navarch.kubelet.runtime.RuntimeFailure;
import dev.navarch.kubelet.runtime.Sandbox;
import dev.navarch.kubelet.runtime.SandboxFilter;
import dev.navarch.kubelet.runtime.SandboxState;
import dev.navarch.kubelet.volumes.Mounts;
import dev.navarch.kubelet.volumes.PodVolumes;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes what no pod needs any more: dead containers but for the newest two of each name (the one that is current and
 * the one before it, for {@code logs --previous}), dead sandboxes without containers but for the newest, directories and
 * logs of pods that are gone.
 *
 * <p>Source of the behaviour: kubernetes pkg/kubelet/kuberuntime/kuberuntime_gc.go.
 */
record GarbageCollection(ContainerRuntime runtime, PodPaths paths, Mounts mounts) {
    private static final Logger log = LoggerFactory.getLogger(GarbageCollection.class);
    private static final int KEPT = 2;

    private record Named(String podUid, String name) {}

    void containers() {
        var all = runtime.listContainers(ContainerFilter.ALL).stream()
                .filter(c -> RuntimeLabels.isOurs(c.labels()))
                .toList();
        Map<Named, List<Container>> byName = new HashMap<>();
        for (var container : all) {
            byName.computeIfAbsent(
                            new Named(
                                    container.labels().get(RuntimeLabels.POD_UID),
                                    container.labels().getOrDefault(RuntimeLabels.CONTAINER_NAME, "")),
                            _ -> new ArrayList<>())
                    .add(container);
        }
        Set<String> inUse = new HashSet<>();
        for (var same : byName.values()) {
            same.sort(Container.OLDEST_FIRST.reversed());
            for (int i = 0; i < same.size(); i++) {
                var container = same.get(i);
                if (i >= KEPT && container.state() == ContainerState.EXITED) {
                    remove(container);
                } else {
                    inUse.add(container.sandboxId());
                }
            }
        }
        sandboxes(inUse);
    }

    private void remove(Container container) {
        try {
            var status = runtime.containerStatus(container.id());
            runtime.removeContainer(container.id());
            var log = Path.of(status.logPath());
            var name = log.getFileName().toString();
            if (log.startsWith(paths.logs()) && Files.isDirectory(log.getParent())) {
                try (DirectoryStream<Path> rotated = Files.newDirectoryStream(log.getParent(), name + "*")) {
                    for (var file : rotated) {
                        Files.deleteIfExists(file);
                    }
                }
            }
        } catch (RuntimeFailure | IOException e) {
            GarbageCollection.log.warn("Can't remove container {}: {}", container.id(), e.getMessage());
        }
    }

    private void sandboxes(Set<String> inUse) {
        Map<String, List<Sandbox>> byPod = new HashMap<>();
        for (var sandbox : runtime.listPodSandboxes(SandboxFilter.ALL)) {
            if (RuntimeLabels.isOurs(sandbox.labels())) {
                byPod.computeIfAbsent(sandbox.labels().get(RuntimeLabels.POD_UID), _ -> new ArrayList<>())
                        .add(sandbox);
            }
        }
        for (var same : byPod.values()) {
            same.sort(Sandbox.OLDEST_FIRST.reversed());
            for (var sandbox : same.subList(1, same.size())) {
                if (sandbox.state() == SandboxState.NOT_READY && !inUse.contains(sandbox.id())) {
                    try {
                        runtime.removePodSandbox(sandbox.id());
                    } catch (RuntimeFailure e) {
                        log.warn("Can't remove sandbox {}: {}", sandbox.id(), e.getMessage());
                    }
                }
            }
        }
    }

    /** @param known whether a pod of this uid is still somebody's concern */
    void directories(Predicate<String> known) throws IOException {
        for (var directory : children(paths.pods())) {
            if (!known.test(directory.getFileName().toString())) {
                log.info("Removing what is left of pod {}", directory.getFileName());
                PodVolumes.remove(directory, mounts);
            }
        }
        for (var directory : children(paths.logs())) {
            var name = directory.getFileName().toString();
            if (!known.test(name.substring(name.lastIndexOf('_') + 1))) {
                PodVolumes.remove(directory, mounts);
            }
        }
    }

    private static List<Path> children(Path directory) throws IOException {
        List<Path> all = new ArrayList<>();
        if (Files.isDirectory(directory)) {
            try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory, Files::isDirectory)) {
                entries.forEach(all::add);
            }
        }
        return all;
    }
}
