package dev.navarch.kubelet.volumes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClaimedVolumesTest {
    private static final Pod POD = new PodBuilder()
            .withNewMetadata()
            .withNamespace("d")
            .withName("p")
            .withUid("u1")
            .endMetadata()
            .withNewSpec()
            .endSpec()
            .build();
    private static final Volume CLAIM = new VolumeBuilder()
            .withName("data")
            .withNewPersistentVolumeClaim("c", true)
            .build();
    private static final Volume EPHEMERAL = new VolumeBuilder()
            .withName("eph")
            .withNewEphemeral()
            .endEphemeral()
            .build();

    @TempDir
    Path directory;

    private final Known known = new Known();
    private final VolumesInUse inUse = new VolumesInUse();

    private static final class Known implements ClaimSource {
        final Map<String, PersistentVolumeClaim> claims = new HashMap<>();
        final Map<String, PersistentVolume> volumes = new HashMap<>();
        final Set<String> attached = new HashSet<>();

        @Override
        public Optional<PersistentVolumeClaim> claim(String namespace, String name) {
            return Optional.ofNullable(claims.get(namespace + "/" + name));
        }

        @Override
        public Optional<PersistentVolume> volume(String name) {
            return Optional.ofNullable(volumes.get(name));
        }

        @Override
        public Map<String, String> nodeLabels() {
            return Map.of("kubernetes.io/hostname", "n1");
        }

        @Override
        public boolean needsAttachment(String driver) {
            return true;
        }

        @Override
        public boolean isAttached(String uniqueName) {
            return attached.contains(uniqueName);
        }
    }

    private ClaimedVolumes volumes(boolean ofMachine) {
        return new ClaimedVolumes(directory.resolve("pod"), ofMachine, "n1", known, inUse);
    }

    private static PersistentVolumeClaim claim(String name, String phase) {
        return new PersistentVolumeClaimBuilder()
                .withNewMetadata()
                .withNamespace("d")
                .withName(name)
                .withUid("uid-" + name)
                .endMetadata()
                .withNewSpec()
                .withVolumeName("v")
                .endSpec()
                .withNewStatus()
                .withPhase(phase)
                .endStatus()
                .build();
    }

    private PersistentVolumeBuilder bound() {
        known.claims.put("d/c", claim("c", "Bound"));
        return new PersistentVolumeBuilder()
                .withNewMetadata()
                .withName("v")
                .endMetadata()
                .withNewSpec()
                .withNewClaimRef()
                .withUid("uid-c")
                .endClaimRef()
                .endSpec();
    }

    @Test
    void aClaimThatIsNotReadyIsWaitedFor() {
        var text =
                "Unable to attach or mount volumes: unmounted volumes=[data], unattached volumes=[], failed to process"
                        + " volumes=[data]: error processing PVC d/c: ";
        assertThatThrownBy(() -> volumes(true).mount(POD, CLAIM))
                .hasMessage(text + "failed to fetch PVC from API server: persistentvolumeclaims \"c\" not found");
        known.claims.put("d/c", claim("c", "Pending"));
        assertThatThrownBy(() -> volumes(true).mount(POD, CLAIM)).hasMessage(text + "PVC is not bound");
        known.claims.put("d/p-eph", claim("p-eph", "Bound"));
        assertThatThrownBy(() -> volumes(true).mount(POD, EPHEMERAL))
                .hasMessageEndingWith("PVC d/p-eph was not created for pod d/p (pod is not owner)");
        known.volumes.put(
                "v",
                bound().editSpec()
                        .editClaimRef()
                        .withUid("other")
                        .endClaimRef()
                        .endSpec()
                        .build());
        assertThatThrownBy(() -> volumes(true).mount(POD, CLAIM))
                .hasMessageContaining("does not point to the expected claim UID \"uid-c\"");
    }

    @Test
    void aLocalVolumeIsItsPathOnTheNodesThatHaveIt() throws Exception {
        var path = directory.resolve("disk");
        known.volumes.put(
                "v",
                bound().editSpec()
                        .withNewLocal()
                        .withPath(path.toString())
                        .endLocal()
                        .endSpec()
                        .build());
        assertThatThrownBy(() -> volumes(true).mount(POD, CLAIM))
                .hasMessage("MountVolume.NewMounter initialization failed for volume \"v\" : path \"" + path
                        + "\" does not exist");
        Files.createDirectory(path);
        assertThat(volumes(true).mount(POD, CLAIM)).isEqualTo(new PodVolumes.Mounted(path, true));
        known.volumes.put(
                "v",
                new PersistentVolumeBuilder(known.volumes.get("v"))
                        .editSpec()
                        .withNewNodeAffinity()
                        .withNewRequired()
                        .addNewNodeSelectorTerm()
                        .addNewMatchExpression()
                        .withKey("kubernetes.io/hostname")
                        .withOperator("In")
                        .withValues("n2")
                        .endMatchExpression()
                        .endNodeSelectorTerm()
                        .endRequired()
                        .endNodeAffinity()
                        .endSpec()
                        .build());
        assertThatThrownBy(() -> volumes(true).mount(POD, CLAIM))
                .hasMessage("MountVolume.NodeAffinity check failed for volume \"v\" : no matching NodeSelectorTerms");
    }

    @Test
    void aSimulatedNodeStandsInForAnyVolumeOnceItIsAttached() throws Exception {
        known.volumes.put(
                "v",
                bound().editSpec()
                        .withNewCsi()
                        .withDriver("d.example.com")
                        .withVolumeHandle("h")
                        .endCsi()
                        .endSpec()
                        .build());
        assertThatThrownBy(() -> volumes(true).mount(POD, CLAIM))
                .hasMessageContaining("driver name d.example.com not found in the list of registered CSI drivers");
        var simulated = volumes(false);
        assertThatThrownBy(() -> simulated.mount(POD, CLAIM))
                .hasMessageContaining("unattached volumes=[data]")
                .hasMessageEndingWith("timed out waiting for the condition");
        assertThat(inUse.names()).containsExactly("kubernetes.io/csi/d.example.com^h");
        known.attached.add("kubernetes.io/csi/d.example.com^h");
        assertThat(simulated.mount(POD, CLAIM).path()).isDirectory();
        simulated.release("u1");
        assertThat(inUse.names()).isEmpty();
    }
}
