package dev.navarch.controllers.attachdetach;

import dev.navarch.client.Informer;
import dev.navarch.client.Key;
import dev.navarch.controllers.PodClaims;
import dev.navarch.controllers.Pods;
import dev.navarch.controllers.StorageFacts;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.storage.CSIDriver;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Which volumes the pods of a node need. source: kubernetes pkg/controller/volume/attachdetach/util/util.go
 * (ProcessPodVolumes, DetermineVolumeAction), pkg/volume/util/util.go (IsPodTerminated).
 */
final class NodeVolumes {
    private static final String MANAGED = "volumes.kubernetes.io/controller-managed-attach-detach";
    private static final String KEEPS_TERMINATED = "volumes.kubernetes.io/keep-terminated-pod-volumes";

    private final Informer<Pod> pods;
    private final Informer<PersistentVolumeClaim> claims;
    private final Informer<PersistentVolume> volumes;
    private final Informer<CSIDriver> drivers;

    NodeVolumes(
            Informer<Pod> pods,
            Informer<PersistentVolumeClaim> claims,
            Informer<PersistentVolume> volumes,
            Informer<CSIDriver> drivers) {
        this.pods = pods;
        this.claims = claims;
        this.volumes = volumes;
        this.drivers = drivers;
    }

    /** The pods that need a volume, by the volume. */
    Map<Attachable, List<Pod>> wanted(Node node) {
        Map<Attachable, List<Pod>> wanted = new LinkedHashMap<>();
        if (!"true".equals(StorageFacts.annotations(node).get(MANAGED))) {
            return wanted; // its kubelet attaches by itself
        }
        boolean keeps = "true".equals(StorageFacts.annotations(node).get(KEEPS_TERMINATED));
        for (var pod : pods.byIndex(Pods.BY_NODE, node.getMetadata().getName())) {
            if (keeps || !isOver(pod)) {
                for (var claim : PodClaims.of(pod)) {
                    volume(claim)
                            .flatMap(this::attachable)
                            .ifPresent(v -> wanted.computeIfAbsent(v, _ -> new ArrayList<>())
                                    .add(pod));
                }
            }
        }
        return wanted;
    }

    private static boolean isOver(Pod pod) {
        return Pods.isTerminal(pod) || Pods.isDeleting(pod) && !runs(pod);
    }

    private static boolean runs(Pod pod) {
        List<ContainerStatus> statuses =
                pod.getStatus() == null ? List.of() : pod.getStatus().getContainerStatuses();
        return statuses.stream()
                .anyMatch(s -> s.getState() == null
                        || s.getState().getTerminated() == null && s.getState().getWaiting() == null);
    }

    private Optional<PersistentVolume> volume(Key claim) {
        return claims.get(claim)
                .flatMap(c -> volumes.get("", StorageFacts.volumeName(c))
                        .filter(v -> v.getSpec().getClaimRef() != null
                                && Objects.equals(
                                        v.getSpec().getClaimRef().getUid(),
                                        c.getMetadata().getUid())));
    }

    /** Empty for a volume that is there without further ado. A driver that says nothing wants to be asked. */
    Optional<Attachable> attachable(PersistentVolume volume) {
        var csi = volume.getSpec().getCsi();
        if (csi == null) {
            return Optional.empty();
        }
        boolean needless = drivers.get("", csi.getDriver())
                .filter(d -> Boolean.FALSE.equals(d.getSpec().getAttachRequired()))
                .isPresent();
        return needless ? Optional.empty() : Optional.of(Attachable.of(volume));
    }

    /** The nodes of the pods that use a claim. */
    List<String> nodesOf(Key claim) {
        return PodClaims.users(pods, claim).stream()
                .map(Pods::nodeName)
                .filter(n -> !n.isEmpty())
                .distinct()
                .toList();
    }

    /** The pods on a node that need the volume. */
    List<Pod> users(Attachable volume, Node node) {
        return wanted(node).getOrDefault(volume, List.of());
    }
}
