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
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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
        var outcome = pending(job).or(() -> JobPlan.outcome(job, active, tally, started, time.now()));
        int running = active.size();
        if (outcome.isPresent() || JobPlan.isSuspended(job)) {
            running -= deletePods(key, job, active);
        } else if (current) {
            running += manage(key, job, mine, active, tally);
        } else {
            action.set(JobMetrics.Action.RECONCILING);
            queue.addAfter(key, left);
        }
        if (running != active.size()) {
            action.set(running > active.size() ? JobMetrics.Action.PODS_CREATED : JobMetrics.Action.PODS_DELETED);
        }
        report(job, mine, running, tally, outcome, started);
        for (var pod : tally.release()) {
            release(pod);
            if (JobPlan.failed(job, pod)) {
                metrics.judged(job, pod);
            }
        }
        JobPlan.deadline(job, started)
                .ifPresent(
                        d -> queue.addAfter(key, Duration.between(time.now(), d).plusMillis(1)));
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
        var finalizers = new ArrayList<>(pod.getMetadata().getFinalizers());
        finalizers.remove(JobPlan.FINALIZER);
        var patch = Json.mapper().createObjectNode();
        var meta = patch.putObject("metadata").put("uid", pod.getMetadata().getUid());
        meta.put("resourceVersion", pod.getMetadata().getResourceVersion());
        meta.set("finalizers", Json.mapper().valueToTree(finalizers));
        try {
            podResource.patch(
                    pod.getMetadata().getNamespace(), pod.getMetadata().getName(), new Patch.Merge(patch));
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

    private int deletePods(Key key, Job job, List<Pod> surplus) throws InterruptedException {
        if (surplus.isEmpty()) {
            return 0;
        }
        expectations.expectDeletions(
                key, surplus.stream().map(p -> p.getMetadata().getUid()).toList());
        List<Runnable> calls = new ArrayList<>();
        surplus.forEach(p -> calls.add(() -> deleteOne(key, job, p)));
        var done = Batches.all(calls);
        if (done.failure().isPresent()) {
            throw done.failure().get();
        }
        return done.successes();
    }

    private void deleteOne(Key key, Job job, Pod pod) {
        try {
            factory.delete(pod, job);
        } catch (RuntimeException e) {
            expectations.deleted(key, pod.getMetadata().getUid());
            if (!(e instanceof ApiFailure f && f.notFound())) {
                throw e;
            }
        }
    }

    /** Returns by how many pods the active ones grew. */
    private int manage(Key key, Job job, List<Pod> all, List<Pod> active, JobTally tally) throws InterruptedException {
        int leaving = JobPlan.waitsForFailures(job)
                ? (int) all.stream()
                        .filter(p -> Pods.isDeleting(p) && !Pods.isTerminal(p))
                        .count()
                : 0;
        int settled = tally.allSucceeded() + tally.failedIndexes().size();
        int diff = JobPlan.wanted(job, active.size(), settled) - active.size();
        var surplus = JobPlan.surplus(job, active, Math.max(0, -diff));
        if (!surplus.isEmpty()) {
            return -deletePods(key, job, surplus);
        }
        diff = Math.clamp(diff - leaving, 0, JobPlan.BURST);
        if (diff == 0) {
            return 0;
        }
        if (!FailedIndexes.limited(job)) {
            var wait = JobPlan.backoffEnd(all).filter(t -> t.isAfter(time.now()));
            if (wait.isPresent()) {
                queue.addAfter(key, Duration.between(time.now(), wait.get()));
                return 0;
            }
        }
        var drafts = drafts(key, job, all, active, tally, diff);
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
        metrics.created(
                job,
                tally.allFailed() > 0,
                all.stream().anyMatch(p -> Pods.isDeleting(p) && !Pods.isTerminal(p)),
                done.successes(),
                done.failure().isPresent() ? 1 : 0);
        if (done.failure().isPresent() && !(done.failure().get() instanceof ApiFailure f && f.namespaceTerminating())) {
            throw done.failure().get();
        }
        return done.successes();
    }

    private List<Pod> drafts(Key key, Job job, List<Pod> all, List<Pod> active, JobTally tally, int count) {
        List<Pod> drafts = new ArrayList<>();
        if (!JobPlan.isIndexed(job)) {
            for (int i = 0; i < count; i++) {
                drafts.add(JobPlan.pod(job));
            }
            return drafts;
        }
        Set<Integer> done = new HashSet<>(tally.completed());
        done.addAll(tally.failedIndexes());
        Map<Integer, FailedIndexes.History> histories = new HashMap<>();
        if (FailedIndexes.limited(job)) {
            var missing = JobPlan.missingIndexes(job, done, active, Integer.MAX_VALUE);
            for (int index : missing) {
                var history = FailedIndexes.history(job, all, index);
                histories.put(index, history);
                var wait = history.retryAt().filter(t -> t.isAfter(time.now()));
                if (wait.isPresent()) {
                    done.add(index); // for now
                    queue.addAfter(key, Duration.between(time.now(), wait.get()));
                }
            }
        }
        JobPlan.missingIndexes(job, done, active, count)
                .forEach(i -> drafts.add(JobPlan.pod(job, i, histories.getOrDefault(i, FailedIndexes.History.NONE))));
        return drafts;
    }

    private void report(
            Job job,
            List<Pod> all,
            int active,
            JobTally tally,
            Optional<JobPlan.Outcome> outcome,
            Optional<Instant> started) {
        int terminating = (int) all.stream()
                .filter(p -> Pods.isDeleting(p) && !Pods.isTerminal(p))
                .count();
        int ready =
                (int) all.stream().filter(Pods::isActive).filter(Pods::isReady).count();
        var builder = new JobStatusBuilder(job.getStatus() == null ? new JobStatus() : job.getStatus())
                .withActive(positive(active))
                .withReady(ready)
                .withTerminating(terminating)
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
        builder.withStartTime(
                JobPlan.isSuspended(job)
                        ? null
                        : started.map(Timestamps::seconds).orElse(now));
        var conditions = new ArrayList<>(
                job.getStatus() == null || job.getStatus().getConditions() == null
                        ? List.<JobCondition>of()
                        : job.getStatus().getConditions());
        boolean over = active == 0 && terminating == 0 && tally.settled();
        if (outcome.isPresent()) {
            end(job, outcome.get(), over, conditions, builder, now);
        } else {
            suspend(job, conditions, now);
        }
        var status = builder.withConditions(conditions).build();
        if (!status.equals(job.getStatus())) {
            writes.wrote(
                    Key.of(job),
                    jobResource.updateStatus(
                            new JobBuilder(job).withStatus(status).build()));
            metrics.reported(job, status, outcome.filter(_ -> over));
            tell(job, outcome.filter(_ -> over));
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

    private static void suspend(Job job, List<JobCondition> conditions, String now) {
        boolean wants = JobPlan.isSuspended(job);
        boolean says = Jobs.has(job, "Suspended");
        if (wants != says) {
            conditions.removeIf(c -> c.getType().equals("Suspended"));
            conditions.add(
                    wants
                            ? condition("Suspended", "True", "JobSuspended", "Job suspended", now)
                            : condition("Suspended", "False", "JobResumed", "Job resumed", now));
        }
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

    private void tell(Job job, Optional<JobPlan.Outcome> outcome) {
        if (outcome.isPresent() && outcome.get().success()) {
            events.normal(job, "Completed", "Job completed");
        } else if (outcome.isPresent()) {
            events.warning(job, outcome.get().reason(), outcome.get().message());
        }
    }
}
