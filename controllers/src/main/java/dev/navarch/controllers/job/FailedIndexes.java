package dev.navarch.controllers.job;

import dev.navarch.controllers.Pods;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BinaryOperator;
import java.util.stream.Collectors;

/**
 * Jobs whose indexes have a limit of failures each. How often an index had failed before is written on its pods. source:
 * kubernetes pkg/controller/job/indexed_job_utils.go and backoff_utils.go.
 */
final class FailedIndexes {
    static final String COUNT = "batch.kubernetes.io/job-index-failure-count";
    static final String IGNORED = "batch.kubernetes.io/job-index-ignored-failure-count";

    private static final Comparator<Pod> BY_FAILURES = Comparator.<Pod>comparingInt(
                    p -> before(p, COUNT) + before(p, IGNORED))
            .thenComparing(JobPlan::ended);

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
            return annotations == null ? 0 : Math.max(0, Integer.parseInt(annotations.getOrDefault(annotation, "0")));
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
        return pods.stream()
                .filter(p -> JobPlan.isTracked(p) && JobPlan.index(p) == index && JobPlan.failed(job, p))
                .max(BY_FAILURES)
                .map(last -> after(job, last))
                .orElse(History.NONE);
    }

    private static History after(Job job, Pod last) {
        boolean ignored = FailurePolicy.of(job, last).action() == FailurePolicy.Action.IGNORE;
        int counted = before(last, COUNT) + (ignored ? 0 : 1);
        int passedOver = before(last, IGNORED) + (ignored ? 1 : 0);
        return new History(
                counted, passedOver, Optional.of(JobPlan.ended(last).plus(JobPlan.pause(counted + passedOver))));
    }

    /**
     * The uids of failed pods that must stay until others take their places, since the others inherit their numbers.
     *
     * @param pods all of the job
     * @param completed indexes that want no other
     * @param failed likewise
     */
    static Set<String> held(Job job, List<Pod> pods, Set<Integer> completed, Set<Integer> failed) {
        if (!limited(job)) {
            return Set.of();
        }
        var busy = pods.stream().filter(Pods::isActive).map(JobPlan::index).collect(Collectors.toSet());
        int completions = JobPlan.orZero(job.getSpec().getCompletions());
        Map<Integer, Pod> held = new HashMap<>();
        for (var pod : pods) {
            int index = JobPlan.index(pod);
            if (JobPlan.isTracked(pod)
                    && JobPlan.failed(job, pod)
                    && index >= 0
                    && index < completions
                    && !busy.contains(index)
                    && !completed.contains(index)
                    && !failed.contains(index)) {
                held.merge(index, pod, BinaryOperator.maxBy(BY_FAILURES));
            }
        }
        return held.values().stream().map(p -> p.getMetadata().getUid()).collect(Collectors.toSet());
    }
}
