package dev.navarch.controllers;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.storage.CSIDriverBuilder;
import io.fabric8.kubernetes.api.model.storage.VolumeAttachment;
import io.fabric8.kubernetes.api.model.storage.VolumeAttachmentBuilder;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Volumes of a CSI driver come to nodes and leave them, on a simulated cluster; the test is the driver's attacher. */
class AttachDetachTest {
    private static final String UNIQUE = "kubernetes.io/csi/disk.example.com^handle-v";

    private final SimulatedCluster cluster = new SimulatedCluster(1);

    @BeforeEach
    void start() {
        cluster.kubelets = false;
        for (var name : List.of("n1", "n2")) {
            cluster.api.put(new NodeBuilder(cluster.node(name))
                    .editMetadata()
                    .addToAnnotations("volumes.kubernetes.io/controller-managed-attach-detach", "true")
                    .endMetadata()
                    .build());
        }
    }

    @AfterEach
    void stop() {
        cluster.close();
    }

    private void volume(String name, String driver, String mode) {
        cluster.api.put(new PersistentVolumeBuilder(
                        VolumeBindingTest.volume(name, name, "1Gi").build())
                .editSpec()
                .withHostPath(null)
                .withAccessModes(mode)
                .withNewCsi()
                .withDriver(driver)
                .withVolumeHandle("handle-" + name)
                .endCsi()
                .endSpec()
                .build());
        cluster.api.put(VolumeBindingTest.claim(name, name, "1Gi")
                .editSpec()
                .withAccessModes(mode)
                .endSpec()
                .build());
        cluster.until(
                "it is bound",
                () -> StorageFacts.phase(cluster.get(PersistentVolumeClaim.class, "d", name))
                        .equals("Bound"));
    }

    private void pod(String name, String node, String claim) {
        cluster.api.put(new PodBuilder()
                .withNewMetadata()
                .withNamespace("d")
                .withName(name)
                .endMetadata()
                .withNewSpec()
                .withNodeName(node)
                .addNewContainer()
                .withName("c")
                .endContainer()
                .addNewVolume()
                .withName("v")
                .withNewPersistentVolumeClaim(claim, false)
                .endVolume()
                .endSpec()
                .build());
    }

    private Optional<VolumeAttachment> attachment(String node) {
        return cluster.all(VolumeAttachment.class).stream()
                .filter(a -> a.getSpec().getNodeName().equals(node))
                .findFirst();
    }

    private void attach(String node) {
        cluster.until("an attachment is asked for", () -> attachment(node).isPresent());
        cluster.api.put(new VolumeAttachmentBuilder(attachment(node).orElseThrow())
                .withNewStatus()
                .withAttached(true)
                .endStatus()
                .build());
        cluster.until("the node is told", () -> attached(node).equals(List.of(UNIQUE)));
    }

    private List<String> attached(String node) {
        return cluster.get(Node.class, "", node).getStatus().getVolumesAttached().stream()
                .map(v -> v.getName())
                .toList();
    }

    private void uses(String node, List<String> volumes) {
        cluster.api.put(new NodeBuilder(cluster.get(Node.class, "", node))
                .editStatus()
                .withVolumesInUse(volumes)
                .endStatus()
                .build());
    }

    private void awaitEvent(String pod, String message) {
        cluster.until(
                message,
                () -> cluster.all(Event.class).stream()
                        .anyMatch(e -> e.getInvolvedObject().getName().equals(pod)
                                && e.getMessage().equals(message)));
    }

    @Test
    void aVolumeIsAttachedWhereAPodUsesItAndDetachedAfterwards() {
        volume("v", "disk.example.com", "ReadWriteOnce");
        pod("p", "n1", "v");
        attach("n1");
        var spec = attachment("n1").orElseThrow().getSpec();
        assertThat(spec.getAttacher()).isEqualTo("disk.example.com");
        assertThat(spec.getSource().getPersistentVolumeName()).isEqualTo("v");
        awaitEvent("p", "AttachVolume.Attach succeeded for volume \"v\" ");

        uses("n1", List.of(UNIQUE));
        pod("q", "n2", "v");
        awaitEvent("q", "Multi-Attach error for volume \"v\" Volume is already used by pod(s) p");
        cluster.api.remove(cluster.get(Pod.class, "d", "p"));
        cluster.pass(Duration.ofSeconds(10));
        assertThat(attachment("n1")).as("the kubelet has yet to unmount it").isPresent();
        assertThat(attached("n1")).containsExactly(UNIQUE);

        uses("n1", List.of());
        cluster.until("it is detached", () -> attachment("n1").isEmpty());
        assertThat(attached("n1")).isEmpty();
        attach("n2");
        cluster.until(
                "what was done is measured",
                () -> cluster.measured("storage_operation_duration_seconds")
                        .equals(Map.of(
                                "false volume_attach success kubernetes.io/csi:disk.example.com", 2L,
                                "false volume_detach success kubernetes.io/csi:disk.example.com", 1L)));
    }

    @Test
    void aNodeOutOfServiceLosesItsVolumesAtOnce() {
        volume("v", "disk.example.com", "ReadWriteOnce");
        pod("p", "n1", "v");
        attach("n1");
        uses("n1", List.of(UNIQUE));
        cluster.api.remove(cluster.get(Pod.class, "d", "p"));
        cluster.pass(Duration.ofSeconds(10));
        assertThat(attachment("n1")).isPresent();
        cluster.api.put(new NodeBuilder(cluster.get(Node.class, "", "n1"))
                .editSpec()
                .addNewTaint()
                .withKey("node.kubernetes.io/out-of-service")
                .withEffect("NoExecute")
                .endTaint()
                .endSpec()
                .build());
        cluster.until("it is detached", () -> attachment("n1").isEmpty());
    }

    @Test
    void anUnhealthyNodeLosesItsVolumesAfterSixMinutes() {
        volume("v", "disk.example.com", "ReadWriteOnce");
        pod("p", "n1", "v");
        attach("n1");
        uses("n1", List.of(UNIQUE));
        cluster.api.remove(cluster.get(Pod.class, "d", "p"));
        // its lease was never renewed, so that it counts as lost after a minute
        cluster.pass(Duration.ofSeconds(1));
        cluster.time.advance(Duration.ofMinutes(5));
        cluster.pass(Duration.ofSeconds(1));
        assertThat(attachment("n1")).isPresent();
        cluster.time.advance(Duration.ofMinutes(2));
        cluster.until("it is detached", () -> attachment("n1").isEmpty());
    }

    @Test
    void whatIsSharedOrNeedsNoAttachmentIsNoTrouble() {
        cluster.api.put(new CSIDriverBuilder()
                .withNewMetadata()
                .withName("free.example.com")
                .endMetadata()
                .withNewSpec()
                .withAttachRequired(false)
                .endSpec()
                .build());
        cluster.api.put(new VolumeAttachmentBuilder()
                .withNewMetadata()
                .withName("somebody-elses")
                .endMetadata()
                .withNewSpec()
                .withAttacher("disk.example.com")
                .withNodeName("n3")
                .withNewSource()
                .withPersistentVolumeName("v")
                .endSource()
                .endSpec()
                .build());
        volume("v", "disk.example.com", "ReadWriteMany");
        volume("free", "free.example.com", "ReadWriteOnce");
        pod("f", "n1", "free");
        pod("p", "n1", "v");
        pod("q", "n2", "v");
        attach("n1");
        attach("n2");
        assertThat(cluster.all(VolumeAttachment.class)).hasSize(3);
    }
}
