package dev.navarch.controllers.job;

import dev.navarch.controllers.Pods;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.PodFailurePolicyOnExitCodesRequirement;
import io.fabric8.kubernetes.api.model.batch.v1.PodFailurePolicyRule;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What the failure of a pod means to its job. source: kubernetes pkg/controller/job/pod_failure_policy.go. */
final class FailurePolicy {
    private FailurePolicy() {}

    /** What is done about a failed pod. */
    enum Action {
        /** It counts; so does what no rule matches. */
        COUNT,
        IGNORE,
        FAIL_INDEX,
        FAIL_JOB
    }

    /** @param message why, for the job's condition */
    record Verdict(Action action, String message) {
        static final Verdict COUNTS = new Verdict(Action.COUNT, "");
    }

    /** @param pod one that has failed */
    static Verdict of(Job job, Pod pod) {
        var policy = job.getSpec().getPodFailurePolicy();
        if (policy == null || !Pods.phase(pod).equals("Failed")) {
            return Verdict.COUNTS;
        }
        var rules = policy.getRules();
        for (int i = 0; i < rules.size(); i++) {
            var matched = matched(rules.get(i), pod);
            if (matched.isPresent()) {
                var message = matched.get() + " matching " + rules.get(i).getAction() + " rule at index " + i;
                return new Verdict(action(rules.get(i)), message);
            }
        }
        return Verdict.COUNTS;
    }

    private static Action action(PodFailurePolicyRule rule) {
        return switch (rule.getAction()) {
            case "Ignore" -> Action.IGNORE;
            case "FailIndex" -> Action.FAIL_INDEX;
            case "FailJob" -> Action.FAIL_JOB;
            default -> Action.COUNT;
        };
    }

    private static Optional<String> matched(PodFailurePolicyRule rule, Pod pod) {
        var name = pod.getMetadata().getNamespace() + "/" + pod.getMetadata().getName();
        if (rule.getOnExitCodes() != null) {
            return ended(pod)
                    .filter(c -> matches(rule.getOnExitCodes(), c))
                    .findFirst()
                    .map(c -> "Container " + c.getName() + " for pod " + name + " failed with exit code " + code(c));
        }
        var patterns = rule.getOnPodConditions();
        var conditions = pod.getStatus().getConditions();
        return patterns == null || conditions == null
                ? Optional.empty()
                : conditions.stream()
                        .filter(c -> patterns.stream()
                                .anyMatch(p -> c.getType().equals(p.getType())
                                        && c.getStatus().equals(p.getStatus())))
                        .findFirst()
                        .map(c -> "Pod " + name + " has condition " + c.getType());
    }

    /** Containers that have ended badly. */
    private static Stream<ContainerStatus> ended(Pod pod) {
        return Stream.of(
                        orNone(pod.getStatus().getContainerStatuses()),
                        orNone(pod.getStatus().getInitContainerStatuses()))
                .flatMap(List::stream)
                .filter(c -> c.getState() != null && c.getState().getTerminated() != null && code(c) != 0);
    }

    private static List<ContainerStatus> orNone(@Nullable List<ContainerStatus> statuses) {
        return statuses == null ? List.of() : statuses;
    }

    private static int code(ContainerStatus container) {
        return JobPlan.orZero(container.getState().getTerminated().getExitCode());
    }

    private static boolean matches(PodFailurePolicyOnExitCodesRequirement wanted, ContainerStatus container) {
        if (wanted.getContainerName() != null && !wanted.getContainerName().equals(container.getName())) {
            return false;
        }
        return wanted.getValues().contains(code(container))
                == wanted.getOperator().equals("In");
    }
}
