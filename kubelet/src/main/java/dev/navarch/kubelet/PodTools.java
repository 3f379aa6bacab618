package dev.navarch.kubelet;

import dev.navarch.client.Resource;
import dev.navarch.kubelet.cgroups.PodCgroups;
import dev.navarch.kubelet.images.ImagePuller;
import dev.navarch.kubelet.pods.PodEvents;
import dev.navarch.kubelet.probes.Prober;
import dev.navarch.kubelet.runtime.ContainerRuntime;
import dev.navarch.kubelet.volumes.ClaimSource;
import dev.navarch.kubelet.volumes.Mounts;
import dev.navarch.kubelet.volumes.ObjectSource;
import dev.navarch.kubelet.volumes.VolumesInUse;
import dev.navarch.time.TimeSource;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Service;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * What all pod workers of a node work with.
 *
 * @param engine the runtime's name
 * @param inUse the attachable volumes that pods use
 * @param services those of the cluster, for environment variables
 * @param allocatable what the node has for pods
 * @param networkProblem why pods can't have a network now; "" if they can
 * @param admission whether there is room for a pod; what is wrong if not
 */
record PodTools(
        KubeletConfig config,
        ContainerRuntime runtime,
        String engine,
        Resource<Pod> pods,
        StatusWriter statuses,
        PodEvents events,
        TimeSource time,
        ImagePuller images,
        Prober prober,
        ObjectSource objects,
        ClaimSource claims,
        VolumesInUse inUse,
        DevicePreparation devices,
        Mounts mounts,
        PodCgroups cgroups,
        PodPaths paths,
        ContainerConfigs configs,
        Supplier<List<Service>> services,
        Supplier<Map<String, Quantity>> allocatable,
        Supplier<String> networkProblem,
        Function<Pod, Optional<StatusComposer.Verdict>> admission) {}
