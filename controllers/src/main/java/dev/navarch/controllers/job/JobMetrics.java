package dev.navarch.controllers.job;

import static dev.navarch.controllers.job.JobPlan.orZero;

import dev.navarch.controllers.ControllerMetrics;
import dev.navarch.controllers.Pods;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobStatus;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Histogram;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What is counted of jobs. source: kubernetes pkg/controller/job/metrics/metrics.go. */
final class JobMetrics {
    private static final String PREFIX = "job_controller_";
    private static final String SUCCEEDED = "succeeded";
    private static final String FAILED = "failed";

    /** What a sync did with pods. */
    enum Action {
        RECONCILING,
        TRACKING,
        PODS_CREATED,
        PODS_DELETED;

        private String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private final Counter syncs;
    private final Histogram durations;
    private final Counter finished;
    private final Counter pods;
    private final Counter policy;
    private final Counter tracking;
    private final Counter indexes;
    private final Counter creations;
    private final Counter external;

    JobMetrics(ControllerMetrics metrics) {
        syncs = metrics.counter(PREFIX + "job_syncs_total", "Syncs of jobs.", "completion_mode", "result", "action");
        durations = metrics.histogram(
                PREFIX + "job_sync_duration_seconds",
                "Time of a job's sync.",
                ControllerMetrics.exponential(0.004, 2, 15),
                "completion_mode",
                "result",
                "action");
        finished = metrics.counter(
                PREFIX + "jobs_finished_total", "Jobs that ended.", "completion_mode", "result", "reason");
        pods = metrics.counter(
                PREFIX + "job_pods_finished_total", "Pods whose end is accounted for.", "completion_mode", "result");
        policy = metrics.counter(
                PREFIX + "pod_failures_handled_by_failure_policy_total",
                "Failed pods that a rule of a failure policy is for.",
                "action");
        tracking = metrics.counter(
                PREFIX + "terminated_pods_tracking_finalizer_total",
                "Ended pods that got or lost the finalizer by which they are accounted for.",
                "event");
        indexes =
                metrics.counter(PREFIX + "job_finished_indexes_total", "Indexes that ended.", "status", "backoffLimit");
        creations = metrics.counter(
                PREFIX + "job_pods_creation_total", "Pods that were made, and why.", "reason", "status");
        external = metrics.counter(
                PREFIX + "jobs_by_external_controller_total",
                "Jobs that another controller manages.",
                "controller_name");
    }

    private static String mode(Job job) {
        return JobPlan.isIndexed(job) ? "Indexed" : "NonIndexed";
    }

    void synced(Job job, boolean well, Action action, Duration time) {
        var result = well ? "success" : "error";
        syncs.labelValues(mode(job), result, action.text()).inc();
        durations.labelValues(mode(job), result, action.text()).observe(ControllerMetrics.seconds(time));
    }

    /** @param outcome if it is over with this status */
    void reported(Job before, JobStatus now, Optional<JobPlan.Outcome> outcome) {
        var was = before.getStatus();
        pods.labelValues(mode(before), SUCCEEDED)
                .inc(Math.max(0, orZero(now.getSucceeded()) - (was == null ? 0 : orZero(was.getSucceeded()))));
        pods.labelValues(mode(before), FAILED)
                .inc(Math.max(0, orZero(now.getFailed()) - (was == null ? 0 : orZero(was.getFailed()))));
        if (JobPlan.isIndexed(before)) {
            int all = orZero(before.getSpec().getCompletions());
            var limit = FailedIndexes.limited(before) ? "perIndex" : "global";
            indexes.labelValues(SUCCEEDED, limit)
                    .inc(more(was == null ? null : was.getCompletedIndexes(), now.getCompletedIndexes(), all));
            indexes.labelValues(FAILED, limit)
                    .inc(more(was == null ? null : was.getFailedIndexes(), now.getFailedIndexes(), all));
        }
        outcome.ifPresent(end -> finished.labelValues(mode(before), end.success() ? SUCCEEDED : FAILED, end.reason())
                .inc());
    }

    private static long more(@Nullable String before, @Nullable String now, int all) {
        return Math.max(
                0, Indexes.parse(now, all).size() - Indexes.parse(before, all).size());
    }

    /** A failed pod is accounted for. */
    void judged(Job job, Pod pod) {
        var verdict = FailurePolicy.of(job, pod);
        if (!verdict.message().isEmpty()) {
            policy.labelValues(
                            switch (verdict.action()) {
                                case COUNT -> "Count";
                                case IGNORE -> "Ignore";
                                case FAIL_INDEX -> "FailIndex";
                                case FAIL_JOB -> "FailJob";
                            })
                    .inc();
        }
    }

    void created(Job job, boolean someFailed, boolean someLeave, int well, int badly) {
        var reason = "new";
        if (JobPlan.waitsForFailures(job) && someFailed) {
            reason = "recreate_failed";
        } else if (someFailed || someLeave) {
            reason = "recreate_terminating_or_failed";
        }
        creations.labelValues(reason, SUCCEEDED).inc(well);
        creations.labelValues(reason, FAILED).inc(badly);
    }

    void external(String controller) {
        external.labelValues(controller).inc();
    }

    /** A pod is not what it was; either may be nothing. */
    void changed(Optional<Pod> before, Optional<Pod> now) {
        boolean was = before.filter(JobMetrics::isHeld).isPresent();
        boolean is = now.filter(JobMetrics::isHeld).isPresent();
        if (was != is) {
            tracking.labelValues(is ? "add" : "delete").inc();
        }
    }

    private static boolean isHeld(Pod pod) {
        return Pods.isTerminal(pod) && JobPlan.isTracked(pod);
    }
}
