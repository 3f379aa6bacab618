package dev.navarch.kubelet;

import dev.navarch.kubelet.pods.PodObservation;
import dev.navarch.kubelet.pods.PodObservation.Seen;
import dev.navarch.kubelet.pods.RuntimeLabels;
import dev.navarch.kubelet.runtime.ContainerFilter;
import dev.navarch.kubelet.runtime.ContainerRuntime;
import dev.navarch.kubelet.runtime.RuntimeFailure;
import dev.navarch.kubelet.runtime.SandboxFilter;
import dev.navarch.kubelet.runtime.SandboxStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Asks the runtime what it has of a pod. What vanishes while asking is left out. */
record PodObserver(ContainerRuntime runtime) {

    PodObservation observe(String podUid) {
        var label = Map.of(RuntimeLabels.POD_UID, podUid);
        List<SandboxStatus> sandboxes = new ArrayList<>();
        for (var sandbox : runtime.listPodSandboxes(SandboxFilter.withLabels(label))) {
            try {
                sandboxes.add(runtime.podSandboxStatus(sandbox.id()));
            } catch (RuntimeFailure e) {
                passIfGone(e);
            }
        }
        List<Seen> containers = new ArrayList<>();
        for (var container : runtime.listContainers(ContainerFilter.withLabels(label))) {
            try {
                containers.add(new Seen(container.sandboxId(), runtime.containerStatus(container.id())));
            } catch (RuntimeFailure e) {
                passIfGone(e);
            }
        }
        return new PodObservation(sandboxes, containers);
    }

    private static void passIfGone(RuntimeFailure e) {
        if (!e.notFound()) {
            throw e;
        }
    }
}
