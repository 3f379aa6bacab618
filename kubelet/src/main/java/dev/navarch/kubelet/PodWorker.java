package dev.navarch.kubelet;

import dev.navarch.client.ApiFailure;
import dev.navarch.client.DeleteOptions;
import dev.navarch.kubelet.ContainerKills.Owner;
import dev.navarch.kubelet.PodPlan.Kill;
import dev.navarch.kubelet.PodPlan.Reason;
import dev.navarch.kubelet.PodPlan.SandboxNeed;
import dev.navarch.kubelet.StatusComposer.Verdict;
import dev.navarch.kubelet.pods.PodObservation;
import dev.navarch.kubelet.pods.PodObservation.Seen;
import dev.navarch.kubelet.pods.Pods;
import dev.navarch.kubelet.pods.Pods.Member;
import dev.navarch.kubelet.pods.Pods.Role;
import dev.navarch.kubelet.pods.RuntimeLabels;
import dev.navarch.kubelet.probes.PodProbes;
import dev.navarch.kubelet.runtime.ContainerState;
import dev.navarch.kubelet.runtime.RuntimeFailure;
import dev.navarch.kubelet.runtime.SandboxState;
import dev.navarch.kubelet.runtime.SandboxStatus;
import dev.navarch.kubelet.volumes.PodVolumes;
import dev.navarch.kubelet.volumes.VolumeFailure;
import dev.navarch.time.TimeSource;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodStatus;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the containers of one pod be what its object says, on a thread of its own. Level-triggered: whatever wakes it,
 * it looks at the newest object and at the runtime, does what is to be done, says how the pod is, and sleeps. It acts
 * again at once after an action of its own. What takes long (killing, pulling, probing) runs beside it and wakes it.
 *
 * <p>It keeps nothing that it could not do without: a new worker over the same runtime goes on where the last one
 * stopped.
 *
 * <p>Source of the behaviour: kubernetes pkg/kubelet/pod_workers.go, SyncPod in pkg/kubelet/kubelet.go and
 * pkg/kubelet/kuberuntime/kuberuntime_manager.go.
 */
final class PodWorker implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(PodWorker.class);
    private static final int MAX_ROUNDS = 20;
    private static final Duration RETRY = Duration.ofSeconds(1);
    private static final Duration LAST_RETRY = Duration.ofSeconds(30);
    private static final Duration LAST_MOUNT_RETRY = Duration.ofSeconds(10);

    private final String uid;
    private final String name;
    private final PodTools tools;
    private final TimeSource time;
    private final Consumer<PodWorker> finished;

    /** Guards the mailbox. */
    private final Object lock = new Object();

    private @Nullable Pod desired;
    private boolean gone;
    private boolean dirty;
    private TimeSource.Gate mail;
    private boolean closed;
    private TimeSource.@Nullable Timer alarm;
    private @Nullable Instant alarmAt;

    // All below belongs to the worker's thread.
    private final PodObserver observer;
    private final ContainerKills kills;
    private final PodProbes probes;
    private final PodVolumes volumes;
    private final ContainerStarter starter;
    private Optional<Verdict> verdict = Optional.empty();
    private boolean admitted;
    private boolean cleaned;
    private boolean deleted;
    private @Nullable Instant endingSince;
    private @Nullable Instant volumesAt;
    private Duration retry = RETRY;
    private Duration mountRetry = RETRY;

    /** @param finished told when there is nothing left to do for the pod, ever */
    PodWorker(String uid, Optional<Pod> pod, PodTools tools, Consumer<PodWorker> finished) {
        this.uid = uid;
        this.tools = tools;
        this.finished = finished;
        time = tools.time();
        desired = pod.orElse(null);
        gone = pod.isEmpty();
        observer = new PodObserver(tools.runtime());
        var hooks = new Hooks(tools.runtime(), time);
        kills = new ContainerKills(tools.runtime(), hooks, tools.events(), time, this::wake);
        probes = new PodProbes(tools.prober(), tools.events(), time, this::wake);
        volumes = new PodVolumes(
                tools.paths().pod(uid),
                tools.mounts(),
                tools.objects(),
                tools.config().nodeName(),
                tools.claims(),
                tools.inUse(),
                time);
        starter = new ContainerStarter(tools, kills, hooks, this::wake, this::wakeAt);
        name = "pod-" + pod.map(p -> p.getMetadata().getName()).orElse(uid);
        mail = time.gate();
    }

    void start() {
        wake();
        time.start(name, this::run);
    }

    String uid() {
        return uid;
    }

    Optional<Pod> pod() {
        synchronized (lock) {
            return Optional.ofNullable(desired);
        }
    }

    /** The pod's object changed. */
    void update(Pod pod) {
        synchronized (lock) {
            desired = pod;
        }
        wake();
    }

    /** The pod's object is no more; whatever runs must end. */
    void remove(Pod last) {
        synchronized (lock) {
            desired = last;
            gone = true;
        }
        wake();
    }

    /** Something may have changed. */
    void wake() {
        synchronized (lock) {
            dirty = true;
            mail.open();
        }
    }

    private void wakeAt(Instant at) {
        synchronized (lock) {
            var now = time.now();
            if (alarm != null && alarmAt != null && alarmAt.isAfter(now)) {
                if (!at.isBefore(alarmAt)) {
                    return;
                }
                alarm.cancel();
            }
            alarmAt = at;
            alarm = time.schedule(Duration.between(now, at), this::wake);
        }
    }

    @Override
    public void close() {
        synchronized (lock) {
            closed = true;
            if (alarm != null) {
                alarm.cancel();
            }
            mail.open();
        }
        probes.close();
    }

    private void run() {
        try {
            while (awaitWork()) {
                boolean over = attempt();
                synchronized (lock) {
                    closed |= over;
                }
                if (over) {
                    close();
                    finished.accept(this);
                }
            }
        } catch (InterruptedException e) {
            log.debug("The worker of {} ends", uid);
        }
    }

    private boolean awaitWork() throws InterruptedException {
        while (true) {
            TimeSource.Gate next;
            synchronized (lock) {
                if (dirty || closed) {
                    dirty = false;
                    return !closed;
                }
                mail = time.gate();
                next = mail;
            }
            next.await();
        }
    }

    private boolean attempt() {
        try {
            boolean over = step();
            retry = RETRY;
            return over;
        } catch (RuntimeFailure | ApiFailure | UncheckedIOException | IOException e) {
            log.warn("Pod {}: {}", describe(), e.getMessage());
        } catch (RuntimeException e) { // a fault of ours must not end the pod's worker
            log.error("Pod {}", describe(), e);
        }
        wakeAt(time.now().plus(retry));
        retry = retry.multipliedBy(2).compareTo(LAST_RETRY) > 0 ? LAST_RETRY : retry.multipliedBy(2);
        return false;
    }

    private String describe() {
        return pod().map(Pods::describe).orElse(uid);
    }

    /** One look at everything. True: nothing is left of the pod. */
    private boolean step() throws IOException {
        Pod object;
        boolean vanished;
        synchronized (lock) {
            object = desired;
            vanished = gone;
        }
        var seen = observer.observe(uid);
        if (vanished || object == null) {
            return stepGone(Optional.ofNullable(object), seen);
        }
        var pod = tools.statuses().newest(object);
        if (Pods.deleting(object) || Pods.deleting(pod)) {
            stepDeleting(Pods.deleting(pod) ? pod : object, seen);
        } else if (Pods.finished(pod) || verdict.isPresent()) {
            stepFinished(pod, seen);
        } else {
            stepLive(pod, seen);
        }
        return false;
    }

    // Ending

    private boolean stepGone(Optional<Pod> pod, PodObservation seen) throws IOException {
        var grace = pod.map(Pods::grace).orElseGet(() -> graceOf(seen));
        if (!ended(pod, seen, grace)) {
            return false;
        }
        clean(pod, observer.observe(uid));
        return true;
    }

    /** An orphan's containers carry their pod's grace. */
    private static Duration graceOf(PodObservation seen) {
        return seen.containers().stream()
                .map(c -> c.status().annotations().get(RuntimeLabels.POD_GRACE))
                .map(text -> RuntimeLabels.integer(text, 30))
                .findFirst()
                .map(Duration::ofSeconds)
                .orElse(Duration.ofSeconds(30));
    }

    private void stepDeleting(Pod pod, PodObservation seen) throws IOException {
        probes.onlyReadiness();
        if (!ended(Optional.of(pod), seen, Pods.grace(pod))) {
            publish(pod, seen, false);
            return;
        }
        if (deleted) {
            return;
        }
        if (!cleaned) {
            publish(pod, observer.observe(uid), true);
            if (!tools.statuses().settled(uid)) {
                return; // it wakes us when the last word is said
            }
            clean(Optional.of(pod), observer.observe(uid));
            cleaned = true;
        }
        var meta = pod.getMetadata();
        try {
            tools.pods()
                    .delete(
                            meta.getNamespace(),
                            meta.getName(),
                            DeleteOptions.exactly(pod).grace(Duration.ZERO));
        } catch (ApiFailure e) {
            if (!e.notFound() && !e.conflict()) {
                throw e;
            }
        }
        deleted = true;
    }

    /** The pod came to its end by itself or by the node's verdict: its dead containers stay for their logs. */
    private void stepFinished(Pod pod, PodObservation seen) throws IOException {
        boolean over = ended(Optional.of(pod), seen, Pods.grace(pod));
        publish(pod, over ? observer.observe(uid) : seen, over);
        if (over && !cleaned) {
            probes.close();
            volumes.remove(uid);
            tools.cgroups().remove(uid);
            cleaned = true;
        }
    }

    /** Kills what runs, the sidecars last and from the last to the first. True: nothing runs any more. */
    private boolean ended(Optional<Pod> pod, PodObservation seen, Duration grace) {
        if (endingSince == null) {
            endingSince = time.now();
        }
        var running = seen.running();
        if (running.isEmpty()) {
            if (!kills.isEmpty()) {
                return false;
            }
            for (var sandbox : seen.sandboxes()) {
                if (sandbox.state() == SandboxState.READY) {
                    tools.runtime().stopPodSandbox(sandbox.id());
                }
            }
            return true;
        }
        var members = pod.map(Pods::members).orElse(List.of());
        List<String> sidecars = members.stream()
                .filter(m -> m.role() == Role.SIDECAR)
                .map(Member::name)
                .toList();
        var first = running.stream().filter(c -> !sidecars.contains(c.name())).toList();
        if (first.isEmpty()) {
            first = running.stream()
                    .max(java.util.Comparator.comparingInt(c -> sidecars.indexOf(c.name())))
                    .map(List::of)
                    .orElseThrow();
            grace = grace.minus(Duration.between(endingSince, time.now()));
        }
        for (var container : first) {
            kills.kill(owner(pod, container, seen), container, grace, "Stopping container " + container.name());
        }
        return false;
    }

    private static Owner owner(Optional<Pod> pod, Seen container, PodObservation seen) {
        return new Owner(pod, pod.flatMap(p -> Pods.member(p, container.name())), ip(pod, seen));
    }

    private static String ip(Optional<Pod> pod, PodObservation seen) {
        var own = seen.newestSandbox().map(SandboxStatus::ips).orElse(List.of());
        if (!own.isEmpty()) {
            return own.getFirst();
        }
        return pod.filter(Pods::hostNetwork).isPresent() ? "127.0.0.1" : "";
    }

    /** Removes every trace of the pod from the node. */
    private void clean(Optional<Pod> pod, PodObservation seen) throws IOException {
        probes.close();
        for (var container : seen.containers()) {
            tools.runtime().removeContainer(container.id());
        }
        for (var sandbox : seen.sandboxes()) {
            tools.runtime().removePodSandbox(sandbox.id());
        }
        volumes.remove(uid);
        PodVolumes.remove(tools.paths().pod(uid), tools.mounts());
        tools.cgroups().remove(uid);
        tools.images().forget(uid);
        var logs = pod.map(p -> tools.paths().logs(p))
                .or(() -> seen.newestSandbox()
                        .map(s -> tools.paths()
                                .logs(
                                        s.metadata().namespace(),
                                        s.metadata().name(),
                                        s.metadata().uid())));
        if (logs.isPresent()) {
            PodVolumes.remove(logs.get(), tools.mounts());
        }
    }

    // Living

    private void stepLive(Pod pod, PodObservation first) throws IOException {
        if (!admit(pod, first) || overdue(pod)) {
            stepFinished(pod, first);
            return;
        }
        var seen = first;
        for (int round = 0; round < MAX_ROUNDS; round++) {
            watchHealth(pod, seen);
            var plan = PodPlanner.plan(pod, seen, probes);
            if (plan.endPod() && plan.sandbox() instanceof SandboxNeed.None) {
                stepFinished(pod, seen);
                return;
            }
            for (var kill : plan.kills()) {
                kill(pod, kill, seen);
            }
            if (plan.endPod() && !endSandbox(pod, seen)) {
                break;
            }
            boolean acted = act(pod, plan, seen);
            seen = observer.observe(uid);
            if (!acted) {
                break;
            }
        }
        watchHealth(pod, seen);
        publish(pod, seen, false);
        refreshVolumes(pod, seen);
    }

    private boolean admit(Pod pod, PodObservation seen) {
        if (!admitted && seen.isEmpty()) {
            verdict = tools.admission().apply(pod);
            verdict.ifPresent(v -> {
                log.info("Pod {} is rejected: {}", describe(), v.message());
                tools.events().warning(pod, v.reason(), v.message().replaceFirst("^Pod was rejected: ", ""));
            });
        }
        admitted = verdict.isEmpty();
        return admitted;
    }

    private boolean overdue(Pod pod) {
        var limit = pod.getSpec().getActiveDeadlineSeconds();
        var start = Pods.startTime(pod);
        if (limit == null || start.isEmpty()) {
            return false;
        }
        var deadline = start.get().plusSeconds(limit);
        if (time.now().isBefore(deadline)) {
            wakeAt(deadline);
            return false;
        }
        var message = "Pod was active on the node longer than the specified deadline";
        tools.events().normal(pod, "DeadlineExceeded", message);
        verdict = Optional.of(new Verdict("DeadlineExceeded", message));
        return true;
    }

    private void watchHealth(Pod pod, PodObservation seen) {
        for (var member : Pods.members(pod)) {
            seen.current(member.name())
                    .filter(Seen::running)
                    .ifPresent(c -> probes.watch(pod, member, c, ip(Optional.of(pod), seen), wasReady(pod, c)));
        }
        probes.keepOnly(seen.running().stream().map(Seen::id).collect(Collectors.toSet()));
    }

    /** What the last status said of this very container, so that a new agent does not make ready pods unready. */
    private boolean wasReady(Pod pod, Seen container) {
        var status = pod.getStatus();
        return status != null
                && java.util.stream.Stream.concat(
                                Pods.orEmpty(status.getContainerStatuses()).stream(),
                                Pods.orEmpty(status.getInitContainerStatuses()).stream())
                        .anyMatch(s -> (tools.engine() + "://" + container.id()).equals(s.getContainerID())
                                && Boolean.TRUE.equals(s.getReady()));
    }

    private void kill(Pod pod, Kill kill, PodObservation seen) {
        var container = seen.current(kill.name()).orElseThrow();
        var owner = owner(Optional.of(pod), container, seen);
        var grace = owner.member()
                .map(m -> switch (kill.reason()) {
                    case LIVENESS -> m.container().getLivenessProbe();
                    case STARTUP -> m.container().getStartupProbe();
                    case CHANGED, RESTART_ALL -> null;
                })
                .map(p -> p.getTerminationGracePeriodSeconds())
                .map(Duration::ofSeconds)
                .orElse(Pods.grace(pod));
        kills.kill(
                kill.reason() == Reason.RESTART_ALL ? owner.withoutHooks() : owner, container, grace, kill.message());
    }

    /** Ends what runs in a sandbox that is no longer good. True: it is gone. */
    private boolean endSandbox(Pod pod, PodObservation seen) {
        for (var container : seen.running()) {
            kills.kill(
                    owner(Optional.of(pod), container, seen),
                    container,
                    Pods.grace(pod),
                    "Stopping container " + container.name());
        }
        if (!seen.running().isEmpty() || !kills.isEmpty()) {
            return false;
        }
        for (var sandbox : seen.sandboxes()) {
            if (sandbox.state() == SandboxState.READY) {
                tools.events().normal(pod, "SandboxChanged", "Pod sandbox changed, it will be killed and re-created.");
                tools.runtime().stopPodSandbox(sandbox.id());
            }
        }
        return true;
    }

    /** True: something was done that calls for another look. */
    private boolean act(Pod pod, PodPlan plan, PodObservation seen) throws IOException {
        if (plan.sandbox() instanceof SandboxNeed.None
                || plan.nothing() && plan.starts().isEmpty()) {
            return false;
        }
        publish(pod, seen, false); // what takes time is seen to have begun
        if (plan.sandbox() instanceof SandboxNeed.Create(int attempt)) {
            return prepare(pod) && starter.sandbox(pod, attempt);
        }
        if (plan.starts().isEmpty() || !prepare(pod)) {
            return false;
        }
        boolean started = false;
        for (var member : plan.starts()) {
            boolean dying = seen.current(member.name())
                    .filter(c -> c.status().state() == ContainerState.RUNNING || kills.has(c.id()))
                    .isPresent();
            started |= !dying && starter.container(pod, member, seen);
        }
        return started;
    }

    /** The pod's groups and volumes. False: not now; another try is due. */
    private boolean prepare(Pod pod) throws IOException {
        if (starter.hasVolumes()) {
            return true;
        }
        tools.cgroups().ensure(pod);
        java.nio.file.Files.createDirectories(tools.paths().pod(uid));
        java.nio.file.Files.createDirectories(tools.paths().logs(pod));
        var problem = tools.devices().problem(pod);
        if (problem.isPresent()) {
            tools.events()
                    .warning(
                            pod,
                            "FailedPrepareDynamicResources",
                            "Failed to prepare dynamic resources: prepare dynamic resources: " + problem.get());
            retryPreparation();
            return false;
        }
        return mount(pod);
    }

    private void retryPreparation() {
        wakeAt(time.now().plus(mountRetry));
        var doubled = mountRetry.multipliedBy(2);
        mountRetry = doubled.compareTo(LAST_MOUNT_RETRY) > 0 ? LAST_MOUNT_RETRY : doubled;
    }

    private boolean mount(Pod pod) {
        try {
            starter.volumes(volumes.mount(pod, starter.downward(pod, observer.observe(uid))));
            volumesAt = time.now();
            mountRetry = RETRY;
            return true;
        } catch (VolumeFailure e) {
            tools.events().warning(pod, "FailedMount", String.valueOf(e.getMessage()));
            retryPreparation();
            return false;
        }
    }

    /** Brings what volumes show up to date now and then. */
    private void refreshVolumes(Pod pod, PodObservation seen) {
        if (seen.running().isEmpty() || Pods.orEmpty(pod.getSpec().getVolumes()).isEmpty()) {
            return;
        }
        var due = volumesAt == null
                ? time.now()
                : volumesAt.plus(tools.config().timing().volumeRefresh());
        if (!time.now().isBefore(due)) {
            volumesAt = time.now();
            mount(pod);
            due = time.now().plus(tools.config().timing().volumeRefresh());
        }
        wakeAt(due);
    }

    private void publish(Pod pod, PodObservation seen, boolean over) {
        PodStatus status = StatusComposer.compose(new StatusComposer.Input(
                tools.statuses().newest(pod),
                seen,
                probes,
                starter.waiting(),
                over,
                verdict,
                tools.engine(),
                tools.config().nodeIps(),
                TerminationMessages::of,
                time.now()));
        tools.statuses().submit(pod, status);
    }
}
