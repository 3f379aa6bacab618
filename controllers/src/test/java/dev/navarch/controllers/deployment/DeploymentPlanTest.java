package dev.navarch.controllers.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.PodTemplateSpecBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import io.fabric8.kubernetes.api.model.apps.ReplicaSetBuilder;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DeploymentPlanTest {
    private static Object value(String text) {
        return text.endsWith("%") ? text : Integer.valueOf(text);
    }

    private static Deployment deployment(int replicas, String surge, String unavailable) {
        return new DeploymentBuilder()
                .withNewMetadata()
                .withName("web")
                .endMetadata()
                .withNewSpec()
                .withReplicas(replicas)
                .withNewStrategy()
                .withType("RollingUpdate")
                .withNewRollingUpdate()
                .withMaxSurge(new IntOrString(value(surge)))
                .withMaxUnavailable(new IntOrString(value(unavailable)))
                .endRollingUpdate()
                .endStrategy()
                .endSpec()
                .build();
    }

    /** A set sized for a deployment of {@code max} pods with its surge. */
    private static ReplicaSet set(String name, int size, int available, int max) {
        return new ReplicaSetBuilder()
                .withNewMetadata()
                .withName(name)
                .withCreationTimestamp("2026-01-01T00:00:0" + name.length() + "Z")
                .addToAnnotations("deployment.kubernetes.io/max-replicas", Integer.toString(max))
                .endMetadata()
                .withNewSpec()
                .withReplicas(size)
                .endSpec()
                .withNewStatus()
                .withAvailableReplicas(available)
                .endStatus()
                .build();
    }

    @ParameterizedTest
    @CsvSource({
        "10, 25%, 25%, 3, 2",
        "4, 25%, 25%, 1, 1",
        "3, 25%, 25%, 1, 0",
        "1, 25%, 25%, 1, 0",
        "10, 0, 0, 0, 1",
        "10, 0%, 5%, 0, 1",
        "2, 0, 5, 0, 2",
        "0, 25%, 25%, 0, 0",
        "5, 100%, 0, 5, 0"
    })
    void surgeIsRoundedUpAndUnavailableDownButNotBothAreZero(
            int replicas, String surge, String unavailable, int expectedSurge, int expectedUnavailable) {
        var deployment = deployment(replicas, surge, unavailable);
        assertThat(DeploymentPlan.maxSurge(deployment)).isEqualTo(expectedSurge);
        assertThat(DeploymentPlan.maxUnavailable(deployment)).isEqualTo(expectedUnavailable);
    }

    @ParameterizedTest
    @CsvSource({
        // replicas, surge, old, new, size after the step
        "10, 3, 10, 0, 3",
        "10, 3, 8, 3, 5",
        "10, 0, 10, 0, 0",
        "10, 3, 0, 10, 10",
        "10, 3, 0, 12, 10",
        "10, 20, 10, 0, 10"
    })
    void theNewSetGrowsAsFarAsTheSurgeAllows(int replicas, String surge, int old, int fresh, int expected) {
        var sets = List.of(set("o", old, old, 10), set("nn", fresh, fresh, 10));
        assertThat(DeploymentPlan.newSize(deployment(replicas, surge, "1"), sets, fresh))
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        // source of the cases: kubernetes pkg/controller/deployment/rolling_test.go,
        // TestDeploymentController_reconcileOldReplicaSets
        // replicas, unavailable, old size, old available, new size, new available, old size after
        "10, 0, 10, 10, 0, 0, 10",
        "10, 2, 10, 10, 0, 0, 8",
        "10, 2, 10, 8, 0, 0, 8",
        "10, 2, 10, 10, 2, 0, 8",
        "10, 2, 8, 8, 2, 0, 8",
        "10, 2, 10, 5, 0, 0, 8",
        "10, 0, 10, 10, 3, 3, 7"
    })
    void oldSetsShrinkAsFarAsAvailabilityAllows(
            int replicas, String unavailable, int old, int oldAvailable, int fresh, int freshAvailable, int expected) {
        var sizes = DeploymentPlan.shrinkOld(
                deployment(replicas, "3", unavailable),
                set("nn", fresh, freshAvailable, 10),
                List.of(set("o", old, oldAvailable, 10)));
        assertThat(sizes.getOrDefault("o", old)).isEqualTo(expected);
    }

    @Test
    void whatIsNotAvailableGoesFirst() {
        var sizes = DeploymentPlan.shrinkOld(
                deployment(10, "0", "2"), set("nnn", 0, 0, 10), List.of(set("o", 5, 5, 10), set("oo", 5, 3, 10)));
        assertThat(sizes).isEqualTo(Map.of("oo", 3));
    }

    @Test
    void severalSetsFollowAChangeOfSizeInProportion() {
        var sizes = DeploymentPlan.rescale(
                deployment(20, "0", "2"), Optional.of(set("nn", 5, 1, 10)), List.of(set("o", 5, 5, 10)));
        assertThat(sizes).isEqualTo(Map.of("o", 10, "nn", 10));
        var down = DeploymentPlan.rescale(
                deployment(5, "0", "2"), Optional.of(set("nn", 8, 1, 10)), List.of(set("o", 2, 2, 10)));
        assertThat(down).isEqualTo(Map.of("nn", 4, "o", 1));
    }

    @Test
    void aSingleActiveSetTakesTheWholeSize() {
        var sizes = DeploymentPlan.rescale(
                deployment(7, "1", "1"), Optional.of(set("nn", 5, 5, 6)), List.of(set("o", 0, 0, 6)));
        assertThat(sizes).isEqualTo(Map.of("nn", 7));
    }

    @Test
    void theHashOfATemplateStaysTheSameAndTellsTemplatesApart() {
        var one = new PodTemplateSpecBuilder()
                .withNewMetadata()
                .addToLabels("app", "web")
                .endMetadata()
                .withNewSpec()
                .addNewContainer()
                .withName("c")
                .withImage("i:1")
                .endContainer()
                .endSpec()
                .build();
        var two = new PodTemplateSpecBuilder(one)
                .editSpec()
                .editFirstContainer()
                .withImage("i:2")
                .endContainer()
                .endSpec()
                .build();
        assertThat(TemplateHash.of(one, 0))
                .matches("[bcdfghjklmnpqrstvwxz2456789]{1,10}")
                .isEqualTo(TemplateHash.of(new PodTemplateSpecBuilder(one).build(), 0))
                .isNotEqualTo(TemplateHash.of(two, 0))
                .isNotEqualTo(TemplateHash.of(one, 1));
        var labeled = new PodTemplateSpecBuilder(one)
                .editMetadata()
                .addToLabels("pod-template-hash", "x")
                .endMetadata()
                .build();
        assertThat(TemplateHash.same(one, labeled)).isTrue();
        assertThat(TemplateHash.same(one, two)).isFalse();
    }
}
