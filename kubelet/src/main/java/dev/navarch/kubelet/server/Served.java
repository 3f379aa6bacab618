package dev.navarch.kubelet.server;

import dev.navarch.kubelet.Kubelet;
import dev.navarch.kubelet.pods.RuntimeLabels;
import dev.navarch.kubelet.runtime.Container;
import dev.navarch.kubelet.runtime.ContainerFilter;
import dev.navarch.kubelet.runtime.ContainerState;
import dev.navarch.kubelet.runtime.SandboxFilter;
import dev.navarch.kubelet.runtime.SandboxState;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** The nodes of this process, and how a request's pod and container are found on them. */
record Served(Supplier<List<Kubelet>> kubelets) {

    /** A pod on its node. */
    record Found(Kubelet kubelet, Pod pod) {
        String uid() {
            return pod.getMetadata().getUid();
        }
    }

    Found pod(String namespace, String name) throws Refusal {
        for (var kubelet : kubelets.get()) {
            var pod = kubelet.pod(namespace, name);
            if (pod.isPresent()) {
                return new Found(kubelet, pod.get());
            }
        }
        throw new Refusal(404, "pod does not exist");
    }

    /** All runs of a container that the runtime has, newest first. */
    static List<Container> runs(Found found, String container) {
        return found
                .kubelet()
                .runtime()
                .listContainers(ContainerFilter.withLabels(
                        Map.of(RuntimeLabels.POD_UID, found.uid(), RuntimeLabels.CONTAINER_NAME, container)))
                .stream()
                .sorted(Container.OLDEST_FIRST.reversed())
                .toList();
    }

    static Container running(Found found, String container) throws Refusal {
        return runs(found, container).stream()
                .filter(c -> c.state() == ContainerState.RUNNING)
                .findFirst()
                .orElseThrow(() -> new Refusal(404, "container not found (\"" + container + "\")"));
    }

    static String sandbox(Found found) throws Refusal {
        var filter = new SandboxFilter(
                Optional.empty(), Optional.of(SandboxState.READY), Map.of(RuntimeLabels.POD_UID, found.uid()));
        return found.kubelet().runtime().listPodSandboxes(filter).stream()
                .findFirst()
                .map(s -> s.id())
                .orElseThrow(() -> new Refusal(404, "sandbox not found"));
    }
}
