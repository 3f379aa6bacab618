package dev.navarch.kubelet;

import dev.navarch.kubelet.PodObservation.Seen;
import dev.navarch.kubelet.PodPlan.Kill;
import dev.navarch.kubelet.PodPlan.Reason;
import dev.navarch.kubelet.PodPlan.SandboxNeed;
import dev.navarch.kubelet.Pods.Member;
import dev.navarch.kubelet.Pods.Role;
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

    private PodPlanner(Pod pod, PodObservation seen, Health health) {
        this.pod = pod;
        this.seen = seen;
        this.health = health;
        members = Pods.members(pod);
    }

    static PodPlan plan(Pod pod, PodObservation seen, Health health) {
        return new PodPlanner(pod, seen, health).plan();
    }

    private PodPlan plan() {
        var newest = seen.newestSandbox();
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

    private boolean usable(SandboxStatus sandbox) {
        boolean onHost = sandbox.namespaces().network() == NamespaceOptions.Mode.NODE;
        return seen.readySandbox().isPresent()
                && onHost == Pods.hostNetwork(pod)
                && (onHost || !sandbox.ips().isEmpty());
    }

    /** All containers start anew, unless the pod has nothing left to do. */
    private PodPlan planNewSandbox(int attempt) {
        var policy = Pods.restartPolicy(pod);
        if (policy.equals("Never") && attempt > 0 && !seen.containers().isEmpty()) {
            return PodPlan.end();
        }
        List<Member> wanted = mains().stream()
                .filter(m -> !policy.equals("OnFailure")
                        || !seen.current(m.name()).map(Seen::succeeded).orElse(false))
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
                    if (Pods.restartPolicy(pod).equals("Never")) {
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
                if (now.isEmpty() || startsAgain(now.get())) {
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

    /** By the pod's restart policy; what never began starts in any case. */
    private boolean startsAgain(Seen container) {
        if (notBegun(container)) {
            return true;
        }
        return switch (Pods.restartPolicy(pod)) {
            case "Never" -> false;
            case "OnFailure" -> container.status().exitCode() != 0;
            default -> true;
        };
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
                || !Pods.restartPolicy(pod).equals("Never");
        kills.add(
                again
                        ? new Kill(kill.containerId(), name, kill.message() + ", will be restarted", kill.reason())
                        : kill);
        return true;
    }
}
