package dev.navarch.kubelet;

import dev.navarch.api.values.GoText;
import dev.navarch.client.ApiFailure;
import dev.navarch.kubelet.ContainerConfigs.Surroundings;
import dev.navarch.kubelet.ContainerKills.Owner;
import dev.navarch.kubelet.RestartRules.Round;
import dev.navarch.kubelet.images.ImagePuller.Outcome;
import dev.navarch.kubelet.pods.PodObservation;
import dev.navarch.kubelet.pods.PodObservation.Seen;
import dev.navarch.kubelet.pods.Pods;
import dev.navarch.kubelet.pods.Pods.Member;
import dev.navarch.kubelet.pods.RuntimeLabels;
import dev.navarch.kubelet.runtime.ContainerConfig;
import dev.navarch.kubelet.runtime.Image;
import dev.navarch.kubelet.runtime.RuntimeFailure;
import dev.navarch.kubelet.runtime.SandboxConfig;
import dev.navarch.kubelet.runtime.SandboxStatus;
import dev.navarch.kubelet.volumes.DownwardApi;
import dev.navarch.kubelet.volumes.PodVolumes.Mounted;
import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts the sandboxes and containers of one pod and remembers why those wait that can't start. Belongs to the pod's
 * worker and its thread.
 *
 * <p>Source of the behaviour and texts: startContainer in kubernetes pkg/kubelet/kuberuntime/kuberuntime_container.go,
 * doBackOff in kuberuntime_manager.go.
 */
final class ContainerStarter {
    private static final Logger log = LoggerFactory.getLogger(ContainerStarter.class);
    private static final Duration CONFIG_RETRY = Duration.ofSeconds(5);

    private final PodTools tools;
    private final ContainerKills kills;
    private final Hooks hooks;
    private final Runnable wake;
    private final Consumer<Instant> wakeAt;
    private final CrashBackoff backoff;
    private final Map<String, Waiting> waiting = new HashMap<>();

    /** Containers whose back-off is over and whose successor has not started yet. */
    private final Set<String> released = new HashSet<>();

    /** The end of the back-off that was told last, by container name. */
    private final Map<String, Instant> told = new HashMap<>();

    private final Map<String, Instant> notBefore = new HashMap<>();
    private @Nullable Map<String, Mounted> volumes;

    ContainerStarter(PodTools tools, ContainerKills kills, Hooks hooks, Runnable wake, Consumer<Instant> wakeAt) {
        this.tools = tools;
        this.kills = kills;
        this.hooks = hooks;
        this.wake = wake;
        this.wakeAt = wakeAt;
        var timing = tools.config().timing();
        backoff = new CrashBackoff(timing.crashDelay(), timing.maxCrashDelay());
    }

    Map<String, Waiting> waiting() {
        return waiting;
    }

    boolean hasVolumes() {
        return volumes != null;
    }

    void volumes(Map<String, Mounted> mounted) {
        volumes = mounted;
    }

    DownwardApi downward(Pod pod, PodObservation seen) {
        var hostIps = tools.config().nodeIps();
        return new DownwardApi(
                hostIps,
                Pods.hostNetwork(pod)
                        ? hostIps
                        : seen.readySandbox().map(SandboxStatus::ips).orElse(List.of()),
                tools.allocatable().get());
    }

    private Instant now() {
        return tools.time().now();
    }

    /** True: there is a new sandbox. */
    boolean sandbox(Pod pod, int attempt) {
        var problem = Pods.hostNetwork(pod) ? "" : tools.networkProblem().get();
        if (!problem.isEmpty()) {
            tools.events().warning(pod, "NetworkNotReady", "network is not ready: " + problem);
            wakeAt.accept(now().plusSeconds(1));
            return false;
        }
        try {
            tools.runtime().runPodSandbox(config(pod, attempt), "");
            return true;
        } catch (RuntimeFailure e) {
            log.warn("Can't make a sandbox for {}: {}", Pods.describe(pod), e.getMessage());
            tools.events().warning(pod, "FailedCreatePodSandBox", "Failed to create pod sandbox: " + e.getMessage());
            wakeAt.accept(now().plusSeconds(2));
            return false;
        }
    }

    private SandboxConfig config(Pod pod, int attempt) {
        return tools.configs().sandbox(pod, attempt, tools.cgroups().parent(pod));
    }

    /** True: the container was made, started or not. */
    boolean container(Pod pod, Member member, PodObservation seen) {
        var name = member.name();
        var before = seen.current(name);
        if (waits(name) || backsOff(pod, member, before)) {
            return false;
        }
        var sandbox = seen.readySandbox().orElseThrow();
        var config = config(pod, sandbox.metadata().attempt());
        switch (tools.images().ensure(pod, member, config, wake)) {
            case Outcome.Busy _ -> {
                return false;
            }
            case Outcome.Failed(var reason, var message, var retryAt) -> {
                refuse(pod, member, reason, message, retryAt);
                return false;
            }
            case Outcome.Present(var reference, var image) -> {
                before.ifPresent(b -> released.remove(b.id()));
                return start(pod, member, seen, sandbox.id(), config, reference, image);
            }
        }
    }

    private boolean waits(String name) {
        var until = notBefore.get(name);
        if (until != null && now().isBefore(until)) {
            wakeAt.accept(until);
            return true;
        }
        notBefore.remove(name);
        return false;
    }

    private boolean backsOff(Pod pod, Member member, Optional<Seen> before) {
        if (before.isEmpty()
                || !before.get().exited()
                || released.contains(before.get().id())) {
            return false;
        }
        var name = member.name();
        var finishedAt = before.get().status().finishedAt().orElseGet(this::now);
        var wait = backoff.check(name + RuntimeLabels.hash(member.container()), finishedAt, now());
        if (wait.isEmpty()) {
            released.add(before.get().id());
            waiting.remove(name);
            return false;
        }
        var until = wait.get().until();
        waiting.put(
                name,
                new Waiting(
                        "CrashLoopBackOff",
                        "back-off " + GoText.duration(wait.get().delay()) + " restarting failed container=" + name
                                + " pod=" + Pods.describe(pod)));
        if (!until.equals(told.put(name, until))) {
            tools.events()
                    .warning(
                            pod,
                            member,
                            "BackOff",
                            "Back-off restarting failed container " + name + " in pod " + Pods.describe(pod));
        }
        wakeAt.accept(until);
        return true;
    }

    private void refuse(Pod pod, Member member, String reason, String message, Instant retryAt) {
        waiting.put(member.name(), new Waiting(reason, message));
        notBefore.put(member.name(), retryAt);
        tools.events().warning(pod, member, "Failed", "Error: " + (isImage(reason) ? reason : message));
        wakeAt.accept(retryAt);
    }

    private static boolean isImage(String reason) {
        return reason.contains("Image");
    }

    private boolean start(
            Pod pod,
            Member member,
            PodObservation seen,
            String sandboxId,
            SandboxConfig sandbox,
            String reference,
            Optional<Image> image) {
        String id;
        try {
            var config = config(pod, member, seen, reference, image);
            java.nio.file.Files.createDirectories(
                    tools.paths().logs(pod).resolve(config.logPath()).getParent());
            id = tools.runtime().createContainer(sandboxId, config, sandbox);
        } catch (StartFailure e) {
            refuse(pod, member, e.reason(), String.valueOf(e.getMessage()), now().plus(CONFIG_RETRY));
            return false;
        } catch (RuntimeFailure | IOException e) {
            refuse(pod, member, "CreateContainerError", String.valueOf(e.getMessage()), now().plus(CONFIG_RETRY));
            return false;
        } catch (ApiFailure | UncheckedIOException e) {
            refuse(pod, member, "CreateContainerConfigError", String.valueOf(e.getMessage()), now().plus(CONFIG_RETRY));
            return false;
        }
        tools.events().normal(pod, member, "Created", "Container created");
        try {
            tools.runtime().startContainer(id);
        } catch (RuntimeFailure e) {
            tools.events().warning(pod, member, "Failed", "Error: " + e.getMessage());
            waiting.put(member.name(), new Waiting("RunContainerError", String.valueOf(e.getMessage())));
            return true;
        }
        tools.events().normal(pod, member, "Started", "Container started");
        waiting.remove(member.name());
        told.remove(member.name());
        postStart(pod, member, id, seen);
        return true;
    }

    private ContainerConfig config(Pod pod, Member member, PodObservation seen, String reference, Optional<Image> image)
            throws StartFailure, IOException {
        var downward = downward(pod, seen);
        var environment =
                Environment.of(pod, member.container(), tools.services().get(), tools.objects(), downward);
        return tools.configs()
                .container(
                        pod,
                        member,
                        restartCount(pod, member, seen),
                        new Surroundings(
                                reference,
                                image,
                                environment,
                                volumes == null ? Map.of() : volumes,
                                downward.podIps(),
                                name -> seen.current(name).map(Seen::id),
                                Round.of(pod, seen).number()));
    }

    /** One more than the runtime's newest; without one, than what the status remembers of a run. */
    private static int restartCount(Pod pod, Member member, PodObservation seen) {
        var before = seen.current(member.name());
        if (before.isPresent()) {
            return before.get().restartCount() + 1;
        }
        var status = pod.getStatus();
        if (status == null) {
            return 0;
        }
        return java.util.stream.Stream.concat(
                        Pods.orEmpty(status.getContainerStatuses()).stream(),
                        Pods.orEmpty(status.getInitContainerStatuses()).stream())
                .filter(s -> s.getName().equals(member.name())
                        && s.getContainerID() != null
                        && !s.getContainerID().isEmpty())
                .mapToInt(s -> s.getRestartCount() + 1)
                .max()
                .orElse(0);
    }

    private void postStart(Pod pod, Member member, String id, PodObservation seen) {
        var lifecycle = member.container().getLifecycle();
        if (lifecycle == null || lifecycle.getPostStart() == null) {
            return;
        }
        var ip = seen.readySandbox()
                .map(SandboxStatus::ips)
                .filter(ips -> !ips.isEmpty())
                .map(List::getFirst)
                .orElse("127.0.0.1");
        Optional<String> failure;
        try {
            failure = hooks.run(lifecycle.getPostStart(), member.container(), id, ip, Duration.ZERO);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            failure = Optional.of("interrupted");
        } catch (RuntimeException e) {
            failure = Optional.of(String.valueOf(e.getMessage()));
        }
        if (failure.isPresent()) {
            log.info("The post-start hook of {} failed: {}", member.name(), failure.get());
            tools.events().warning(pod, member, "FailedPostStartHook", "PostStartHook failed");
            waiting.put(member.name(), new Waiting("PostStartHookError", failure.get()));
            var container = new Seen("", tools.runtime().containerStatus(id));
            kills.kill(
                    new Owner(Optional.of(pod), Optional.of(member), ip),
                    container,
                    Pods.grace(pod),
                    "FailedPostStartHook");
        }
    }
}
