package dev.navarch.controllers.horizontalpodautoscaler;

import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Pods pod-0, pod-1 and so on, each ready for long, but for what is said. */
final class FakePods {
    static final Map<String, String> LABELS = Map.of("name", "pod");

    private final Instant now;
    final List<Pod> all = new ArrayList<>();

    FakePods(Instant now) {
        this.now = now;
    }

    /** @param cpu what each of its two containers asks for; empty for nothing */
    FakePods pod(String cpu, String phase, boolean ready, Duration age) {
        int number = all.size();
        var started = now.minus(age);
        var pod = new PodBuilder()
                .withNewMetadata()
                .withName("pod-" + number)
                .withNamespace("ns")
                .withLabels(LABELS)
                .endMetadata()
                .withNewSpec()
                .endSpec()
                .withNewStatus()
                .withPhase(phase)
                .withStartTime(started.toString())
                .addNewCondition()
                .withType("Ready")
                .withStatus(ready ? "True" : "False")
                .withLastTransitionTime(started.toString())
                .endCondition()
                .endStatus()
                .build();
        for (var name : List.of("container1", "container2")) {
            var container = new ContainerBuilder().withName(name).withNewResources();
            if (!cpu.isEmpty()) {
                container.addToRequests("cpu", new Quantity(cpu));
            }
            pod.getSpec().getContainers().add(container.endResources().build());
        }
        all.add(pod);
        return this;
    }

    FakePods ready(int count, String cpu) {
        for (int i = 0; i < count; i++) {
            pod(cpu, "Running", true, Duration.ofHours(1));
        }
        return this;
    }

    FakePods unready(int count, String cpu) {
        for (int i = 0; i < count; i++) {
            pod(cpu, "Running", false, Duration.ofHours(1));
        }
        return this;
    }

    /** Ready, but started so lately that its use of cpu misleads. */
    FakePods hot(int count, String cpu) {
        for (int i = 0; i < count; i++) {
            pod(cpu, "Running", true, Duration.ofSeconds(1));
        }
        return this;
    }

    FakePods phase(int count, String cpu, String phase) {
        for (int i = 0; i < count; i++) {
            pod(cpu, phase, false, Duration.ofHours(1));
        }
        return this;
    }

    FakePods deleting(int count, String cpu) {
        for (int i = 0; i < count; i++) {
            unready(1, cpu);
            all.getLast().getMetadata().setDeletionTimestamp(now.toString());
        }
        return this;
    }
}
