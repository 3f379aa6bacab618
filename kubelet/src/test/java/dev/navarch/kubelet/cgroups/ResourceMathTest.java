package dev.navarch.kubelet.cgroups;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResourceMathTest {
    private static Pod pod(Map<String, String> requests, Map<String, String> limits) {
        return new PodBuilder()
                .withNewMetadata()
                .withUid("u1")
                .endMetadata()
                .withNewSpec()
                .addNewContainer()
                .withName("c")
                .withNewResources()
                .withRequests(quantities(requests))
                .withLimits(quantities(limits))
                .endResources()
                .endContainer()
                .endSpec()
                .build();
    }

    private static Map<String, Quantity> quantities(Map<String, String> texts) {
        Map<String, Quantity> all = new HashMap<>();
        texts.forEach((k, v) -> all.put(k, new Quantity(v)));
        return all;
    }

    @Test
    void qualityOfServiceIsUpstreams() {
        assertThat(QosClass.of(pod(Map.of(), Map.of()))).isEqualTo(QosClass.BEST_EFFORT);
        assertThat(QosClass.of(pod(Map.of("cpu", "1"), Map.of()))).isEqualTo(QosClass.BURSTABLE);
        assertThat(QosClass.of(pod(Map.of(), Map.of("cpu", "1", "memory", "1Gi"))))
                .isEqualTo(QosClass.GUARANTEED);
        assertThat(QosClass.of(pod(Map.of("cpu", "1000m", "memory", "1Gi"), Map.of("cpu", "1", "memory", "1024Mi"))))
                .isEqualTo(QosClass.GUARANTEED);
        assertThat(QosClass.of(pod(Map.of("cpu", "1"), Map.of("cpu", "1")))).isEqualTo(QosClass.BURSTABLE);
    }

    @Test
    void limitsBecomeTheKernelsNumbers() {
        var pod = pod(Map.of("cpu", "250m", "memory", "64Mi"), Map.of("cpu", "500m", "memory", "128Mi"));
        var resources = ResourceMath.of(pod, pod.getSpec().getContainers().getFirst(), 8L << 30);
        assertThat(resources.cpuShares()).hasValue(256);
        assertThat(resources.cpuQuotaMicros()).hasValue(50_000);
        assertThat(resources.cpuPeriodMicros()).hasValue(100_000);
        assertThat(resources.memoryLimitBytes()).hasValue(128 << 20);
        assertThat(resources.oomScoreAdj()).hasValue(1000 - 7);
        var none = ResourceMath.of(
                pod(Map.of(), Map.of()),
                pod(Map.of(), Map.of()).getSpec().getContainers().getFirst(),
                8L << 30);
        assertThat(none.cpuShares()).hasValue(2);
        assertThat(none.cpuQuotaMicros()).isEmpty();
        assertThat(none.memoryLimitBytes()).isEmpty();
        assertThat(none.oomScoreAdj()).hasValue(1000);
    }

    @Test
    void podGroupsAreMadeAndRemovedInEveryControllersTree(@TempDir Path root) throws IOException {
        for (var controller : List.of("cpu", "memory", "pids", "freezer")) {
            Files.createDirectory(root.resolve(controller));
        }
        var tree = new CgroupTree(root, "navarch-1");
        var pod = pod(Map.of("cpu", "250m"), Map.of("cpu", "500m", "memory", "128Mi"));
        assertThat(tree.parent(pod)).isEqualTo("/navarch-1/kubepods/burstable/podu1");
        tree.ensure(pod);
        var group = "navarch-1/kubepods/burstable/podu1";
        assertThat(root.resolve("cpu").resolve(group).resolve("cpu.shares")).hasContent("256");
        assertThat(root.resolve("cpu").resolve(group).resolve("cpu.cfs_quota_us"))
                .hasContent("50000");
        assertThat(root.resolve("memory").resolve(group).resolve("memory.limit_in_bytes"))
                .hasContent(Long.toString(128 << 20));
        assertThat(root.resolve("cpu/navarch-1/kubepods/besteffort/cpu.shares")).hasContent("2");
        assertThat(root.resolve("cpu/navarch-1/kubepods/burstable/cpu.shares")).hasContent("256");
    }

    @Test
    void unifiedTreeHandsControllersDown(@TempDir Path root) throws IOException {
        Files.writeString(root.resolve("cgroup.controllers"), "cpu memory pids\n");
        Files.writeString(root.resolve("cgroup.subtree_control"), "cpu\n");
        var tree = new CgroupTree(root, "navarch-1");
        tree.ensure(pod(Map.of(), Map.of("cpu", "1", "memory", "1Gi")));
        var group = root.resolve("navarch-1/kubepods/podu1");
        assertThat(group.resolve("cpu.max")).hasContent("100000 100000");
        assertThat(group.resolve("memory.max")).hasContent(Long.toString(1 << 30));
        assertThat(group.resolve("cpu.weight")).hasContent("39");
        assertThat(root.resolve("cgroup.subtree_control")).content().contains("+pids");
    }
}
