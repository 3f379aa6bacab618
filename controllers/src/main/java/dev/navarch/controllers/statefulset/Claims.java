package dev.navarch.controllers.statefulset;

import dev.navarch.client.ApiFailure;
import dev.navarch.client.ControllerRef;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.Informer;
import dev.navarch.client.Resource;
import dev.navarch.controllers.ControllerContext;
import dev.navarch.controllers.Pods;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.apps.StatefulSetPersistentVolumeClaimRetentionPolicy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * The claims of the pods of stateful sets. A claim outlives its pod; whose deletion takes it along is said by its owner
 * references, as the set's retention policy wants it.
 *
 * <p>source: kubernetes pkg/controller/statefulset/stateful_pod_control.go and stateful_set_utils.go.
 */
final class Claims {
    private final Informer<PersistentVolumeClaim> claims;
    private final Resource<PersistentVolumeClaim> resource;
    private final EventRecorder events;

    Claims(ControllerContext context) {
        claims = context.informer(PersistentVolumeClaim.class);
        resource = context.client().resource(PersistentVolumeClaim.class);
        events = context.events();
    }

    static String name(StatefulSet set, PersistentVolumeClaim template, int ordinal) {
        return template.getMetadata().getName() + "-" + StatefulPods.name(set, ordinal);
    }

    private static PersistentVolumeClaim of(StatefulSet set, PersistentVolumeClaim template, int ordinal) {
        Map<String, String> labels = new HashMap<>();
        var own = template.getMetadata().getLabels();
        var selected = set.getSpec().getSelector().getMatchLabels();
        labels.putAll(own == null ? Map.of() : own);
        labels.putAll(selected == null ? Map.of() : selected);
        return new PersistentVolumeClaimBuilder(template)
                .withStatus(null)
                .editMetadata()
                .withName(name(set, template, ordinal))
                .withNamespace(set.getMetadata().getNamespace())
                .withLabels(labels)
                .endMetadata()
                .build();
    }

    private List<PersistentVolumeClaim> present(StatefulSet set, int ordinal) {
        List<PersistentVolumeClaim> present = new ArrayList<>();
        for (var template : StatefulPods.claimTemplates(set)) {
            claims.get(set.getMetadata().getNamespace(), name(set, template, ordinal))
                    .ifPresent(present::add);
        }
        return present;
    }

    /**
     * Whether a claim of the ordinal is a former pod's and goes away with it, so that no pod may be made that would use
     * it.
     */
    boolean areStale(StatefulSet set, int ordinal) {
        var pod = StatefulPods.name(set, ordinal);
        return deletes(set, StatefulSetPersistentVolumeClaimRetentionPolicy::getWhenScaled)
                && present(set, ordinal).stream()
                        .anyMatch(c -> owners(c).stream().anyMatch(o -> isOf(o, "v1", "Pod", pod)));
    }

    private static boolean deletes(
            StatefulSet set, Function<StatefulSetPersistentVolumeClaimRetentionPolicy, String> when) {
        var policy = set.getSpec().getPersistentVolumeClaimRetentionPolicy();
        return policy != null && "Delete".equals(when.apply(policy));
    }

    private static List<OwnerReference> owners(HasMetadata claim) {
        var owners = claim.getMetadata().getOwnerReferences();
        return owners == null ? List.of() : owners;
    }

    private static boolean isOf(OwnerReference owner, String version, String kind, String name) {
        return owner.getApiVersion().equals(version)
                && owner.getKind().equals(kind)
                && owner.getName().equals(name);
    }

    private static boolean isOf(OwnerReference owner, StatefulSet set) {
        return isOf(owner, "apps/v1", "StatefulSet", set.getMetadata().getName());
    }

    private static boolean isOf(OwnerReference owner, Pod pod) {
        return isOf(owner, "v1", "Pod", pod.getMetadata().getName());
    }

    /** Makes those claims of a pod that are missing. */
    void create(StatefulSet set, int ordinal) {
        var pod = StatefulPods.name(set, ordinal);
        var where = set.getMetadata().getName();
        for (var template : StatefulPods.claimTemplates(set)) {
            var claim = of(set, template, ordinal);
            var name = claim.getMetadata().getName();
            var there = claims.get(set.getMetadata().getNamespace(), name);
            if (there.isPresent()) {
                refuseIfEnding(there.get());
                continue;
            }
            try {
                resource.create(claim);
                events.normal(
                        set,
                        "SuccessfulCreate",
                        "create Claim " + name + " Pod " + pod + " in StatefulSet " + where + " success");
            } catch (ApiFailure e) {
                if (!e.alreadyExists()) {
                    events.warning(
                            set,
                            "FailedCreate",
                            "create Claim " + name + " for Pod " + pod + " in StatefulSet " + where + " failed error: "
                                    + e.getMessage());
                    throw new IllegalStateException("failed to create PVC " + name + ": " + e.getMessage(), e);
                }
                // the cache has not shown it yet
                resource.get(set.getMetadata().getNamespace(), name).ifPresent(Claims::refuseIfEnding);
            }
        }
    }

    private static void refuseIfEnding(PersistentVolumeClaim claim) {
        if (Pods.isDeleting(claim)) {
            throw new IllegalStateException("pvc " + claim.getMetadata().getName() + " is being deleted");
        }
    }

    /**
     * Brings the owner references of the claims of a pod to what the set's policy wants.
     *
     * @param tell whether to tell also of claims that are let alone because others control them
     */
    void retain(StatefulSet set, Pod pod, boolean tell) {
        for (var claim : present(set, StatefulPods.ordinal(set, pod))) {
            var owners = owners(claim);
            if (owners.stream().anyMatch(o -> isStale(o, set, pod))) {
                continue; // somebody of before, presumably gone: the garbage collector decides
            }
            boolean taken = isTaken(set, pod, owners);
            var wanted = wanted(set, pod, owners, taken);
            if (taken && (tell || !wanted.equals(owners))) {
                events.warning(
                        set,
                        "ConflictingController",
                        "PersistentVolumeClaim " + claim.getMetadata().getName()
                                + " has a conflicting OwnerReference that acts as a managing controller, the retention"
                                + " policy is ignored for this claim");
            }
            if (!wanted.equals(owners)) {
                resource.update(new PersistentVolumeClaimBuilder(claim)
                        .editMetadata()
                        .withOwnerReferences(wanted)
                        .endMetadata()
                        .build());
            }
        }
    }

    /** Of the set's or the pod's name, but another's uid. */
    private static boolean isStale(OwnerReference owner, StatefulSet set, Pod pod) {
        return isOf(owner, set) && !owner.getUid().equals(set.getMetadata().getUid())
                || isOf(owner, pod) && !owner.getUid().equals(pod.getMetadata().getUid());
    }

    /** Whether somebody else controls the claim, which is no matter where claims are kept in any case. */
    private static boolean isTaken(StatefulSet set, Pod pod, List<OwnerReference> owners) {
        return (deletes(set, StatefulSetPersistentVolumeClaimRetentionPolicy::getWhenScaled)
                        || deletes(set, StatefulSetPersistentVolumeClaimRetentionPolicy::getWhenDeleted))
                && owners.stream()
                        .anyMatch(o -> !isOf(o, set) && !isOf(o, pod) && Boolean.TRUE.equals(o.getController()));
    }

    private static List<OwnerReference> wanted(StatefulSet set, Pod pod, List<OwnerReference> before, boolean taken) {
        List<OwnerReference> owners = new ArrayList<>(before);
        owners.removeIf(o -> isOf(o, set) || isOf(o, pod));
        boolean condemned = !StatefulPods.isInRange(set, StatefulPods.ordinal(set, pod));
        if (taken) {
            return owners;
        }
        if (condemned && deletes(set, StatefulSetPersistentVolumeClaimRetentionPolicy::getWhenScaled)) {
            owners.add(ControllerRef.to(pod));
        } else if (deletes(set, StatefulSetPersistentVolumeClaimRetentionPolicy::getWhenDeleted)) {
            owners.add(ControllerRef.to(set));
        }
        return owners;
    }
}
