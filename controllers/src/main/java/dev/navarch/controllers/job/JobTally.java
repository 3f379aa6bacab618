package dev.navarch.controllers.job;

import static dev.navarch.controllers.job.JobPlan.orZero;

import dev.navarch.controllers.Pods;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobStatus;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.stream.Collectors;

/**
 * Counts ended pods exactly once, whatever crashes: an ended pod is first noted as uncounted in the status, then loses
 * its finalizer, and is added to the count when it is seen without it. At most {@link #MOST_NOTED} are noted at a time.
 *
 * <p>source: kubernetes pkg/controller/job/job_controller.go (trackJobStatusAndRemoveFinalizers, canRemoveFinalizer) and
 * backoff_utils.go, indexed_job_utils.go.
 *
 * @param succeeded already counted
 * @param newSucceeded uids noted and not yet counted
 * @param laterSucceeded how many have ended well and are to be noted later
 * @param failedIndexes that have failed for good
 * @param failsJob why the whole job fails
 * @param release pods that may lose their finalizer once the status is written
 */
record JobTally(
        int succeeded,
        int failed,
        List<String> newSucceeded,
        List<String> newFailed,
        int laterSucceeded,
        int laterFailed,
        SortedSet<Integer> completed,
        SortedSet<Integer> failedIndexes,
        Optional<String> failsJob,
        List<Pod> release) {

    /** So that the status stays small. */
    static final int MOST_NOTED = 500;

    int allSucceeded() {
        return succeeded + newSucceeded.size() + laterSucceeded;
    }

    int allFailed() {
        return failed + newFailed.size() + laterFailed;
    }

    boolean settled() {
        return newSucceeded.isEmpty() && newFailed.isEmpty() && release.isEmpty();
    }

    static JobTally of(Job job, List<Pod> pods) {
        return of(job, pods, Optional.empty());
    }

    /** @param end to which the job comes, and for which all its pods were deleted: what runs still is over as well */
    static JobTally of(Job job, List<Pod> pods, Optional<JobPlan.Outcome> end) {
        return new Counting(job, pods, end).tally();
    }

    /** One round. */
    private static final class Counting {
        private final Job job;
        private final List<Pod> tracked;
        private final Optional<JobPlan.Outcome> end;
        private final boolean indexed;
        private final int completions;
        private final Set<String> newSucceeded = new LinkedHashSet<>();
        private final Set<String> newFailed = new LinkedHashSet<>();
        private final SortedSet<Integer> completed;
        private final SortedSet<Integer> failedIndexes;
        private final List<Pod> release = new ArrayList<>();
        private int succeeded;
        private int failed;
        private int noted;
        private int laterSucceeded;
        private int laterFailed;
        private Optional<String> failsJob = Optional.empty();
        private final Set<String> held;

        Counting(Job job, List<Pod> pods, Optional<JobPlan.Outcome> end) {
            this.job = job;
            this.end = end;
            tracked = pods.stream().filter(JobPlan::isTracked).toList();
            indexed = JobPlan.isIndexed(job);
            completions = orZero(job.getSpec().getCompletions());
            var status = job.getStatus() == null ? new JobStatus() : job.getStatus();
            completed = Indexes.parse(status.getCompletedIndexes(), indexed ? completions : 0);
            failedIndexes = Indexes.parse(status.getFailedIndexes(), indexed ? completions : 0);
            succeeded = orZero(status.getSucceeded());
            failed = orZero(status.getFailed());
            var uncounted = status.getUncountedTerminatedPods();
            if (uncounted != null) {
                newSucceeded.addAll(uncounted.getSucceeded());
                newFailed.addAll(uncounted.getFailed());
            }
            countReleased();
            judge();
            held = end.isPresent() ? Set.of() : FailedIndexes.held(job, pods, completed, failedIndexes);
        }

        private void countReleased() {
            Set<String> uids =
                    tracked.stream().map(p -> p.getMetadata().getUid()).collect(Collectors.toSet());
            int before = newSucceeded.size();
            newSucceeded.retainAll(uids);
            succeeded += before - newSucceeded.size();
            before = newFailed.size();
            newFailed.retainAll(uids);
            failed += before - newFailed.size();
        }

        /** What the ends mean to their indexes and to the job. */
        private void judge() {
            for (var pod : tracked) {
                int index = JobPlan.index(pod);
                if (JobPlan.failed(job, pod)) {
                    var verdict = FailurePolicy.of(job, pod);
                    if (verdict.action() == FailurePolicy.Action.FAIL_JOB && failsJob.isEmpty()) {
                        failsJob = Optional.of(verdict.message());
                    }
                    if (FailedIndexes.limited(job) && isValid(index) && FailedIndexes.fails(job, pod)) {
                        failedIndexes.add(index);
                    }
                } else if (indexed && isSuccess(pod) && isValid(index)) {
                    completed.add(index);
                }
            }
            failedIndexes.removeAll(completed);
        }

        private boolean isValid(int index) {
            return !indexed || index >= 0 && index < completions;
        }

        /** One that was noted as failed on its way out has, even if it ends well. */
        private boolean isSuccess(Pod pod) {
            return Pods.phase(pod).equals("Succeeded")
                    && !newFailed.contains(pod.getMetadata().getUid());
        }

        JobTally tally() {
            noted = newSucceeded.size() + newFailed.size();
            for (var pod : tracked) {
                boolean bad = JobPlan.failed(job, pod);
                if (!bad && !Pods.isTerminal(pod) && end.isEmpty()) {
                    continue;
                }
                var uid = pod.getMetadata().getUid();
                boolean later = noted >= MOST_NOTED || held.contains(uid);
                if (!later) {
                    release.add(pod);
                }
                if (isSuccess(pod)) {
                    if (!indexed) { // the indexes are the count
                        laterSucceeded += note(newSucceeded, uid, later);
                    }
                } else if ((bad || end.filter(e -> !e.success()).isPresent())
                        && isValid(JobPlan.index(pod))
                        && FailurePolicy.of(job, pod).action() != FailurePolicy.Action.IGNORE) {
                    laterFailed += note(newFailed, uid, later);
                }
            }
            return new JobTally(
                    indexed ? completed.size() : succeeded,
                    failed,
                    indexed ? List.of() : List.copyOf(newSucceeded),
                    List.copyOf(newFailed),
                    laterSucceeded,
                    laterFailed,
                    completed,
                    failedIndexes,
                    failsJob,
                    List.copyOf(release));
        }

        /** Returns how many are to be noted later. */
        private int note(Set<String> uids, String uid, boolean later) {
            if (uids.contains(uid)) {
                return 0;
            }
            if (later) {
                return 1;
            }
            uids.add(uid);
            noted++;
            return 0;
        }
    }
}
