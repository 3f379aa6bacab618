package dev.navarch.controllers.ttlafterfinished;

import dev.navarch.client.ControllerLoop;
import dev.navarch.client.Handler;
import dev.navarch.client.Key;
import dev.navarch.client.WorkQueue;
import dev.navarch.controllers.Controller;
import dev.navarch.controllers.ControllerContext;
import io.fabric8.kubernetes.api.model.batch.v1.Job;

/** Wakes Jobs that are to go. source: kubernetes pkg/controller/ttlafterfinished. */
public final class TtlAfterFinishedController {
    private TtlAfterFinishedController() {}

    public static Controller create(ControllerContext context) {
        WorkQueue<Key> queue = context.queue("ttl_jobs_to_delete");
        var jobs = context.informer(Job.class);
        jobs.addHandler(new Handler<>() {
            @Override
            public void added(Job job) {
                if (TtlAfterFinishedReconciler.isToGo(job)) {
                    queue.add(Key.of(job));
                }
            }

            @Override
            public void updated(Job before, Job now) {
                added(now);
            }

            @Override
            public void deleted(Job last) {}
        });
        var reconciler = new TtlAfterFinishedReconciler(context, jobs, queue);
        return Controller.of(new ControllerLoop<>(
                "ttl-after-finished", queue, context.settings().workers(), reconciler));
    }
}
