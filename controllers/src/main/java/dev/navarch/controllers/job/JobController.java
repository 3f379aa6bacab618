package dev.navarch.controllers.job;

import dev.navarch.client.ControllerLoop;
import dev.navarch.client.Handler;
import dev.navarch.client.Key;
import dev.navarch.client.WorkQueue;
import dev.navarch.controllers.Controller;
import dev.navarch.controllers.ControllerContext;
import dev.navarch.controllers.Expectations;
import dev.navarch.controllers.OwnedObjects;
import dev.navarch.controllers.Pods;
import dev.navarch.controllers.WriteTracker;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.util.List;
import java.util.Optional;

/** Wakes Jobs when they or their pods change. source: kubernetes pkg/controller/job/job_controller.go. */
public final class JobController {
    private JobController() {}

    public static Controller create(ControllerContext context) {
        WorkQueue<Key> queue = context.queue("job");
        var expectations = new Expectations(context.time());
        var jobs = context.informer(Job.class);
        var pods = context.informer(Pod.class);
        Pods.indexByController(pods);
        pods.addIndex(
                JobReconciler.BY_JOB,
                p -> JobReconciler.job(p).map(k -> List.of(k.toString())).orElse(List.of()));
        var writes = new WriteTracker(context.time());
        var metrics = new JobMetrics(context.metrics());
        jobs.addHandler(new Handler<>() {
            @Override
            public void added(Job job) {
                if (JobPlan.isManagedElsewhere(job)) {
                    metrics.external(job.getSpec().getManagedBy());
                }
                queue.add(Key.of(job));
            }

            @Override
            public void updated(Job before, Job now) {
                queue.add(Key.of(now));
            }

            @Override
            public void deleted(Job last) {
                expectations.forget(Key.of(last));
                writes.forget(Key.of(last), last);
                queue.add(Key.of(last));
            }
        });
        pods.addHandler(OwnedObjects.of("Job", jobs, job -> job.getSpec().getSelector(), queue));
        pods.addHandler(new Handler<>() {
            @Override
            public void added(Pod pod) {
                if (Pods.isDeleting(pod)) {
                    deleted(pod);
                    return;
                }
                JobReconciler.owner(pod).ifPresent(key -> {
                    expectations.created(key);
                    queue.add(key);
                });
            }

            @Override
            public void updated(Pod before, Pod now) {
                if (Pods.isDeleting(now)) {
                    deleted(now);
                } else {
                    JobReconciler.job(now).ifPresent(queue::add);
                }
            }

            @Override
            public void deleted(Pod last) {
                JobReconciler.owner(last).ifPresent(key -> {
                    expectations.deleted(key, last.getMetadata().getUid());
                    queue.add(key);
                });
            }
        });
        pods.addHandler(new Handler<>() {
            @Override
            public void added(Pod pod) {
                metrics.changed(Optional.empty(), Optional.of(pod));
            }

            @Override
            public void updated(Pod before, Pod now) {
                metrics.changed(Optional.of(before), Optional.of(now));
            }

            @Override
            public void deleted(Pod last) {
                metrics.changed(Optional.of(last), Optional.empty());
            }
        });
        var reconciler = new JobReconciler(context, jobs, pods, expectations, writes, queue, metrics);
        return Controller.of(
                new ControllerLoop<>("job", queue, context.settings().workers(), reconciler));
    }
}
