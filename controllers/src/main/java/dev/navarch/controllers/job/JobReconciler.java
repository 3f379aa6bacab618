package dev.navarch.controllers.job;

import dev.navarch.api.values.Timestamps;
import dev.navarch.client.ApiFailure;
import dev.navarch.client.ControllerRef;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.Informer;
import dev.navarch.client.Json;
import dev.navarch.client.Key;
import dev.navarch.client.Patch;
import dev.navarch.client.Reconciler;
import dev.navarch.client.Resource;
import dev.navarch.client.Selectors;
import dev.navarch.client.WorkQueue;
import dev.navarch.controllers.Adoption;
import dev.navarch.controllers.Batches;
import dev.navarch.controllers.ControllerContext;
import dev.navarch.controllers.Expectations;
import dev.navarch.controllers.Jobs;
import dev.navarch.controllers.PodFactory;
import dev.navarch.controllers.Pods;
import dev.navarch.controllers.WriteTracker;
import dev.navarch.time.TimeSource;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.JobCondition;
import io.fabric8.kubernetes.api.model.batch.v1.JobConditionBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.JobStatus;
import io.fabric8.kubernetes.api.model.batch.v1.JobStatusBuilder;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Takes one Job a step further. */
final class JobReconciler implements Reconciler<Key> {
    private static final String NAME_LABEL = "batch.kubernetes.io/job-name";
    static final String BY_JOB = "job";

    private final Informer<Job> jobs;
    private final Informer<Pod> pods;
    private final Resource<Job> jobResource;
    private final Resource<Pod> podResource;
    private final PodFactory factory;
    private final EventRecorder events;
    private final Expectations expectations;
    private final WriteTracker writes;
    private final WorkQueue<Key> queue;
    private final TimeSource time;
    private final JobMetrics metrics;

    JobReconciler(
            ControllerContext context,
            Informer<Job> jobs,
            Informer<Pod> pods,
            Expectations expectations,
            WriteTracker writes,
            WorkQueue<Key> queue,
            JobMetrics metrics) {
        this.jobs = jobs;
        this.pods = pods;
        this.expectations = expectations;
        this.writes = writes;
        this.queue = queue;
        this.metrics = metrics;
        jobResource = context.client().resource(Job.class);
        podResource = context.client().resource(Pod.class);
        factory = new PodFactory(context.client(), context.events());
        events = context.events();
        time = context.time();
    }

    /** The key of the job that a pod says controls it. */
    static Optional<Key> owner(Pod pod) {
        return ControllerRef.of(pod)
                .filter(r -> r.getKind().equals("Job"))
                .map(r -> new Key(pod.getMetadata().getNamespace(), r.getName()));
    }

    /** Likewise, and for one that is tracked for a job but controlled by nobody the job of that name. */
    static Optional<Key> job(Pod pod) {
        var labels = pod.getMetadata().getLabels();
        if (ControllerRef.of(pod).isPresent() || !JobPlan.isTracked(pod) || labels == null) {
            return owner(pod);
        }
        return Optional.ofNullable(labels.get(NAME_LABEL))
                .map(name -> new Key(pod.getMetadata().getNamespace(), name));
    }

    @Override
    public void reconcile(Key key) throws InterruptedException {
        if (!writes.isShown(key, jobs)) {
            queue.addRateLimited(key); // an old status would have ends counted that are counted already
            return;
        }
        var found = jobs.get(key);
        freeStrays(key, found);
        if (found.isEmpty()) {
            expectations.forget(key);
            return;
        }
        var job = found.get();
        if (JobPlan.isManagedElsewhere(job)) {
            return;
        }
        var action = new AtomicReference<>(JobMetrics.Action.TRACKING);
        long start = time.nanoTime();
        boolean well = false;
        try {
            sync(key, job, action);
            well = true;
        } finally {
            metrics.synced(job, well, action.get(), Duration.ofNanos(time.nanoTime() - start));
        }
    }

    private void sync(Key key, Job job, AtomicReference<JobMetrics.Action> action) throws InterruptedException {
        var left = expectations.left(key);
        boolean current = !left.isPositive();
        var adoption = new Adoption<>(
                podResource, job, () -> jobResource.get(key.namespace(), key.name()), Optional.of(JobPlan.FINALIZER));
        var mine = adoption.claim(
                Pods.controlledOrOrphaned(pods, job), Selectors.of(job.getSpec().getSelector()), _ -> true);
        if (Jobs.isFinished(job)) {
            mine.stream()
                    .filter(JobPlan::isTracked)
                    .filter(p -> !Pods.isActive(p))
                    .forEach(this::release);
            return;
        }
        if (Pods.isDeleting(job)) {
            mine.stream().filter(JobPlan::isTracked).forEach(this::release); // the garbage collector takes the pods
            return;
        }
        var active = mine.stream().filter(Pods::isActive).toList();
        var tally = JobTally.of(job, mine);
        var started = Optional.ofNullable(job.getStatus())
                .map(JobStatus::getStartTime)
                .flatMap(Timestamps::parse);
        var outcome = pending(job).or(() -> JobPlan.outcome(job, mine, tally, started, time.now()));
        var step = new Step();
        if (outcome.isPresent()) {
            step.failure = deletePods(key, job, active, outcome.get().success(), step);
        } else if (!current) {
            action.set(JobMetrics.Action.RECONCILING);
        } else if (JobPlan.isSuspended(job)) {
            step.failure = deletePods(key, job, active, true, step);
        } else {
            manage(key, job, mine, active, tally, step);
        }
        if (step.made > 0 || !step.deleted.isEmpty()) {
            action.set(step.made > 0 ? JobMetrics.Action.PODS_CREATED : JobMetrics.Action.PODS_DELETED);
        }
        // not before all pods are known to go can it be said that the job ends
        var end = outcome.filter(_ -> current && step.deleted.size() == active.size());
        var seen = new Progress(Counts.of(mine, active, step), end.isPresent() ? JobTally.of(job, mine, end) : tally);
        report(job, seen, end, current && outcome.isEmpty(), started);
        for (var pod : seen.tally.release()) {
            release(pod);
            if (JobPlan.failed(job, pod)) {
                metrics.judged(job, pod);
            }
        }
        JobPlan.deadline(job, started)
                .ifPresent(
                        d -> queue.addAfter(key, Duration.between(time.now(), d).plusMillis(1)));
        if (!current) {
            queue.addAfter(key, left);
        }
        if (step.failure.isPresent()) {
            throw step.failure.get();
        }
    }

    /** What was done in this round. */
    private static final class Step {
        private int made;
        private Set<Pod> deleted = Set.of();
        private Optional<RuntimeException> failure = Optional.empty();
    }

    private record Progress(Counts counts, JobTally tally) {}

    /** Pods after the round. */
    private record Counts(int active, int ready, int terminating) {
        static Counts of(List<Pod> all, List<Pod> active, Step step) {
            var left = active.stream().filter(p -> !step.deleted.contains(p)).toList();
            return new Counts(
                    left.size() + step.made,
                    (int) left.stream().filter(Pods::isReady).count(),
                    (int) all.stream().filter(JobPlan::isLeaving).count() + step.deleted.size());
        }
    }

    /** Pods of a job that is gone, or was of this name before, must not be held. */
    private void freeStrays(Key key, Optional<Job> job) {
        for (var pod : pods.byIndex(BY_JOB, key.toString())) {
            if (JobPlan.isTracked(pod)
                    && job.filter(j -> JobPlan.belongs(pod, j) || mayAdopt(j, pod))
                            .isEmpty()) {
                release(pod);
            }
        }
    }

    private static boolean mayAdopt(Job job, Pod pod) {
        return ControllerRef.of(pod).isEmpty()
                && !Pods.isDeleting(job)
                && !Pods.isDeleting(pod)
                && Selectors.matches(Selectors.of(job.getSpec().getSelector()), pod);
    }

    private void release(Pod pod) {
        var patch = Json.mapper().createObjectNode();
        var meta = patch.putObject("metadata").put("uid", pod.getMetadata().getUid());
        meta.putArray("$deleteFromPrimitiveList/finalizers").add(JobPlan.FINALIZER);
        try {
            podResource.patch(
                    pod.getMetadata().getNamespace(), pod.getMetadata().getName(), new Patch.Strategic(patch));
        } catch (ApiFailure e) {
            if (!e.notFound()) {
                throw e;
            }
        }
    }

    /** An outcome that was reported before is not judged again. */
    private static Optional<JobPlan.Outcome> pending(Job job) {
        if (job.getStatus() == null || job.getStatus().getConditions() == null) {
            return Optional.empty();
        }
        return job.getStatus().getConditions().stream()
                .filter(c -> c.getStatus().equals("True"))
                .filter(c ->
                        c.getType().equals("SuccessCriteriaMet") || c.getType().equals("FailureTarget"))
                .findFirst()
                .map(c -> new JobPlan.Outcome(c.getType().equals("SuccessCriteriaMet"), c.getReason(), c.getMessage()));
    }

    /**
     * Deletes pods.
     *
     * @param unwanted whether they are of no use, and so have not failed when they end
     * @return the first failure
     */
    private Optional<RuntimeException> deletePods(Key key, Job job, List<Pod> surplus, boolean unwanted, Step step)
            throws InterruptedException {
        if (surplus.isEmpty()) {
            return Optional.empty();
        }
        expectations.expectDeletions(
                key, surplus.stream().map(p -> p.getMetadata().getUid()).toList());
        Set<Pod> deleted = ConcurrentHashMap.newKeySet();
        List<Runnable> calls = new ArrayList<>();
        surplus.forEach(p -> calls.add(() -> {
            deleteOne(key, job, p, unwanted);
            deleted.add(p);
        }));
        var done = Batches.all(calls);
        step.deleted = deleted;
        return done.failure();
    }

    private void deleteOne(Key key, Job job, Pod pod, boolean unwanted) {
        try {
            if (unwanted && JobPlan.isTracked(pod)) {
                release(pod);
            }
            factory.delete(pod, job);
        } catch (RuntimeException e) {
            expectations.deleted(key, pod.getMetadata().getUid());
            if (!(e instanceof ApiFailure f && f.notFound())) {
                throw e;
            }
        }
    }

    /** Brings the active pods to the number that is wanted. */
    private void manage(Key key, Job job, List<Pod> all, List<Pod> active, JobTally tally, Step step)
            throws InterruptedException {
        int leaving = JobPlan.waitsForFailures(job)
                ? (int) all.stream().filter(JobPlan::isLeaving).count()
                : 0;
        int settled = tally.allSucceeded() + tally.failedIndexes().size();
        int diff = JobPlan.wanted(job, active.size(), settled) - active.size();
        var surplus = JobPlan.surplus(job, active, Math.max(0, -diff));
        if (!surplus.isEmpty()) {
            step.failure = deletePods(key, job, surplus, true, step);
            return;
        }
        diff = Math.clamp(diff - leaving, 0, JobPlan.BURST);
        if (diff == 0) {
            return;
        }
        if (!FailedIndexes.limited(job)) {
            var wait = JobPlan.backoffEnd(job, all).filter(t -> t.isAfter(time.now()));
            if (wait.isPresent()) {
                queue.addAfter(key, Duration.between(time.now(), wait.get()));
                return;
            }
        }
        var drafts = drafts(key, job, all, tally, diff);
        expectations.expectCreations(key, drafts.size());
        Iterator<Pod> next = drafts.iterator();
        var done = Batches.slowStart(drafts.size(), () -> {
            Pod draft;
            synchronized (next) {
                draft = next.next();
            }
            factory.create(draft, job);
        });
        for (int i = done.successes(); i < drafts.size(); i++) {
            expectations.created(key);
        }
        step.made = done.successes();
        step.failure = done.failure().filter(e -> !(e instanceof ApiFailure f && f.namespaceTerminating()));
        metrics.created(
                job,
                tally.allFailed() > 0,
                all.stream().anyMatch(JobPlan::isLeaving),
                done.successes(),
                done.failure().isPresent() ? 1 : 0);
    }

    private List<Pod> drafts(Key key, Job job, List<Pod> all, JobTally tally, int count) {
        List<Pod> drafts = new ArrayList<>();
        if (!JobPlan.isIndexed(job)) {
            for (int i = 0; i < count; i++) {
                drafts.add(JobPlan.pod(job));
            }
            return drafts;
        }
        Set<Integer> done = new HashSet<>(tally.completed());
        done.addAll(tally.failedIndexes());
        for (int index : JobPlan.missingIndexes(job, done, all, count)) {
            var history =
                    FailedIndexes.limited(job) ? FailedIndexes.history(job, all, index) : FailedIndexes.History.NONE;
            var wait = history.retryAt().filter(t -> t.isAfter(time.now()));
            if (wait.isPresent()) {
                queue.addAfter(key, Duration.between(time.now(), wait.get()));
            } else {
                drafts.add(JobPlan.pod(job, index, history));
            }
        }
        return drafts;
    }

    /** @param managed whether the pods were brought to their number, of which a suspended job has none */
    private void report(
            Job job, Progress seen, Optional<JobPlan.Outcome> outcome, boolean managed, Optional<Instant> started) {
        var counts = seen.counts;
        var tally = seen.tally;
        var builder = new JobStatusBuilder(job.getStatus() == null ? new JobStatus() : job.getStatus())
                .withActive(positive(counts.active))
                .withReady(counts.ready)
                .withTerminating(counts.terminating)
                .withSucceeded(positive(tally.succeeded()))
                .withFailed(positive(tally.failed()))
                .withNewUncountedTerminatedPods()
                .withSucceeded(tally.newSucceeded())
                .withFailed(tally.newFailed())
                .endUncountedTerminatedPods();
        if (JobPlan.isIndexed(job)) {
            var text = Indexes.format(tally.completed());
            builder.withCompletedIndexes(text.isEmpty() ? null : text);
            if (FailedIndexes.limited(job)) {
                builder.withFailedIndexes(Indexes.format(tally.failedIndexes()));
            }
        }
        var now = Timestamps.seconds(time.now());
        var conditions = new ArrayList<>(
                job.getStatus() == null || job.getStatus().getConditions() == null
                        ? List.<JobCondition>of()
                        : job.getStatus().getConditions());
        boolean over = counts.active == 0 && counts.terminating == 0 && tally.settled();
        boolean turned = managed && suspend(job, conditions, now);
        if (JobPlan.isSuspended(job)) {
            builder.withStartTime(null);
        } else {
            builder.withStartTime(
                    turned ? now : started.map(Timestamps::seconds).orElse(now));
        }
        outcome.ifPresent(o -> end(job, o, over, conditions, builder, now));
        var status = builder.withConditions(conditions).build();
        if (!status.equals(job.getStatus())) {
            writes.wrote(
                    Key.of(job),
                    jobResource.updateStatus(
                            new JobBuilder(job).withStatus(status).build()));
            metrics.reported(job, status, outcome.filter(_ -> over));
            tell(job, status, outcome.filter(_ -> over), turned);
        }
    }

    private static @Nullable Integer positive(int count) {
        return count == 0 ? null : Integer.valueOf(count);
    }

    private static void end(
            Job job,
            JobPlan.Outcome outcome,
            boolean over,
            List<JobCondition> conditions,
            JobStatusBuilder builder,
            String now) {
        if (!Jobs.has(job, outcome.success() ? "SuccessCriteriaMet" : "FailureTarget")) {
            conditions.add(condition(
                    outcome.success() ? "SuccessCriteriaMet" : "FailureTarget",
                    "True",
                    outcome.reason(),
                    outcome.message(),
                    now));
        }
        if (over) {
            conditions.add(condition(
                    outcome.success() ? "Complete" : "Failed", "True", outcome.reason(), outcome.message(), now));
            if (outcome.success()) {
                builder.withCompletionTime(now);
            }
        }
    }

    /** Says whether the job is suspended, if it has ever been; returns whether that is new. */
    private static boolean suspend(Job job, List<JobCondition> conditions, String now) {
        boolean wants = JobPlan.isSuspended(job);
        if (wants == Jobs.has(job, "Suspended")) {
            return false;
        }
        var said = wants
                ? condition("Suspended", "True", "JobSuspended", "Job suspended", now)
                : condition("Suspended", "False", "JobResumed", "Job resumed", now);
        if (conditions.stream().anyMatch(c -> c.getType().equals("Suspended"))) {
            conditions.replaceAll(c -> c.getType().equals("Suspended") ? said : c);
        } else {
            conditions.add(said);
        }
        return true;
    }

    private static JobCondition condition(String type, String status, String reason, String message, String now) {
        return new JobConditionBuilder()
                .withType(type)
                .withStatus(status)
                .withReason(reason)
                .withMessage(message)
                .withLastProbeTime(now)
                .withLastTransitionTime(now)
                .build();
    }

    /** @param turned whether it was just suspended or resumed */
    private void tell(Job job, JobStatus status, Optional<JobPlan.Outcome> end, boolean turned) {
        if (turned && JobPlan.isSuspended(job)) {
            events.normal(job, "Suspended", "Job suspended");
        } else if (turned) {
            events.normal(job, "Resumed", "Job resumed");
        }
        if (end.isEmpty()) {
            return;
        }
        if (!end.get().success()) {
            events.warning(job, end.get().reason(), end.get().message());
            return;
        }
        var completions = job.getSpec().getCompletions();
        if (completions != null && JobPlan.orZero(status.getSucceeded()) > completions) {
            events.warning(
                    job, "TooManySucceededPods", "Too many succeeded pods running after completion count reached");
        }
        events.normal(job, "Completed", "Job completed");
    }
}
