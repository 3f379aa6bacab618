package dev.navarch.controllers.cronjob;

import dev.navarch.api.values.CronException;
import dev.navarch.api.values.CronSchedule;
import dev.navarch.api.values.GoText;
import dev.navarch.api.values.Timestamps;
import dev.navarch.client.ApiFailure;
import dev.navarch.client.ControllerRef;
import dev.navarch.client.DeleteOptions;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.Informer;
import dev.navarch.client.Key;
import dev.navarch.client.Reconciler;
import dev.navarch.client.Resource;
import dev.navarch.client.WorkQueue;
import dev.navarch.controllers.ControllerContext;
import dev.navarch.controllers.ControllerMetrics;
import dev.navarch.controllers.Jobs;
import dev.navarch.controllers.Pods;
import dev.navarch.controllers.WriteTracker;
import dev.navarch.time.TimeSource;
import io.fabric8.kubernetes.api.model.batch.v1.CronJob;
import io.fabric8.kubernetes.api.model.batch.v1.CronJobBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.CronJobStatus;
import io.fabric8.kubernetes.api.model.batch.v1.CronJobStatusBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.prometheus.metrics.core.metrics.Histogram;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Starts what is due of one CronJob. source: kubernetes pkg/controller/cronjob/cronjob_controllerv2.go. */
final class CronJobReconciler implements Reconciler<Key> {
    private static final DateTimeFormatter RFC_1123 = DateTimeFormatter.ofPattern(
                    "EEE, dd MMM uuuu HH:mm:ss xx", Locale.US)
            .withZone(ZoneOffset.UTC);

    private final Informer<CronJob> cronJobs;
    private final Informer<Job> jobs;
    private final Resource<CronJob> cronJobResource;
    private final Resource<Job> jobResource;
    private final EventRecorder events;
    private final Histogram skew;
    private final WriteTracker writes;
    private final WorkQueue<Key> queue;
    private final TimeSource time;

    CronJobReconciler(
            ControllerContext context,
            Informer<CronJob> cronJobs,
            Informer<Job> jobs,
            WriteTracker writes,
            WorkQueue<Key> queue) {
        this.cronJobs = cronJobs;
        this.jobs = jobs;
        this.writes = writes;
        this.queue = queue;
        cronJobResource = context.client().resource(CronJob.class);
        jobResource = context.client().resource(Job.class);
        events = context.events();
        skew = context.metrics()
                .histogram(
                        "cronjob_controller_job_creation_skew_duration_seconds",
                        "From the time for which a run is scheduled until its job is created.",
                        ControllerMetrics.exponential(1, 2, 10));
        time = context.time();
    }

    @Override
    public void reconcile(Key key) {
        if (!writes.isShown(key, cronJobs)) {
            queue.addRateLimited(key); // an old status names jobs that ended and lacks ones that were started
            return;
        }
        var cached = cronJobs.get(key);
        if (cached.isEmpty()) {
            return;
        }
        var children =
                jobs.byIndex(Pods.BY_CONTROLLER, cached.get().getMetadata().getUid());
        var found = children.stream().anyMatch(j -> isForgotten(j, new ActiveJobs(cached.get())))
                ? cronJobResource.get(key.namespace(), key.name())
                : cached;
        if (found.isEmpty()) {
            return;
        }
        var cronJob = found.get();
        var active = new ActiveJobs(cronJob);
        Optional<Instant> scheduled = Optional.empty();
        RuntimeException failure = null;
        try {
            CronJobPlan.expired(cronJob, children).forEach(j -> delete(cronJob, j, active));
            look(cronJob, children, active);
            scheduled = run(key, cronJob, active);
        } catch (RuntimeException e) {
            failure = e; // what was done until then is reported all the same
        }
        report(cronJob, children, active, scheduled);
        if (failure != null) {
            throw failure;
        }
    }

    private static boolean isForgotten(Job job, ActiveJobs active) {
        return !active.has(job) && !Jobs.isFinished(job);
    }

    /** Compares the active list with the jobs that are there. */
    private void look(CronJob cronJob, List<Job> children, ActiveJobs active) {
        for (var job : children) {
            var name = job.getMetadata().getName();
            if (isForgotten(job, active)) {
                events.warning(
                        cronJob, "UnexpectedJob", "Saw a job that the controller did not create or forgot: " + name);
            }
            Jobs.end(job)
                    .filter(_ -> active.remove(job.getMetadata().getUid()))
                    .ifPresent(end -> events.normal(
                            cronJob,
                            "SawCompletedJob",
                            "Saw completed job: " + name + ", condition: " + end.getType()));
        }
        for (var reference : active.list()) {
            boolean seen =
                    children.stream().anyMatch(j -> j.getMetadata().getUid().equals(reference.getUid()));
            // the cache may lag: the server has the last word
            if (!seen
                    && jobResource
                            .get(reference.getNamespace(), reference.getName())
                            .isEmpty()) {
                events.normal(cronJob, "MissingJob", "Active job went missing: " + reference.getName());
                active.remove(reference.getUid());
            }
        }
    }

    /** Starts the run that is due and sees to it that the next one is thought of; returns which was started. */
    private Optional<Instant> run(Key key, CronJob cronJob, ActiveJobs active) {
        if (Pods.isDeleting(cronJob)) {
            return Optional.empty();
        }
        var zone = CronJobPlan.zone(cronJob);
        if (zone.isEmpty()) {
            var name = cronJob.getSpec().getTimeZone();
            events.warning(
                    cronJob,
                    "UnknownTimeZone",
                    "invalid timeZone: " + GoText.quote(name) + ": unknown time zone " + name);
            return Optional.empty();
        }
        if (Boolean.TRUE.equals(cronJob.getSpec().getSuspend())) {
            return Optional.empty();
        }
        var text = cronJob.getSpec().getSchedule();
        if (CronJobPlan.namesZone(cronJob)) {
            events.warning(
                    cronJob,
                    "UnsupportedSchedule",
                    "CRON_TZ or TZ used in schedule " + GoText.quote(text)
                            + " is not officially supported, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details");
        }
        CronSchedule schedule;
        try {
            schedule = CronSchedule.parse(CronJobPlan.schedule(cronJob));
        } catch (CronException e) {
            events.warning(
                    cronJob,
                    "UnparseableSchedule",
                    "unparseable schedule: " + GoText.quote(text) + " : " + e.getMessage());
            return Optional.empty();
        }
        var now = time.now();
        CronJobPlan.Due due;
        try {
            due = CronJobPlan.due(cronJob, schedule, now, true);
        } catch (IllegalArgumentException e) {
            events.warning(cronJob, "InvalidSchedule", "invalid schedule: " + text + " : " + e.getMessage());
            return Optional.empty();
        }
        if (due.latest().isPresent() && due.tooMany()) {
            events.warning(
                    cronJob,
                    "TooManyMissedTimes",
                    "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew");
        }
        var started = due.latest().filter(scheduled -> start(cronJob, active, scheduled, now, zone.get()));
        CronJobPlan.pause(cronJob, schedule, now)
                .ifPresent(d ->
                        queue.addAfter(key, d.minus(Duration.between(now, time.now())))); // the clock may have jumped
        return started;
    }

    /** Starts the run of a time unless it is too late, done already or not wanted now; true if it runs. */
    private boolean start(CronJob cronJob, ActiveJobs active, Instant scheduled, Instant now, ZoneId zone) {
        var deadline = CronJobPlan.deadline(cronJob);
        if (deadline.filter(d -> scheduled.plus(d).isBefore(now)).isPresent()) {
            events.warning(
                    cronJob, "MissSchedule", "Missed scheduled time to start a job: " + RFC_1123.format(scheduled));
            return false;
        }
        if (active.names(CronJobPlan.jobName(cronJob, scheduled))
                || CronJobPlan.lastScheduled(cronJob).filter(scheduled::equals).isPresent()) {
            return false;
        }
        var policy = cronJob.getSpec().getConcurrencyPolicy();
        if ("Forbid".equals(policy) && !active.list().isEmpty()) {
            events.normal(
                    cronJob,
                    "JobAlreadyActive",
                    "Not starting job because prior execution is running and concurrency policy is Forbid");
            return false;
        }
        if ("Replace".equals(policy)) {
            replace(cronJob, active);
        }
        var job = create(cronJob, CronJobPlan.job(cronJob, scheduled, zone), scheduled);
        job.ifPresent(active::add);
        return job.isPresent();
    }

    private void replace(CronJob cronJob, ActiveJobs active) {
        for (var reference : active.list()) {
            var running = jobResource
                    .get(reference.getNamespace(), reference.getName())
                    .orElseThrow(() -> {
                        var missing = "jobs.batch " + GoText.quote(reference.getName()) + " not found";
                        events.warning(cronJob, "FailedGet", "Get job: " + missing);
                        return new IllegalStateException(missing);
                    });
            if (!delete(cronJob, running, active)) {
                throw new IllegalStateException(
                        "could not replace job " + reference.getNamespace() + "/" + reference.getName());
            }
        }
    }

    /** The job that runs now; empty if somebody else's has the name, or the namespace is going. */
    private Optional<Job> create(CronJob cronJob, Job draft, Instant scheduled) {
        try {
            var job = jobResource.create(draft);
            skew.observe(Duration.between(scheduled, time.now()).toSeconds());
            events.normal(
                    cronJob,
                    "SuccessfulCreate",
                    "Created job " + job.getMetadata().getName());
            return Optional.of(job);
        } catch (ApiFailure e) {
            if (e.namespaceTerminating()) {
                return Optional.empty();
            }
            if (!e.alreadyExists()) {
                events.warning(cronJob, "FailedCreate", "Error creating job: " + e.getMessage());
                throw e;
            }
        }
        // the name is the lock of this run: it was started before, and the status never told
        return jobResource
                .get(draft.getMetadata().getNamespace(), draft.getMetadata().getName())
                .filter(j -> ControllerRef.isControlledBy(j, cronJob));
    }

    private boolean delete(CronJob cronJob, Job job, ActiveJobs active) {
        var meta = job.getMetadata();
        try {
            jobResource.delete(
                    meta.getNamespace(),
                    meta.getName(),
                    DeleteOptions.exactly(job).propagation(DeleteOptions.Propagation.BACKGROUND));
        } catch (ApiFailure e) {
            events.warning(cronJob, "FailedDelete", "Deleted job: " + e.getMessage());
            return false;
        }
        active.remove(meta.getUid());
        events.normal(cronJob, "SuccessfulDelete", "Deleted job " + meta.getName());
        return true;
    }

    private void report(CronJob cronJob, List<Job> children, ActiveJobs active, Optional<Instant> scheduled) {
        var before = cronJob.getStatus() == null ? new CronJobStatus() : cronJob.getStatus();
        var builder = new CronJobStatusBuilder(before).withActive(active.list());
        scheduled.map(Timestamps::seconds).ifPresent(builder::withLastScheduleTime);
        var succeeded = Optional.ofNullable(before.getLastSuccessfulTime()).flatMap(Timestamps::parse);
        children.stream()
                .filter(j -> Jobs.has(j, "Complete"))
                .flatMap(j -> Jobs.completionTime(j).stream())
                .max(Instant::compareTo)
                .filter(t -> succeeded.isEmpty() || t.isAfter(succeeded.get()))
                .map(Timestamps::seconds)
                .ifPresent(builder::withLastSuccessfulTime);
        var status = builder.build();
        if (!status.equals(before)) {
            writes.wrote(
                    Key.of(cronJob),
                    cronJobResource.updateStatus(
                            new CronJobBuilder(cronJob).withStatus(status).build()));
        }
    }
}
