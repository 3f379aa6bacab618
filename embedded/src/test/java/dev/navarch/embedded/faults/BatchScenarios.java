package dev.navarch.embedded.faults;

import static dev.navarch.embedded.faults.WorkloadScenarios.orZero;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.CronJob;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Those who run pods to their end. */
final class BatchScenarios {
    private static final String TRACKED = "batch.kubernetes.io/job-tracking";

    private BatchScenarios() {}

    static List<Scenario> all() {
        return List.of(job(), indexedJob(), cronJob(), replacingCronJob(), ttlAfterFinished());
    }

    /** One of three pods fails and is replaced. */
    private static Scenario job() {
        return Scenario.of("job-controller")
                .with(w -> w.runPods(p -> Optional.of(w.failsFirst() ? "Failed" : "Succeeded")))
                .then(
                        "three successes after a failure",
                        """
                        apiVersion: batch/v1
                        kind: Job
                        metadata: {name: sums}
                        spec:
                          completions: 3
                          parallelism: 2
                          template:
                            spec: {restartPolicy: Never, containers: [{name: c, image: i}]}
                        """,
                        w -> w.is(
                                Job.class,
                                "sums",
                                j -> j.getStatus().getCompletionTime() != null
                                        && orZero(j.getStatus().getSucceeded()) == 3
                                        && orZero(j.getStatus().getFailed()) >= 1
                                        && orZero(j.getStatus().getFailed()) <= 1 + w.lost
                                        && w.pods().stream().noneMatch(BatchScenarios::isTracked)))
                .always(
                        "never more pods than asked for",
                        w -> assertThat(WorkloadScenarios.count(w, WorkloadScenarios::isActive))
                                .isLessThanOrEqualTo(2 + w.lost))
                .always("each end is counted once", BatchScenarios::isCountedOnce)
                .tellingOfLosses();
    }

    private static boolean isTracked(Pod pod) {
        return pod.getMetadata().getFinalizers().contains(TRACKED);
    }

    /** What the status counts, and what it is about to count, are ends that there were. */
    private static void isCountedOnce(World world) {
        for (var job : world.all(Job.class)) {
            var status = job.getStatus();
            var uncounted = status.getUncountedTerminatedPods();
            int counted = orZero(status.getSucceeded()) + orZero(status.getFailed());
            int toCount = uncounted == null
                    ? 0
                    : uncounted.getSucceeded().size() + uncounted.getFailed().size();
            assertThat(counted + toCount).as("counted and to be counted").isLessThanOrEqualTo(world.ended());
        }
    }

    private static Scenario indexedJob() {
        return Scenario.of("job-controller")
                .with(w -> w.runPods(p -> ending(w, p)))
                .then(
                        "the last index fails, and with it the job",
                        """
                        apiVersion: batch/v1
                        kind: Job
                        metadata: {name: parts}
                        spec:
                          completions: 2
                          parallelism: 2
                          completionMode: Indexed
                          backoffLimit: 0
                          template:
                            spec: {restartPolicy: Never, containers: [{name: c, image: i}]}
                        """,
                        w -> w.is(
                                Job.class,
                                "parts",
                                j -> j.getStatus().getConditions().stream()
                                                .anyMatch(c -> c.getType().equals("Failed"))
                                        && w.pods().stream().noneMatch(BatchScenarios::isTracked)))
                .always("never two of one index", w -> {
                    var indexes = w.pods().stream()
                            .filter(WorkloadScenarios::isActive)
                            .map(BatchScenarios::index)
                            .toList();
                    assertThat(indexes.size() - indexes.stream().distinct().count())
                            .isLessThanOrEqualTo(w.lost);
                })
                .always("each end is counted once", BatchScenarios::isCountedOnce)
                .tellingOfLosses();
    }

    /** The second fails when the first has succeeded. */
    private static Optional<String> ending(World world, Pod pod) {
        if (index(pod).equals("0")) {
            return Optional.of("Succeeded");
        }
        boolean first = world.pods().stream()
                .anyMatch(p -> index(p).equals("0") && p.getStatus().getPhase().equals("Succeeded"));
        return first ? Optional.of("Failed") : Optional.empty();
    }

    private static String index(Pod pod) {
        return pod.getMetadata().getAnnotations().getOrDefault("batch.kubernetes.io/job-completion-index", "");
    }

    private static String cronJob(String policy) {
        return """
                apiVersion: batch/v1
                kind: CronJob
                metadata: {name: hourly}
                spec:
                  schedule: "0 * * * *"
                  concurrencyPolicy: %s
                  successfulJobsHistoryLimit: 1
                  jobTemplate:
                    spec:
                      template:
                        spec: {restartPolicy: Never, containers: [{name: c, image: i}]}
                """.formatted(policy);
    }

    private static Scenario cronJob() {
        return Scenario.of("cronjob-controller")
                .beside("job-controller")
                .with(w -> w.runPods(p -> Optional.of("Succeeded")))
                .then(
                        "nothing yet",
                        cronJob("Forbid"),
                        w -> w.find(CronJob.class, "hourly").isPresent())
                .then("a first run", BatchScenarios::nextHour, w -> hasRun(w, 1))
                .then("a second run", BatchScenarios::nextHour, w -> hasRun(w, 2))
                .resting(Duration.ofMinutes(1))
                .overlooking(".*kind: Pod, .*") // of a run that is missed altogether if the next hour comes too early
                .always(
                        "one run of each hour",
                        w -> assertThat(w.all(Job.class).size()).isLessThanOrEqualTo(2));
    }

    private static void nextHour(World world) {
        world.sleep(Duration.between(
                world.now(),
                world.now().truncatedTo(java.time.temporal.ChronoUnit.HOURS).plusSeconds(3600)));
    }

    private static boolean hasRun(World world, int runs) {
        var jobs = world.all(Job.class);
        return jobs.size() == 1
                && jobs.getFirst().getStatus().getCompletionTime() != null
                && world.is(
                        CronJob.class,
                        "hourly",
                        c -> c.getStatus().getActive().isEmpty()
                                && c.getStatus().getLastSuccessfulTime() != null
                                && world.hours(c.getStatus().getLastScheduleTime()) == runs);
    }

    private static Scenario replacingCronJob() {
        return Scenario.of("cronjob-controller")
                .beside("job-controller", "garbage-collector-controller")
                .with(World::runPods)
                .then(
                        "nothing yet",
                        cronJob("Replace"),
                        w -> w.find(CronJob.class, "hourly").isPresent())
                .then("a first run", BatchScenarios::nextHour, w -> runs(w, 1))
                .then("another instead", BatchScenarios::nextHour, w -> runs(w, 2))
                .resting(Duration.ofMinutes(1))
                .always(
                        "one run at a time",
                        w -> assertThat(w.all(Job.class).size()).isLessThanOrEqualTo(1 + w.lost));
    }

    private static boolean runs(World world, int runs) {
        return world.all(Job.class).size() == 1
                && world.pods().size() == 1
                && world.is(
                        CronJob.class,
                        "hourly",
                        c -> c.getStatus().getActive().size() == 1
                                && world.hours(c.getStatus().getLastScheduleTime()) == runs);
    }

    private static Scenario ttlAfterFinished() {
        return Scenario.of("ttl-after-finished-controller")
                .beside("job-controller", "garbage-collector-controller")
                .with(w -> w.runPods(p -> Optional.of("Succeeded")))
                .then(
                        "a job ends",
                        """
                        apiVersion: batch/v1
                        kind: Job
                        metadata: {name: short}
                        spec:
                          ttlSecondsAfterFinished: 60
                          template:
                            spec: {restartPolicy: Never, containers: [{name: c, image: i}]}
                        """,
                        w -> w.find(Job.class, "short")
                                .map(j -> j.getStatus().getCompletionTime() != null)
                                .orElse(true))
                .then(
                        "it goes",
                        w -> w.sleep(Duration.ofSeconds(61)),
                        w -> w.all(Job.class).isEmpty() && w.pods().isEmpty());
    }
}
