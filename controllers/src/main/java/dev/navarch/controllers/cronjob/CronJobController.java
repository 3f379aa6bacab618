package dev.navarch.controllers.cronjob;

import dev.navarch.api.values.CronException;
import dev.navarch.api.values.CronSchedule;
import dev.navarch.client.ControllerLoop;
import dev.navarch.client.ControllerRef;
import dev.navarch.client.Handler;
import dev.navarch.client.Informer;
import dev.navarch.client.Key;
import dev.navarch.client.WorkQueue;
import dev.navarch.controllers.Controller;
import dev.navarch.controllers.ControllerContext;
import dev.navarch.controllers.Pods;
import dev.navarch.controllers.WriteTracker;
import io.fabric8.kubernetes.api.model.batch.v1.CronJob;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.util.Objects;

/** Wakes CronJobs when they or their jobs change, and by the clock. source: kubernetes pkg/controller/cronjob. */
public final class CronJobController {
    private final ControllerContext context;
    private final Informer<CronJob> cronJobs;
    private final WorkQueue<Key> queue;
    private final WriteTracker writes;

    private CronJobController(
            ControllerContext context, Informer<CronJob> cronJobs, WorkQueue<Key> queue, WriteTracker writes) {
        this.context = context;
        this.cronJobs = cronJobs;
        this.queue = queue;
        this.writes = writes;
    }

    public static Controller create(ControllerContext context) {
        WorkQueue<Key> queue = context.queue("cronjob");
        var writes = new WriteTracker(context.time());
        var cronJobs = context.informer(CronJob.class);
        var jobs = context.informer(Job.class);
        Pods.indexByController(jobs);
        var controller = new CronJobController(context, cronJobs, queue, writes);
        cronJobs.addHandler(controller.new OfCronJobs());
        jobs.addHandler(controller.new OfJobs());
        var reconciler = new CronJobReconciler(context, cronJobs, jobs, writes, queue);
        return Controller.of(
                new ControllerLoop<>("cronjob", queue, context.settings().workers(), reconciler));
    }

    private final class OfCronJobs implements Handler<CronJob> {
        @Override
        public void added(CronJob cronJob) {
            queue.add(Key.of(cronJob));
        }

        /** A new schedule waits for its next time: what it would have run before is no matter. */
        @Override
        public void updated(CronJob before, CronJob now) {
            boolean same = Objects.equals(
                            before.getSpec().getSchedule(), now.getSpec().getSchedule())
                    && Objects.equals(
                            before.getSpec().getTimeZone(), now.getSpec().getTimeZone());
            if (same) {
                queue.add(Key.of(now));
                return;
            }
            try {
                var schedule = CronSchedule.parse(CronJobPlan.schedule(now));
                CronJobPlan.pause(now, schedule, context.time().now()).ifPresent(d -> queue.addAfter(Key.of(now), d));
            } catch (CronException e) {
                context.events()
                        .warning(
                                now,
                                "UnParseableCronJobSchedule",
                                "unparseable schedule for cronjob: "
                                        + now.getSpec().getSchedule());
            }
        }

        @Override
        public void deleted(CronJob last) {
            writes.forget(Key.of(last), last);
            queue.add(Key.of(last));
        }
    }

    private final class OfJobs implements Handler<Job> {
        @Override
        public void added(Job job) {
            wake(job);
        }

        @Override
        public void updated(Job before, Job now) {
            if (!ControllerRef.uid(before).equals(ControllerRef.uid(now))) {
                wake(before);
            }
            wake(now);
        }

        @Override
        public void deleted(Job last) {
            wake(last);
        }

        private void wake(Job job) {
            ControllerRef.of(job)
                    .filter(r -> r.getKind().equals("CronJob"))
                    .flatMap(r -> cronJobs.get(job.getMetadata().getNamespace(), r.getName())
                            .filter(c -> c.getMetadata().getUid().equals(r.getUid())))
                    .ifPresent(c -> queue.add(Key.of(c)));
        }
    }
}
