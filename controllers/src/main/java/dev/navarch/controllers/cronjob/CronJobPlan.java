package dev.navarch.controllers.cronjob;

import dev.navarch.api.values.CronSchedule;
import dev.navarch.api.values.Timestamps;
import dev.navarch.client.ControllerRef;
import dev.navarch.controllers.Jobs;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.batch.v1.CronJob;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** When a cron job runs and what it starts. source: kubernetes pkg/controller/cronjob/utils.go. */
final class CronJobPlan {
    static final String SCHEDULED = "batch.kubernetes.io/cronjob-scheduled-timestamp";

    /** Added to the pause before a run, so that clocks that differ a little don't make it come too early. */
    private static final Duration SLACK = Duration.ofMillis(100);

    private static final long MANY = 100;
    private static final long LONGEST_DEADLINE = Duration.ofDays(365 * 100L).toSeconds();
    private static final DateTimeFormatter RFC_3339 =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ssXXX", Locale.ROOT);

    private CronJobPlan() {}

    /**
     * What a schedule asks for and has not got.
     *
     * @param since the last run, the creation, or the starting deadline: what was before does not count
     * @param latest the latest run since then that is due
     * @param missed about how many are due
     */
    record Due(Instant since, Optional<Instant> latest, long missed) {
        boolean tooMany() {
            return missed > MANY;
        }
    }

    /** The schedule with its zone, as it is parsed. */
    static String schedule(CronJob job) {
        var text = job.getSpec().getSchedule();
        var zone = job.getSpec().getTimeZone();
        return zone == null || namesZone(job) || CronSchedule.zone(zone).isEmpty() ? text : "TZ=" + zone + " " + text;
    }

    /** Whether the schedule has a zone in itself, which is tolerated. */
    static boolean namesZone(CronJob job) {
        return job.getSpec().getSchedule().contains("TZ");
    }

    /** The zone that is asked for; empty if nobody knows it. */
    static Optional<ZoneId> zone(CronJob job) {
        var name = job.getSpec().getTimeZone();
        return name == null ? Optional.of(ZoneOffset.UTC) : CronSchedule.zone(name);
    }

    /**
     * @param withDeadline whether runs past their starting deadline are left out
     * @throws IllegalArgumentException if the schedule never comes
     */
    static Due due(CronJob job, CronSchedule schedule, Instant now, boolean withDeadline) {
        var since = lastScheduled(job).orElse(created(job).orElse(now));
        var deadline = deadline(job);
        if (withDeadline && deadline.isPresent() && now.minus(deadline.get()).isAfter(since)) {
            since = now.minus(deadline.get());
        }
        var first = schedule.next(since).orElseThrow(CronJobPlan::never);
        if (now.isBefore(first)) {
            return new Due(since, Optional.empty(), 0);
        }
        var second = schedule.next(first).orElseThrow(CronJobPlan::never);
        if (now.isBefore(second)) {
            return new Due(since, Optional.of(first), 0);
        }
        long distance = Duration.between(first, second).toSeconds();
        long missed = Duration.between(first, now).toSeconds() / distance + 1;
        // runs are not counted one by one: there may be very many
        var next = schedule.next(first.plusSeconds((missed - 2) * distance));
        Optional<Instant> latest = Optional.empty();
        while (next.isPresent() && !next.get().isAfter(now)) {
            latest = next;
            next = schedule.next(next.get());
        }
        return new Due(since, latest, missed);
    }

    private static IllegalArgumentException never() {
        return new IllegalArgumentException("time difference between two schedules is less than 1 second");
    }

    /** How long until the next run that is not due yet. */
    static Optional<Duration> pause(CronJob job, CronSchedule schedule, Instant now) {
        Instant from;
        try {
            var due = due(job, schedule, now, false);
            from = due.latest().orElse(due.missed() == 0 ? due.since() : now);
        } catch (IllegalArgumentException e) {
            from = now;
        }
        return schedule.next(from).map(t -> Duration.between(now, t).plus(SLACK));
    }

    static Optional<Instant> lastScheduled(CronJob job) {
        return job.getStatus() == null ? Optional.empty() : time(job.getStatus().getLastScheduleTime());
    }

    static Optional<Duration> deadline(CronJob job) {
        return Optional.ofNullable(job.getSpec().getStartingDeadlineSeconds())
                .map(s -> Duration.ofSeconds(Math.min(s, LONGEST_DEADLINE)));
    }

    private static Optional<Instant> created(HasMetadata object) {
        return time(object.getMetadata().getCreationTimestamp());
    }

    private static Optional<Instant> time(@Nullable String text) {
        return Optional.ofNullable(text).flatMap(Timestamps::parse);
    }

    /** One name per scheduled time, so that no run is started twice. */
    static String jobName(CronJob job, Instant scheduled) {
        return job.getMetadata().getName() + "-" + scheduled.getEpochSecond() / 60;
    }

    static Job job(CronJob owner, Instant scheduled, ZoneId zone) {
        var template = owner.getSpec().getJobTemplate();
        var meta = template.getMetadata();
        Map<String, String> annotations = new HashMap<>();
        if (meta != null && meta.getAnnotations() != null) {
            annotations.putAll(meta.getAnnotations());
        }
        annotations.put(SCHEDULED, RFC_3339.format(scheduled.atZone(zone)));
        return new JobBuilder()
                .withNewMetadata()
                .withNamespace(owner.getMetadata().getNamespace())
                .withName(jobName(owner, scheduled))
                .withLabels(meta == null ? null : meta.getLabels())
                .withAnnotations(annotations)
                .withOwnerReferences(ControllerRef.to(owner))
                .endMetadata()
                .withSpec(template.getSpec())
                .build();
    }

    /** The finished jobs that started first, beyond the limits of the history. */
    static List<Job> expired(CronJob owner, List<Job> jobs) {
        List<Job> expired = new ArrayList<>();
        expired.addAll(oldest(jobs, "Complete", owner.getSpec().getSuccessfulJobsHistoryLimit()));
        expired.addAll(oldest(jobs, "Failed", owner.getSpec().getFailedJobsHistoryLimit()));
        return expired;
    }

    private static List<Job> oldest(List<Job> jobs, String end, @Nullable Integer limit) {
        if (limit == null) {
            return List.of();
        }
        var ended = jobs.stream()
                .filter(j -> Jobs.end(j).filter(c -> c.getType().equals(end)).isPresent())
                .sorted(Comparator.<Job, Instant>comparing(
                                j -> Jobs.startTime(j).orElse(Instant.MAX))
                        .thenComparing(j -> j.getMetadata().getName()))
                .toList();
        return ended.subList(0, Math.max(0, ended.size() - limit));
    }
}
