package dev.navarch.controllers.ttlafterfinished;

import dev.navarch.api.values.Timestamps;
import dev.navarch.client.DeleteOptions;
import dev.navarch.client.Informer;
import dev.navarch.client.Key;
import dev.navarch.client.Reconciler;
import dev.navarch.client.Resource;
import dev.navarch.client.WorkQueue;
import dev.navarch.controllers.ControllerContext;
import dev.navarch.controllers.ControllerMetrics;
import dev.navarch.controllers.Jobs;
import dev.navarch.controllers.Pods;
import dev.navarch.time.TimeSource;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.prometheus.metrics.core.metrics.Histogram;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** Deletes one Job, its pods first, once its {@code ttlSecondsAfterFinished} are over. */
final class TtlAfterFinishedReconciler implements Reconciler<Key> {
    private final Informer<Job> jobs;
    private final Resource<Job> jobResource;
    private final WorkQueue<Key> queue;
    private final TimeSource time;
    private final Histogram lateness;

    TtlAfterFinishedReconciler(ControllerContext context, Informer<Job> jobs, WorkQueue<Key> queue) {
        this.jobs = jobs;
        this.queue = queue;
        jobResource = context.client().resource(Job.class);
        time = context.time();
        lateness = context.metrics()
                .histogram(
                        "ttl_after_finished_controller_job_deletion_duration_seconds",
                        "From the end of a finished job's time until it is deleted.",
                        ControllerMetrics.exponential(0.1, 2, 14));
    }

    static boolean isToGo(Job job) {
        return !Pods.isDeleting(job) && job.getSpec().getTtlSecondsAfterFinished() != null && Jobs.isFinished(job);
    }

    @Override
    public void reconcile(Key key) {
        if (jobs.get(key).filter(this::isOver).isPresent()) {
            // the cache may lag, and the time may have been prolonged: the server has the last word
            jobResource.get(key.namespace(), key.name()).filter(this::isOver).ifPresent(this::delete);
        }
    }

    /** Whether the job's time is over; if it will be, the job comes back then. */
    private boolean isOver(Job job) {
        if (!isToGo(job)) {
            return false;
        }
        var left = Duration.between(time.now(), end(job));
        if (left.isPositive()) {
            queue.addAfter(Key.of(job), left);
            return false;
        }
        return true;
    }

    private static Instant end(Job job) {
        return Jobs.end(job)
                .flatMap(c -> Optional.ofNullable(c.getLastTransitionTime()))
                .flatMap(Timestamps::parse)
                .map(t -> t.plusSeconds(job.getSpec().getTtlSecondsAfterFinished()))
                .orElseThrow(() ->
                        new IllegalStateException("unable to find the time when the Job " + Key.of(job) + " finished"));
    }

    private void delete(Job job) {
        jobResource.delete(
                job.getMetadata().getNamespace(),
                job.getMetadata().getName(),
                DeleteOptions.exactly(job).propagation(DeleteOptions.Propagation.FOREGROUND));
        lateness.observe(ControllerMetrics.seconds(Duration.between(end(job), time.now())));
    }
}
