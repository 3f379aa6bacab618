package dev.navarch.controllers.job;

import dev.navarch.api.values.Timestamps;
import dev.navarch.client.ControllerRef;
import dev.navarch.controllers.PodFactory;
import dev.navarch.controllers.Pods;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** How many pods a job wants, and when it is over. source: kubernetes pkg/controller/job/job_controller.go. */
final class JobPlan {
    static final String FINALIZER = "batch.kubernetes.io/job-tracking";
    private static final String CONTROLLER = "kubernetes.io/job-controller";
    /** Of pods made or deleted in one step. */
    static final int BURST = 500;

    private static final List<String> PHASES = List.of("Pending", "Unknown", "Running");
    /** source: kubernetes pkg/controller/controller_utils.go, ActivePods. */
    private static final Comparator<Pod> DELETION_ORDER = Comparator.<Pod>comparingInt(
                    p -> Pods.nodeName(p).isEmpty() ? 0 : 1)
            .thenComparingInt(p -> PHASES.indexOf(Pods.phase(p)))
            .thenComparingInt(p -> Pods.isReady(p) ? 1 : 0)
            .thenComparing(p -> Pods.readySince(p).orElse(Instant.MAX), Comparator.reverseOrder())
            .thenComparing(p -> String.valueOf(p.getMetadata().getCreationTimestamp()), Comparator.reverseOrder())
            .thenComparing(p -> p.getMetadata().getName());

    private static final Set<String> UNENDED = Set.of("Pending", "Running");
    /** Of a prefix from which the server makes a name. source: apiserver pkg/storage/names/generate.go. */
    private static final int LONGEST_PREFIX = 58;

    private static final String INDEX = "batch.kubernetes.io/job-completion-index";
    private static final Duration FIRST_BACKOFF = Duration.ofSeconds(10);
    private static final Duration LONGEST_BACKOFF = Duration.ofMinutes(10);

    private JobPlan() {}

    /** Why a job is to end. */
    record Outcome(boolean success, String reason, String message) {}

    static int orZero(@Nullable Integer value) {
        return value == null ? 0 : value;
    }

    static boolean isIndexed(Job job) {
        return "Indexed".equals(job.getSpec().getCompletionMode());
    }

    static boolean isSuspended(Job job) {
        return Boolean.TRUE.equals(job.getSpec().getSuspend());
    }

    /** Whether somebody else looks after the job. source: managedByExternalController of job_controller.go. */
    static boolean isManagedElsewhere(Job job) {
        var manager = job.getSpec().getManagedBy();
        return manager != null && !manager.equals(CONTROLLER);
    }

    static boolean isTracked(Pod pod) {
        var finalizers = pod.getMetadata().getFinalizers();
        return finalizers != null && finalizers.contains(FINALIZER);
    }

    /** The pod's completion index, or -1. */
    static int index(Pod pod) {
        var annotations = pod.getMetadata().getAnnotations();
        try {
            return annotations == null ? -1 : Integer.parseInt(annotations.getOrDefault(INDEX, "-1"));
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    /**
     * Whether the job is over.
     *
     * @param pods all of it
     * @param started the status' start time
     */
    static Optional<Outcome> outcome(Job job, List<Pod> pods, JobTally tally, Optional<Instant> started, Instant now) {
        if (tally.failsJob().isPresent()) {
            return Optional.of(
                    new Outcome(false, "PodFailurePolicy", tally.failsJob().get()));
        }
        int succeeded = tally.allSucceeded();
        int failed = tally.allFailed();
        int limit = job.getSpec().getBackoffLimit() != null
                ? job.getSpec().getBackoffLimit()
                : FailedIndexes.limited(job) ? Integer.MAX_VALUE : 6;
        if (failed > limit || restartsInPlace(job, pods) >= Math.max(1, limit)) {
            return Optional.of(
                    new Outcome(false, "BackoffLimitExceeded", "Job has reached the specified backoff limit"));
        }
        if (deadline(job, started).filter(d -> !d.isAfter(now)).isPresent() && !isSuspended(job)) {
            return Optional.of(new Outcome(false, "DeadlineExceeded", "Job was active longer than specified deadline"));
        }
        var completions = job.getSpec().getCompletions();
        var indexes = tally.failedIndexes().size();
        var most = job.getSpec().getMaxFailedIndexes();
        if (most != null && indexes > most) {
            return Optional.of(new Outcome(
                    false,
                    "MaxFailedIndexesExceeded",
                    "Job has exceeded the specified maximal number of failed indexes"));
        }
        if (indexes > 0 && indexes + succeeded >= orZero(completions)) {
            return Optional.of(new Outcome(false, "FailedIndexes", "Job has failed indexes"));
        }
        var enough = SuccessPolicies.outcome(job, tally.completed());
        if (enough.isPresent()) {
            return enough;
        }
        boolean complete = completions == null
                ? succeeded > 0 && pods.stream().noneMatch(Pods::isActive)
                : succeeded >= completions;
        return complete
                ? Optional.of(new Outcome(true, "CompletionsReached", "Reached expected number of succeeded pods"))
                : Optional.empty();
    }

    /** Of all containers of the pods that have not ended, also of those that are on their way out. */
    private static long restartsInPlace(Job job, List<Pod> pods) {
        if (!"OnFailure".equals(job.getSpec().getTemplate().getSpec().getRestartPolicy())) {
            return 0;
        }
        return pods.stream()
                .filter(p -> UNENDED.contains(Pods.phase(p)))
                .flatMap(p -> Stream.of(
                        p.getStatus().getInitContainerStatuses(), p.getStatus().getContainerStatuses()))
                .filter(Objects::nonNull)
                .flatMap(List::stream)
                .mapToLong(c -> orZero(c.getRestartCount()))
                .sum();
    }

    static Optional<Instant> deadline(Job job, Optional<Instant> started) {
        var seconds = job.getSpec().getActiveDeadlineSeconds();
        return seconds == null ? Optional.empty() : started.map(s -> s.plusSeconds(seconds));
    }

    /** Whether it is over for a pod, without success. Where pods are only replaced once they have failed, until then not. */
    static boolean failed(Job job, Pod pod) {
        return Pods.phase(pod).equals("Failed") || isLeaving(pod) && !waitsForFailures(job);
    }

    static boolean isLeaving(Pod pod) {
        return Pods.isDeleting(pod) && !Pods.isTerminal(pod);
    }

    /** Whether a pod that is being deleted stays in its place until it has ended. */
    static boolean waitsForFailures(Job job) {
        return "Failed".equals(job.getSpec().getPodReplacementPolicy());
    }

    /**
     * How many pods should run now.
     *
     * @param done completions that are not asked for any more
     */
    static int wanted(Job job, int active, int done) {
        int parallelism =
                job.getSpec().getParallelism() == null ? 1 : job.getSpec().getParallelism();
        var completions = job.getSpec().getCompletions();
        if (completions == null) {
            return done > 0 ? active : parallelism;
        }
        return Math.max(0, Math.min(parallelism, completions - done));
    }

    /**
     * The pods to delete now: of an indexed job at any rate those of no index of it, and all but one of each index. Those
     * that have come the least far go first.
     *
     * @param atLeast how many, if there are as many
     */
    static List<Pod> surplus(Job job, List<Pod> active, int atLeast) {
        var sorted = active.stream().sorted(DELETION_ORDER).toList();
        Set<Pod> surplus = new LinkedHashSet<>();
        if (isIndexed(job)) {
            int completions = orZero(job.getSpec().getCompletions());
            Set<Integer> seen = new HashSet<>();
            for (var pod : sorted.reversed()) {
                int index = index(pod);
                if (index < 0 || index >= completions || !seen.add(index)) {
                    surplus.add(pod);
                }
            }
        }
        for (var pod : sorted) {
            if (surplus.size() >= atLeast) {
                break;
            }
            surplus.add(pod);
        }
        return surplus.stream().limit(BURST).toList();
    }

    /** Until when new pods wait after failures: 10 s, doubled with each in a row, at most 10 min. */
    static Optional<Instant> backoffEnd(Job job, List<Pod> pods) {
        var success = pods.stream()
                .filter(p -> Pods.phase(p).equals("Succeeded"))
                .map(JobPlan::ended)
                .max(Comparator.naturalOrder());
        var failures = pods.stream()
                .filter(p -> isTracked(p) ? failed(job, p) : Pods.phase(p).equals("Failed"))
                .map(JobPlan::ended)
                .filter(t -> success.isEmpty() || t.isAfter(success.get()))
                .sorted()
                .toList();
        if (failures.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(failures.getLast().plus(pause(failures.size())));
    }

    /** After so many failures in a row. */
    static Duration pause(int failures) {
        var pause = FIRST_BACKOFF.multipliedBy(1L << Math.clamp(failures - 1, 0, 10));
        return pause.compareTo(LONGEST_BACKOFF) > 0 ? LONGEST_BACKOFF : pause;
    }

    /** When the last container ended, else when the pod ceased to be ready, was deleted, or was made. */
    static Instant ended(Pod pod) {
        var meta = pod.getMetadata();
        return lastContainer(pod)
                .or(() -> Pods.condition(pod, "Ready")
                        .filter(c -> "False".equals(c.getStatus()))
                        .map(PodCondition::getLastTransitionTime)
                        .flatMap(Timestamps::parse))
                .or(() -> Optional.ofNullable(meta.getDeletionTimestamp())
                        .flatMap(Timestamps::parse)
                        .map(t -> t.minusSeconds(Objects.requireNonNullElse(meta.getDeletionGracePeriodSeconds(), 0L))))
                .or(() -> Timestamps.parse(String.valueOf(meta.getCreationTimestamp())))
                .orElse(Instant.EPOCH);
    }

    /** Empty unless all have ended. */
    private static Optional<Instant> lastContainer(Pod pod) {
        var statuses = pod.getStatus() == null ? null : pod.getStatus().getContainerStatuses();
        if (statuses == null) {
            return Optional.empty();
        }
        var ends = statuses.stream()
                .filter(c -> c.getState() != null && c.getState().getTerminated() != null)
                .map(c -> c.getState().getTerminated().getFinishedAt())
                .filter(Objects::nonNull)
                .flatMap(t -> Timestamps.parse(t).stream())
                .toList();
        return ends.size() < statuses.size() ? Optional.empty() : ends.stream().max(Comparator.naturalOrder());
    }

    /**
     * The lowest indexes that neither are done nor have a pod.
     *
     * @param pods all of the job
     */
    static List<Integer> missingIndexes(Job job, Set<Integer> done, List<Pod> pods, int count) {
        var busy = pods.stream()
                .filter(p -> Pods.isActive(p) || waitsForFailures(job) && isLeaving(p))
                .map(JobPlan::index)
                .collect(Collectors.toSet());
        List<Integer> missing = new ArrayList<>();
        for (int i = 0; i < orZero(job.getSpec().getCompletions()) && missing.size() < count; i++) {
            if (!done.contains(i) && !busy.contains(i)) {
                missing.add(i);
            }
        }
        return missing;
    }

    static Pod pod(Job job) {
        return tracked(PodFactory.fromTemplate(job.getSpec().getTemplate(), job))
                .build();
    }

    static Pod pod(Job job, int index, FailedIndexes.History history) {
        var name = job.getMetadata().getName();
        var text = Integer.toString(index);
        var pod = tracked(PodFactory.fromTemplate(job.getSpec().getTemplate(), job))
                .editMetadata()
                .withGenerateName(prefix(name, "-" + text + "-"))
                .addToAnnotations(INDEX, text)
                .addToAnnotations(history(job, history))
                .addToLabels(INDEX, text)
                .endMetadata()
                .editSpec()
                .withHostname(name + "-" + text)
                .endSpec()
                .build();
        var variable = new EnvVarBuilder()
                .withName("JOB_COMPLETION_INDEX")
                .withNewValueFrom()
                .withNewFieldRef()
                .withFieldPath("metadata.labels['" + INDEX + "']")
                .endFieldRef()
                .endValueFrom()
                .build();
        pod.getSpec().getInitContainers().forEach(c -> add(c, variable));
        pod.getSpec().getContainers().forEach(c -> add(c, variable));
        return pod;
    }

    private static String prefix(String name, String end) {
        return name.substring(0, Math.min(name.length(), LONGEST_PREFIX - end.length())) + end;
    }

    private static void add(Container container, EnvVar variable) {
        if (container.getEnv().stream().noneMatch(e -> e.getName().equals(variable.getName()))) {
            List<EnvVar> env = new ArrayList<>(container.getEnv());
            env.add(variable);
            container.setEnv(env);
        }
    }

    private static Map<String, String> history(Job job, FailedIndexes.History history) {
        if (!FailedIndexes.limited(job)) {
            return Map.of();
        }
        var counted = Integer.toString(history.counted());
        return history.ignored() == 0
                ? Map.of(FailedIndexes.COUNT, counted)
                : Map.of(FailedIndexes.COUNT, counted, FailedIndexes.IGNORED, Integer.toString(history.ignored()));
    }

    private static PodBuilder tracked(PodBuilder pod) {
        return pod.editMetadata().addToFinalizers(FINALIZER).endMetadata();
    }

    static boolean belongs(Pod pod, Job job) {
        return ControllerRef.isControlledBy(pod, job);
    }
}
