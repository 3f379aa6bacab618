package dev.navarch.controllers.startorder;

import dev.navarch.client.Informer;
import dev.navarch.controllers.Jobs;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Whether workloads are ready: all their replicas are, as they are wished now; a job, when it is complete. */
record Readiness(
        Informer<Deployment> deployments,
        Informer<StatefulSet> statefulSets,
        Informer<DaemonSet> daemonSets,
        Informer<Job> jobs) {

    /** @param reference such as {@code deployment/db}; what is unknown is not ready */
    boolean ready(String namespace, String reference) {
        int slash = reference.indexOf('/');
        if (slash < 0) {
            return false;
        }
        var name = reference.substring(slash + 1).strip();
        return switch (reference.substring(0, slash).strip().toLowerCase(Locale.ROOT)) {
            case "deployment" -> of(deployments.get(namespace, name).map(this::deployment));
            case "statefulset" -> of(statefulSets.get(namespace, name).map(this::statefulSet));
            case "daemonset" -> of(daemonSets.get(namespace, name).map(this::daemonSet));
            case "job" -> of(jobs.get(namespace, name).map(job -> Jobs.has(job, "Complete")));
            default -> false;
        };
    }

    private static boolean of(Optional<Boolean> found) {
        return found.orElse(false);
    }

    private boolean deployment(Deployment object) {
        var status = object.getStatus();
        return status != null
                && seen(object, status.getObservedGeneration())
                && enough(status.getReadyReplicas(), object.getSpec().getReplicas())
                && enough(status.getUpdatedReplicas(), object.getSpec().getReplicas());
    }

    private boolean statefulSet(StatefulSet object) {
        var status = object.getStatus();
        return status != null
                && seen(object, status.getObservedGeneration())
                && enough(status.getReadyReplicas(), object.getSpec().getReplicas());
    }

    private boolean daemonSet(DaemonSet object) {
        var status = object.getStatus();
        return status != null
                && seen(object, status.getObservedGeneration())
                && enough(status.getNumberReady(), status.getDesiredNumberScheduled());
    }

    private static boolean seen(HasMetadata object, @Nullable Long observed) {
        var generation = object.getMetadata().getGeneration();
        return observed != null && (generation == null || observed >= generation);
    }

    private static boolean enough(@Nullable Integer there, @Nullable Integer wanted) {
        return (there == null ? 0 : there) >= (wanted == null ? 1 : wanted);
    }
}
