package dev.navarch.controllers.resourceclaim;

import dev.navarch.client.Key;
import dev.navarch.controllers.Pods;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodExtendedResourceClaimStatus;
import io.fabric8.kubernetes.api.model.PodResourceClaim;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaim;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaimConsumerReference;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Which claims of devices a pod names, and which pods a claim. source: kubernetes staging
 * dynamic-resource-allocation/resourceclaim.
 */
final class PodClaims {
    /** Index of an informer of pods: the keys of the claims whose names are known. */
    static final String BY_CLAIM = "resourceclaim";

    /** So many pods can use a claim. */
    private static final int MOST_CONSUMERS = 256;

    private PodClaims() {}

    static List<PodResourceClaim> named(Pod pod) {
        var claims = pod.getSpec() == null ? null : pod.getSpec().getResourceClaims();
        return claims == null ? List.of() : claims;
    }

    static boolean generated(PodResourceClaim named) {
        return named.getResourceClaimName() == null;
    }

    /** The claim's name, if it is known yet; empty text if it was found that there is no need for one. */
    static Optional<String> name(Pod pod, PodResourceClaim named) {
        if (!generated(named)) {
            return Optional.of(named.getResourceClaimName());
        }
        return pod.getStatus() == null || pod.getStatus().getResourceClaimStatuses() == null
                ? Optional.empty()
                : pod.getStatus().getResourceClaimStatuses().stream()
                        .filter(status -> named.getName().equals(status.getName()))
                        .findFirst()
                        .map(status -> status.getResourceClaimName() == null ? "" : status.getResourceClaimName());
    }

    /** The claims whose names are known, and the one that the scheduler made for the pod's extended resources. */
    static List<Key> keys(Pod pod) {
        return Stream.concat(named(pod).stream().flatMap(named -> name(pod, named).stream()), extended(pod).stream())
                .filter(name -> !name.isEmpty())
                .map(name -> new Key(pod.getMetadata().getNamespace(), name))
                .toList();
    }

    private static Optional<String> extended(Pod pod) {
        return Optional.ofNullable(pod.getStatus())
                .map(PodStatus::getExtendedResourceClaimStatus)
                .map(PodExtendedResourceClaimStatus::getResourceClaimName);
    }

    /** Whether the pod uses claims, or will. */
    static boolean hasAny(Pod pod) {
        return !named(pod).isEmpty() || extended(pod).isPresent();
    }

    /** None of its containers runs or ever will. */
    static boolean isDone(Pod pod) {
        return Pods.isTerminal(pod)
                || Pods.isDeleting(pod) && Pods.nodeName(pod).isEmpty();
    }

    static boolean isAllocated(ResourceClaim claim) {
        return claim.getStatus() != null && claim.getStatus().getAllocation() != null;
    }

    static List<ResourceClaimConsumerReference> consumers(ResourceClaim claim) {
        return claim.getStatus() == null || claim.getStatus().getReservedFor() == null
                ? List.of()
                : claim.getStatus().getReservedFor();
    }

    /** Whether the pod uses an allocated claim that does not say so, and could. */
    static boolean lacks(ResourceClaim claim, Pod pod) {
        var consumers = consumers(claim);
        return isAllocated(claim)
                && consumers.size() < MOST_CONSUMERS
                && consumers.stream().noneMatch(c -> pod.getMetadata().getUid().equals(c.getUid()));
    }
}
