package dev.navarch.kubelet;

import dev.navarch.kubelet.RestartRules.Round;
import dev.navarch.kubelet.cgroups.QosClass;
import dev.navarch.kubelet.pods.PodObservation;
import dev.navarch.kubelet.pods.PodObservation.Seen;
import dev.navarch.kubelet.pods.Pods;
import dev.navarch.kubelet.pods.Pods.Member;
import dev.navarch.kubelet.pods.Pods.Role;
import dev.navarch.kubelet.probes.Health;
import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateRunning;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStateWaiting;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.HostIP;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.PodIP;
import io.fabric8.kubernetes.api.model.PodStatus;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Says what a pod's status is, from its spec, its last status and what the runtime and the probes say. A pure function.
 *
 * <p>Sources of the behaviour: generateAPIPodStatus, getPhase and convertToAPIContainerStatuses in kubernetes
 * pkg/kubelet/kubelet_pods.go; pkg/kubelet/status/generate.go; TerminatePod in pkg/kubelet/status/status_manager.go.
 */
final class StatusComposer {

    /**
     * @param waiting why containers can't start, by name
     * @param ended nothing of the pod runs or will run again
     * @param verdict what the node decided about the pod, whatever its containers did
     * @param engine the runtime's name, the scheme of container ids
     * @param messages the termination message of an exited container, "" for none
     */
    record Input(
            Pod pod,
            PodObservation seen,
            Health health,
            Map<String, Waiting> waiting,
            boolean ended,
            Optional<Verdict> verdict,
            String engine,
            List<String> hostIps,
            Function<Seen, String> messages,
            Instant now) {}

    /** A pod that the node gave up on. */
    record Verdict(String reason, String message) {}

    private static final String RUNNING = "Running";
    private static final String PENDING = "Pending";

    private final Input in;
    private final Pod pod;
    private final PodStatus old;
    private final List<Member> members;
    private final Round round;

    private StatusComposer(Input in) {
        this.in = in;
        pod = in.pod();
        old = pod.getStatus() == null ? new PodStatus() : pod.getStatus();
        members = Pods.members(pod);
        round = Round.of(pod, in.seen());
    }

    static PodStatus compose(Input input) {
        return new StatusComposer(input).compose();
    }

    private PodStatus compose() {
        var status = new PodStatus();
        var init = statuses(List.of(Role.INIT, Role.SIDECAR));
        var main = statuses(List.of(Role.MAIN));
        var ephemeral = statuses(List.of(Role.EPHEMERAL));
        status.setInitContainerStatuses(init);
        status.setContainerStatuses(main);
        status.setEphemeralContainerStatuses(ephemeral);
        status.setPhase(phase(init, main));
        in.verdict().ifPresent(v -> {
            status.setReason(v.reason());
            status.setMessage(v.message());
        });
        if (in.verdict().isEmpty()) {
            status.setReason(old.getReason());
            status.setMessage(old.getMessage());
        }
        status.setQosClass(QosClass.of(pod).text());
        status.setStartTime(old.getStartTime() == null ? time(in.now()) : old.getStartTime());
        if (pod.getMetadata().getGeneration() != null) {
            status.setObservedGeneration(pod.getMetadata().getGeneration());
        }
        addresses(status);
        status.setConditions(conditions(status.getPhase(), init, main));
        status.setNominatedNodeName(old.getNominatedNodeName());
        status.setResourceClaimStatuses(old.getResourceClaimStatuses());
        status.setExtendedResourceClaimStatus(old.getExtendedResourceClaimStatus());
        status.setResize(old.getResize());
        return status;
    }

    static String time(Instant instant) {
        return instant.truncatedTo(ChronoUnit.SECONDS).toString();
    }

    private void addresses(PodStatus status) {
        var hostIps = in.hostIps();
        if (!hostIps.isEmpty()) {
            status.setHostIP(hostIps.getFirst());
            status.setHostIPs(hostIps.stream().map(HostIP::new).toList());
        }
        List<String> ips = Pods.hostNetwork(pod)
                ? (in.seen().sandboxes().isEmpty() && old.getPodIP() == null ? List.of() : hostIps)
                : in.seen().readySandbox().map(s -> s.ips()).orElse(List.of());
        if (ips.isEmpty() && in.ended()) {
            ips = Pods.orEmpty(old.getPodIPs()).stream().map(PodIP::getIp).toList();
        }
        if (!ips.isEmpty()) {
            status.setPodIP(ips.getFirst());
            status.setPodIPs(ips.stream().map(PodIP::new).toList());
        }
    }

    // Containers

    private List<ContainerStatus> statuses(List<Role> roles) {
        return members.stream()
                .filter(m -> roles.contains(m.role()))
                .map(this::status)
                .toList();
    }

    private ContainerStatus status(Member member) {
        var name = member.name();
        var before = previous(name);
        var now = in.seen().current(name);
        var status = new ContainerStatus();
        status.setName(name);
        status.setImage(member.container().getImage());
        status.setImageID("");
        status.setReady(false);
        status.setStarted(false);
        status.setLastState(before == null ? new ContainerState() : before.getLastState());
        status.setRestartCount(before == null ? 0 : before.getRestartCount());
        if (now.isEmpty()) {
            absent(status, before);
        } else {
            present(status, member, now.get());
        }
        limits(status, member);
        return status;
    }

    private void limits(ContainerStatus status, Member member) {
        var resources = member.container().getResources();
        if (resources == null || member.role() == Role.EPHEMERAL) {
            return;
        }
        if (resources.getRequests() != null && !resources.getRequests().isEmpty()) {
            status.setAllocatedResources(resources.getRequests());
        }
        if (status.getState() != null && status.getState().getRunning() != null) {
            status.setResources(resources);
        }
    }

    private @Nullable ContainerStatus previous(String name) {
        for (var list : List.of(
                Pods.orEmpty(old.getContainerStatuses()),
                Pods.orEmpty(old.getInitContainerStatuses()),
                Pods.orEmpty(old.getEphemeralContainerStatuses()))) {
            for (var status : list) {
                if (status.getName().equals(name)) {
                    return status;
                }
            }
        }
        return null;
    }

    /** The runtime knows none: it was not made yet, or it was and is lost. */
    private void absent(ContainerStatus status, @Nullable ContainerStatus before) {
        var state = new ContainerState();
        status.setState(state);
        if (before != null && before.getState() != null && before.getState().getTerminated() != null) {
            status.setState(before.getState());
            status.setContainerID(before.getContainerID());
            status.setImageID(before.getImageID());
            status.setImage(before.getImage());
            var waiting = in.waiting().get(status.getName());
            if (waiting != null && !in.ended()) {
                status.setLastState(before.getState());
                status.setState(waiting(waiting));
            }
            return;
        }
        if (in.ended()) {
            state.setTerminated(lost());
            return;
        }
        if (before != null && before.getState() != null && before.getState().getRunning() != null) {
            var last = new ContainerState();
            last.setTerminated(lost());
            status.setLastState(last);
            status.setRestartCount(before.getRestartCount() + 1);
        }
        status.setState(waiting(waitingOf(status.getName())));
    }

    private static ContainerStateTerminated lost() {
        var terminated = new ContainerStateTerminated();
        terminated.setReason("ContainerStatusUnknown");
        terminated.setMessage("The container could not be located when the pod was terminated");
        terminated.setExitCode(137);
        return terminated;
    }

    private Waiting waitingOf(String name) {
        var given = in.waiting().get(name);
        if (given != null) {
            return given;
        }
        boolean first =
                members.stream().anyMatch(m -> m.role() == Role.INIT || m.role() == Role.SIDECAR) && !initialized();
        return new Waiting(first ? "PodInitializing" : "ContainerCreating", "");
    }

    private static ContainerState waiting(Waiting waiting) {
        var wait = new ContainerStateWaiting();
        wait.setReason(waiting.reason());
        if (!waiting.message().isEmpty()) {
            wait.setMessage(waiting.message());
        }
        var state = new ContainerState();
        state.setWaiting(wait);
        return state;
    }

    private void present(ContainerStatus status, Member member, Seen now) {
        status.setRestartCount(now.restartCount());
        status.setContainerID(in.engine() + "://" + now.id());
        if (!now.status().image().isEmpty()) {
            status.setImage(now.status().image());
        }
        status.setImageID(now.status().imageRef());
        in.seen().previous(member.name()).filter(Seen::exited).ifPresent(p -> status.setLastState(state(p)));
        var waiting = in.waiting().get(member.name());
        if (now.exited() && waiting != null && !in.ended()) {
            status.setLastState(state(now));
            status.setState(waiting(waiting));
        } else if (now.exited() && begins() && round.past(now) && !in.ended()) {
            status.setLastState(state(now));
            status.setState(waiting(waitingOf(member.name())));
        } else if (now.running() || now.exited()) {
            status.setState(state(now));
        } else {
            status.setState(in.ended() ? terminated(lost()) : waiting(waitingOf(member.name())));
        }
        boolean started = now.running() && in.health().started(now.id(), member.container());
        status.setStarted(started);
        status.setReady(
                switch (member.role()) {
                    case MAIN, SIDECAR -> now.running() && in.health().ready(now.id(), member.container());
                    case INIT -> now.succeeded() && !(begins() && round.past(now));
                    case EPHEMERAL -> false;
                });
    }

    private static ContainerState terminated(ContainerStateTerminated how) {
        var state = new ContainerState();
        state.setTerminated(how);
        return state;
    }

    private ContainerState state(Seen seen) {
        var status = seen.status();
        if (seen.running()) {
            var running = new ContainerStateRunning();
            running.setStartedAt(time(status.startedAt().orElse(status.createdAt())));
            var state = new ContainerState();
            state.setRunning(running);
            return state;
        }
        var end = new ContainerStateTerminated();
        end.setContainerID(in.engine() + "://" + seen.id());
        end.setExitCode(status.exitCode());
        end.setReason(status.reason().isEmpty() ? status.exitCode() == 0 ? "Completed" : "Error" : status.reason());
        var message = in.messages().apply(seen);
        if (message.isEmpty()) {
            message = status.message();
        }
        if (!message.isEmpty()) {
            end.setMessage(message);
        }
        end.setStartedAt(time(status.startedAt().orElse(status.createdAt())));
        end.setFinishedAt(time(status.finishedAt().orElse(status.createdAt())));
        return terminated(end);
    }

    // The pod

    private boolean initialized() {
        return members.stream()
                .anyMatch(m -> m.role() == Role.MAIN
                        && in.seen()
                                .current(m.name())
                                .filter(c -> !begins() || !round.past(c))
                                .isPresent());
    }

    /** Whether the last round is over, and all its containers. */
    private boolean begins() {
        return round.number() > 0 && round.ending().isEmpty();
    }

    private String phase(List<ContainerStatus> init, List<ContainerStatus> main) {
        if (in.verdict().isPresent() || Pods.phase(pod).equals("Failed")) {
            return "Failed";
        }
        if (Pods.phase(pod).equals("Succeeded")) {
            return "Succeeded";
        }
        var phase = fromContainers(init, main);
        if (in.ended() && (phase.equals(PENDING) || phase.equals(RUNNING))) {
            return "Failed"; // it ended before it could end by itself
        }
        return phase;
    }

    private String fromContainers(List<ContainerStatus> init, List<ContainerStatus> main) {
        int i = 0;
        boolean pendingInit = false;
        for (var member : members) {
            if (member.role() != Role.INIT && member.role() != Role.SIDECAR) {
                continue;
            }
            var status = init.get(i++);
            boolean failed = terminatedIn(status) != null && exit(status) != 0;
            if (member.role() == Role.INIT) {
                if (failed && !RestartRules.startsAgain(pod, member.container(), exit(status))) {
                    return "Failed";
                }
                pendingInit |= !(terminatedIn(status) != null && exit(status) == 0);
            } else {
                pendingInit |= !Boolean.TRUE.equals(status.getStarted()) && !initialized() && !in.ended();
            }
        }
        if (pendingInit && !initialized()) {
            return PENDING;
        }
        int running = 0;
        int waiting = 0;
        int stopped = 0;
        int succeeded = 0;
        boolean again = false;
        for (var status : main) {
            var state = status.getState();
            again |= startsAgain(status);
            if (state.getRunning() != null) {
                running++;
            } else if (state.getTerminated() != null) {
                stopped++;
                succeeded += exit(status) == 0 ? 1 : 0;
            } else if (status.getLastState() != null && status.getLastState().getTerminated() != null) {
                stopped++;
            } else {
                waiting++;
            }
        }
        if (waiting > 0) {
            return PENDING;
        }
        if (running > 0) {
            return RUNNING;
        }
        if (stopped == 0) {
            return PENDING;
        }
        if (in.ended()) {
            return succeeded == stopped ? "Succeeded" : "Failed";
        }
        return again ? RUNNING : succeeded == stopped ? "Succeeded" : "Failed";
    }

    /** Whether a container that ended, whether it waits or not, is to run again. */
    private boolean startsAgain(ContainerStatus status) {
        var ended = terminatedIn(status);
        if (ended == null && status.getLastState() != null) {
            ended = status.getLastState().getTerminated();
        }
        int code = ended == null || ended.getExitCode() == null ? 0 : ended.getExitCode();
        return ended != null
                && Pods.member(pod, status.getName())
                        .filter(member -> RestartRules.startsAgain(pod, member.container(), code))
                        .isPresent();
    }

    private static @Nullable ContainerStateTerminated terminatedIn(ContainerStatus status) {
        return status.getState() == null ? null : status.getState().getTerminated();
    }

    private static int exit(ContainerStatus status) {
        var terminated = terminatedIn(status);
        return terminated == null || terminated.getExitCode() == null ? 0 : terminated.getExitCode();
    }

    // Conditions

    private record Verified(boolean holds, String reason, String message) {}

    private List<PodCondition> conditions(String phase, List<ContainerStatus> init, List<ContainerStatus> main) {
        Map<String, PodCondition> all = new LinkedHashMap<>();
        boolean sandbox = in.seen()
                .readySandbox()
                .filter(s -> Pods.hostNetwork(pod) || !s.ips().isEmpty())
                .isPresent();
        put(all, "PodReadyToStartContainers", new Verified(sandbox && !in.ended(), "", ""));
        put(all, "Initialized", initializedCondition(phase, init));
        var containers = containersReady(phase, main);
        put(all, "Ready", ready(containers));
        put(all, "ContainersReady", containers);
        put(all, "PodScheduled", new Verified(true, "", ""));
        if (RestartRules.mayRestartAll(pod)) {
            put(all, "AllContainersRestarting", restarting(phase));
        }
        for (var condition : Pods.orEmpty(old.getConditions())) {
            all.putIfAbsent(condition.getType(), condition);
        }
        return new ArrayList<>(all.values());
    }

    private Verified restarting(String phase) {
        return switch (phase) {
            case "Succeeded" -> new Verified(false, "PodCompleted", "");
            case "Failed" -> new Verified(false, "PodFailed", "");
            default ->
                round.ending().isEmpty()
                        ? new Verified(false, "", "")
                        : new Verified(
                                true, "RestartAllContainersStarted", "container exited with restart policy rule");
        };
    }

    private void put(Map<String, PodCondition> all, String type, Verified value) {
        var condition = new PodCondition();
        condition.setType(type);
        condition.setStatus(value.holds() ? "True" : "False");
        if (!value.reason().isEmpty()) {
            condition.setReason(value.reason());
        }
        if (!value.message().isEmpty()) {
            condition.setMessage(value.message());
        }
        if (pod.getMetadata().getGeneration() != null) {
            condition.setObservedGeneration(pod.getMetadata().getGeneration());
        }
        condition.setLastTransitionTime(time(in.now()));
        for (var before : Pods.orEmpty(old.getConditions())) {
            if (before.getType().equals(type)
                    && condition.getStatus().equals(before.getStatus())
                    && before.getLastTransitionTime() != null) {
                condition.setLastTransitionTime(before.getLastTransitionTime());
            }
        }
        all.put(type, condition);
    }

    private Verified initializedCondition(String phase, List<ContainerStatus> init) {
        if (phase.equals("Succeeded")) {
            return new Verified(true, "PodCompleted", "");
        }
        List<String> incomplete = new ArrayList<>();
        if (!initialized()) {
            int i = 0;
            for (var member : members) {
                if (member.role() == Role.INIT
                                && !Boolean.TRUE.equals(init.get(i).getReady())
                        || member.role() == Role.SIDECAR
                                && !Boolean.TRUE.equals(init.get(i).getStarted())) {
                    incomplete.add(member.name());
                }
                i += member.role() == Role.INIT || member.role() == Role.SIDECAR ? 1 : 0;
            }
        }
        if (!incomplete.isEmpty()) {
            return new Verified(
                    false,
                    "ContainersNotInitialized",
                    "containers with incomplete status: [" + String.join(" ", incomplete) + "]");
        }
        return new Verified(true, "", "");
    }

    private Verified containersReady(String phase, List<ContainerStatus> main) {
        if (phase.equals("Succeeded")) {
            return new Verified(false, "PodCompleted", "");
        }
        if (phase.equals("Failed")) {
            return new Verified(false, "PodFailed", "");
        }
        var unready = main.stream()
                .filter(s -> !Boolean.TRUE.equals(s.getReady()))
                .map(ContainerStatus::getName)
                .toList();
        if (!unready.isEmpty()) {
            return new Verified(
                    false, "ContainersNotReady", "containers with unready status: [" + String.join(" ", unready) + "]");
        }
        return new Verified(true, "", "");
    }

    private Verified ready(Verified containers) {
        if (!containers.holds()) {
            return containers;
        }
        List<String> missing = new ArrayList<>();
        for (var gate : Pods.orEmpty(pod.getSpec().getReadinessGates())) {
            var type = gate.getConditionType();
            var found = Pods.orEmpty(old.getConditions()).stream()
                    .filter(c -> c.getType().equals(type))
                    .findFirst();
            if (found.isEmpty()) {
                missing.add("corresponding condition of pod readiness gate \"" + type + "\" does not exist.");
            } else if (!"True".equals(found.get().getStatus())) {
                missing.add("the status of pod readiness gate \"" + type + "\" is not \"True\", but "
                        + found.get().getStatus());
            }
        }
        return missing.isEmpty()
                ? new Verified(true, "", "")
                : new Verified(false, "ReadinessGatesNotReady", String.join(", ", missing));
    }
}
