package dev.navarch.controllers.podgc;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.util.List;
import org.junit.jupiter.api.Test;

class PodGcPlanTest {
    private static Pod pod(String name, String phase, String reason, String created) {
        return new PodBuilder()
                .withNewMetadata()
                .withName(name)
                .withCreationTimestamp(created)
                .endMetadata()
                .withNewStatus()
                .withPhase(phase)
                .withReason(reason)
                .endStatus()
                .build();
    }

    @Test
    void ofEndedPodsTheEvictedGoFirstThenTheOldest() {
        var pods = List.of(
                pod("young", "Succeeded", null, "2026-01-01T00:00:03Z"),
                pod("old", "Failed", "Error", "2026-01-01T00:00:01Z"),
                pod("evicted", "Failed", "Evicted", "2026-01-01T00:00:04Z"),
                pod("running", "Running", null, "2026-01-01T00:00:00Z"));
        assertThat(names(PodGcPlan.terminated(pods, 2))).containsExactly("evicted");
        assertThat(names(PodGcPlan.terminated(pods, 1))).containsExactly("evicted", "old");
        assertThat(PodGcPlan.terminated(pods, 0)).isEmpty();
    }

    private static List<String> names(List<Pod> pods) {
        return pods.stream().map(p -> p.getMetadata().getName()).toList();
    }
}
