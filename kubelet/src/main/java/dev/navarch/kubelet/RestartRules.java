package dev.navarch.kubelet;

import dev.navarch.kubelet.pods.PodObservation;
import dev.navarch.kubelet.pods.PodObservation.Seen;
import dev.navarch.kubelet.pods.Pods;
import dev.navarch.kubelet.pods.Pods.Member;
import dev.navarch.kubelet.pods.Pods.Role;
import dev.navarch.kubelet.pods.RuntimeLabels;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerRestartRule;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.List;
import java.util.Optional;

/**
 * What follows when a container ends: its own rules decide by its exit code, else its own restart policy, else the pod's.
 *
 * <p>Source of the behaviour: ContainerShouldRestart and ShouldAllContainersRestart in kubernetes
 * pkg/kubelet/container/helpers.go.
 */
final class RestartRules {
    private static final String ALL = "RestartAllContainers";

    private RestartRules() {}

    private static Optional<String> action(Container container, int exitCode) {
        return Pods.orEmpty(container.getRestartPolicyRules()).stream()
                .filter(rule -> matches(rule, exitCode))
                .map(ContainerRestartRule::getAction)
                .findFirst();
    }

    private static boolean matches(ContainerRestartRule rule, int exitCode) {
        var codes = rule.getExitCodes();
        return codes != null && Pods.orEmpty(codes.getValues()).contains(exitCode) == "In".equals(codes.getOperator());
    }

    /** The container's own policy, else the pod's. */
    static String policy(Pod pod, Container container) {
        var own = container.getRestartPolicy();
        return own == null || own.isEmpty() ? Pods.restartPolicy(pod) : own;
    }

    /** Whether the container starts again that ended with this code. */
    static boolean startsAgain(Pod pod, Container container, int exitCode) {
        return action(container, exitCode).isPresent()
                || switch (policy(pod, container)) {
                    case "Never" -> false;
                    case "OnFailure" -> exitCode != 0;
                    default -> true;
                };
    }

    /** Whether any container has a rule by which all start again. */
    static boolean mayRestartAll(Pod pod) {
        return Pods.members(pod).stream()
                .flatMap(member -> Pods.orEmpty(member.container().getRestartPolicyRules()).stream())
                .anyMatch(rule -> ALL.equals(rule.getAction()));
    }

    /**
     * How often all of a pod's containers were or are to be started again. It follows from what the runtime has: each
     * container carries the number of its round, and the newest round is over when a container of it ended so that a rule
     * says so. A new one begins when nothing of the last runs any more.
     *
     * @param number of the containers that are to run
     * @param ending of the last round's containers, which run still and must end
     */
    record Round(int number, List<Seen> ending) {
        private static final Round FIRST = new Round(0, List.of());

        static Round of(Pod pod, PodObservation seen) {
            if (!mayRestartAll(pod)) {
                return FIRST;
            }
            var members = Pods.members(pod).stream()
                    .filter(member -> member.role() != Role.EPHEMERAL)
                    .toList();
            var own = seen.containers().stream()
                    .filter(container -> members.stream().anyMatch(is(container)))
                    .toList();
            int newest =
                    own.stream().mapToInt(container -> number(container)).max().orElse(0);
            boolean over = own.stream()
                    .filter(container -> number(container) == newest && container.exited())
                    .anyMatch(container -> members.stream()
                            .filter(is(container))
                            .anyMatch(member -> action(
                                            member.container(),
                                            container.status().exitCode())
                                    .filter(ALL::equals)
                                    .isPresent()));
            int number = over ? newest + 1 : newest;
            return new Round(
                    number,
                    own.stream()
                            .filter(container -> container.running() && number(container) < number)
                            .toList());
        }

        private static java.util.function.Predicate<Member> is(Seen container) {
            return member -> member.name().equals(container.name());
        }

        private static int number(Seen container) {
            return RuntimeLabels.integer(container.status().annotations().get(RuntimeLabels.ROUND), 0);
        }

        /** Whether the container belongs to an earlier round. */
        boolean past(Seen container) {
            return number(container) < number;
        }

        /** What there is of this round, and what belongs to none. */
        PodObservation of(PodObservation seen, Pod pod) {
            return number == 0
                    ? seen
                    : new PodObservation(
                            seen.sandboxes(),
                            seen.containers().stream()
                                    .filter(container -> !past(container) || ephemeral(pod, container))
                                    .toList());
        }

        private static boolean ephemeral(Pod pod, Seen container) {
            return Pods.member(pod, container.name())
                    .filter(member -> member.role() == Role.EPHEMERAL)
                    .isPresent();
        }
    }
}
