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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

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

    /** Whether a claim of the ordinal is on its way out, so that no pod may be made that would use it. */
    boolean areEnding(StatefulSet set, int ordinal) {
        return present(set, ordinal).stream()
                .anyMatch(c -> Pods.isDeleting(c)
                        || owners(c).stream()
                                .anyMatch(o -> isOfPod(o, StatefulPods.name(set, ordinal)))); // of a former pod
    }

    private static List<OwnerReference> owners(HasMetadata claim) {
        var owners = claim.getMetadata().getOwnerReferences();
        return owners == null ? List.of() : owners;
    }

    private static boolean isOfPod(OwnerReference owner, String name) {
        return owner.getKind().equals("Pod")
                && owner.getApiVersion().equals("v1")
                && owner.getName().equals(name);
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
                if (Pods.isDeleting(there.get())) {
                    throw new IllegalStateException("pvc " + name + " is being deleted");
                }
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
                    throw e;
                }
            }
        }
    }

    /** Brings the owner references of the claims of a pod to what the set's policy wants. */
    void retain(StatefulSet set, Pod pod) {
        int ordinal = StatefulPods.ordinal(set, pod);
        for (var claim : present(set, ordinal)) {
            wanted(set, pod, ordinal, claim)
                    .ifPresent(owners -> resource.update(new PersistentVolumeClaimBuilder(claim)
                            .editMetadata()
                            .withOwnerReferences(owners)
                            .endMetadata()
                            .build()));
        }
    }

    /** Empty if the claim is as it should be, or somebody else controls it. */
    private static Optional<List<OwnerReference>> wanted(
            StatefulSet set, Pod pod, int ordinal, PersistentVolumeClaim claim) {
        var controller = ControllerRef.uid(claim);
        if (!controller.isEmpty()
                && !controller.equals(set.getMetadata().getUid())
                && !controller.equals(pod.getMetadata().getUid())) {
            return Optional.empty();
        }
        var policy = set.getSpec().getPersistentVolumeClaimRetentionPolicy();
        boolean whenDeleted = policy != null && "Delete".equals(policy.getWhenDeleted());
        boolean whenScaled = policy != null && "Delete".equals(policy.getWhenScaled());
        boolean condemned = !StatefulPods.isInRange(set, ordinal);
        List<OwnerReference> owners = new ArrayList<>(owners(claim));
        owners.removeIf(o -> Objects.equals(o.getUid(), set.getMetadata().getUid())
                || Objects.equals(o.getUid(), pod.getMetadata().getUid()));
        if (whenScaled && condemned) {
            owners.add(ControllerRef.to(pod));
        } else if (whenDeleted) {
            owners.add(ControllerRef.to(set));
        }
        return owners.equals(owners(claim)) ? Optional.empty() : Optional.of(owners);
    }
}
