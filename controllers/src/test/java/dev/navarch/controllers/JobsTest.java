package dev.navarch.controllers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.client.DeleteOptions;
import dev.navarch.client.Patch;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Jobs on a simulated cluster. */
class JobsTest {
    private static JobBuilder job(int completions, int parallelism) {
        return new JobBuilder()
                .withNewMetadata()
                .withNamespace("d")
                .withName("j")
                .endMetadata()
                .withNewSpec()
                .withCompletions(completions)
                .withParallelism(parallelism)
                .withNewTemplate()
                .withNewSpec()
                .withRestartPolicy("Never")
                .addNewContainer()
                .withName("c")
                .endContainer()
                .endSpec()
                .endTemplate()
                .endSpec();
    }

    private static Job job(SimulatedCluster cluster) {
        return cluster.get(Job.class, "d", "j");
    }

    private static boolean has(SimulatedCluster cluster, String condition) {
        var status = job(cluster).getStatus();
        return status != null
                && status.getConditions().stream().anyMatch(c -> c.getType().equals(condition));
    }

    /** Ends all running pods. */
    private static void end(SimulatedCluster cluster, String phase) {
        for (var pod : cluster.all(Pod.class)) {
            if (Pods.phase(pod).equals("Running")) {
                cluster.api.put(new PodBuilder(pod)
                        .withNewStatus()
                        .withPhase(phase)
                        .addNewContainerStatus()
                        .withNewState()
                        .withNewTerminated()
                        .withFinishedAt(cluster.time.now().toString())
                        .endTerminated()
                        .endState()
                        .endContainerStatus()
                        .endStatus()
                        .build());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 2, 3, 4, 5})
    void everyEndIsCountedOnce(long seed) {
        try (var cluster = new SimulatedCluster(seed, seed == 0 ? 0 : 3)) {
            cluster.api.client().resource(Job.class).create(job(7, 3).build());
            cluster.until("completion, seed " + seed, () -> {
                end(cluster, "Succeeded");
                assertThat(cluster.all(Pod.class).stream()
                                .filter(Pods::isActive)
                                .count())
                        .isLessThanOrEqualTo(3);
                return has(cluster, "Complete");
            });
            assertThat(job(cluster).getStatus().getSucceeded()).isEqualTo(7);
            assertThat(job(cluster).getStatus().getFailed()).isNull();
            assertThat(job(cluster).getStatus().getCompletionTime()).isNotNull();
            assertThat(cluster.writes("POST /api/v1/namespaces/d/pods")).isEqualTo(7);
            assertThat(cluster.all(Pod.class))
                    .allSatisfy(p -> assertThat(p.getMetadata().getFinalizers()).isEmpty());
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 2})
    void anIndexedJobRunsEachIndexOnce(long seed) {
        try (var cluster = new SimulatedCluster(seed, seed == 0 ? 0 : 3)) {
            cluster.api
                    .client()
                    .resource(Job.class)
                    .create(job(5, 2)
                            .editSpec()
                            .withCompletionMode("Indexed")
                            .endSpec()
                            .build());
            cluster.until("completion, seed " + seed, () -> {
                end(cluster, "Succeeded");
                return has(cluster, "Complete");
            });
            assertThat(job(cluster).getStatus().getCompletedIndexes()).isEqualTo("0-4");
            assertThat(job(cluster).getStatus().getSucceeded()).isEqualTo(5);
            assertThat(cluster.all(Pod.class).stream().map(p -> p.getSpec().getHostname()))
                    .containsExactlyInAnyOrder("j-0", "j-1", "j-2", "j-3", "j-4");
        }
    }

    @Test
    void failuresAreTriedAgainWithABackoffUntilTheLimit() {
        try (var cluster = new SimulatedCluster(1)) {
            cluster.api
                    .client()
                    .resource(Job.class)
                    .create(job(1, 1).editSpec().withBackoffLimit(2).endSpec().build());
            var start = cluster.time.now();
            cluster.until("failure", () -> {
                end(cluster, "Failed");
                return has(cluster, "Failed");
            });
            assertThat(job(cluster).getStatus().getFailed()).isEqualTo(3);
            assertThat(Duration.between(start, cluster.time.now())).isGreaterThan(Duration.ofSeconds(28));
            assertThat(job(cluster).getStatus().getConditions())
                    .anySatisfy(c -> assertThat(c.getReason()).isEqualTo("BackoffLimitExceeded"));
        }
    }

    @Test
    void aDeadlineEndsRunningPods() {
        try (var cluster = new SimulatedCluster(1)) {
            cluster.api
                    .client()
                    .resource(Job.class)
                    .create(job(2, 2)
                            .editSpec()
                            .withActiveDeadlineSeconds(5L)
                            .endSpec()
                            .build());
            cluster.until("failure", () -> has(cluster, "Failed"));
            cluster.until("no pods", () -> cluster.all(Pod.class).isEmpty());
            assertThat(job(cluster).getStatus().getConditions())
                    .anySatisfy(c -> assertThat(c.getReason()).isEqualTo("DeadlineExceeded"));
        }
    }

    @Test
    void aSuspendedJobStopsAndResumes() {
        try (var cluster = new SimulatedCluster(1)) {
            cluster.api.client().resource(Job.class).create(job(2, 2).build());
            cluster.until("two pods", () -> cluster.all(Pod.class).size() == 2);
            cluster.api.client().resource(Job.class).patch("d", "j", Patch.merge("{\"spec\":{\"suspend\":true}}"));
            cluster.until("none", () -> cluster.all(Pod.class).isEmpty() && has(cluster, "Suspended"));
            assertThat(job(cluster).getStatus().getFailed()).isNull();
            cluster.api.client().resource(Job.class).patch("d", "j", Patch.merge("{\"spec\":{\"suspend\":false}}"));
            cluster.until("completion", () -> {
                end(cluster, "Succeeded");
                return has(cluster, "Complete");
            });
        }
    }

    private static void patch(SimulatedCluster cluster, String spec) {
        cluster.api.client().resource(Job.class).patch("d", "j", Patch.merge("{\"spec\":{" + spec + "}}"));
    }

    private static boolean told(SimulatedCluster cluster, String reason, String message) {
        return cluster.all(Event.class).stream()
                .anyMatch(e -> e.getReason().equals(reason) && e.getMessage().equals(message));
    }

    @Test
    void suspensionAndResumptionAreToldAndStartTheTimeAnew() {
        try (var cluster = new SimulatedCluster(2)) {
            cluster.api.client().resource(Job.class).create(job(2, 2).build());
            cluster.until(
                    "two pods, and that it is known",
                    () -> cluster.all(Pod.class).size() == 2
                            && job(cluster).getStatus().getStartTime() != null);
            var first = job(cluster).getStatus().getStartTime();
            patch(cluster, "\"suspend\":true");
            cluster.until(
                    "a suspended job",
                    () -> job(cluster).getStatus().getStartTime() == null
                            && told(cluster, "Suspended", "Job suspended"));
            cluster.pass(Duration.ofSeconds(2));
            patch(cluster, "\"suspend\":false");
            cluster.until("a resumed job", () -> told(cluster, "Resumed", "Job resumed"));
            assertThat(job(cluster).getStatus().getStartTime()).isGreaterThan(first);
            assertThat(job(cluster).getStatus().getConditions())
                    .extracting(c -> c.getType() + "=" + c.getStatus() + " " + c.getReason())
                    .containsExactly("Suspended=False JobResumed");
        }
    }

    @Test
    void podsThatAShrunkJobDoesNotWantHaveNotFailed() {
        try (var cluster = new SimulatedCluster(3)) {
            cluster.api
                    .client()
                    .resource(Job.class)
                    .create(job(9, 6).editSpec().withBackoffLimit(0).endSpec().build());
            cluster.until(
                    "six pods",
                    () -> cluster.all(Pod.class).stream().filter(Pods::isReady).count() == 6);
            patch(cluster, "\"parallelism\":1");
            cluster.until(
                    "one pod",
                    () -> cluster.all(Pod.class).size() == 1
                            && Objects.equals(job(cluster).getStatus().getActive(), 1)
                            && Objects.equals(job(cluster).getStatus().getTerminating(), 0));
            assertThat(job(cluster).getStatus().getFailed()).isNull();
            assertThat(job(cluster).getStatus().getConditions()).isEmpty();
        }
    }

    @Test
    void podsThatASuccessfulJobNeedsNoMoreHaveNotFailed() {
        try (var cluster = new SimulatedCluster(4)) {
            cluster.api
                    .client()
                    .resource(Job.class)
                    .create(job(3, 3)
                            .editSpec()
                            .withCompletionMode("Indexed")
                            .withNewSuccessPolicy()
                            .addNewRule(1, "0")
                            .endSuccessPolicy()
                            .endSpec()
                            .build());
            cluster.until(
                    "three pods",
                    () -> cluster.all(Pod.class).stream().filter(Pods::isReady).count() == 3);
            var leader = cluster.all(Pod.class).stream()
                    .filter(p -> p.getSpec().getHostname().equals("j-0"))
                    .findFirst()
                    .orElseThrow();
            cluster.api.put(new PodBuilder(leader)
                    .withNewStatus()
                    .withPhase("Succeeded")
                    .endStatus()
                    .build());
            cluster.until("completion", () -> has(cluster, "Complete"));
            var status = job(cluster).getStatus();
            assertThat(status.getConditions())
                    .extracting(c -> c.getType() + " " + c.getReason() + ": " + c.getMessage())
                    .containsExactly(
                            "SuccessCriteriaMet SuccessPolicy: Matched rules at index 0",
                            "Complete SuccessPolicy: Matched rules at index 0");
            assertThat(status.getSucceeded()).isEqualTo(1);
            assertThat(status.getFailed()).isNull();
            assertThat(status.getCompletedIndexes()).isEqualTo("0");
        }
    }

    @Test
    void ofAFailedIndexTheNextPodKnowsThoughTheFailedOneIsDeleted() {
        try (var cluster = new SimulatedCluster(5)) {
            cluster.api
                    .client()
                    .resource(Job.class)
                    .create(job(1, 1)
                            .editSpec()
                            .withCompletionMode("Indexed")
                            .withBackoffLimitPerIndex(5)
                            .endSpec()
                            .build());
            cluster.until("a pod", () -> cluster.all(Pod.class).stream().anyMatch(Pods::isReady));
            end(cluster, "Failed");
            var failed = cluster.all(Pod.class).getFirst();
            cluster.api
                    .client()
                    .resource(Pod.class)
                    .delete("d", failed.getMetadata().getName(), DeleteOptions.none());
            cluster.until(
                    "another",
                    () -> cluster.all(Pod.class).stream()
                            .anyMatch(p -> Pods.isReady(p)
                                    && "1"
                                            .equals(p.getMetadata()
                                                    .getAnnotations()
                                                    .get("batch.kubernetes.io/job-index-failure-count"))));
            cluster.until(
                    "the first is counted and gone",
                    () -> Objects.equals(job(cluster).getStatus().getFailed(), 1)
                            && cluster.all(Pod.class).size() == 1);
        }
    }

    @Test
    void podsOfADeletedJobAreNotHeld() {
        try (var cluster = new SimulatedCluster(1)) {
            cluster.api.client().resource(Job.class).create(job(2, 2).build());
            cluster.until("two pods", () -> cluster.all(Pod.class).size() == 2);
            cluster.api
                    .client()
                    .resource(Job.class)
                    .delete("d", "j", DeleteOptions.none().propagation(DeleteOptions.Propagation.BACKGROUND));
            cluster.until("nothing", () -> cluster.all(Pod.class).isEmpty());
        }
    }
}
