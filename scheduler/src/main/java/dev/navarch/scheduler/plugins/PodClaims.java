package dev.navarch.scheduler.plugins;

import dev.navarch.api.values.GoText;
import dev.navarch.client.ControllerRef;
import dev.navarch.client.Key;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodResourceClaim;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaim;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaimConsumerReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Which claims of devices a pod has, and how it is to them (source: dynamic-resource-allocation resourceclaim). */
final class PodClaims {
    private PodClaims() {}

    /** The claims, or why the pod can't have them yet. */
    sealed interface Found {}

    record All(List<ResourceClaim> claims) implements Found {}

    record Missing(String reason) implements Found {}

    static boolean any(Pod pod) {
        var named = pod.getSpec().getResourceClaims();
        return named != null && !named.isEmpty();
    }

    static Found of(Pod pod, Function<Key, Optional<ResourceClaim>> claims) {
        if (!any(pod)) {
            return new All(List.of());
        }
        var key = Key.of(pod);
        List<ResourceClaim> all = new ArrayList<>();
        for (var named : pod.getSpec().getResourceClaims()) {
            boolean generated = named.getResourceClaimName() == null;
            if (generated && named.getResourceClaimTemplateName() == null) {
                return new Missing("pod " + GoText.quote(key.toString()) + ", spec.resourceClaim "
                        + GoText.quote(named.getName()) + ": none of the supported fields are set");
            }
            var known = generated ? generated(pod, named) : Optional.of(named.getResourceClaimName());
            if (known.isEmpty()) {
                return new Missing("pod " + GoText.quote(key.toString()) + ": ResourceClaim not created yet");
            }
            var name = known.get();
            if (name.isEmpty()) {
                continue; // it was found that no claim is needed
            }
            var claim = claims.apply(new Key(key.namespace(), name)).orElse(null);
            if (claim == null) {
                return new Missing(
                        "could not find ResourceClaim " + GoText.quote(new Key(key.namespace(), name).toString()));
            }
            if (claim.getMetadata().getDeletionTimestamp() != null) {
                return new Missing("resourceclaim " + GoText.quote(name) + " is being deleted");
            }
            if (generated && !ControllerRef.isControlledBy(claim, pod)) {
                return new Missing(
                        "ResourceClaim " + Key.of(claim) + " was not created for pod " + key + " (pod is not owner)");
            }
            all.add(claim);
        }
        return new All(all);
    }

    /** The name that the controller noted in the pod's status: empty where it found that there is no need for one. */
    private static Optional<String> generated(Pod pod, PodResourceClaim named) {
        var status = pod.getStatus();
        return status == null || status.getResourceClaimStatuses() == null
                ? Optional.empty()
                : status.getResourceClaimStatuses().stream()
                        .filter(each -> named.getName().equals(each.getName()))
                        .findFirst()
                        .map(each -> each.getResourceClaimName() == null ? "" : each.getResourceClaimName());
    }

    static boolean allocated(ResourceClaim claim) {
        return claim.getStatus() != null && claim.getStatus().getAllocation() != null;
    }

    static List<ResourceClaimConsumerReference> consumers(ResourceClaim claim) {
        return claim.getStatus() == null || claim.getStatus().getReservedFor() == null
                ? List.of()
                : claim.getStatus().getReservedFor();
    }

    static boolean reservedFor(ResourceClaim claim, String uid) {
        return consumers(claim).stream().anyMatch(consumer -> uid.equals(consumer.getUid()));
    }
}
