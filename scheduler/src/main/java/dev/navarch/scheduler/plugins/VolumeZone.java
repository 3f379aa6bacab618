package dev.navarch.scheduler.plugins;

import dev.navarch.api.values.GoText;
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
import io.fabric8.kubernetes.api.model.storage.StorageClass;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Only nodes in the zones of the pod's volumes, as labels of these say (source: plugins/volumezone). */
public final class VolumeZone implements Plugin.PreFilter, Plugin.Filter {
    private static final Status ELSEWHERE = Status.unresolvable("node(s) had no available volume zone");
    private static final String ZONE = "topology.kubernetes.io/zone";
    private static final String REGION = "topology.kubernetes.io/region";
    /** With the labels that they are called now. */
    private static final Map<String, String> LABELS = Map.of(
            "failure-domain.beta.kubernetes.io/zone",
            ZONE,
            "failure-domain.beta.kubernetes.io/region",
            REGION,
            ZONE,
            ZONE,
            REGION,
            REGION);

    private final Informer<PersistentVolume> volumes;
    private final Informer<PersistentVolumeClaim> claims;
    private final Informer<StorageClass> classes;

    VolumeZone(Handle handle) {
        volumes = handle.watch(PersistentVolume.class);
        claims = handle.watch(PersistentVolumeClaim.class);
        classes = handle.watch(StorageClass.class);
    }

    @Override
    public String name() {
        return "VolumeZone";
    }

    private record Topology(String label, Set<String> values) {}

    private record Topologies(List<Topology> all) {}

    @Override
    public Result preFilter(CycleState state, PodInfo pod, Snapshot snapshot) {
        var all = new ArrayList<Topology>();
        for (var use : pod.claims()) {
            if (use.ephemeral()) {
                continue;
            }
            var claim = claims.get(pod.namespace(), use.name());
            if (claim.isEmpty()) {
                return Result.of(Status.unresolvable(Claims.notFound("persistentvolumeclaim", use.name())));
            }
            var name = Claims.volumeName(claim.get());
            if (name.isEmpty()) {
                var problem = unbound(claim.get());
                if (!problem.success()) {
                    return Result.of(problem);
                }
                continue;
            }
            var volume = volumes.get("", name);
            if (volume.isEmpty()) {
                return Result.of(Status.unresolvable(Claims.notFound("persistentvolume", name)));
            }
            all.addAll(topologies(volume.get()));
        }
        if (all.isEmpty()) {
            return Result.SKIP;
        }
        state.put(this, new Topologies(all));
        return Result.ALL;
    }

    private Status unbound(PersistentVolumeClaim claim) {
        var name = Claims.className(claim);
        if (name.isEmpty()) {
            return Status.unresolvable("PersistentVolumeClaim had no pv name and storageClass name");
        }
        var storageClass = classes.get("", name);
        if (storageClass.isEmpty()) {
            return Status.unresolvable(Claims.notFound("storageclass.storage.k8s.io", name));
        }
        if (storageClass.get().getVolumeBindingMode() == null) {
            return Status.unresolvable("VolumeBindingMode not set for StorageClass " + GoText.quote(name));
        }
        return Claims.waitsForConsumer(storageClass.get())
                ? Status.SUCCESS
                : Status.unresolvable("PersistentVolume had no name");
    }

    private static List<Topology> topologies(PersistentVolume volume) {
        var labels = volume.getMetadata().getLabels();
        return labels == null
                ? List.of()
                : LABELS.keySet().stream()
                        .filter(labels::containsKey)
                        .map(label ->
                                new Topology(label, Set.of(labels.get(label).split("__"))))
                        .toList();
    }

    @Override
    public Status filter(CycleState state, PodInfo pod, NodeInfo node) {
        if (LABELS.keySet().stream().noneMatch(node.labels()::containsKey)) {
            return Status.SUCCESS;
        }
        for (var topology : state.get(this, Topologies.class).all()) {
            var value =
                    node.labels().getOrDefault(topology.label(), node.labels().get(LABELS.get(topology.label())));
            if (value == null || !topology.values().contains(value)) {
                return ELSEWHERE;
            }
        }
        return Status.SUCCESS;
    }

    @Override
    public boolean concernedBy(ClusterEvent event) {
        return switch (event) {
            case ClusterEvent.NodeAdded _ -> true;
            case ClusterEvent.NodeChanged changed -> changed.labels();
            case ClusterEvent.ObjectChanged(var before, StorageClass _) -> before.isEmpty();
            case ClusterEvent.ObjectChanged changed ->
                changed.of(PersistentVolumeClaim.class) || changed.of(PersistentVolume.class);
            default -> false;
        };
    }

    @Override
    public boolean mayHelp(PodInfo pod, ClusterEvent event) {
        return switch (event) {
            case ClusterEvent.ObjectChanged(var _, StorageClass now) -> Claims.waitsForConsumer(now);
            case ClusterEvent.ObjectChanged(var _, PersistentVolumeClaim now) -> uses(pod, now);
            case ClusterEvent.ObjectChanged(var before, PersistentVolume now) ->
                before.isEmpty()
                        || before.get() instanceof PersistentVolume old
                                && !topologies(old).equals(topologies(now));
            default -> true;
        };
    }

    /** Whether one of the pod's volumes refers to the claim. */
    static boolean uses(PodInfo pod, PersistentVolumeClaim claim) {
        return pod.namespace().equals(claim.getMetadata().getNamespace())
                && pod.claims().stream()
                        .anyMatch(use -> use.name().equals(claim.getMetadata().getName()));
    }
}
