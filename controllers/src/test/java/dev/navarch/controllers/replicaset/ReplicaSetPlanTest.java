package dev.navarch.controllers.replicaset;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ReplicaSetPlanTest {
    private static final Instant NOW = Instant.parse("2026-01-02T00:00:00Z");

    private static PodBuilder pod(String name, String node, String phase, String readySince, String created) {
        var builder = new PodBuilder()
                .withNewMetadata()
                .withName(name)
                .withUid(name)
                .withCreationTimestamp(created)
                .endMetadata()
                .withNewSpec()
                .withNodeName(node.isEmpty() ? null : node)
                .endSpec()
                .withNewStatus()
                .withPhase(phase)
                .endStatus();
        if (!readySince.isEmpty()) {
            builder.editStatus()
                    .addNewCondition()
                    .withType("Ready")
                    .withStatus("True")
                    .withLastTransitionTime(readySince)
                    .endCondition()
                    .endStatus();
        }
        return builder;
    }

    private static final String OLD = "2026-01-01T00:00:00Z";
    private static final String YOUNG = "2026-01-01T23:59:50Z";

    @Test
    void podsGoInUpstreamsOrder() {
        List<Pod> expected = List.of(
                pod("unassigned", "", "Pending", "", OLD).build(),
                pod("pending", "n1", "Pending", "", OLD).build(),
                pod("unknown", "n1", "Unknown", "", OLD).build(),
                pod("unready", "n1", "Running", "", OLD).build(),
                pod("cheap", "n1", "Running", OLD, OLD)
                        .editMetadata()
                        .addToAnnotations("controller.kubernetes.io/pod-deletion-cost", "-10")
                        .endMetadata()
                        .build(),
                pod("crowded", "n1", "Running", OLD, OLD).build(),
                pod("lately-ready", "n2", "Running", YOUNG, OLD).build(),
                pod("restarted", "n2", "Running", OLD, OLD)
                        .editStatus()
                        .addNewContainerStatus()
                        .withRestartCount(3)
                        .endContainerStatus()
                        .endStatus()
                        .build(),
                pod("restarted-beside", "n2", "Running", OLD, OLD)
                        .editSpec()
                        .addNewInitContainer()
                        .withName("proxy")
                        .withRestartPolicy("Always")
                        .endInitContainer()
                        .endSpec()
                        .editStatus()
                        .addNewInitContainerStatus()
                        .withName("proxy")
                        .withRestartCount(1)
                        .endInitContainerStatus()
                        .endStatus()
                        .build(),
                pod("young", "n2", "Running", OLD, YOUNG).build(),
                pod("steady", "n2", "Running", OLD, OLD).build(),
                pod("dear", "n1", "Running", OLD, OLD)
                        .editMetadata()
                        .addToAnnotations("controller.kubernetes.io/pod-deletion-cost", "10")
                        .endMetadata()
                        .build());
        List<Pod> shuffled = new ArrayList<>(expected);
        Collections.shuffle(shuffled, new Random(7));
        for (int count = 1; count < expected.size(); count++) {
            assertThat(names(ReplicaSetPlan.surplus(shuffled, shuffled, count, NOW)))
                    .isEqualTo(names(expected.subList(0, count)));
        }
    }

    private static List<String> names(List<Pod> pods) {
        return pods.stream().map(p -> p.getMetadata().getName()).toList();
    }
}
