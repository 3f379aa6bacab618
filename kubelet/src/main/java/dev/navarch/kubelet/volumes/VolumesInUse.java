package dev.navarch.kubelet.volumes;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The attachable volumes that pods of the node use, which must not be detached. Safe for use by many threads. source:
 * kubernetes pkg/kubelet/volumemanager/volume_manager.go (GetVolumesInUse).
 */
public final class VolumesInUse {
    private final Map<String, Set<String>> byPod = new ConcurrentHashMap<>();
    private volatile Runnable report = () -> {};

    /** @param report tells the API of {@link #names} before it returns */
    public void reportedBy(Runnable report) {
        this.report = report;
    }

    /** Returns when the API has been told, so that nobody detaches what is about to be mounted. */
    void use(String podUid, String uniqueName) {
        if (byPod.computeIfAbsent(podUid, _ -> ConcurrentHashMap.newKeySet()).add(uniqueName)) {
            report.run();
        }
    }

    void release(String podUid) {
        if (byPod.remove(podUid) != null) {
            report.run();
        }
    }

    /** In order of their names, each once. */
    public List<String> names() {
        return byPod.values().stream().flatMap(Set::stream).distinct().sorted().toList();
    }
}
