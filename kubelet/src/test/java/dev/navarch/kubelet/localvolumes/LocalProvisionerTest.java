package dev.navarch.kubelet.localvolumes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.client.Await;
import dev.navarch.client.FakeApi;
import dev.navarch.client.ListQuery;
import dev.navarch.time.ManualTime;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.storage.StorageClass;
import io.fabric8.kubernetes.api.model.storage.StorageClassBuilder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalProvisionerTest {
    @TempDir
    Path root;

    private final ManualTime time = new ManualTime(Instant.parse("2026-03-01T10:00:00Z"));
    private final FakeApi api = new FakeApi(time, new Random(1));
    private final LocalProvisioner provisioner = new LocalProvisioner(api.client(), time, new Random(2));

    @BeforeEach
    void nodes() {
        provisioner.add("n1", root);
    }

    @AfterEach
    void stop() {
        provisioner.close();
        api.close();
    }

    private PersistentVolumeClaim claim(String name, String mode, String node) {
        return api.put(new PersistentVolumeClaimBuilder()
                .withNewMetadata()
                .withNamespace("d")
                .withName(name)
                .addToAnnotations("volume.kubernetes.io/storage-provisioner", LocalProvisioner.NAME)
                .addToAnnotations("volume.kubernetes.io/selected-node", node)
                .endMetadata()
                .withNewSpec()
                .withStorageClassName("standard")
                .withAccessModes(mode)
                .withNewResources()
                .addToRequests("storage", new Quantity("1Gi"))
                .endResources()
                .endSpec()
                .build());
    }

    private PersistentVolume volume(PersistentVolumeClaim claim) {
        var name = "pvc-" + claim.getMetadata().getUid();
        Await.until(
                name + " is made",
                () -> api.client()
                        .resource(PersistentVolume.class)
                        .get("", name)
                        .isPresent());
        return api.client().resource(PersistentVolume.class).get("", name).orElseThrow();
    }

    private boolean told(String message) {
        return api.client().resource(Event.class).list(ListQuery.all()).items().stream()
                .anyMatch(e -> e.getMessage().equals(message));
    }

    @Test
    void theClassIsTheDefaultOneUnlessThereIsOne() {
        provisioner.start();
        var made = api.client().resource(StorageClass.class).get("", "standard").orElseThrow();
        assertThat(made.getMetadata().getAnnotations())
                .containsEntry("storageclass.kubernetes.io/is-default-class", "true");
        assertThat(made.getVolumeBindingMode()).isEqualTo("WaitForFirstConsumer");
        api.remove(made);
        api.put(new StorageClassBuilder(made)
                .editMetadata()
                .withName("mine")
                .endMetadata()
                .build());
        try (var again = new LocalProvisioner(api.client(), time, new Random(3))) {
            again.start();
        }
        assertThat(api.client()
                        .resource(StorageClass.class)
                        .get("", "standard")
                        .orElseThrow()
                        .getMetadata()
                        .getAnnotations())
                .containsEntry("storageclass.kubernetes.io/is-default-class", "false");
    }

    @Test
    void aVolumeIsADirectoryThatGoesWhenItIsReleased() throws Exception {
        provisioner.start();
        var volume = volume(claim("c", "ReadWriteOnce", "n1"));
        var directory = Path.of(volume.getSpec().getLocal().getPath());
        assertThat(directory).isDirectory().hasParent(root);
        assertThat(volume.getSpec().getPersistentVolumeReclaimPolicy()).isEqualTo("Delete");
        assertThat(volume.getMetadata().getFinalizers())
                .containsExactly("external-provisioner.volume.kubernetes.io/finalizer");
        var outside = Files.writeString(root.resolve("kept"), "x");
        Files.createSymbolicLink(directory.resolve("link"), outside);
        Files.writeString(directory.resolve("file"), "x");
        api.put(new PersistentVolumeBuilder(volume)
                .withNewStatus()
                .withPhase("Released")
                .endStatus()
                .build());
        Await.until(
                "the volume is gone",
                () -> api.client()
                        .resource(PersistentVolume.class)
                        .get("", volume.getMetadata().getName())
                        .isEmpty());
        assertThat(directory).doesNotExist();
        assertThat(outside).exists();
    }

    @Test
    void whatIsNotOursIsLeftAlone() throws Exception {
        provisioner.start();
        var foreign = Files.createDirectory(root.resolve("foreign"));
        claim("elsewhere", "ReadWriteOnce", "n2");
        claim("shared", "ReadWriteMany", "n1");
        Await.until(
                "why not is told",
                () -> told("failed to provision volume with StorageClass \"standard\": only ReadWriteOnce and"
                        + " ReadWriteOncePod access modes are supported"));
        api.put(new PersistentVolumeBuilder()
                .withNewMetadata()
                .withName("other")
                .addToAnnotations("pv.kubernetes.io/provisioned-by", LocalProvisioner.NAME)
                .endMetadata()
                .withNewSpec()
                .withPersistentVolumeReclaimPolicy("Delete")
                .withNewLocal()
                .withPath(foreign.toString())
                .endLocal()
                .endSpec()
                .withNewStatus()
                .withPhase("Released")
                .endStatus()
                .build());
        volume(claim("mine", "ReadWriteOnce", "n1")); // by now the others have been looked at
        assertThat(foreign).exists();
        assertThat(api.client()
                        .resource(PersistentVolume.class)
                        .list(ListQuery.all())
                        .items())
                .hasSize(2);
        var place = new VolumeRoot(root, true);
        assertThatThrownBy(() -> place.of("../x")).isInstanceOf(IllegalArgumentException.class);
    }
}
