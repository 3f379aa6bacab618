package dev.navarch.scheduler.framework;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirementsBuilder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PodRequestsTest {
    private static Map<String, Quantity> amounts(String... pairs) {
        var amounts = new HashMap<String, Quantity>();
        for (int i = 0; i < pairs.length; i += 2) {
            amounts.put(pairs[i], new Quantity(pairs[i + 1]));
        }
        return amounts;
    }

    private static Container container(String... requests) {
        return new ContainerBuilder()
                .withName("c")
                .withNewResources()
                .withRequests(amounts(requests))
                .endResources()
                .build();
    }

    private static Container sidecar(String... requests) {
        return new ContainerBuilder(container(requests))
                .withRestartPolicy("Always")
                .build();
    }

    private static Pod pod(List<Container> init, Container... containers) {
        return new PodBuilder()
                .withNewMetadata()
                .withName("p")
                .endMetadata()
                .withNewSpec()
                .withInitContainers(init)
                .withContainers(containers)
                .endSpec()
                .build();
    }

    @Test
    void containersRunTogether() {
        var requests = PodRequests.exact(
                pod(List.of(), container("cpu", "250m", "memory", "64Mi"), container("cpu", "250m", "memory", "64Mi")));
        assertThat(requests).isEqualTo(new Resources(500, 128L << 20, 0, Map.of()));
    }

    @Test
    void anInitContainerRunsAlone() {
        var requests = PodRequests.exact(pod(
                List.of(container("cpu", "2"), container("memory", "1Gi")), container("cpu", "1", "memory", "1Mi")));
        assertThat(requests).isEqualTo(new Resources(2_000, 1L << 30, 0, Map.of()));
    }

    @Test
    void sidecarsRunBesideAllThatComesAfterThem() {
        var requests = PodRequests.exact(pod(
                List.of(container("cpu", "3"), sidecar("cpu", "1"), container("cpu", "2500m")), container("cpu", "2")));
        assertThat(requests.cpuMillis()).isEqualTo(3_500);
        var small = PodRequests.exact(pod(List.of(sidecar("cpu", "1"), sidecar("cpu", "500m")), container("cpu", "2")));
        assertThat(small.cpuMillis()).isEqualTo(3_500);
    }

    @Test
    void overheadIsAdded() {
        var pod = new PodBuilder(pod(List.of(), container("cpu", "1")))
                .editSpec()
                .withOverhead(amounts("cpu", "10m", "memory", "1Mi"))
                .endSpec()
                .build();
        assertThat(PodRequests.exact(pod)).isEqualTo(new Resources(1_010, 1 << 20, 0, Map.of()));
    }

    @Test
    void requestsOfThePodReplaceThoseOfItsContainers() {
        var pod = new PodBuilder(pod(List.of(), container("cpu", "1", "memory", "1Mi")))
                .editSpec()
                .withResources(new ResourceRequirementsBuilder()
                        .withRequests(amounts("cpu", "3"))
                        .build())
                .endSpec()
                .build();
        assertThat(PodRequests.exact(pod)).isEqualTo(new Resources(3_000, 1 << 20, 0, Map.of()));
    }

    @Test
    void whatIsNotRequestedCountsALittleInComparisons() {
        var pod = pod(List.of(), container("cpu", "1"), container("memory", "1Gi"), container());
        assertThat(PodRequests.nonZero(pod, PodRequests.exact(pod)))
                .isEqualTo(new Resources(1_200, (1L << 30) + 2 * (200L << 20), 0, Map.of()));
        assertThat(new PodInfo(pod(List.of(), container("cpu", "0", "memory", "0"))).nonZeroRequests())
                .isEqualTo(Resources.NONE);
    }

    @Test
    void otherResourcesAreCountedInWholeUnits() {
        var pod = pod(
                List.of(),
                container("example.com/gpu", "1", "hugepages-2Mi", "4Mi", "ephemeral-storage", "1Gi"),
                container("example.com/gpu", "1"));
        assertThat(PodRequests.exact(pod))
                .isEqualTo(new Resources(0, 0, 1L << 30, Map.of("example.com/gpu", 2L, "hugepages-2Mi", 4L << 20)));
    }

    @Test
    void anUnreadableOrHugeAmountDoesNotBreakTheSum() {
        var pod = pod(
                List.of(),
                container("cpu", "many"),
                container("memory", "9223372036854775807"),
                container("memory", "9223372036854775807"));
        assertThat(PodRequests.exact(pod)).isEqualTo(new Resources(0, Long.MAX_VALUE, 0, Map.of()));
    }
}
