package dev.navarch.kubelet;

import dev.navarch.client.ApiClient;
import dev.navarch.client.Resource;
import dev.navarch.kubelet.pods.Pods;
import dev.navarch.kubelet.runtime.ContainerRuntime;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodResourceClaim;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaim;
import java.util.Optional;

/**
 * Whether the devices of a pod's claims are ready for its containers. Drivers of devices can't register with this node
 * agent yet, so that they are ready where the runtime needs nothing for them, and nowhere else: containers don't start
 * without devices that they were promised.
 *
 * <p>source: kubernetes pkg/kubelet/cm/dra/manager.go, PrepareResources.
 */
final class DevicePreparation {
    private final ContainerRuntime runtime;
    private final Resource<ResourceClaim> claims;

    DevicePreparation(ApiClient client, ContainerRuntime runtime) {
        this.runtime = runtime;
        claims = client.resource(ResourceClaim.class);
    }

    /** Why the pod can't start now. */
    Optional<String> problem(Pod pod) {
        if (runtime.needsNothingForDevices()) {
            return Optional.empty();
        }
        for (var named : Pods.orEmpty(pod.getSpec().getResourceClaims())) {
            var problem = problem(pod, named);
            if (problem.isPresent()) {
                return problem;
            }
        }
        var extended = pod.getStatus() == null ? null : pod.getStatus().getExtendedResourceClaimStatus();
        return extended == null ? Optional.empty() : problem(pod, extended.getResourceClaimName());
    }

    private Optional<String> problem(Pod pod, PodResourceClaim named) {
        return problem(
                pod, named.getResourceClaimName() != null ? named.getResourceClaimName() : generated(pod, named));
    }

    private Optional<String> problem(Pod pod, String name) {
        if (name.isEmpty()) {
            return Optional.empty();
        }
        var claim = claims.get(pod.getMetadata().getNamespace(), name).orElse(null);
        if (claim == null) {
            return Optional.of("fetch ResourceClaim " + name + " referenced by pod "
                    + pod.getMetadata().getName() + ": resourceclaims.resource.k8s.io \"" + name + "\" not found");
        }
        var status = claim.getStatus();
        boolean reserved = status != null
                && Pods.orEmpty(status.getReservedFor()).stream()
                        .anyMatch(consumer -> Pods.uid(pod).equals(consumer.getUid()));
        if (!reserved) {
            return Optional.of("pod " + pod.getMetadata().getName() + "(" + Pods.uid(pod)
                    + ") is not allowed to use resource claim " + name + "("
                    + claim.getMetadata().getUid() + ")");
        }
        var allocation = status.getAllocation();
        return allocation == null || allocation.getDevices() == null
                ? Optional.empty()
                : Pods.orEmpty(allocation.getDevices().getResults()).stream()
                        .findFirst()
                        .map(device -> "DRA driver " + device.getDriver() + " is not registered");
    }

    private static String generated(Pod pod, PodResourceClaim named) {
        return pod.getStatus() == null
                ? ""
                : Pods.orEmpty(pod.getStatus().getResourceClaimStatuses()).stream()
                        .filter(status ->
                                named.getName().equals(status.getName()) && status.getResourceClaimName() != null)
                        .findFirst()
                        .map(status -> status.getResourceClaimName())
                        .orElse("");
    }
}
