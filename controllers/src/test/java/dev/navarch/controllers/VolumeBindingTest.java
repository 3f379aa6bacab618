package dev.navarch.controllers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.client.ApiClient;
import dev.navarch.client.DeleteOptions;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.storage.StorageClass;
import io.fabric8.kubernetes.api.model.storage.StorageClassBuilder;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Claims and volumes find each other, on a simulated cluster that all tests share: each has a storage class of its own, by
 * whose name everything in it is called.
 */
class VolumeBindingTest {
    private static SimulatedCluster cluster;

    @BeforeAll
    static void start() {
        cluster = new SimulatedCluster(1);
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    static PersistentVolumeBuilder volume(String name, String storageClass, String size) {
        return new PersistentVolumeBuilder()
                .withNewMetadata()
                .withName(name)
                .endMetadata()
                .withNewSpec()
                .withStorageClassName(storageClass)
                .withCapacity(Map.of("storage", new Quantity(size)))
                .withAccessModes("ReadWriteOnce")
                .withPersistentVolumeReclaimPolicy("Retain")
                .withNewHostPath("/srv/" + name, "")
                .endSpec();
    }

    static PersistentVolumeClaimBuilder claim(String name, @Nullable String storageClass, String size) {
        return new PersistentVolumeClaimBuilder()
                .withNewMetadata()
                .withNamespace("d")
                .withName(name)
                .endMetadata()
                .withNewSpec()
                .withStorageClassName(storageClass)
                .withAccessModes("ReadWriteOnce")
                .withNewResources()
                .addToRequests("storage", new Quantity(size))
                .endResources()
                .endSpec();
    }

    private static PersistentVolumeClaim claim(String name) {
        return cluster.get(PersistentVolumeClaim.class, "d", name);
    }

    private static PersistentVolume volume(String name) {
        return cluster.get(PersistentVolume.class, "", name);
    }

    private static void put(HasMetadata... objects) {
        for (var object : objects) {
            cluster.api.put(object);
        }
    }

    private static void awaitBound(String claim, String volume) {
        cluster.until(
                claim + " is bound to " + volume,
                () -> StorageFacts.phase(claim(claim)).equals("Bound")
                        && StorageFacts.volumeName(claim(claim)).equals(volume)
                        && StorageFacts.phase(volume(volume)).equals("Bound"));
    }

    private static void awaitPhase(String volume, String phase) {
        cluster.until(
                volume + " is " + phase,
                () -> StorageFacts.phase(volume(volume)).equals(phase));
    }

    private static void awaitEvent(String object, String reason, String message) {
        cluster.until(
                reason + " of " + object,
                () -> cluster.all(Event.class).stream()
                        .anyMatch(e -> e.getInvolvedObject().getName().equals(object)
                                && e.getReason().equals(reason)
                                && e.getMessage().equals(message)));
    }

    private static void delete(String claim) {
        new ApiClient(cluster.api, "somebody")
                .resource(PersistentVolumeClaim.class)
                .delete("d", claim, DeleteOptions.none());
    }

    @Test
    void theSmallestVolumeThatSuitsIsTaken() {
        put(
                volume("suit-small", "suit", "1Gi").build(),
                volume("suit-huge", "suit", "100Gi").build(),
                volume("suit-large", "suit", "10Gi").build(),
                volume("suit-other", "suits", "5Gi").build(),
                volume("suit-block", "suit", "5Gi")
                        .editSpec()
                        .withVolumeMode("Block")
                        .endSpec()
                        .build(),
                volume("suit-read", "suit", "5Gi")
                        .editSpec()
                        .withAccessModes("ReadOnlyMany")
                        .endSpec()
                        .build());
        awaitPhase("suit-large", "Available");
        put(claim("suit", "suit", "5Gi").build());
        awaitBound("suit", "suit-large");
        var claim = claim("suit");
        assertThat(StorageFacts.annotations(claim))
                .containsEntry("pv.kubernetes.io/bind-completed", "yes")
                .containsEntry("pv.kubernetes.io/bound-by-controller", "yes");
        assertThat(StorageFacts.annotations(volume("suit-large")))
                .containsEntry("pv.kubernetes.io/bound-by-controller", "yes");
        assertThat(claim.getStatus().getCapacity()).containsEntry("storage", new Quantity("10Gi"));
        assertThat(claim.getStatus().getAccessModes()).containsExactly("ReadWriteOnce");
        assertThat(volume("suit-large").getSpec().getClaimRef().getUid())
                .isEqualTo(claim.getMetadata().getUid());
    }

    @Test
    void aClaimWithASelectorWaitsForAVolumeThatHasTheLabel() {
        put(
                volume("select-no", "select", "1Gi").build(),
                claim("select", "select", "1Gi")
                        .editSpec()
                        .withNewSelector()
                        .addToMatchLabels("disk", "fast")
                        .endSelector()
                        .endSpec()
                        .build());
        awaitEvent("select", "ProvisioningFailed", "storageclass.storage.k8s.io \"select\" not found");
        put(volume("select-yes", "select", "1Gi")
                .editMetadata()
                .addToLabels("disk", "fast")
                .endMetadata()
                .build());
        awaitBound("select", "select-yes");
    }

    @Test
    void aVolumeReservedForAClaimGoesToNoOther() {
        put(
                volume("reserve", "reserve", "1Gi")
                        .editSpec()
                        .withClaimRef(new ObjectReferenceBuilder()
                                .withNamespace("d")
                                .withName("reserve-mine")
                                .build())
                        .endSpec()
                        .build(),
                claim("reserve-not", "reserve", "1Gi").build());
        awaitPhase("reserve", "Available");
        put(claim("reserve-mine", "reserve", "1Gi").build());
        awaitBound("reserve-mine", "reserve");
        assertThat(StorageFacts.volumeName(claim("reserve-not"))).isEmpty();
        assertThat(StorageFacts.annotations(volume("reserve")))
                .as("it was bound by a user")
                .doesNotContainKey("pv.kubernetes.io/bound-by-controller");
    }

    @Test
    void aClaimThatNamesItsVolumeGetsItOnceItSuits() {
        put(claim("name", "name", "2Gi")
                .editSpec()
                .withVolumeName("name")
                .endSpec()
                .build());
        put(volume("name", "name", "1Gi").build());
        awaitEvent("name", "VolumeMismatch", "Cannot bind to requested volume \"name\": requested PV is too small");
        put(new PersistentVolumeBuilder(volume("name"))
                .editSpec()
                .addToCapacity("storage", new Quantity("2Gi"))
                .endSpec()
                .build());
        awaitBound("name", "name");
        put(claim("name-late", "name", "1Gi")
                .editSpec()
                .withVolumeName("name")
                .endSpec()
                .build());
        awaitEvent("name-late", "FailedBinding", "volume \"name\" already bound to a different claim.");
        assertThat(StorageFacts.phase(claim("name-late"))).isNotEqualTo("Bound");
    }

    @Test
    void aLostVolumeIsTold() {
        put(volume("lost", "lost", "1Gi").build(), claim("lost", "lost", "1Gi").build());
        awaitBound("lost", "lost");
        cluster.api.remove(volume("lost"));
        awaitEvent("lost", "ClaimLost", "Bound claim has lost its PersistentVolume. Data on the volume is lost!");
        assertThat(StorageFacts.phase(claim("lost"))).isEqualTo("Lost");
        assertThat(claim("lost").getStatus().getCapacity()).isNullOrEmpty();
    }

    @Test
    void whatBecomesOfAReleasedVolumeIsSaidByItsPolicy() {
        for (var policy : List.of("Retain", "Recycle", "Delete")) {
            var name = "policy-" + policy.toLowerCase(Locale.ROOT);
            put(
                    volume(name, name, "1Gi")
                            .editSpec()
                            .withPersistentVolumeReclaimPolicy(policy)
                            .endSpec()
                            .build(),
                    claim(name, name, "1Gi").build());
            awaitBound(name, name);
            delete(name);
        }
        put(
                volume("policy-tmp", "policy-tmp", "1Gi")
                        .editSpec()
                        .withPersistentVolumeReclaimPolicy("Delete")
                        .withNewHostPath("/tmp/policy-tmp", "")
                        .endSpec()
                        .build(),
                claim("policy-tmp", "policy-tmp", "1Gi").build());
        awaitBound("policy-tmp", "policy-tmp");
        delete("policy-tmp");
        awaitPhase("policy-retain", "Released");
        awaitEvent("policy-recycle", "VolumeFailedRecycle", "No recycler plugin found for the volume!");
        awaitEvent(
                "policy-delete",
                "VolumeFailedDelete",
                "host_path deleter only supports /tmp/.+ but received provided /srv/policy-delete");
        awaitPhase("policy-delete", "Failed");
        cluster.until("the scratch volume is gone", () -> !cluster.exists(PersistentVolume.class, "", "policy-tmp"));
        cluster.until(
                "that is measured",
                () -> cluster.measured("volume_operation_total_seconds").containsKey("delete kubernetes.io/host-path"));
    }

    @Test
    void aClaimOfTheSameNameIsAnotherClaim() {
        put(volume("anew", "anew", "1Gi").build(), claim("anew", "anew", "1Gi").build());
        awaitBound("anew", "anew");
        delete("anew");
        cluster.until("it is gone", () -> !cluster.exists(PersistentVolumeClaim.class, "d", "anew"));
        put(claim("anew", "anew", "1Gi").build());
        awaitPhase("anew", "Released");
        assertThat(StorageFacts.volumeName(claim("anew"))).isEmpty();
    }

    private static StorageClass storageClass(String name, String mode) {
        return new StorageClassBuilder()
                .withNewMetadata()
                .withName(name)
                .endMetadata()
                .withProvisioner("example.com/disks")
                .withVolumeBindingMode(mode)
                .build();
    }

    @Test
    void whereNoVolumeIsOneIsAskedFor() {
        put(storageClass("ask", "Immediate"), claim("ask", "ask", "1Gi").build());
        awaitEvent(
                "ask",
                "ExternalProvisioning",
                "Waiting for a volume to be created either by the external provisioner 'example.com/disks' or manually"
                        + " by the system administrator. If volume creation is delayed, please verify that the"
                        + " provisioner is running and correctly registered.");
        assertThat(StorageFacts.annotations(claim("ask")))
                .containsEntry("volume.kubernetes.io/storage-provisioner", "example.com/disks")
                .containsEntry("volume.beta.kubernetes.io/storage-provisioner", "example.com/disks");
        var uid = claim("ask").getMetadata().getUid();
        put(volume("pvc-" + uid, "ask", "1Gi")
                .editMetadata()
                .addToAnnotations("pv.kubernetes.io/provisioned-by", "example.com/disks")
                .endMetadata()
                .editSpec()
                .withPersistentVolumeReclaimPolicy("Delete")
                .withClaimRef(new ObjectReferenceBuilder()
                        .withNamespace("d")
                        .withName("ask")
                        .withUid(uid)
                        .build())
                .endSpec()
                .build());
        awaitBound("ask", "pvc-" + uid);
        cluster.until(
                "how long it took is measured",
                () -> Long.valueOf(1)
                        .equals(cluster.measured("volume_operation_total_seconds")
                                .get("provision example.com/disks")));
        delete("ask");
        awaitPhase("pvc-" + uid, "Released"); // and is its maker's to delete
        put(
                new StorageClassBuilder(storageClass("ask-nobody", "Immediate"))
                        .withProvisioner("kubernetes.io/no-provisioner")
                        .build(),
                claim("ask-nobody", "ask-nobody", "1Gi").build());
        awaitEvent("ask-nobody", "ProvisioningFailed", "no volume plugin matched name: kubernetes.io/no-provisioner");
    }

    @Test
    void aClassThatWaitsLeavesTheChoiceToTheScheduler() {
        put(
                storageClass("wait", "WaitForFirstConsumer"),
                volume("wait", "wait", "1Gi").build(),
                claim("wait", "wait", "1Gi").build());
        awaitEvent("wait", "WaitForFirstConsumer", "waiting for first consumer to be created before binding");
        assertThat(StorageFacts.volumeName(claim("wait"))).isEmpty();
        put(new PersistentVolumeBuilder(volume("wait"))
                .editSpec()
                .withClaimRef(new ObjectReferenceBuilder()
                        .withNamespace("d")
                        .withName("wait")
                        .withUid(claim("wait").getMetadata().getUid())
                        .build())
                .endSpec()
                .build());
        awaitBound("wait", "wait");

        put(claim("wait-node", "wait", "1Gi")
                .editMetadata()
                .addToAnnotations(StorageFacts.SELECTED_NODE, "n1")
                .endMetadata()
                .build());
        cluster.until(
                "its volume is asked for",
                () -> StorageFacts.isAnnotated(claim("wait-node"), StorageFacts.PROVISIONER));
    }

    @Test
    void aClaimFromBeforeThereWasADefaultClassGetsIt() {
        put(claim("default", null, "1Gi").build());
        awaitEvent(
                "default",
                "FailedBinding",
                "no persistent volumes available for this claim and no storage class is set");
        put(new StorageClassBuilder(storageClass("default", "WaitForFirstConsumer"))
                .editMetadata()
                .addToAnnotations("storageclass.kubernetes.io/is-default-class", "true")
                .endMetadata()
                .build());
        cluster.until(
                "it has the class",
                () -> StorageFacts.className(claim("default")).equals("default"));
    }

    @Test
    void aVolumeThatAnotherOneMadeNeedlessIsFreed() {
        put(
                volume("twice-a", "twice", "1Gi").build(),
                claim("twice", "twice", "1Gi").build());
        awaitBound("twice", "twice-a");
        put(volume("twice-b", "twice", "1Gi")
                .editMetadata()
                .addToAnnotations(StorageFacts.BOUND_BY_CONTROLLER, "yes")
                .endMetadata()
                .editSpec()
                .withClaimRef(new ObjectReferenceBuilder()
                        .withNamespace("d")
                        .withName("twice")
                        .withUid(claim("twice").getMetadata().getUid())
                        .build())
                .endSpec()
                .build());
        awaitPhase("twice-b", "Available");
        assertThat(volume("twice-b").getSpec().getClaimRef()).isNull();
    }

    @Test
    void aPodsEphemeralVolumeGetsAClaimThatGoesWithIt() {
        put(
                claim("eph-taken", "eph", "1Gi").build(),
                new PodBuilder()
                        .withNewMetadata()
                        .withNamespace("d")
                        .withName("eph")
                        .endMetadata()
                        .withNewSpec()
                        .addNewContainer()
                        .withName("c")
                        .endContainer()
                        .addNewVolume()
                        .withName("scratch")
                        .withNewEphemeral()
                        .withNewVolumeClaimTemplate()
                        .withNewMetadata()
                        .addToLabels("a", "b")
                        .endMetadata()
                        .withSpec(claim("", "eph", "1Gi").buildSpec())
                        .endVolumeClaimTemplate()
                        .endEphemeral()
                        .endVolume()
                        .addNewVolume()
                        .withName("taken")
                        .withNewEphemeral()
                        .withNewVolumeClaimTemplate()
                        .withSpec(claim("", "eph", "1Gi").buildSpec())
                        .endVolumeClaimTemplate()
                        .endEphemeral()
                        .endVolume()
                        .endSpec()
                        .build());
        cluster.until("its claim is made", () -> cluster.exists(PersistentVolumeClaim.class, "d", "eph-scratch"));
        var made = claim("eph-scratch").getMetadata();
        assertThat(made.getLabels()).containsEntry("a", "b");
        assertThat(made.getOwnerReferences())
                .singleElement()
                .satisfies(o -> assertThat(o.getKind() + o.getName() + o.getController())
                        .isEqualTo("Podephtrue"));
        awaitEvent(
                "eph",
                "FailedBinding",
                "ephemeral volume taken: PVC d/eph-taken was not created for pod d/eph (pod is not owner)");
    }

    @Test
    void everyClaimGetsOneVolumeThoughTheBinderDiesAgainAndAgain() {
        for (long seed = 1; seed <= 3; seed++) {
            try (var dying = new SimulatedCluster(seed, 6)) {
                for (int i = 0; i < 6; i++) {
                    dying.api.put(volume("v" + i, "c", "1Gi").build());
                    dying.api.put(claim("c" + i, "c", "1Gi").build());
                }
                dying.until(
                        "all are bound, seed " + seed,
                        () -> dying.all(PersistentVolumeClaim.class).stream()
                                        .allMatch(c -> StorageFacts.phase(c).equals("Bound"))
                                && dying.all(PersistentVolume.class).stream()
                                        .allMatch(v -> StorageFacts.phase(v).equals("Bound")));
                Set<String> taken = new HashSet<>();
                for (var claim : dying.all(PersistentVolumeClaim.class)) {
                    assertThat(taken.add(StorageFacts.volumeName(claim)))
                            .as("seed " + seed)
                            .isTrue();
                }
            }
        }
    }
}
