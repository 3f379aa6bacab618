package dev.navarch.controllers.job;

import static dev.navarch.controllers.job.JobPlan.orZero;

import dev.navarch.controllers.Pods;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;

/**
 * Counts ended pods exactly once, whatever crashes: an ended pod is first noted as uncounted in the status, then loses
 * its finalizer, and is added to the count when it is seen without it.
 *
 * <p>source: kubernetes pkg/controller/job/job_controller.go (trackJobStatusAndRemoveFinalizers).
 *
 * @param succeeded already counted
 * @param newSucceeded uids noted and not yet counted
 * @param failedIndexes that have failed for good
 * @param failsJob why the whole job fails
 * @param release pods that may lose their finalizer once the status is written
 */
record JobTally(
        int succeeded,
        int failed,
        List<String> newSucceeded,
        List<String> newFailed,
        SortedSet<Integer> completed,
        SortedSet<Integer> failedIndexes,
        Optional<String> failsJob,
        List<Pod> release) {

    int allSucceeded() {
        return succeeded + newSucceeded.size();
    }

    int allFailed() {
        return failed + newFailed.size();
    }

    boolean settled() {
        return newSucceeded.isEmpty() && newFailed.isEmpty() && release.isEmpty();
    }

    static JobTally of(Job job, List<Pod> pods) {
        var status = job.getStatus();
        var uncounted = status == null ? null : status.getUncountedTerminatedPods();
        boolean indexed = JobPlan.isIndexed(job);
        int completions = orZero(job.getSpec().getCompletions());
        SortedSet<Integer> completed =
                Indexes.parse(status == null ? null : status.getCompletedIndexes(), indexed ? completions : 0);
        Set<String> tracked = new HashSet<>();
        pods.stream()
                .filter(JobPlan::isTracked)
                .forEach(p -> tracked.add(p.getMetadata().getUid()));
        int succeeded = status == null ? 0 : orZero(status.getSucceeded());
        int failed = status == null ? 0 : orZero(status.getFailed());
        Set<String> newSucceeded = new LinkedHashSet<>();
        Set<String> newFailed = new LinkedHashSet<>();
        if (uncounted != null && uncounted.getSucceeded() != null) {
            newSucceeded.addAll(uncounted.getSucceeded());
        }
        if (uncounted != null && uncounted.getFailed() != null) {
            newFailed.addAll(uncounted.getFailed());
        }
        int before = newSucceeded.size();
        newSucceeded.removeIf(uid -> !tracked.contains(uid));
        succeeded += before - newSucceeded.size();
        before = newFailed.size();
        newFailed.removeIf(uid -> !tracked.contains(uid));
        failed += before - newFailed.size();
        List<Pod> release = new ArrayList<>();
        SortedSet<Integer> failedIndexes =
                Indexes.parse(status == null ? null : status.getFailedIndexes(), indexed ? completions : 0);
        Optional<String> failsJob = Optional.empty();
        for (var pod : pods) {
            boolean bad = JobPlan.failed(job, pod);
            if (!JobPlan.isTracked(pod) || !Pods.isTerminal(pod) && !bad) {
                continue;
            }
            release.add(pod);
            var uid = pod.getMetadata().getUid();
            if (!bad && newFailed.contains(uid)) {
                continue; // it was on its way out and noted as failed, and is that even if it ends well
            }
            if (bad) {
                var verdict = FailurePolicy.of(job, pod);
                if (verdict.action() == FailurePolicy.Action.FAIL_JOB && failsJob.isEmpty()) {
                    failsJob = Optional.of(verdict.message());
                }
                int index = JobPlan.index(pod);
                if (FailedIndexes.limited(job) && index >= 0 && index < completions && FailedIndexes.fails(job, pod)) {
                    failedIndexes.add(index);
                }
                if (verdict.action() != FailurePolicy.Action.IGNORE
                        && (Pods.isTerminal(pod) || !JobPlan.isSuspended(job))) {
                    newFailed.add(uid);
                }
            } else if (!indexed) {
                newSucceeded.add(uid);
            } else {
                int index = JobPlan.index(pod);
                if (index >= 0 && index < completions) {
                    completed.add(index);
                }
            }
        }
        if (indexed) {
            failedIndexes.removeAll(completed);
            succeeded = completed.size(); // the indexes are the count
            newSucceeded.clear();
        }
        return new JobTally(
                succeeded,
                failed,
                List.copyOf(newSucceeded),
                List.copyOf(newFailed),
                completed,
                failedIndexes,
                failsJob,
                List.copyOf(release));
    }
}
