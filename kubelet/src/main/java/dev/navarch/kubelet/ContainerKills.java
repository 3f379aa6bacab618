package dev.navarch.kubelet;

import dev.navarch.kubelet.pods.PodEvents;
import dev.navarch.kubelet.pods.PodObservation.Seen;
import dev.navarch.kubelet.pods.Pods.Member;
import dev.navarch.kubelet.runtime.ContainerRuntime;
import dev.navarch.kubelet.runtime.RuntimeFailure;
import dev.navarch.time.TimeSource;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The containers of one pod that are being killed, each on a thread of its own: hook, stop signal, grace, kill. A kill
 * may be hurried by a shorter grace, never slowed.
 *
 * <p>Source of the behaviour: killContainer in kubernetes pkg/kubelet/kuberuntime/kuberuntime_container.go.
 */
final class ContainerKills {
    private static final Logger log = LoggerFactory.getLogger(ContainerKills.class);

    /** Even the most hurried container gets this long. */
    static final Duration MIN_GRACE = Duration.ofSeconds(2);

    /** A kill that failed is not over before: the worker, which is woken then, begins it anew. */
    private static final Duration RETRY = Duration.ofSeconds(1);

    private final ContainerRuntime runtime;
    private final Hooks hooks;
    private final PodEvents events;
    private final TimeSource time;
    private final Runnable ended;

    /** By container id; guarded by itself. */
    private final Map<String, Kill> kills = new HashMap<>();

    private record Kill(Instant deadline, Thread thread) {}

    /** What is known of the pod that a container belongs to; nothing for orphans. */
    record Owner(Optional<Pod> pod, Optional<Member> member, String podIp) {
        Owner withoutHooks() {
            return new Owner(pod, member.map(Owner::withoutHooks), podIp);
        }

        private static Member withoutHooks(Member member) {
            return new Member(
                    new ContainerBuilder(member.container()).withLifecycle(null).build(), member.role());
        }
    }

    /** @param ended run after each kill; must not block */
    ContainerKills(ContainerRuntime runtime, Hooks hooks, PodEvents events, TimeSource time, Runnable ended) {
        this.runtime = runtime;
        this.hooks = hooks;
        this.events = events;
        this.time = time;
        this.ended = ended;
    }

    /** Begins to kill a container, or hurries up. */
    void kill(Owner owner, Seen container, Duration wanted, String message) {
        var grace = wanted.compareTo(MIN_GRACE) < 0 ? MIN_GRACE : wanted;
        var deadline = time.now().plus(grace);
        synchronized (kills) {
            var running = kills.get(container.id());
            if (running != null && !deadline.isBefore(running.deadline())) {
                return;
            }
            boolean hurried = running != null;
            if (running != null) {
                running.thread().interrupt();
            }
            var thread = time.start("kill-" + container.name(), () -> run(owner, container, grace, message, hurried));
            kills.put(container.id(), new Kill(deadline, thread));
        }
    }

    boolean isEmpty() {
        synchronized (kills) {
            return kills.isEmpty();
        }
    }

    boolean has(String containerId) {
        synchronized (kills) {
            return kills.containsKey(containerId);
        }
    }

    private void run(Owner owner, Seen container, Duration grace, String message, boolean hurried) {
        try {
            if (!hurried) {
                owner.pod()
                        .ifPresent(pod ->
                                owner.member().ifPresent(member -> events.normal(pod, member, "Killing", message)));
            }
            var begun = time.now();
            if (!hurried) {
                preStop(owner, container, grace);
            }
            var left = grace.minus(Duration.between(begun, time.now()));
            runtime.stopContainer(container.id(), left.compareTo(MIN_GRACE) < 0 ? MIN_GRACE : left);
        } catch (InterruptedException e) {
            log.debug("The kill of {} is hurried", container.name());
        } catch (RuntimeFailure e) {
            if (e.reason() != RuntimeFailure.Reason.CANCELLED) {
                log.warn("Can't stop container {}: {}", container.name(), e.getMessage());
                owner.pod()
                        .ifPresent(pod -> owner.member()
                                .ifPresent(member -> events.warning(
                                        pod, member, "FailedKillPod", "error killing pod: " + e.getMessage())));
                pause();
            }
        } finally {
            Thread.interrupted();
            synchronized (kills) {
                var mine = kills.get(container.id());
                if (mine != null && mine.thread() == Thread.currentThread()) {
                    kills.remove(container.id());
                }
            }
            ended.run();
        }
    }

    private void pause() {
        try {
            time.sleep(RETRY);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt(); // hurried: the next kill has begun
        }
    }

    private void preStop(Owner owner, Seen container, Duration grace) throws InterruptedException {
        if (owner.pod().isEmpty() || owner.member().isEmpty()) {
            return;
        }
        var spec = owner.member().get().container();
        var lifecycle = spec.getLifecycle();
        if (lifecycle == null || lifecycle.getPreStop() == null) {
            return;
        }
        // The hook has the whole grace; a thread of its own, so that one that overstays is left behind.
        var failure = new String[1];
        var over = time.gate();
        var hook = time.start("pre-stop-" + container.name(), () -> {
            try {
                hooks.run(lifecycle.getPreStop(), spec, container.id(), owner.podIp(), grace)
                        .ifPresent(f -> failure[0] = f);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (RuntimeException e) {
                failure[0] = String.valueOf(e.getMessage());
            } finally {
                over.open();
            }
        });
        var alarm = time.schedule(grace, hook::interrupt);
        try {
            over.await();
        } catch (InterruptedException e) {
            hook.interrupt();
            throw e;
        } finally {
            alarm.cancel();
        }
        if (failure[0] != null) {
            log.info("The pre-stop hook of {} failed: {}", container.name(), failure[0]);
            events.warning(owner.pod().get(), owner.member().get(), "FailedPreStopHook", "PreStopHook failed");
        }
    }
}
