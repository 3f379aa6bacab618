package dev.navarch.kubelet.volumes;

import dev.navarch.client.ControllerRef;
import dev.navarch.client.NodeSelectors;
import dev.navarch.kubelet.volumes.PodVolumes.Mounted;
import io.fabric8.kubernetes.api.model.HostPathVolumeSource;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Volume;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/**
 * The volumes of one pod that are behind claims: directories of this machine. On a node that only simulates, an empty
 * directory of the pod stands in for whatever the volume is. Belongs to the pod's worker.
 *
 * <p>source: kubernetes pkg/kubelet/volumemanager/populator/desired_state_of_world_populator.go, pkg/volume/local/local.go,
 * pkg/volume/util/util.go (CheckNodeAffinity).
 */
final class ClaimedVolumes {
    private final Path directory;
    private final boolean ofMachine;
    private final String node;
    private final ClaimSource source;
    private final VolumesInUse inUse;
    /** A claim never changes its volume, so what was mounted once stays. */
    private final Map<String, Mounted> mounted = new HashMap<>();

    /** @param ofMachine whether paths are those of this machine */
    ClaimedVolumes(Path directory, boolean ofMachine, String node, ClaimSource source, VolumesInUse inUse) {
        this.directory = directory;
        this.ofMachine = ofMachine;
        this.node = node;
        this.source = source;
        this.inUse = inUse;
    }

    static boolean isClaimed(Volume volume) {
        return volume.getPersistentVolumeClaim() != null || volume.getEphemeral() != null;
    }

    Mounted mount(Pod pod, Volume volume) throws VolumeFailure {
        var known = mounted.get(volume.getName());
        if (known != null) {
            return known;
        }
        var claim = claim(pod, volume);
        var persistent = volume(volume, claim);
        boolean readOnly = volume.getPersistentVolumeClaim() != null
                && Boolean.TRUE.equals(volume.getPersistentVolumeClaim().getReadOnly());
        try {
            attach(pod, volume, persistent);
            var path = path(persistent);
            if (!readOnly && ofMachine && persistent.getSpec().getLocal() != null) {
                own(pod, path);
            }
            var now = new Mounted(path, readOnly);
            mounted.put(volume.getName(), now);
            return now;
        } catch (IOException | RuntimeException e) {
            throw VolumeFailure.setUp(persistent.getMetadata().getName(), e);
        }
    }

    private PersistentVolumeClaim claim(Pod pod, Volume volume) throws VolumeFailure {
        var namespace = pod.getMetadata().getNamespace();
        var name = volume.getEphemeral() == null
                ? volume.getPersistentVolumeClaim().getClaimName()
                : pod.getMetadata().getName() + "-" + volume.getName();
        var about = "error processing PVC " + namespace + "/" + name + ": ";
        var claim = source.claim(namespace, name)
                .orElseThrow(() -> unprocessed(
                        volume,
                        about + "failed to fetch PVC from API server: persistentvolumeclaims \"" + name
                                + "\" not found"));
        if (volume.getEphemeral() != null && !ControllerRef.isControlledBy(claim, pod)) {
            throw unprocessed(
                    volume,
                    about + "PVC " + namespace + "/" + name + " was not created for pod " + namespace + "/"
                            + pod.getMetadata().getName() + " (pod is not owner)");
        }
        if (claim.getMetadata().getDeletionTimestamp() != null) {
            throw unprocessed(volume, about + "PVC is being deleted");
        }
        var phase = claim.getStatus() == null ? null : claim.getStatus().getPhase();
        var bound = claim.getSpec().getVolumeName();
        if (!"Bound".equals(phase) || bound == null || bound.isEmpty()) {
            throw unprocessed(volume, about + "PVC is not bound");
        }
        return claim;
    }

    private PersistentVolume volume(Volume volume, PersistentVolumeClaim claim) throws VolumeFailure {
        var name = claim.getSpec().getVolumeName();
        var key = claim.getMetadata().getNamespace() + "/" + claim.getMetadata().getName();
        var about = "error processing PVC \"" + key + "\": ";
        var found = source.volume(name)
                .orElseThrow(() -> unprocessed(
                        volume,
                        about + "failed to fetch PV \"" + name + "\" from API server: persistentvolumes \"" + name
                                + "\" not found"));
        var to = found.getSpec().getClaimRef();
        if (to == null) {
            throw unprocessed(
                    volume,
                    about + "found PV object " + name
                            + " has a nil pv.Spec.ClaimRef indicating it is not yet bound to the claim");
        }
        if (!Objects.equals(to.getUid(), claim.getMetadata().getUid())) {
            throw unprocessed(
                    volume,
                    about + "found PV object " + name + " has a pv.Spec.ClaimRef.UID \"" + to.getUid()
                            + "\" that does not point to the expected claim UID \""
                            + claim.getMetadata().getUid() + "\"");
        }
        var affinity = found.getSpec().getNodeAffinity();
        var required = affinity == null ? null : affinity.getRequired();
        if (required != null) {
            var labels = source.nodeLabels();
            if (required.getNodeSelectorTerms().stream().noneMatch(t -> NodeSelectors.matches(t, node, labels))) {
                throw new VolumeFailure("MountVolume.NodeAffinity check failed for volume \"" + name
                        + "\" : no matching NodeSelectorTerms");
            }
        }
        if ("Block".equals(found.getSpec().getVolumeMode()) && ofMachine) {
            throw new VolumeFailure("MapVolume.SetUp failed for volume \"" + name + "\" : no volume plugin matched");
        }
        return found;
    }

    private static VolumeFailure unprocessed(Volume volume, String why) {
        return new VolumeFailure("Unable to attach or mount volumes: unmounted volumes=[" + volume.getName()
                + "], unattached volumes=[], failed to process volumes=[" + volume.getName() + "]: " + why);
    }

    /** What is said to be in use is not detached; what has to be attached is waited for. */
    private void attach(Pod pod, Volume volume, PersistentVolume persistent) throws VolumeFailure {
        var csi = persistent.getSpec().getCsi();
        if (csi == null) {
            return;
        }
        if (ofMachine) {
            throw new VolumeFailure("MountVolume.SetUp failed for volume \""
                    + persistent.getMetadata().getName()
                    + "\" : kubernetes.io/csi: mounter.SetUpAt failed to get CSI client: driver name " + csi.getDriver()
                    + " not found in the list of registered CSI drivers");
        }
        if (!source.needsAttachment(csi.getDriver())) {
            return;
        }
        var unique = "kubernetes.io/csi/" + csi.getDriver() + "^" + csi.getVolumeHandle();
        inUse.use(pod.getMetadata().getUid(), unique);
        if (!source.isAttached(unique)) {
            throw new VolumeFailure("Unable to attach or mount volumes: unmounted volumes=[" + volume.getName()
                    + "], unattached volumes=[" + volume.getName()
                    + "], failed to process volumes=[]: timed out waiting for the condition");
        }
    }

    private Path path(PersistentVolume volume) throws IOException, VolumeFailure {
        var name = volume.getMetadata().getName();
        if (!ofMachine) {
            var own = directory.resolve("kubernetes.io~simulated").resolve(name);
            Files.createDirectories(own);
            return own;
        }
        if (volume.getSpec().getHostPath() != null) {
            HostPathVolumeSource host = volume.getSpec().getHostPath();
            try {
                return HostPaths.prepare(host);
            } catch (VolumeFailure e) {
                throw VolumeFailure.setUp(name, e);
            }
        }
        if (volume.getSpec().getLocal() != null) {
            var path = Path.of(volume.getSpec().getLocal().getPath());
            if (!Files.exists(path)) {
                throw new VolumeFailure("MountVolume.NewMounter initialization failed for volume \"" + name
                        + "\" : path \"" + path + "\" does not exist");
            }
            return path;
        }
        throw new VolumeFailure("MountVolume.SetUp failed for volume \"" + name + "\" : no volume plugin matched");
    }

    private static void own(Pod pod, Path path) throws IOException {
        var security = pod.getSpec().getSecurityContext();
        if (security == null || security.getFsGroup() == null || !Unix.isAt(path)) {
            return;
        }
        long group = security.getFsGroup();
        boolean lazy = "OnRootMismatch".equals(security.getFsGroupChangePolicy());
        var now = (Integer) Files.getAttribute(path, "unix:gid", LinkOption.NOFOLLOW_LINKS);
        if (!lazy || now != group) {
            Unix.giveToGroup(path, group, false);
        }
    }

    /** The pod needs them no more. */
    void release(String podUid) {
        mounted.clear();
        inUse.release(podUid);
    }
}
