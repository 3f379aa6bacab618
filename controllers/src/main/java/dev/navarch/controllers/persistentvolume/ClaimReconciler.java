package dev.navarch.controllers.persistentvolume;

import dev.navarch.api.values.GoText;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.Informer;
import dev.navarch.client.Key;
import dev.navarch.controllers.ControllerContext;
import dev.navarch.controllers.PodClaims;
import dev.navarch.controllers.Pods;
import dev.navarch.controllers.StorageFacts;
import dev.navarch.controllers.StorageOperations;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.storage.StorageClass;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** Brings one claim to its volume. source: kubernetes pkg/controller/volume/persistentvolume/pv_controller.go (syncClaim). */
final class ClaimReconciler {
    private static final String IN_TREE = "kubernetes.io/";

    /** The drivers that have taken over from what was built in. source: k8s.io/csi-translation-lib plugins. */
    private static final Map<String, String> MIGRATED = Map.of(
            "kubernetes.io/aws-ebs", "ebs.csi.aws.com",
            "kubernetes.io/azure-disk", "disk.csi.azure.com",
            "kubernetes.io/azure-file", "file.csi.azure.com",
            "kubernetes.io/cinder", "cinder.csi.openstack.org",
            "kubernetes.io/gce-pd", "pd.csi.storage.gke.io",
            "kubernetes.io/portworx-volume", "pxd.portworx.com",
            "kubernetes.io/vsphere-volume", "csi.vsphere.vmware.com");

    private final Latest<PersistentVolumeClaim> claims;
    private final Latest<PersistentVolume> volumes;
    private final Informer<StorageClass> classes;
    private final Informer<Pod> pods;
    private final Bindings bindings;
    private final EventRecorder events;

    private final StorageOperations operations;

    ClaimReconciler(
            ControllerContext context,
            Latest<PersistentVolumeClaim> claims,
            Latest<PersistentVolume> volumes,
            Informer<StorageClass> classes,
            Informer<Pod> pods,
            Bindings bindings,
            StorageOperations operations) {
        this.operations = operations;
        this.claims = claims;
        this.volumes = volumes;
        this.classes = classes;
        this.pods = pods;
        this.bindings = bindings;
        events = context.events();
    }

    void reconcile(Key key) {
        var claim = claims.get(key).orElse(null);
        if (claim == null) {
            return;
        }
        if (StorageFacts.isAnnotated(claim, StorageFacts.BIND_COMPLETED)) {
            bound(claim);
        } else if (StorageFacts.volumeName(claim).isEmpty()) {
            unbound(claim);
        } else {
            named(claim);
        }
    }

    /** It takes any volume that suits it. */
    private void unbound(PersistentVolumeClaim claim) {
        boolean delayed = classes.get("", StorageFacts.className(claim))
                .filter(StorageFacts::waitsForConsumer)
                .isPresent();
        List<PersistentVolume> candidates = new ArrayList<>(volumes.byIndex(
                PersistentVolumeController.BY_CLAIM, Key.of(claim).toString()));
        candidates.addAll(volumes.byIndex(PersistentVolumeController.FREE_BY_CLASS, StorageFacts.className(claim)));
        var volume = VolumeMatching.best(claim, candidates, delayed);
        if (volume.isPresent()) {
            bindings.bind(volume.get(), claim);
            return;
        }
        if (getsDefaultClass(claim)) {
            return; // and comes again
        }
        if (delayed && !StorageFacts.isAnnotated(claim, StorageFacts.SELECTED_NODE)) {
            waits(claim);
        } else if (!StorageFacts.className(claim).isEmpty()) {
            provision(claim);
            return;
        } else {
            events.normal(
                    claim,
                    "FailedBinding",
                    "no persistent volumes available for this claim and no storage class is set");
        }
        bindings.pending(claim);
    }

    /** It wants one volume and no other. */
    private void named(PersistentVolumeClaim claim) {
        var name = StorageFacts.volumeName(claim);
        var volume = volumes.get(new Key("", name));
        if (volume.isEmpty()) {
            bindings.pending(claim);
        } else if (StorageFacts.isBoundTo(volume.get(), claim)) {
            bindings.bind(volume.get(), claim);
        } else if (volume.get().getSpec().getClaimRef() == null) {
            var mismatch = VolumeMatching.mismatch(volume.get(), claim);
            if (mismatch.isEmpty()) {
                bindings.bind(volume.get(), claim);
                return;
            }
            events.warning(
                    claim,
                    "VolumeMismatch",
                    "Cannot bind to requested volume " + GoText.quote(name) + ": " + mismatch.get());
            bindings.pending(claim);
        } else {
            events.warning(
                    claim, "FailedBinding", "volume " + GoText.quote(name) + " already bound to a different claim.");
            if (!StorageFacts.isAnnotated(claim, StorageFacts.BOUND_BY_CONTROLLER)) {
                bindings.pending(claim);
            }
        }
    }

    /** It had a volume, and should still have it. */
    private void bound(PersistentVolumeClaim claim) {
        var name = StorageFacts.volumeName(claim);
        if (name.isEmpty()) {
            bindings.lost(
                    claim,
                    "ClaimLost",
                    "Bound claim has lost reference to PersistentVolume. Data on the volume is lost!");
            return;
        }
        var volume = volumes.get(new Key("", name)).orElse(null);
        if (volume == null) {
            bindings.lost(claim, "ClaimLost", "Bound claim has lost its PersistentVolume. Data on the volume is lost!");
            return;
        }
        var to = volume.getSpec().getClaimRef();
        if (to == null || Objects.equals(to.getUid(), claim.getMetadata().getUid())) {
            bindings.bind(volume, claim);
            operations.done(claim.getMetadata().getUid());
        } else {
            bindings.lost(
                    claim, "ClaimMisbound", "Two claims are bound to the same volume, this one is bound incorrectly");
        }
    }

    /** A claim from before there was a default class gets it now. */
    private boolean getsDefaultClass(PersistentVolumeClaim claim) {
        var byDefault = StorageFacts.hasClass(claim)
                ? Optional.<StorageClass>empty()
                : StorageFacts.defaultClass(classes.list());
        byDefault.ifPresent(c -> bindings.update(new PersistentVolumeClaimBuilder(claim)
                .editSpec()
                .withStorageClassName(c.getMetadata().getName())
                .endSpec()
                .build()));
        return byDefault.isPresent();
    }

    private void waits(PersistentVolumeClaim claim) {
        var unscheduled = PodClaims.users(pods, Key.of(claim)).stream()
                .filter(p -> Pods.isActive(p) && Pods.nodeName(p).isEmpty())
                .map(p -> p.getMetadata().getName())
                .sorted()
                .toList();
        if (unscheduled.isEmpty()) {
            events.normal(claim, "WaitForFirstConsumer", "waiting for first consumer to be created before binding");
        } else {
            events.normal(
                    claim,
                    "WaitForPodScheduled",
                    "waiting for " + (unscheduled.size() == 1 ? "pod " : "pods ") + String.join(",", unscheduled)
                            + " to be scheduled");
        }
    }

    /** Volumes are made by others, which the claim's annotations tell to begin. */
    private void provision(PersistentVolumeClaim claim) {
        var name = StorageFacts.className(claim);
        var storageClass = classes.get("", name).orElse(null);
        if (storageClass == null) {
            events.warning(
                    claim, "ProvisioningFailed", "storageclass.storage.k8s.io " + GoText.quote(name) + " not found");
            return;
        }
        var asked = Objects.requireNonNullElse(storageClass.getProvisioner(), "");
        var provisioner = MIGRATED.getOrDefault(asked, asked);
        if (provisioner.startsWith(IN_TREE)) {
            events.warning(claim, "ProvisioningFailed", "no volume plugin matched name: " + provisioner);
            return;
        }
        operations.begin(claim.getMetadata().getUid(), "provision", provisioner);
        var told = claim;
        if (!provisioner.equals(StorageFacts.annotations(claim).get(StorageFacts.PROVISIONER))) {
            told = bindings.update(new PersistentVolumeClaimBuilder(claim)
                    .editMetadata()
                    .addToAnnotations(StorageFacts.BETA_PROVISIONER, provisioner)
                    .addToAnnotations(StorageFacts.PROVISIONER, provisioner)
                    .endMetadata()
                    .build());
        }
        events.normal(
                told,
                "ExternalProvisioning",
                "Waiting for a volume to be created either by the external provisioner '" + provisioner
                        + "' or manually by the system administrator. If volume creation is delayed, please verify that"
                        + " the provisioner is running and correctly registered.");
    }
}
