package dev.navarch.controllers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.client.Patch;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.CronJob;
import io.fabric8.kubernetes.api.model.batch.v1.CronJobBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** CronJobs, and jobs that go after their time, on a simulated cluster whose clock starts at a full hour. */
class CronJobsTest {
    /** Minutes since 1970 at the start of the clock. */
    private static final long START = 29453760;

    private static CronJobBuilder cronJob(String schedule) {
        return new CronJobBuilder()
                .withNewMetadata()
                .withNamespace("d")
                .withName("c")
                .endMetadata()
                .withNewSpec()
                .withSchedule(schedule)
                .withConcurrencyPolicy("Allow")
                .withSuccessfulJobsHistoryLimit(3)
                .withFailedJobsHistoryLimit(1)
                .withNewJobTemplate()
                .withNewMetadata()
                .addToLabels("app", "x")
                .endMetadata()
                .withNewSpec()
                .withBackoffLimit(0)
                .withNewTemplate()
                .withNewSpec()
                .withRestartPolicy("Never")
                .addNewContainer()
                .withName("c")
                .endContainer()
                .endSpec()
                .endTemplate()
                .endSpec()
                .endJobTemplate()
                .endSpec();
    }

    /** Minutes pass here, in which the other controllers would take pods away whose node is not there. */
    private static SimulatedCluster cronJobs(long seed, int crashInterval) {
        return new SimulatedCluster(
                seed,
                crashInterval,
                "cronjob-controller",
                "job-controller",
                "ttl-after-finished-controller",
                "garbage-collector-controller");
    }

    private static void create(SimulatedCluster cluster, CronJobBuilder job) {
        cluster.api.client().resource(CronJob.class).create(job.build());
    }

    private static CronJob get(SimulatedCluster cluster) {
        return cluster.get(CronJob.class, "d", "c");
    }

    private static List<String> names(SimulatedCluster cluster, Class<? extends HasMetadata> type) {
        return cluster.all(type).stream()
                .map(o -> o.getMetadata().getName())
                .sorted()
                .toList();
    }

    private static void expectEvent(SimulatedCluster cluster, String reason, String message) {
        cluster.until(
                reason + ": " + message,
                () -> cluster.all(Event.class).stream()
                        .anyMatch(e ->
                                e.getReason().equals(reason) && e.getMessage().equals(message)));
    }

    /** Ends every pod that runs. */
    private static void end(SimulatedCluster cluster, String phase) {
        for (var pod : cluster.all(Pod.class)) {
            if (Pods.phase(pod).equals("Running")) {
                cluster.api.put(new PodBuilder(pod)
                        .editStatus()
                        .withPhase(phase)
                        .endStatus()
                        .build());
            }
        }
    }

    /** Turns the clock to a minute after its start at once, and waits for that minute's job. */
    private static void startOf(SimulatedCluster cluster, int minute) {
        turn(cluster, minute);
        cluster.until(
                "the job of minute " + minute, () -> names(cluster, Job.class).contains(name(minute)));
    }

    private static void turn(SimulatedCluster cluster, int minute) {
        var at = Instant.ofEpochSecond((START + minute) * 60);
        cluster.time.advance(Duration.between(cluster.time.now(), at).plusMillis(100));
    }

    private static String name(int minute) {
        return "c-" + (START + minute);
    }

    private static int active(SimulatedCluster cluster) {
        var status = get(cluster).getStatus();
        return status == null ? 0 : status.getActive().size();
    }

    @Test
    void aJobIsStartedAtItsTimeAndItsEndIsSeen() {
        try (var cluster = cronJobs(1, 0)) {
            create(
                    cluster,
                    cronJob("*/2 * * * *")
                            .editSpec()
                            .withTimeZone("Asia/Kolkata")
                            .endSpec());
            turn(cluster, 1);
            cluster.pass(Duration.ofMillis(200));
            assertThat(cluster.all(Job.class)).isEmpty();
            startOf(cluster, 2);
            cluster.until("an active job", () -> active(cluster) == 1);
            var job = cluster.get(Job.class, "d", name(2));
            assertThat(job.getMetadata().getLabels()).containsEntry("app", "x");
            assertThat(job.getMetadata().getAnnotations())
                    .containsEntry("batch.kubernetes.io/cronjob-scheduled-timestamp", "2026-01-01T05:32:00+05:30");
            var status = get(cluster).getStatus();
            assertThat(status.getLastScheduleTime()).isEqualTo("2026-01-01T00:02:00Z");
            assertThat(status.getActive().getFirst().getUid())
                    .isEqualTo(job.getMetadata().getUid());
            cluster.until("no active job", () -> {
                end(cluster, "Succeeded");
                return active(cluster) == 0;
            });
            assertThat(get(cluster).getStatus().getLastSuccessfulTime()).startsWith("2026-01-01T00:02:");
            expectEvent(cluster, "SuccessfulCreate", "Created job c-" + (START + 2));
            expectEvent(cluster, "SawCompletedJob", "Saw completed job: c-" + (START + 2) + ", condition: Complete");
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 2})
    void everyRunIsStartedOnceAndHistoryIsKept(long seed) {
        try (var cluster = cronJobs(seed, seed == 0 ? 0 : 3)) {
            create(cluster, cronJob("* * * * *"));
            for (int minute = 1; minute <= 5; minute++) {
                startOf(cluster, minute);
                var job = name(minute);
                cluster.until("the end of " + job + ", seed " + seed, () -> {
                    end(cluster, "Succeeded");
                    return Jobs.isFinished(cluster.get(Job.class, "d", job)) && active(cluster) == 0;
                });
            }
            cluster.until(
                    "three jobs, seed " + seed,
                    () -> names(cluster, Job.class).equals(List.of(name(3), name(4), name(5))));
            assertThat(cluster.writes("POST /apis/batch/v1/namespaces/d/jobs")).isEqualTo(5);
            cluster.until(
                    "the last run is noted, seed " + seed,
                    () -> "2026-01-01T00:05:00Z".equals(get(cluster).getStatus().getLastScheduleTime()));
        }
    }

    @Test
    void forbidSkipsRunsWhileOneIsActive() {
        try (var cluster = cronJobs(1, 0)) {
            create(
                    cluster,
                    cronJob("* * * * *")
                            .editSpec()
                            .withConcurrencyPolicy("Forbid")
                            .endSpec());
            startOf(cluster, 1);
            cluster.until("an active job", () -> active(cluster) == 1);
            turn(cluster, 2);
            expectEvent(
                    cluster,
                    "JobAlreadyActive",
                    "Not starting job because prior execution is running and concurrency policy is Forbid");
            assertThat(names(cluster, Job.class)).containsExactly(name(1));
            // the run that was skipped is made up for as soon as there is room
            cluster.until("the next", () -> {
                end(cluster, "Succeeded");
                return names(cluster, Job.class).contains(name(2));
            });
        }
    }

    @Test
    void replaceDeletesTheRunningJob() {
        try (var cluster = cronJobs(1, 0)) {
            create(
                    cluster,
                    cronJob("* * * * *")
                            .editSpec()
                            .withConcurrencyPolicy("Replace")
                            .endSpec());
            startOf(cluster, 1);
            cluster.until("an active job", () -> active(cluster) == 1);
            startOf(cluster, 2);
            cluster.until("one job", () -> names(cluster, Job.class).equals(List.of(name(2))) && active(cluster) == 1);
            expectEvent(cluster, "SuccessfulDelete", "Deleted job " + name(1));
        }
    }

    @Test
    void ofRunsMissedWhileSuspendedTheLastIsMadeUpFor() {
        try (var cluster = cronJobs(1, 0)) {
            create(cluster, cronJob("* * * * *").editSpec().withSuspend(true).endSpec());
            turn(cluster, 200);
            assertThat(cluster.all(Job.class)).isEmpty();
            cluster.api.client().resource(CronJob.class).patch("d", "c", Patch.merge("{\"spec\":{\"suspend\":false}}"));
            cluster.until("one job", () -> names(cluster, Job.class).equals(List.of(name(200))));
            expectEvent(
                    cluster,
                    "TooManyMissedTimes",
                    "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew");
        }
    }

    @Test
    void aRunPastItsDeadlineIsNotMadeUpFor() {
        try (var cluster = cronJobs(1, 0)) {
            create(
                    cluster,
                    cronJob("0 * * * *")
                            .editSpec()
                            .withSuspend(true)
                            .withStartingDeadlineSeconds(60L)
                            .endSpec());
            turn(cluster, 62);
            cluster.api.client().resource(CronJob.class).patch("d", "c", Patch.merge("{\"spec\":{\"suspend\":false}}"));
            cluster.pass(Duration.ofSeconds(1));
            assertThat(cluster.all(Job.class)).isEmpty();
            startOf(cluster, 120);
        }
    }

    @Test
    void aNewScheduleDoesNotRunForThePast() {
        try (var cluster = cronJobs(1, 0)) {
            create(cluster, cronJob("0 0 1 6 *"));
            turn(cluster, 1);
            cluster.pass(Duration.ofSeconds(1));
            cluster.api
                    .client()
                    .resource(CronJob.class)
                    .patch("d", "c", Patch.merge("{\"spec\":{\"schedule\":\"* * * * *\"}}"));
            cluster.pass(Duration.ofSeconds(1));
            assertThat(cluster.all(Job.class)).isEmpty();
            startOf(cluster, 2);
        }
    }

    @Test
    void schedulesThatCannotBeAreTold() {
        try (var cluster = cronJobs(1, 0)) {
            create(cluster, cronJob("often"));
            expectEvent(
                    cluster,
                    "UnparseableSchedule",
                    "unparseable schedule: \"often\" : expected exactly 5 fields, found 1: [often]");
            cluster.api
                    .client()
                    .resource(CronJob.class)
                    .patch("d", "c", Patch.merge("{\"spec\":{\"timeZone\":\"Nowhere/X\"}}"));
            cluster.api
                    .client()
                    .resource(CronJob.class)
                    .patch("d", "c", Patch.merge("{\"metadata\":{\"labels\":{\"a\":\"b\"}}}"));
            expectEvent(cluster, "UnknownTimeZone", "invalid timeZone: \"Nowhere/X\": unknown time zone Nowhere/X");
        }
    }

    @Test
    void aVanishedJobDoesNotCountAsActive() {
        try (var cluster = cronJobs(1, 0)) {
            create(cluster, cronJob("*/30 * * * *"));
            startOf(cluster, 30);
            cluster.until("an active job", () -> active(cluster) == 1);
            cluster.api.remove(cluster.get(Job.class, "d", name(30)));
            cluster.until("none", () -> active(cluster) == 0);
            expectEvent(cluster, "MissingJob", "Active job went missing: c-" + (START + 30));
            assertThat(cluster.writes("POST /apis/batch/v1/namespaces/d/jobs")).isEqualTo(1);
        }
    }

    @Test
    void aFinishedJobGoesAfterItsTime() {
        try (var cluster = cronJobs(1, 0)) {
            create(
                    cluster,
                    cronJob("0 0 1 * *")
                            .editSpec()
                            .editJobTemplate()
                            .editSpec()
                            .withTtlSecondsAfterFinished(60)
                            .endSpec()
                            .endJobTemplate()
                            .endSpec());
            cluster.time.advance(Duration.ofDays(31));
            cluster.until("an ended job", () -> {
                end(cluster, "Failed");
                return cluster.all(Job.class).stream().anyMatch(Jobs::isFinished);
            });
            var name = cluster.all(Job.class).getFirst().getMetadata().getName();
            cluster.api
                    .client()
                    .resource(Job.class)
                    .patch("d", name, Patch.merge("{\"spec\":{\"ttlSecondsAfterFinished\":120}}"));
            cluster.time.advance(Duration.ofSeconds(100));
            cluster.pass(Duration.ofSeconds(1));
            assertThat(cluster.all(Job.class)).hasSize(1);
            cluster.time.advance(Duration.ofSeconds(21));
            cluster.until(
                    "nothing",
                    () -> cluster.all(Job.class).isEmpty()
                            && cluster.all(Pod.class).isEmpty());
        }
    }
}
