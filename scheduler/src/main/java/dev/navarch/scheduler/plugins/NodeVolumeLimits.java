package dev.navarch.scheduler.plugins;

import dev.navarch.client.Informer;
import dev.navarch.scheduler.framework.ClusterEvent;
import dev.navarch.scheduler.framework.CycleState;
import dev.navarch.scheduler.framework.Handle;
import dev.navarch.scheduler.framework.NodeInfo;
import dev.navarch.scheduler.framework.Plugin;
import dev.navarch.scheduler.framework.PodInfo;
import dev.navarch.scheduler.framework.Snapshot;
import dev.navarch.scheduler.framework.Status;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.storage.CSINode;
import io.fabric8.kubernetes.api.model.storage.StorageClass;
import io.fabric8.kubernetes.api.model.storage.VolumeAttachment;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** No more volumes of a CSI driver than it can attach to a node (source: plugins/nodevolumelimits/csi.go). */
public final class NodeVolumeLimits implements Plugin.PreFilter, Plugin.Filter {
    private static final Status FULL = Status.unschedulable("node(s) exceed max volume count");
    private static final String ATTACHMENTS = "node";

    private final Informer<CSINode> nodes;
    private final Informer<PersistentVolume> volumes;
    private final Informer<PersistentVolumeClaim> claims;
    private final Informer<StorageClass> classes;
    private final Informer<VolumeAttachment> attachments;

    NodeVolumeLimits(Handle handle) {
        nodes = handle.watch(CSINode.class);
        volumes = handle.watch(PersistentVolume.class);
        claims = handle.watch(PersistentVolumeClaim.class);
        classes = handle.watch(StorageClass.class);
        attachments = handle.watch(VolumeAttachment.class);
        attachments.addIndex(
                ATTACHMENTS, attachment -> Set.of(attachment.getSpec().getNodeName()));
    }

    @Override
    public String name() {
        return "NodeVolumeLimits";
    }

    @Override
    public Result preFilter(CycleState state, PodInfo pod, Snapshot snapshot) {
        var volumes = pod.pod().getSpec().getVolumes();
        boolean attaches = !pod.claims().isEmpty()
                || volumes != null && volumes.stream().anyMatch(volume -> volume.getCsi() != null);
        return attaches ? Result.ALL : Result.SKIP;
    }

    /** A volume as its driver knows it. */
    private record Attached(String driver, String handle) {}

    @Override
    public Status filter(CycleState state, PodInfo pod, NodeInfo node) {
        var limits = limits(node.name());
        if (limits.isEmpty()) {
            return Status.SUCCESS;
        }
        var wanted = attached(pod);
        wanted.removeIf(volume -> !limits.containsKey(volume.driver()));
        if (wanted.isEmpty()) {
            return Status.SUCCESS;
        }
        Set<Attached> there = new HashSet<>();
        node.pods().forEach(other -> there.addAll(attached(other)));
        for (var attachment : attachments.byIndex(ATTACHMENTS, node.name())) {
            Optional.ofNullable(attachment.getSpec().getSource().getPersistentVolumeName())
                    .flatMap(name -> volumes.get("", name))
                    .flatMap(NodeVolumeLimits::attached)
                    .ifPresent(there::add);
        }
        wanted.removeAll(there);
        Map<String, Integer> counts = new HashMap<>();
        there.forEach(volume -> counts.merge(volume.driver(), 1, Integer::sum));
        for (var volume : wanted) {
            if (counts.merge(volume.driver(), 1, Integer::sum) > limits.get(volume.driver())) {
                return FULL;
            }
        }
        return Status.SUCCESS;
    }

    private Map<String, Integer> limits(String node) {
        Map<String, Integer> limits = new HashMap<>();
        nodes.get("", node).ifPresent(known -> {
            if (known.getSpec() != null && known.getSpec().getDrivers() != null) {
                for (var driver : known.getSpec().getDrivers()) {
                    if (driver.getAllocatable() != null
                            && driver.getAllocatable().getCount() != null) {
                        limits.put(driver.getName(), driver.getAllocatable().getCount());
                    }
                }
            }
        });
        return limits;
    }

    private Set<Attached> attached(PodInfo pod) {
        Set<Attached> all = new HashSet<>();
        for (var use : pod.claims()) {
            var claim = claims.get(pod.namespace(), use.name());
            if (claim.isEmpty() || use.ephemeral() && !Claims.ownedBy(claim.get(), pod)) {
                continue;
            }
            var volume = volumes.get("", Claims.volumeName(claim.get()));
            if (volume.isPresent()) {
                attached(volume.get()).ifPresent(all::add);
            } else {
                classes.get("", Claims.className(claim.get()))
                        .ifPresent(storageClass -> all.add(
                                new Attached(storageClass.getProvisioner(), pod.namespace() + "/" + use.name())));
            }
        }
        return all;
    }

    private static Optional<Attached> attached(PersistentVolume volume) {
        var csi = volume.getSpec().getCsi();
        return csi == null ? Optional.empty() : Optional.of(new Attached(csi.getDriver(), csi.getVolumeHandle()));
    }

    @Override
    public boolean concernedBy(ClusterEvent event) {
        return switch (event) {
            case ClusterEvent.PodRemoved removed -> !removed.pod().claims().isEmpty();
            case ClusterEvent.ObjectChanged changed ->
                changed.of(CSINode.class) || changed.of(PersistentVolumeClaim.class);
            case ClusterEvent.ObjectRemoved(var last) -> last instanceof VolumeAttachment;
            case ClusterEvent.NodeAdded _ -> true;
            default -> false;
        };
    }

    @Override
    public boolean mayHelp(PodInfo pod, ClusterEvent event) {
        return switch (event) {
            case ClusterEvent.ObjectChanged(var _, PersistentVolumeClaim claim) -> VolumeZone.uses(pod, claim);
            case ClusterEvent.ObjectRemoved(VolumeAttachment attachment) ->
                attached(pod).stream()
                        .anyMatch(volume ->
                                volume.driver().equals(attachment.getSpec().getAttacher()));
            default -> true;
        };
    }
}
