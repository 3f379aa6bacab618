package dev.navarch.kubelet;

import dev.navarch.kubelet.PodPlan.Kill;
import dev.navarch.kubelet.PodPlan.Reason;
import dev.navarch.kubelet.PodPlan.SandboxNeed;
import dev.navarch.kubelet.RestartRules.Round;
import dev.navarch.kubelet.pods.PodObservation;
import dev.navarch.kubelet.pods.PodObservation.Seen;
import dev.navarch.kubelet.pods.Pods;
import dev.navarch.kubelet.pods.Pods.Member;
import dev.navarch.kubelet.pods.Pods.Role;
import dev.navarch.kubelet.pods.RuntimeLabels;
import dev.navarch.kubelet.probes.Health;
import dev.navarch.kubelet.runtime.ContainerState;
import dev.navarch.kubelet.runtime.NamespaceOptions;
import dev.navarch.kubelet.runtime.SandboxStatus;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.ArrayList;
import java.util.List;

/**
 * Decides what to do for a pod that shall run, from its spec, what the runtime has of it and what the probes say. A pure
 * function; back-off is the caller's.
 *
 * <p>Source of the behaviour: computePodActions and computeInitContainerActions in kubernetes
 * pkg/kubelet/kuberuntime/kuberuntime_manager.go and kuberuntime_container.go.
 */
final class PodPlanner {
    private final Pod pod;
    private final PodObservation seen;
    private final Health health;
    private final List<Member> members;
    private final List<Kill> kills = new ArrayList<>();
    private final List<Member> starts = new ArrayList<>();

    private final Round round;

    private PodPlanner(Pod pod, PodObservation all, Health health) {
        this.pod = pod;
        round = Round.of(pod, all);
        seen = round.of(all, pod);
        this.health = health;
        members = Pods.members(pod);
    }

    static PodPlan plan(Pod pod, PodObservation seen, Health health) {
        return new PodPlanner(pod, seen, health).plan();
    }

    private PodPlan plan() {
        var newest = seen.newestSandbox();
        if (!round.ending().isEmpty() && newest.isPresent()) {
            return endRound(newest.get().id());
        }
        if (newest.isEmpty() || !usable(newest.get())) {
            return planNewSandbox(newest.map(s -> s.metadata().attempt() + 1).orElse(0));
        }
        var sandbox = newest.get().id();
        planEphemeral();
        return switch (planInit(sandbox)) {
            case FAILED -> PodPlan.end();
            case GOING_ON -> new PodPlan(kills, false, new SandboxNeed.Have(sandbox), starts);
            case DONE -> planMain(sandbox);
        };
    }

    private PodPlan endRound(String sandbox) {
        for (var container : round.ending()) {
            kills.add(new Kill(
                    container.id(), container.name(), "Stopping container " + container.name(), Reason.RESTART_ALL));
        }
        return new PodPlan(kills, false, new SandboxNeed.Have(sandbox), List.of());
    }

    private boolean usable(SandboxStatus sandbox) {
        boolean onHost = sandbox.namespaces().network() == NamespaceOptions.Mode.NODE;
        return seen.readySandbox().isPresent()
                && onHost == Pods.hostNetwork(pod)
                && (onHost || !sandbox.ips().isEmpty());
    }

    /** All containers start anew, unless the pod has nothing left to do. */
    private PodPlan planNewSandbox(int attempt) {
        var mains = mains();
        boolean never = mains.stream()
                .allMatch(m -> RestartRules.policy(pod, m.container()).equals("Never")
                        && Pods.orEmpty(m.container().getRestartPolicyRules()).isEmpty());
        if (never && attempt > 0 && !seen.containers().isEmpty()) {
            return PodPlan.end();
        }
        List<Member> wanted = mains.stream()
                .filter(m -> seen.current(m.name())
                        .filter(Seen::exited)
                        .map(c -> RestartRules.startsAgain(
                                pod, m.container(), c.status().exitCode()))
                        .orElse(true))
                .toList();
        if (wanted.isEmpty()) {
            return PodPlan.end();
        }
        var init = members.stream()
                .filter(m -> m.role() == Role.INIT || m.role() == Role.SIDECAR)
                .findFirst();
        return new PodPlan(
                List.of(),
                seen.anythingAlive(),
                new SandboxNeed.Create(attempt),
                init.map(List::of).orElse(wanted));
    }

    private List<Member> mains() {
        return members.stream().filter(m -> m.role() == Role.MAIN).toList();
    }

    private void planEphemeral() {
        members.stream()
                .filter(m ->
                        m.role() == Role.EPHEMERAL && seen.current(m.name()).isEmpty())
                .forEach(starts::add);
    }

    private enum Init {
        GOING_ON,
        DONE,
        FAILED
    }

    /**
     * Walks the init containers in order up to the first that is not through. Once a main container was made in this
     * sandbox, only the sidecars are looked after.
     */
    private Init planInit(String sandbox) {
        boolean initialized =
                mains().stream().anyMatch(m -> seen.current(m.name(), sandbox).isPresent());
        for (var member : members) {
            var now = seen.current(member.name(), sandbox);
            if (member.role() == Role.SIDECAR) {
                if (now.isEmpty() || !now.get().running()) {
                    starts.add(member);
                } else if (!planUnhealthy(member, now.get())
                        && (initialized || health.started(now.get().id(), member.container()))) {
                    continue;
                }
                if (!initialized) {
                    return Init.GOING_ON;
                }
            } else if (member.role() == Role.INIT && !initialized) {
                if (now.isEmpty() || notBegun(now.get())) {
                    starts.add(member);
                    return Init.GOING_ON;
                }
                if (now.get().running()) {
                    return Init.GOING_ON;
                }
                if (!now.get().succeeded()) {
                    if (!RestartRules.startsAgain(
                            pod, member.container(), now.get().status().exitCode())) {
                        return Init.FAILED;
                    }
                    starts.add(member);
                    return Init.GOING_ON;
                }
            }
        }
        return Init.DONE;
    }

    private static boolean notBegun(Seen container) {
        return container.status().state() == ContainerState.CREATED
                || container.status().state() == ContainerState.UNKNOWN;
    }

    private PodPlan planMain(String sandbox) {
        int kept = 0;
        int wanted = 0;
        for (var member : mains()) {
            var now = seen.current(member.name());
            if (now.isEmpty() || !now.get().running()) {
                if (now.isEmpty() || startsAgain(member, now.get())) {
                    starts.add(member);
                    wanted++;
                }
            } else if (planUnhealthy(member, now.get())) {
                wanted++;
            } else {
                kept++;
            }
        }
        if (kept == 0 && wanted == 0) {
            return PodPlan.end();
        }
        return new PodPlan(kills, false, new SandboxNeed.Have(sandbox), starts);
    }

    /** What never began starts in any case. */
    private boolean startsAgain(Member member, Seen container) {
        return notBegun(container)
                || RestartRules.startsAgain(
                        pod, member.container(), container.status().exitCode());
    }

    /** Plans the end of a running container that changed or failed a probe; it starts again when it has exited. */
    private boolean planUnhealthy(Member member, Seen container) {
        var name = member.name();
        var hash = container.status().annotations().get(RuntimeLabels.HASH);
        var kill = hash != null && !hash.equals(RuntimeLabels.hash(member.container()))
                ? new Kill(container.id(), name, "Container " + name + " definition changed", Reason.CHANGED)
                : health.livenessFailed(container.id())
                        ? new Kill(
                                container.id(), name, "Container " + name + " failed liveness probe", Reason.LIVENESS)
                        : health.startupFailed(container.id())
                                ? new Kill(
                                        container.id(),
                                        name,
                                        "Container " + name + " failed startup probe",
                                        Reason.STARTUP)
                                : null;
        if (kill == null) {
            return false;
        }
        boolean again = member.role() == Role.SIDECAR
                || kill.reason() == Reason.CHANGED
                || !RestartRules.policy(pod, member.container()).equals("Never");
        kills.add(
                again
                        ? new Kill(kill.containerId(), name, kill.message() + ", will be restarted", kill.reason())
                        : kill);
        return true;
    }
}
