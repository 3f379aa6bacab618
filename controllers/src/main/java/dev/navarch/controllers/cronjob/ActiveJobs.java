package dev.navarch.controllers.cronjob;

import dev.navarch.client.EventRecorder;
import io.fabric8.kubernetes.api.model.ObjectReference;
import io.fabric8.kubernetes.api.model.batch.v1.CronJob;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.util.ArrayList;
import java.util.List;

/** The list of running jobs in a CronJob's status, while it is being worked on. */
final class ActiveJobs {
    private final List<ObjectReference> references = new ArrayList<>();

    ActiveJobs(CronJob cronJob) {
        if (cronJob.getStatus() != null && cronJob.getStatus().getActive() != null) {
            references.addAll(cronJob.getStatus().getActive());
        }
    }

    boolean has(Job job) {
        return references.stream().anyMatch(r -> job.getMetadata().getUid().equals(r.getUid()));
    }

    boolean names(String job) {
        return references.stream().anyMatch(r -> job.equals(r.getName()));
    }

    void add(Job job) {
        if (!has(job)) {
            references.add(EventRecorder.reference(job));
        }
    }

    /** Whether it was there. */
    boolean remove(String uid) {
        return references.removeIf(r -> uid.equals(r.getUid()));
    }

    List<ObjectReference> list() {
        return List.copyOf(references);
    }
}
