package dev.navarch.kubelet.volumes;

import dev.navarch.kubelet.cgroups.ResourceMath;
import dev.navarch.time.TimeSource;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Volume;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The volumes of one pod, under {@code <pod's directory>/volumes/<plugin>/<name>}. Not safe for use by many threads:
 * belongs to the pod's worker.
 */
public final class PodVolumes {
    private final Path directory;
    private final Mounts mounts;
    private final ObjectSource source;
    private final TokenCache tokens;
    private final ClaimedVolumes claimed;
    private final boolean ofMachine;

    /** A volume that is there. */
    public record Mounted(Path path, boolean readOnly) {}

    /** @param node its name */
    public PodVolumes(
            Path podDirectory,
            Mounts mounts,
            ObjectSource source,
            String node,
            ClaimSource claims,
            VolumesInUse inUse,
            TimeSource time) {
        directory = podDirectory.resolve("volumes");
        ofMachine = mounts != Mounts.NONE;
        claimed = new ClaimedVolumes(directory, ofMachine, node, claims, inUse);
        this.mounts = mounts;
        this.source = source;
        tokens = new TokenCache(source, time);
    }

    /** Makes every volume be there and its content current; may be called again and again. */
    public Map<String, Mounted> mount(Pod pod, DownwardApi downward) throws VolumeFailure {
        Map<String, Mounted> mounted = new LinkedHashMap<>();
        if (pod.getSpec().getVolumes() != null) {
            for (var volume : pod.getSpec().getVolumes()) {
                if (ClaimedVolumes.isClaimed(volume)) {
                    mounted.put(volume.getName(), claimed.mount(pod, volume));
                    continue;
                }
                try {
                    mounted.put(volume.getName(), mount(pod, volume, downward));
                } catch (IOException | VolumeFailure | RuntimeException e) {
                    throw VolumeFailure.setUp(volume.getName(), e);
                }
            }
        }
        return mounted;
    }

    private Mounted mount(Pod pod, Volume volume, DownwardApi downward) throws IOException, VolumeFailure {
        if (volume.getHostPath() != null) {
            return new Mounted(
                    ofMachine
                            ? HostPaths.prepare(volume.getHostPath())
                            : HostPaths.imagine(volume.getHostPath(), place("host-path", volume)),
                    false);
        }
        if (volume.getEmptyDir() != null) {
            return emptyDir(pod, volume);
        }
        if (volume.getConfigMap() != null) {
            return written(pod, volume, "configmap", false, downward);
        }
        if (volume.getSecret() != null) {
            return written(pod, volume, "secret", true, downward);
        }
        if (volume.getDownwardAPI() != null) {
            return written(pod, volume, "downward-api", false, downward);
        }
        if (volume.getProjected() != null) {
            return written(pod, volume, "projected", true, downward);
        }
        throw new VolumeFailure("no volume plugin matched");
    }

    private Path place(String plugin, Volume volume) {
        return directory.resolve("kubernetes.io~" + plugin).resolve(volume.getName());
    }

    private Mounted emptyDir(Pod pod, Volume volume) throws IOException {
        var source = volume.getEmptyDir();
        var path = place("empty-dir", volume);
        boolean fresh = !Files.exists(path);
        Files.createDirectories(path);
        if ("Memory".equals(source.getMedium())) {
            mounts.memory(path, ResourceMath.value(source.getSizeLimit()));
        }
        if (fresh) {
            Unix.chmod(path, 0777);
            giveToGroup(pod, path, false);
        }
        return new Mounted(path, false);
    }

    private Mounted written(Pod pod, Volume volume, String plugin, boolean secret, DownwardApi downward)
            throws IOException, VolumeFailure {
        var files = new Payload(pod, source, downward, tokens).of(volume);
        var path = place(plugin, volume);
        boolean fresh = !Files.exists(path);
        Files.createDirectories(path);
        if (secret && fresh) {
            mounts.memory(path, 0); // secrets stay off the disk where that can be
        }
        if (fresh) {
            Unix.chmod(path, 0755);
        }
        new AtomicWriter(path).write(files, tree -> own(pod, volume, tree));
        return new Mounted(path, false);
    }

    private static void own(Pod pod, Volume volume, Path tree) throws IOException {
        var user = TokenCache.commonUser(pod);
        if (volume.getProjected() != null && user.isPresent()) {
            for (var part : volume.getProjected().getSources()) {
                if (part.getServiceAccountToken() != null) {
                    var file = tree.resolve(part.getServiceAccountToken().getPath());
                    if (Files.exists(file)) {
                        Unix.chown(file, user.getAsLong());
                    }
                }
            }
        }
        giveToGroup(pod, tree, true);
    }

    private static void giveToGroup(Pod pod, Path tree, boolean readOnly) throws IOException {
        var security = pod.getSpec().getSecurityContext();
        if (security != null && security.getFsGroup() != null) {
            Unix.giveToGroup(tree, security.getFsGroup(), readOnly);
        }
    }

    /** Unmounts and deletes all that is the pod's own; the content of host paths stays. */
    public void remove(String podUid) throws IOException {
        claimed.release(podUid);
        remove(directory, mounts);
    }

    /** Likewise, for any directory of a pod that is no more. */
    public static void remove(Path directory, Mounts mounts) throws IOException {
        mounts.unmountAll(directory);
        if (Files.exists(directory)) {
            AtomicWriter.deleteTree(directory);
        }
    }
}
