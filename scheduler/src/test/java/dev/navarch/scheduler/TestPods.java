package dev.navarch.scheduler;

import dev.navarch.scheduler.framework.NodeInfo;
import dev.navarch.scheduler.framework.PodInfo;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.HashMap;
import java.util.Map;

/** Nodes and pods as tests need them. */
public final class TestPods {
    private TestPods() {}

    public static Node node(String name, String cpu, String memory) {
        return node(name, cpu, memory, 110, Map.of());
    }

    public static Node node(String name, String cpu, String memory, int pods, Map<String, String> labels) {
        var all = new HashMap<>(labels);
        all.put("kubernetes.io/hostname", name);
        var amounts = Map.of(
                "cpu", new Quantity(cpu), "memory", new Quantity(memory), "pods", new Quantity(Integer.toString(pods)));
        return new NodeBuilder()
                .withNewMetadata()
                .withName(name)
                .withLabels(all)
                .endMetadata()
                .withNewSpec()
                .endSpec()
                .withNewStatus()
                .withCapacity(amounts)
                .withAllocatable(amounts)
                .endStatus()
                .build();
    }

    public static Pod pod(String name, String cpu, String memory) {
        return pod(name, Map.of("cpu", new Quantity(cpu), "memory", new Quantity(memory)));
    }

    public static Pod pod(String name, Map<String, Quantity> requests) {
        return new PodBuilder()
                .withNewMetadata()
                .withNamespace("default")
                .withName(name)
                .endMetadata()
                .withNewSpec()
                .addNewContainer()
                .withName("main")
                .withImage("example/main")
                .withNewResources()
                .withRequests(requests)
                .endResources()
                .endContainer()
                .endSpec()
                .withNewStatus()
                .withPhase("Pending")
                .endStatus()
                .build();
    }

    public static NodeInfo info(Node node, Pod... pods) {
        var info = new NodeInfo(node);
        for (var pod : pods) {
            info = info.with(new PodInfo(pod));
        }
        return info;
    }
}
