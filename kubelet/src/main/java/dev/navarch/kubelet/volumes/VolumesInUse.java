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

    void use(String podUid, String uniqueName) {
        byPod.computeIfAbsent(podUid, _ -> ConcurrentHashMap.newKeySet()).add(uniqueName);
    }

    void release(String podUid) {
        byPod.remove(podUid);
    }

    /** In order of their names, each once. */
    public List<String> names() {
        return byPod.values().stream().flatMap(Set::stream).distinct().sorted().toList();
    }
}
