package dev.navarch.kubelet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.client.FakeApi;
import dev.navarch.kubelet.runtime.ContainerRuntime;
import dev.navarch.time.ManualTime;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaimBuilder;
import java.lang.reflect.Proxy;
import java.time.Instant;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DevicePreparationTest {
    private static final Pod POD = new PodBuilder()
            .withNewMetadata()
            .withNamespace("d")
            .withName("p")
            .withUid("u")
            .endMetadata()
            .withNewSpec()
            .addNewResourceClaim()
            .withName("gpu")
            .withResourceClaimTemplateName("t")
            .endResourceClaim()
            .endSpec()
            .withNewStatus()
            .addNewResourceClaimStatus()
            .withName("gpu")
            .withResourceClaimName("p-gpu-1")
            .endResourceClaimStatus()
            .endStatus()
            .build();

    private final FakeApi api = new FakeApi(new ManualTime(Instant.EPOCH), new Random(1));

    @AfterEach
    void close() {
        api.close();
    }

    private DevicePreparation of(boolean needsNothing) {
        var runtime = (ContainerRuntime) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {ContainerRuntime.class}, (_, _, _) -> needsNothing);
        return new DevicePreparation(api.client(), runtime);
    }

    private void claim(String reservedFor) {
        api.put(new ResourceClaimBuilder()
                .withNewMetadata()
                .withNamespace("d")
                .withName("p-gpu-1")
                .endMetadata()
                .withNewStatus()
                .withNewAllocation()
                .withNewDevices()
                .addNewResult()
                .withDriver("gpu.example.com")
                .withDevice("a")
                .endResult()
                .endDevices()
                .endAllocation()
                .addNewReservedFor()
                .withResource("pods")
                .withName("p")
                .withUid(reservedFor)
                .endReservedFor()
                .endStatus()
                .build());
    }

    @Test
    void simulatedContainersNeedNothing() {
        assertThat(of(true).problem(POD)).isEmpty();
    }

    @Test
    void aPodWithoutClaimsStarts() {
        assertThat(of(false)
                        .problem(new PodBuilder(POD)
                                .editSpec()
                                .withResourceClaims()
                                .endSpec()
                                .build()))
                .isEmpty();
    }

    @Test
    void containersDoNotStartWithoutTheDevicesThatTheyWerePromised() {
        assertThat(of(false).problem(POD)).hasValueSatisfying(p -> assertThat(p).contains("p-gpu-1\" not found"));
        claim("other");
        assertThat(of(false).problem(POD))
                .hasValueSatisfying(
                        p -> assertThat(p).startsWith("pod p(u) is not allowed to use resource claim p-gpu-1("));
        claim("u");
        assertThat(of(false).problem(POD)).contains("DRA driver gpu.example.com is not registered");
    }
}
