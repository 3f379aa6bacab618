package dev.navarch.scheduler.plugins;

import dev.navarch.client.Informer;
import dev.navarch.client.Key;
import dev.navarch.scheduler.framework.ClusterEvent;
import dev.navarch.scheduler.framework.CycleState;
import dev.navarch.scheduler.framework.Handle;
import dev.navarch.scheduler.framework.NodeInfo;
import dev.navarch.scheduler.framework.Plugin;
import dev.navarch.scheduler.framework.PodInfo;
import dev.navarch.scheduler.framework.Snapshot;
import dev.navarch.scheduler.framework.Status;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Volume;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Volumes that only one pod, or one that writes, may have at a time: certain disks on one node, claims of mode
 * {@code ReadWriteOncePod} anywhere (source: plugins/volumerestrictions).
 */
public final class VolumeRestrictions implements Plugin.PreFilter, Plugin.Filter, Plugin.TrialAware {
    private static final Status DISK = Status.unschedulable("node(s) had no available disk");
    private static final Status ONCE = Status.unschedulable(
            "node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode");

    private final Informer<PersistentVolumeClaim> claims;

    VolumeRestrictions(Handle handle) {
        claims = handle.watch(PersistentVolumeClaim.class);
    }

    @Override
    public String name() {
        return "VolumeRestrictions";
    }

    /** The pod's claims that no other pod may use, and how many do. */
    private static final class Exclusive {
        private final Set<String> names;
        private int users;

        Exclusive(Set<String> names, int users) {
            this.names = names;
            this.users = users;
        }
    }

    @Override
    public Result preFilter(CycleState state, PodInfo pod, Snapshot snapshot) {
        var volumes = pod.pod().getSpec().getVolumes();
        if (volumes == null || volumes.isEmpty()) {
            return Result.SKIP;
        }
        Set<String> exclusive = new HashSet<>();
        int users = 0;
        for (var use : pod.claims()) {
            if (use.ephemeral()) {
                continue;
            }
            var claim = claims.get(pod.namespace(), use.name());
            if (claim.isEmpty()) {
                return Result.of(Status.unresolvable(Claims.notFound("persistentvolumeclaim", use.name())));
            }
            var modes = claim.get().getSpec().getAccessModes();
            if (modes != null && modes.contains("ReadWriteOncePod") && exclusive.add(use.name())) {
                users += snapshot.pods().using(new Key(pod.namespace(), use.name()));
            }
        }
        state.put(this, new Exclusive(exclusive, users));
        return exclusive.isEmpty() && volumes.stream().noneMatch(VolumeRestrictions::isDisk) ? Result.SKIP : Result.ALL;
    }

    private static boolean isDisk(Volume volume) {
        return volume.getGcePersistentDisk() != null
                || volume.getAwsElasticBlockStore() != null
                || volume.getRbd() != null
                || volume.getIscsi() != null;
    }

    @Override
    public Status filter(CycleState state, PodInfo pod, NodeInfo node) {
        for (var volume : pod.pod().getSpec().getVolumes()) {
            if (isDisk(volume)) {
                for (var other : node.pods()) {
                    var others = other.pod().getSpec().getVolumes();
                    if (others != null && others.stream().anyMatch(existing -> conflict(volume, existing))) {
                        return DISK;
                    }
                }
            }
        }
        return state.get(this, Exclusive.class).users > 0 ? ONCE : Status.SUCCESS;
    }

    private static boolean conflict(Volume one, Volume other) {
        if (one.getGcePersistentDisk() != null && other.getGcePersistentDisk() != null) {
            var disk = one.getGcePersistentDisk();
            var existing = other.getGcePersistentDisk();
            return Objects.equals(disk.getPdName(), existing.getPdName())
                    && !bothReadOnly(disk.getReadOnly(), existing.getReadOnly());
        }
        if (one.getAwsElasticBlockStore() != null && other.getAwsElasticBlockStore() != null) {
            return Objects.equals(
                    one.getAwsElasticBlockStore().getVolumeID(),
                    other.getAwsElasticBlockStore().getVolumeID());
        }
        if (one.getIscsi() != null && other.getIscsi() != null) {
            return Objects.equals(one.getIscsi().getIqn(), other.getIscsi().getIqn())
                    && !bothReadOnly(
                            one.getIscsi().getReadOnly(), other.getIscsi().getReadOnly());
        }
        if (one.getRbd() != null && other.getRbd() != null) {
            var image = one.getRbd();
            var existing = other.getRbd();
            return !Collections.disjoint(orEmpty(image.getMonitors()), orEmpty(existing.getMonitors()))
                    && Objects.equals(image.getPool(), existing.getPool())
                    && Objects.equals(image.getImage(), existing.getImage())
                    && !bothReadOnly(image.getReadOnly(), existing.getReadOnly());
        }
        return false;
    }

    private static List<String> orEmpty(@Nullable List<String> list) {
        return list == null ? List.of() : list;
    }

    private static boolean bothReadOnly(@Nullable Boolean one, @Nullable Boolean other) {
        return Boolean.TRUE.equals(one) && Boolean.TRUE.equals(other);
    }

    @Override
    public void copyState(CycleState from, CycleState to) {
        var exclusive = from.get(this, Exclusive.class);
        to.put(this, new Exclusive(exclusive.names, exclusive.users));
    }

    @Override
    public void added(CycleState state, PodInfo pod, PodInfo other, NodeInfo node) {
        change(state, pod, other, 1);
    }

    @Override
    public void removed(CycleState state, PodInfo pod, PodInfo other, NodeInfo node) {
        change(state, pod, other, -1);
    }

    private void change(CycleState state, PodInfo pod, PodInfo other, int step) {
        var exclusive = state.get(this, Exclusive.class);
        if (other.namespace().equals(pod.namespace())) {
            for (var use : other.claims()) {
                exclusive.users += exclusive.names.contains(use.name()) ? step : 0;
            }
        }
    }

    @Override
    public boolean concernedBy(ClusterEvent event) {
        return event instanceof ClusterEvent.PodRemoved
                || event instanceof ClusterEvent.NodeAdded
                || event instanceof ClusterEvent.ObjectChanged(var before, var now)
                        && before.isEmpty()
                        && now instanceof PersistentVolumeClaim;
    }

    @Override
    public boolean mayHelp(PodInfo pod, ClusterEvent event) {
        return switch (event) {
            case ClusterEvent.PodRemoved(var other, var _) -> sharesClaim(pod, other) || sharesDisk(pod, other);
            case ClusterEvent.ObjectChanged(var _, PersistentVolumeClaim claim) -> VolumeZone.uses(pod, claim);
            default -> true;
        };
    }

    private static boolean sharesClaim(PodInfo pod, PodInfo other) {
        return other.namespace().equals(pod.namespace()) && !Collections.disjoint(pod.claims(), other.claims());
    }

    private static boolean sharesDisk(PodInfo pod, PodInfo other) {
        var volumes = pod.pod().getSpec().getVolumes();
        var others = other.pod().getSpec().getVolumes();
        return volumes != null
                && others != null
                && volumes.stream()
                        .anyMatch(volume -> others.stream().anyMatch(existing -> conflict(volume, existing)));
    }
}
