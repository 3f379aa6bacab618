package dev.navarch.controllers;

import dev.navarch.api.values.Timestamps;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobCondition;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** What controllers ask of jobs. source: kubernetes pkg/controller/job/util/utils.go. */
public final class Jobs {
    private static final List<String> ENDS = List.of("Complete", "Failed");

    private Jobs() {}

    public static boolean has(Job job, String condition) {
        return condition(job, condition).isPresent();
    }

    public static boolean isFinished(Job job) {
        return end(job).isPresent();
    }

    /** The condition that says how a job ended, once it has. */
    public static Optional<JobCondition> end(Job job) {
        return ENDS.stream().flatMap(type -> condition(job, type).stream()).findFirst();
    }

    public static Optional<Instant> startTime(Job job) {
        return job.getStatus() == null || job.getStatus().getStartTime() == null
                ? Optional.empty()
                : Timestamps.parse(job.getStatus().getStartTime());
    }

    public static Optional<Instant> completionTime(Job job) {
        return job.getStatus() == null || job.getStatus().getCompletionTime() == null
                ? Optional.empty()
                : Timestamps.parse(job.getStatus().getCompletionTime());
    }

    private static Optional<JobCondition> condition(Job job, String type) {
        return job.getStatus() == null || job.getStatus().getConditions() == null
                ? Optional.empty()
                : job.getStatus().getConditions().stream()
                        .filter(c -> type.equals(c.getType()) && "True".equals(c.getStatus()))
                        .findFirst();
    }
}
