package dev.navarch.controllers;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.resource.v1.DeviceToleration;
import io.fabric8.kubernetes.api.model.resource.v1.DeviceTolerationBuilder;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaimBuilder;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceSlice;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceSliceBuilder;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Pods that use devices with NoExecute taints go, when their tolerations end. Cases of
 * pkg/controller/devicetainteviction/device_taint_eviction_test.go.
 */
class DeviceTaintsTest {
    private static final String DRIVER = "gpu.example.com";

    private final SimulatedCluster cluster = new SimulatedCluster(1, "device-taint-eviction-controller");

    DeviceTaintsTest() {
        cluster.kubelets = false;
    }

    private Pod pod(String name) {
        return cluster.api.put(new PodBuilder()
                .withNewMetadata()
                .withNamespace("d")
                .withName(name)
                .endMetadata()
                .withNewSpec()
                .withNodeName("n1")
                .addNewContainer()
                .withName("c")
                .endContainer()
                .addNewResourceClaim()
                .withName("gpu")
                .withResourceClaimName(name)
                .endResourceClaim()
                .endSpec()
                .build());
    }

    private void uses(Pod pod, String device, DeviceToleration... tolerations) {
        cluster.api.put(new ResourceClaimBuilder()
                .withNewMetadata()
                .withNamespace("d")
                .withName(pod.getMetadata().getName())
                .endMetadata()
                .withNewStatus()
                .withNewAllocation()
                .withNewDevices()
                .addNewResult()
                .withRequest("r")
                .withDriver(DRIVER)
                .withPool("n1")
                .withDevice(device)
                .withTolerations(tolerations)
                .endResult()
                .endDevices()
                .endAllocation()
                .addNewReservedFor()
                .withResource("pods")
                .withName(pod.getMetadata().getName())
                .withUid(pod.getMetadata().getUid())
                .endReservedFor()
                .endStatus()
                .build());
    }

    private static ResourceSliceBuilder slice(long generation, String device) {
        return new ResourceSliceBuilder()
                .withNewMetadata()
                .withName("slice-" + generation)
                .endMetadata()
                .withNewSpec()
                .withDriver(DRIVER)
                .withNodeName("n1")
                .withNewPool()
                .withName("n1")
                .withGeneration(generation)
                .withResourceSliceCount(1L)
                .endPool()
                .addNewDevice()
                .withName(device)
                .endDevice()
                .endSpec();
    }

    private ResourceSlice tainted(long generation, String device, String effect) {
        return cluster.api.put(slice(generation, device)
                .editSpec()
                .editFirstDevice()
                .addNewTaint()
                .withKey("broken")
                .withValue("fan")
                .withEffect(effect)
                .withTimeAdded(cluster.time.now().toString())
                .endTaint()
                .endDevice()
                .endSpec()
                .build());
    }

    private static DeviceToleration toleration(Long seconds) {
        return new DeviceTolerationBuilder()
                .withKey("broken")
                .withOperator("Exists")
                .withEffect("NoExecute")
                .withTolerationSeconds(seconds)
                .build();
    }

    private boolean isDoomed(String pod) {
        return !cluster.exists(Pod.class, "d", pod)
                || cluster.get(Pod.class, "d", pod).getMetadata().getDeletionTimestamp() != null;
    }

    private List<String> events() {
        return cluster.all(Event.class).stream()
                .filter(event -> event.getReason().equals("DeviceTaintManagerEviction"))
                .map(event -> event.getInvolvedObject().getName() + ": " + event.getMessage())
                .toList();
    }

    @Test
    void whoUsesATaintedDeviceGoes() {
        try (cluster) {
            uses(pod("other"), "gpu-1");
            uses(pod("patient"), "gpu-0", toleration(null));
            uses(pod("strict"), "gpu-0");
            tainted(1, "gpu-0", "NoExecute");
            cluster.until("it is told to go", () -> isDoomed("strict"));
            cluster.until("it is said", () -> events().equals(List.of("strict: Marking for deletion")));
            cluster.pass(Duration.ofMinutes(1));
            assertThat(List.of(isDoomed("other"), isDoomed("patient"))).containsOnly(false);
        }
    }

    @Test
    void aTolerationForATimeEnds() {
        try (cluster) {
            uses(pod("p"), "gpu-0", toleration(60L), toleration(90L));
            tainted(1, "gpu-0", "NoExecute");
            cluster.pass(Duration.ofSeconds(55));
            assertThat(isDoomed("p")).isFalse();
            cluster.restart(); // which prolongs nothing
            cluster.pass(Duration.ofSeconds(10));
            cluster.until("its time is over", () -> isDoomed("p"));
        }
    }

    @Test
    void aTaintThatIsTakenAwayInTimeEndsNobody() {
        try (cluster) {
            uses(pod("p"), "gpu-0", toleration(60L));
            uses(pod("witness"), "gpu-0");
            tainted(1, "gpu-0", "NoExecute");
            cluster.until("the taint was seen", () -> isDoomed("witness"));
            cluster.pass(Duration.ofSeconds(30));
            cluster.api.put(slice(2, "gpu-0").build()); // slices of older generations don't count
            cluster.until("it is said", () -> events().contains("p: Cancelling deletion"));
            cluster.pass(Duration.ofMinutes(2));
            assertThat(isDoomed("p")).isFalse();
        }
    }

    @Test
    void otherEffectsEndNobody() {
        try (cluster) {
            uses(pod("p"), "gpu-0");
            tainted(1, "gpu-0", "NoSchedule");
            cluster.pass(Duration.ofMinutes(1));
            assertThat(isDoomed("p")).isFalse();
        }
    }
}
