package dev.navarch.controllers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.client.ControllerRef;
import dev.navarch.client.Patch;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudgetBuilder;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudgetStatus;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Disruption budgets on a simulated cluster. */
class DisruptionTest {
    private static PodDisruptionBudgetBuilder budget() {
        return new PodDisruptionBudgetBuilder()
                .withNewMetadata()
                .withNamespace("d")
                .withName("b")
                .endMetadata()
                .withNewSpec()
                .withNewSelector()
                .addToMatchLabels("app", "web")
                .endSelector()
                .endSpec();
    }

    private static void budget(SimulatedCluster cluster, String min, String max) {
        cluster.api
                .client()
                .resource(PodDisruptionBudget.class)
                .create(budget().editSpec()
                        .withMinAvailable(value(min))
                        .withMaxUnavailable(value(max))
                        .endSpec()
                        .build());
    }

    private static IntOrString value(String text) {
        return text == null
                ? null
                : text.endsWith("%") ? new IntOrString(text) : new IntOrString(Integer.valueOf(text));
    }

    private static void deployment(SimulatedCluster cluster, int replicas) {
        cluster.api
                .client()
                .resource(Deployment.class)
                .create(new DeploymentBuilder()
                        .withNewMetadata()
                        .withNamespace("d")
                        .withName("web")
                        .endMetadata()
                        .withNewSpec()
                        .withReplicas(replicas)
                        .withNewSelector()
                        .addToMatchLabels("app", "web")
                        .endSelector()
                        .withNewTemplate()
                        .withNewMetadata()
                        .addToLabels("app", "web")
                        .endMetadata()
                        .withNewSpec()
                        .addNewContainer()
                        .withName("c")
                        .endContainer()
                        .endSpec()
                        .endTemplate()
                        .endSpec()
                        .build());
    }

    /** A ready pod; on no node, so that nobody minds that the node is not there. */
    private static Pod pod(SimulatedCluster cluster, String name) {
        var pod = new PodBuilder()
                .withNewMetadata()
                .withNamespace("d")
                .withName(name)
                .addToLabels("app", "web")
                .endMetadata()
                .withNewSpec()
                .addNewContainer()
                .withName("c")
                .endContainer()
                .endSpec()
                .build();
        return new PodBuilder(cluster.ready(pod, "n1"))
                .editSpec()
                .withNodeName(null)
                .endSpec()
                .build();
    }

    private static Optional<PodDisruptionBudgetStatus> status(SimulatedCluster cluster) {
        return Optional.ofNullable(
                        cluster.get(PodDisruptionBudget.class, "d", "b").getStatus())
                .filter(s -> s.getExpectedPods() != null);
    }

    /** Waits for expected pods, wished-for healthy ones, healthy ones and allowed disruptions. */
    private static void expect(SimulatedCluster cluster, int expected, int desired, int healthy, int allowed) {
        cluster.until(
                "%d expected, %d of %d healthy, %d allowed".formatted(expected, healthy, desired, allowed),
                () -> status(cluster)
                        .filter(s -> s.getExpectedPods() == expected
                                && s.getDesiredHealthy() == desired
                                && s.getCurrentHealthy() == healthy
                                && s.getDisruptionsAllowed() == allowed)
                        .isPresent());
    }

    private static void expectCondition(SimulatedCluster cluster, String status, String reason, String message) {
        cluster.until(
                reason,
                () -> cluster.get(PodDisruptionBudget.class, "d", "b").getStatus().getConditions().stream()
                        .anyMatch(c -> c.getType().equals("DisruptionAllowed")
                                && c.getStatus().equals(status)
                                && c.getReason().equals(reason)
                                && c.getMessage().equals(message)));
    }

    private static void expectEvent(SimulatedCluster cluster, String reason) {
        cluster.until(
                "event " + reason,
                () -> cluster.all(Event.class).stream()
                        .anyMatch(e -> e.getReason().equals(reason)));
    }

    @ParameterizedTest
    @CsvSource({"2,,2,1", "50%,,2,1", "100%,,3,0", ",1,2,1", ",50%,1,2", "5,,5,0"})
    void aDeploymentsScaleIsWhatABudgetIsMeasuredBy(String min, String max, int desired, int allowed) {
        try (var cluster = new SimulatedCluster(1)) {
            deployment(cluster, 3);
            budget(cluster, min, max);
            expect(cluster, 3, desired, 3, allowed);
            expectCondition(
                    cluster, allowed > 0 ? "True" : "False", allowed > 0 ? "SufficientPods" : "InsufficientPods", "");
        }
    }

    @Test
    void podsThatAreNotReadyOrEvictedAreNotHealthy() {
        try (var cluster = new SimulatedCluster(1)) {
            cluster.api.put(pod(cluster, "a"));
            cluster.api.put(pod(cluster, "b"));
            cluster.api.put(pod(cluster, "c"));
            budget(cluster, "1", null);
            expect(cluster, 3, 1, 3, 2);
            cluster.api.put(new PodBuilder(cluster.get(Pod.class, "d", "a"))
                    .editStatus()
                    .editFirstCondition()
                    .withStatus("False")
                    .endCondition()
                    .endStatus()
                    .build());
            expect(cluster, 3, 1, 2, 1);
            // as the API server does when it evicts
            cluster.api
                    .client()
                    .resource(PodDisruptionBudget.class)
                    .patchStatus(
                            "d",
                            "b",
                            Patch.merge("{\"status\":{\"disruptionsAllowed\":0,\"disruptedPods\":{\"b\":\""
                                    + cluster.time.now() + "\"}}}"));
            expect(cluster, 3, 1, 1, 0);
            // it was not deleted after all
            cluster.time.advance(Duration.ofSeconds(110));
            cluster.pass(Duration.ofSeconds(1));
            assertThat(status(cluster).orElseThrow().getDisruptedPods()).containsOnlyKeys("b");
            cluster.time.advance(Duration.ofSeconds(10));
            expect(cluster, 3, 1, 2, 1);
            assertThat(status(cluster).orElseThrow().getDisruptedPods()).isNullOrEmpty();
            expectEvent(cluster, "NotDeleted");
        }
    }

    @Test
    void podsWithoutOwnerCountForNothingInAShare() {
        try (var cluster = new SimulatedCluster(1)) {
            cluster.api.put(pod(cluster, "a"));
            budget(cluster, null, "1");
            expect(cluster, 0, 0, 1, 0);
            expectEvent(cluster, "UnmanagedPods");
        }
    }

    @Test
    void nothingIsAllowedWhenAnOwnerHasNoScale() {
        try (var cluster = new SimulatedCluster(1)) {
            var owner = cluster.api
                    .client()
                    .resource(ConfigMap.class)
                    .create(new ConfigMapBuilder()
                            .withNewMetadata()
                            .withNamespace("d")
                            .withName("o")
                            .endMetadata()
                            .build());
            cluster.api.put(new PodBuilder(pod(cluster, "a"))
                    .editMetadata()
                    .withOwnerReferences(ControllerRef.to(owner))
                    .endMetadata()
                    .build());
            budget(cluster, null, "1");
            cluster.until(
                    "a status",
                    () -> cluster.get(PodDisruptionBudget.class, "d", "b").getStatus() != null);
            expectCondition(cluster, "False", "SyncFailed", "configmaps does not implement the scale subresource");
            expectEvent(cluster, "CalculateExpectedPodCountFailed");
        }
    }

    @Test
    void aDisruptionThatDoesNotComeIsTakenBack() {
        try (var cluster = new SimulatedCluster(1)) {
            cluster.api.put(new PodBuilder(pod(cluster, "a"))
                    .editStatus()
                    .addNewCondition()
                    .withType("DisruptionTarget")
                    .withStatus("True")
                    .withReason("PreemptionByScheduler")
                    .withLastTransitionTime(cluster.time.now().toString())
                    .endCondition()
                    .endStatus()
                    .build());
            cluster.time.advance(Duration.ofSeconds(115));
            cluster.pass(Duration.ofSeconds(1));
            assertThat(Pods.condition(cluster.get(Pod.class, "d", "a"), "DisruptionTarget")
                            .orElseThrow()
                            .getStatus())
                    .isEqualTo("True");
            cluster.time.advance(Duration.ofSeconds(5));
            cluster.until(
                    "False",
                    () -> Pods.condition(cluster.get(Pod.class, "d", "a"), "DisruptionTarget")
                            .orElseThrow()
                            .getStatus()
                            .equals("False"));
            assertThat(Pods.condition(cluster.get(Pod.class, "d", "a"), "DisruptionTarget")
                            .orElseThrow()
                            .getReason())
                    .isNull();
        }
    }
}
