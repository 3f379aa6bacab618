package dev.navarch.scheduler.plugins;

import dev.navarch.api.values.GoText;
import dev.navarch.client.NodeSelectors;
import dev.navarch.scheduler.framework.NodeInfo;
import dev.navarch.scheduler.framework.PodInfo;
import dev.navarch.scheduler.framework.Resources;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.TopologySelectorTerm;
import io.fabric8.kubernetes.api.model.storage.StorageClass;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What volumes, claims and classes say (source: component-helpers storage/volume/pv_helpers.go, helpers.go). */
final class Claims {
    static final String BIND_COMPLETED = "pv.kubernetes.io/bind-completed";
    static final String BOUND_BY_CONTROLLER = "pv.kubernetes.io/bound-by-controller";
    static final String SELECTED_NODE = "volume.kubernetes.io/selected-node";
    private static final String OLD_CLASS = "volume.beta.kubernetes.io/storage-class";

    private Claims() {}

    static String notFound(String resource, String name) {
        return resource + " " + GoText.quote(name) + " not found";
    }

    static Map<String, String> annotations(PersistentVolumeClaim claim) {
        return Objects.requireNonNullElse(claim.getMetadata().getAnnotations(), Map.of());
    }

    static String volumeName(PersistentVolumeClaim claim) {
        return Objects.requireNonNullElse(claim.getSpec().getVolumeName(), "");
    }

    static boolean bound(PersistentVolumeClaim claim) {
        return !volumeName(claim).isEmpty() && annotations(claim).containsKey(BIND_COMPLETED);
    }

    /** The name of its storage class; empty for none. */
    static String className(PersistentVolumeClaim claim) {
        var old = annotations(claim).get(OLD_CLASS);
        return old != null ? old : Objects.requireNonNullElse(claim.getSpec().getStorageClassName(), "");
    }

    static String className(PersistentVolume volume) {
        var annotations = volume.getMetadata().getAnnotations();
        var old = annotations == null ? null : annotations.get(OLD_CLASS);
        return old != null ? old : Objects.requireNonNullElse(volume.getSpec().getStorageClassName(), "");
    }

    static boolean waitsForConsumer(StorageClass storageClass) {
        return "WaitForFirstConsumer".equals(storageClass.getVolumeBindingMode());
    }

    /** In bytes; 0 if it asks for none. */
    static long requested(PersistentVolumeClaim claim) {
        var resources = claim.getSpec().getResources();
        return resources == null ? 0 : bytes(resources.getRequests());
    }

    static long capacity(PersistentVolume volume) {
        return bytes(volume.getSpec().getCapacity());
    }

    private static long bytes(@Nullable Map<String, Quantity> amounts) {
        return Resources.amount(amounts, "storage");
    }

    /** Whether the pod may use a claim that was made for one of its ephemeral volumes. */
    static boolean ownedBy(PersistentVolumeClaim claim, PodInfo pod) {
        var owners = claim.getMetadata().getOwnerReferences();
        return owners != null
                && owners.stream()
                        .anyMatch(owner -> Boolean.TRUE.equals(owner.getController())
                                && pod.uid().equals(owner.getUid()));
    }

    /** Whether the volume can be used on the node. */
    static boolean reachable(PersistentVolume volume, NodeInfo node) {
        var affinity = volume.getSpec().getNodeAffinity();
        var required = affinity == null ? null : affinity.getRequired();
        return required == null
                || required.getNodeSelectorTerms().stream()
                        .anyMatch(term -> NodeSelectors.matches(term, node.name(), node.labels()));
    }

    /** Whether volumes can be made for the node. */
    static boolean allows(@Nullable List<TopologySelectorTerm> topologies, NodeInfo node) {
        return topologies == null
                || topologies.isEmpty()
                || topologies.stream()
                        .anyMatch(term -> term.getMatchLabelExpressions().stream()
                                .allMatch(expression -> expression
                                        .getValues()
                                        .contains(node.labels().getOrDefault(expression.getKey(), ""))));
    }

    /** Whether the volume is bound, or bound in advance, to the claim. */
    static boolean boundTo(PersistentVolume volume, PersistentVolumeClaim claim) {
        var to = volume.getSpec().getClaimRef();
        return to != null
                && Objects.equals(to.getName(), claim.getMetadata().getName())
                && Objects.equals(to.getNamespace(), claim.getMetadata().getNamespace())
                && (to.getUid() == null
                        || to.getUid().isEmpty()
                        || to.getUid().equals(claim.getMetadata().getUid()));
    }
}
