package dev.navarch.kubelet.localvolumes;

import dev.navarch.api.values.GoText;
import dev.navarch.client.ApiClient;
import dev.navarch.client.ApiFailure;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.Informer;
import dev.navarch.client.Key;
import dev.navarch.client.Reconciler;
import dev.navarch.client.Resource;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.storage.StorageClass;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/** Makes the volume of one claim, once somebody has said on which node; later lets it grow. */
final class Provisioning implements Reconciler<Key> {
    static final String PROVISIONED_BY = "pv.kubernetes.io/provisioned-by";
    /** source: sig-storage-lib-external-provisioner controller.go. */
    static final String FINALIZER = "external-provisioner.volume.kubernetes.io/finalizer";

    private static final String PROVISIONER = "volume.kubernetes.io/storage-provisioner";
    private static final String SELECTED_NODE = "volume.kubernetes.io/selected-node";
    private static final String HOSTNAME = "kubernetes.io/hostname";
    private static final Set<String> MODES = Set.of("ReadWriteOnce", "ReadWriteOncePod");

    private final Informer<PersistentVolumeClaim> claims;
    private final Informer<PersistentVolume> volumes;
    private final Informer<StorageClass> classes;
    private final Map<String, VolumeRoot> roots;
    private final Resource<PersistentVolumeClaim> claimResource;
    private final Resource<PersistentVolume> volumeResource;
    private final Resource<Node> nodes;
    private final EventRecorder events;

    Provisioning(
            ApiClient client,
            Informer<PersistentVolumeClaim> claims,
            Informer<PersistentVolume> volumes,
            Informer<StorageClass> classes,
            Map<String, VolumeRoot> roots,
            EventRecorder events) {
        this.claims = claims;
        this.volumes = volumes;
        this.classes = classes;
        this.roots = roots;
        this.events = events;
        claimResource = client.resource(PersistentVolumeClaim.class);
        volumeResource = client.resource(PersistentVolume.class);
        nodes = client.resource(Node.class);
    }

    @Override
    public void reconcile(Key key) throws IOException {
        var claim = claims.get(key).orElse(null);
        if (claim == null || claim.getMetadata().getDeletionTimestamp() != null) {
            return;
        }
        var bound = claim.getSpec().getVolumeName();
        if (bound != null && !bound.isEmpty()) {
            grow(claim, bound);
            return;
        }
        var storageClass = Optional.ofNullable(claim.getSpec().getStorageClassName())
                .flatMap(name -> classes.get("", name))
                .filter(c -> LocalProvisioner.NAME.equals(c.getProvisioner()));
        if (storageClass.isPresent()
                && LocalProvisioner.NAME.equals(annotations(claim).get(PROVISIONER))) {
            provision(claim, storageClass.get());
        }
    }

    private static Map<String, String> annotations(PersistentVolumeClaim claim) {
        return Objects.requireNonNullElse(claim.getMetadata().getAnnotations(), Map.of());
    }

    private void provision(PersistentVolumeClaim claim, StorageClass storageClass) throws IOException {
        var name = "pvc-" + claim.getMetadata().getUid();
        var node = node(claim, storageClass);
        var root = node.map(roots::get);
        if (root.isEmpty() || volumes.get("", name).isPresent()) {
            return; // no consumer yet, or another process's node; or it is done, and the binder's turn
        }
        events.normal(
                claim,
                "Provisioning",
                "External provisioner is provisioning volume for claim "
                        + GoText.quote(Key.of(claim).toString()));
        var problem = unsupported(claim);
        if (problem.isPresent()) {
            failed(claim, storageClass, problem.get());
            return;
        }
        try {
            root.get().create(name);
        } catch (IOException e) {
            failed(claim, storageClass, "cannot make " + root.get().of(name) + ": " + e.getMessage());
            throw e;
        }
        try {
            volumeResource.create(volume(name, claim, storageClass, hostname(node.get()), root.get()));
        } catch (ApiFailure e) {
            if (!e.alreadyExists()) {
                throw e;
            }
        }
        events.normal(claim, "ProvisioningSucceeded", "Successfully provisioned volume " + name);
    }

    /** Where the consumer will be; a class that waits for none gets its volumes on any node of this process. */
    private Optional<String> node(PersistentVolumeClaim claim, StorageClass storageClass) {
        var selected = Optional.ofNullable(annotations(claim).get(SELECTED_NODE));
        return "WaitForFirstConsumer".equals(storageClass.getVolumeBindingMode())
                ? selected
                : selected.or(() -> roots.keySet().stream().sorted().findFirst());
    }

    private String hostname(String node) {
        return nodes.get("", node)
                .map(n -> n.getMetadata().getLabels())
                .map(labels -> labels.get(HOSTNAME))
                .orElse(node);
    }

    private static Optional<String> unsupported(PersistentVolumeClaim claim) {
        var spec = claim.getSpec();
        if (spec.getSelector() != null) {
            return Optional.of("claim.Spec.Selector is not supported");
        }
        if (spec.getDataSourceRef() != null || spec.getDataSource() != null) {
            return Optional.of("claim.Spec.DataSource is not supported");
        }
        if ("Block".equals(spec.getVolumeMode())) {
            return Optional.of("volume mode Block is not supported");
        }
        return MODES.containsAll(spec.getAccessModes())
                ? Optional.empty()
                : Optional.of("only ReadWriteOnce and ReadWriteOncePod access modes are supported");
    }

    private void failed(PersistentVolumeClaim claim, StorageClass storageClass, String why) {
        events.warning(
                claim,
                "ProvisioningFailed",
                "failed to provision volume with StorageClass "
                        + GoText.quote(storageClass.getMetadata().getName()) + ": " + why);
    }

    private static PersistentVolume volume(
            String name, PersistentVolumeClaim claim, StorageClass storageClass, String hostname, VolumeRoot root) {
        var policy = Objects.requireNonNullElse(storageClass.getReclaimPolicy(), "Delete");
        return new PersistentVolumeBuilder()
                .withNewMetadata()
                .withName(name)
                .addToAnnotations(PROVISIONED_BY, LocalProvisioner.NAME)
                .withFinalizers(policy.equals("Delete") ? List.of(FINALIZER) : List.of())
                .endMetadata()
                .withNewSpec()
                .withAccessModes(claim.getSpec().getAccessModes())
                .withCapacity(Map.of("storage", requested(claim)))
                .withPersistentVolumeReclaimPolicy(policy)
                .withStorageClassName(storageClass.getMetadata().getName())
                .withMountOptions(storageClass.getMountOptions())
                .withVolumeMode("Filesystem")
                .withClaimRef(EventRecorder.reference(claim))
                .withNewLocal()
                .withPath(root.of(name).toString())
                .endLocal()
                .withNewNodeAffinity()
                .withNewRequired()
                .addNewNodeSelectorTerm()
                .addNewMatchExpression()
                .withKey(HOSTNAME)
                .withOperator("In")
                .withValues(hostname)
                .endMatchExpression()
                .endNodeSelectorTerm()
                .endRequired()
                .endNodeAffinity()
                .endSpec()
                .build();
    }

    private static Quantity requested(PersistentVolumeClaim claim) {
        return claim.getSpec().getResources().getRequests().get("storage");
    }

    /** Directories have no size: a claim that asks for more is told that it has it. */
    private void grow(PersistentVolumeClaim claim, String name) {
        var volume = volumes.get("", name)
                .filter(v -> v.getMetadata().getAnnotations() != null
                        && LocalProvisioner.NAME.equals(
                                v.getMetadata().getAnnotations().get(PROVISIONED_BY))
                        && Deletion.root(v, roots).isPresent())
                .orElse(null);
        var has = claim.getStatus() == null || claim.getStatus().getCapacity() == null
                ? null
                : claim.getStatus().getCapacity().get("storage");
        if (volume == null || has == null || bytes(requested(claim)) <= bytes(has)) {
            return;
        }
        if (bytes(volume.getSpec().getCapacity().get("storage")) < bytes(requested(claim))) {
            volumeResource.update(new PersistentVolumeBuilder(volume)
                    .editSpec()
                    .addToCapacity("storage", requested(claim))
                    .endSpec()
                    .build());
        }
        claimResource.updateStatus(new PersistentVolumeClaimBuilder(claim)
                .editStatus()
                .addToCapacity("storage", requested(claim))
                .endStatus()
                .build());
        events.normal(claim, "VolumeResizeSuccessful", "Resize volume succeeded");
    }

    private static long bytes(Quantity quantity) {
        return quantity.getNumericalAmount().longValue();
    }
}
