package dev.navarch.kubelet.probes;

import dev.navarch.kubelet.pods.PodEvents;
import dev.navarch.kubelet.pods.PodObservation.Seen;
import dev.navarch.kubelet.pods.Pods.Member;
import dev.navarch.kubelet.pods.Pods.Role;
import dev.navarch.kubelet.probes.ProbeResult.Outcome;
import dev.navarch.kubelet.runtime.ContainerRuntime;
import dev.navarch.time.TimeSource;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Probe;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The probes of one pod's running containers. Each has a timer; a probe runs on a thread of its own, and the next one is
 * left out while it lasts. Before the startup probe has succeeded, the others wait.
 *
 * <p>Source of the behaviour: kubernetes pkg/kubelet/prober (worker.go, prober_manager.go).
 */
public final class PodProbes implements Health, AutoCloseable {
    private final Prober prober;
    private final PodEvents events;
    private final TimeSource time;
    private final Runnable changed;

    /** Guards all mutable state here and in the workers. */
    private final Object lock = new Object();

    private final Map<Key, Worker> workers = new HashMap<>();
    private boolean closed;

    /** Which of a container's probes. */
    private enum Kind {
        STARTUP("Startup"),
        LIVENESS("Liveness"),
        READINESS("Readiness");

        private final String text;

        Kind(String text) {
            this.text = text;
        }

        @Nullable
        Probe of(Container container) {
            return switch (this) {
                case STARTUP -> container.getStartupProbe();
                case LIVENESS -> container.getLivenessProbe();
                case READINESS -> container.getReadinessProbe();
            };
        }
    }

    private record Key(String containerId, Kind kind) {}

    private final class Worker {
        final Kind kind;
        final String containerId;
        final String podIp;
        Pod pod;
        Member member;
        Probe probe;
        Optional<Boolean> result;
        int streak;
        boolean streakGood;
        boolean busy;
        boolean stopped;
        TimeSource.@Nullable Timer timer;

        Worker(Kind kind, Pod pod, Member member, Probe probe, String containerId, String podIp, boolean wasReady) {
            this.kind = kind;
            this.pod = pod;
            this.member = member;
            this.probe = probe;
            this.containerId = containerId;
            this.podIp = podIp;
            result = switch (kind) {
                case STARTUP -> Optional.empty();
                case LIVENESS -> Optional.of(true);
                case READINESS -> Optional.of(wasReady);
            };
        }
    }

    /** @param changed run when a container's health changed; must not block */
    public PodProbes(Prober prober, PodEvents events, TimeSource time, Runnable changed) {
        this.prober = prober;
        this.events = events;
        this.time = time;
        this.changed = changed;
    }

    /**
     * Probes a running container from now on; does nothing if it does already.
     *
     * @param wasReady whether it was ready when it was last looked at, before this agent started
     */
    public void watch(Pod pod, Member member, Seen seen, String podIp, boolean wasReady) {
        if (member.role() == Role.INIT || member.role() == Role.EPHEMERAL) {
            return;
        }
        synchronized (lock) {
            if (closed) {
                return;
            }
            for (var kind : Kind.values()) {
                var probe = kind.of(member.container());
                var key = new Key(seen.id(), kind);
                var there = workers.get(key);
                if (there != null) {
                    there.pod = pod;
                    continue;
                }
                if (probe != null) {
                    var worker = new Worker(kind, pod, member, probe, seen.id(), podIp, wasReady);
                    if (kind == Kind.STARTUP && wasReady) {
                        worker.result = Optional.of(true);
                    }
                    workers.put(key, worker);
                    var begun = seen.status().startedAt().orElse(time.now());
                    arm(worker, initialDelay(probe, begun));
                }
            }
        }
    }

    private Duration initialDelay(Probe probe, Instant begun) {
        var delay = Duration.ofSeconds(Objects.requireNonNullElse(probe.getInitialDelaySeconds(), 0));
        var left = Duration.between(time.now(), begun.plus(delay));
        return left.isNegative() ? Duration.ZERO : left;
    }

    private void arm(Worker worker, Duration delay) {
        worker.timer = time.schedule(delay, () -> tick(worker));
    }

    private static Duration period(Probe probe) {
        var seconds = probe.getPeriodSeconds();
        return Duration.ofSeconds(seconds == null || seconds <= 0 ? 10 : seconds);
    }

    private void tick(Worker worker) {
        synchronized (lock) {
            if (worker.stopped) {
                return;
            }
            arm(worker, period(worker.probe));
            if (worker.busy || !due(worker)) {
                return;
            }
            worker.busy = true;
        }
        time.start("probe-" + worker.member.name(), () -> probe(worker));
    }

    /** A container that failed for good is on its way out: it is not asked again, only its successor is. */
    private boolean due(Worker worker) {
        return switch (worker.kind) {
            case STARTUP -> worker.result.isEmpty();
            case LIVENESS ->
                startedLocked(worker.containerId, worker.member.container())
                        && !worker.result.equals(Optional.of(false));
            case READINESS -> startedLocked(worker.containerId, worker.member.container());
        };
    }

    private void probe(Worker worker) {
        try {
            var result = prober.told(worker.containerId)
                    .map(told -> worker.kind == Kind.READINESS ? told.ready() : told.live())
                    .map(good -> good ? ProbeResult.success() : ProbeResult.failure("simulated failure"))
                    .orElseGet(() ->
                            prober.run(worker.probe, worker.member.container(), worker.containerId, worker.podIp));
            record(worker, result);
        } finally {
            synchronized (lock) {
                worker.busy = false;
            }
        }
    }

    private void record(Worker worker, ProbeResult result) {
        boolean good = result.outcome() == Outcome.SUCCESS;
        boolean tell = false;
        synchronized (lock) {
            if (worker.stopped) {
                return;
            }
            worker.streak = worker.streakGood == good ? worker.streak + 1 : 1;
            worker.streakGood = good;
            int threshold = good
                    ? Objects.requireNonNullElse(worker.probe.getSuccessThreshold(), 1)
                    : Objects.requireNonNullElse(worker.probe.getFailureThreshold(), 3);
            if (worker.streak >= threshold && !worker.result.equals(Optional.of(good))) {
                worker.result = Optional.of(good);
                tell = true;
                if (worker.kind == Kind.STARTUP && good) {
                    othersNow(worker.containerId);
                }
            }
        }
        if (!good) {
            var what = result.outcome() == Outcome.FAILURE
                    ? " probe failed: " + result.output()
                    : " probe errored and resulted in unknown state: " + result.output();
            events.warning(worker.pod, worker.member, "Unhealthy", worker.kind.text + what);
        }
        if (tell) {
            changed.run();
        }
    }

    /** Once started, a container need not wait for the next period to be looked at. */
    private void othersNow(String containerId) {
        for (var kind : new Kind[] {Kind.LIVENESS, Kind.READINESS}) {
            var other = workers.get(new Key(containerId, kind));
            if (other != null && other.timer != null && other.timer.cancel()) {
                arm(other, Duration.ZERO);
            }
        }
    }

    /** Stops the probes of containers other than these. */
    public void keepOnly(java.util.Set<String> containerIds) {
        synchronized (lock) {
            workers.entrySet().removeIf(e -> {
                if (containerIds.contains(e.getKey().containerId())) {
                    return false;
                }
                stop(e.getValue());
                return true;
            });
        }
    }

    /** Ends liveness and startup probes: the pod is ending. */
    public void onlyReadiness() {
        synchronized (lock) {
            workers.values().stream().filter(w -> w.kind != Kind.READINESS).forEach(PodProbes::stop);
        }
    }

    private static void stop(Worker worker) {
        worker.stopped = true;
        if (worker.timer != null) {
            worker.timer.cancel();
        }
    }

    @Override
    public boolean livenessFailed(String containerId) {
        return failed(containerId, Kind.LIVENESS);
    }

    @Override
    public boolean startupFailed(String containerId) {
        return failed(containerId, Kind.STARTUP);
    }

    private boolean failed(String containerId, Kind kind) {
        synchronized (lock) {
            var worker = workers.get(new Key(containerId, kind));
            return worker != null && worker.result.equals(Optional.of(false));
        }
    }

    @Override
    public boolean started(String containerId, Container spec) {
        synchronized (lock) {
            return startedLocked(containerId, spec);
        }
    }

    private boolean startedLocked(String containerId, Container spec) {
        if (spec.getStartupProbe() == null) {
            return true;
        }
        var worker = workers.get(new Key(containerId, Kind.STARTUP));
        return worker != null && worker.result.equals(Optional.of(true));
    }

    @Override
    public boolean ready(String containerId, Container spec) {
        synchronized (lock) {
            if (!startedLocked(containerId, spec)
                    || !prober.told(containerId)
                            .map(ContainerRuntime.Condition::ready)
                            .orElse(true)) {
                return false;
            }
            if (spec.getReadinessProbe() == null) {
                return true;
            }
            var worker = workers.get(new Key(containerId, Kind.READINESS));
            return worker != null && worker.result.equals(Optional.of(true));
        }
    }

    @Override
    public void close() {
        synchronized (lock) {
            closed = true;
            workers.values().forEach(PodProbes::stop);
            workers.clear();
        }
    }
}
