package dev.navarch.controllers.job;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Jobs whose indexes have a limit of failures each. How often an index had failed before is written on its pods. source:
 * kubernetes pkg/controller/job/indexed_job_utils.go and backoff_utils.go.
 */
final class FailedIndexes {
    static final String COUNT = "batch.kubernetes.io/job-index-failure-count";
    static final String IGNORED = "batch.kubernetes.io/job-index-ignored-failure-count";

    private FailedIndexes() {}

    static boolean limited(Job job) {
        return job.getSpec().getBackoffLimitPerIndex() != null;
    }

    /** Whether with this failed pod its index has failed for good. */
    static boolean fails(Job job, Pod pod) {
        return switch (FailurePolicy.of(job, pod).action()) {
            case FAIL_INDEX -> true;
            case IGNORE -> false;
            case COUNT, FAIL_JOB -> before(pod, COUNT) >= job.getSpec().getBackoffLimitPerIndex();
        };
    }

    private static int before(Pod pod, String annotation) {
        var annotations = pod.getMetadata().getAnnotations();
        try {
            return annotations == null ? 0 : Integer.parseInt(annotations.getOrDefault(annotation, "0"));
        } catch (NumberFormatException _) {
            return 0;
        }
    }

    /**
     * What an index has behind it.
     *
     * @param counted failures up to now
     * @param retryAt before which there is no new pod
     */
    record History(int counted, int ignored, Optional<Instant> retryAt) {
        static final History NONE = new History(0, 0, Optional.empty());
    }

    /** @param pods all of the job */
    static History history(Job job, List<Pod> pods, int index) {
        var last = pods.stream()
                .filter(p -> JobPlan.index(p) == index && JobPlan.failed(job, p))
                .max(Comparator.comparing(JobPlan::ended));
        if (last.isEmpty()) {
            return History.NONE;
        }
        boolean ignored = FailurePolicy.of(job, last.get()).action() == FailurePolicy.Action.IGNORE;
        int counted = before(last.get(), COUNT) + (ignored ? 0 : 1);
        int passedOver = before(last.get(), IGNORED) + (ignored ? 1 : 0);
        return new History(
                counted, passedOver, Optional.of(JobPlan.ended(last.get()).plus(JobPlan.pause(counted + passedOver))));
    }
}
