package dev.navarch.kubelet.simulated;

import dev.navarch.kubelet.pods.RuntimeLabels;
import dev.navarch.kubelet.runtime.AttachRequest;
import dev.navarch.kubelet.runtime.Container;
import dev.navarch.kubelet.runtime.ContainerConfig;
import dev.navarch.kubelet.runtime.ContainerFilter;
import dev.navarch.kubelet.runtime.ContainerRuntime;
import dev.navarch.kubelet.runtime.ContainerState;
import dev.navarch.kubelet.runtime.ContainerStats;
import dev.navarch.kubelet.runtime.ContainerStatus;
import dev.navarch.kubelet.runtime.ExecRequest;
import dev.navarch.kubelet.runtime.ExecResult;
import dev.navarch.kubelet.runtime.FilesystemUsage;
import dev.navarch.kubelet.runtime.Image;
import dev.navarch.kubelet.runtime.LinuxResources;
import dev.navarch.kubelet.runtime.Mount;
import dev.navarch.kubelet.runtime.NamespaceOptions;
import dev.navarch.kubelet.runtime.NetworkStats;
import dev.navarch.kubelet.runtime.PortForwardRequest;
import dev.navarch.kubelet.runtime.Purpose;
import dev.navarch.kubelet.runtime.RegistryAuth;
import dev.navarch.kubelet.runtime.RuntimeEvent;
import dev.navarch.kubelet.runtime.RuntimeEvents;
import dev.navarch.kubelet.runtime.RuntimeFailure;
import dev.navarch.kubelet.runtime.RuntimeStatus;
import dev.navarch.kubelet.runtime.RuntimeVersion;
import dev.navarch.kubelet.runtime.Sandbox;
import dev.navarch.kubelet.runtime.SandboxConfig;
import dev.navarch.kubelet.runtime.SandboxFilter;
import dev.navarch.kubelet.runtime.SandboxState;
import dev.navarch.kubelet.runtime.SandboxStatus;
import dev.navarch.time.TimeSource;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * An engine whose containers run in memory, for nodes without containers: they start at once, write one line, and run
 * until they are stopped or, by {@link SimulatedBehaviour}, end. Every image can be had, unless its registry's name ends
 * X * the process; their {@link #state} can be taken over by another runtime.
 */
public final class SimulatedRuntime implements ContainerRuntime {
    private static final int KILLED = 137;
    private static final int MOST_UNSEEN = 1000;

    private final TimeSource time;
    private final long seed;

    private final ContainerScript.Source scripts;

    /** Guards all below, but for the listeners. */
    private final Object lock = new Object();

    private final AddressPool addresses;
    private final Map<String, SimulatedSandbox> sandboxes = new LinkedHashMap<>();
    private final Map<String, SimulatedContainer> containers = new LinkedHashMap<>();
    private final Map<String, Image> images = new LinkedHashMap<>();
    private final SimulatedUsage usage = new SimulatedUsage();
    private volatile RuntimeStatus status = RuntimeStatus.ready();
    private volatile @Nullable RuntimeFailure broken;
    private final AtomicInteger calls = new AtomicInteger();

    private final List<SimulatedEvents> listeners = new CopyOnWriteArrayList<>();

    /** Started when the first client comes. */
    private @Nullable StreamingServer streaming;

    private boolean closed;

    private record SimulatedSandbox(SandboxConfig config, SandboxStatus status) {
        SimulatedSandbox stopped() {
            return new SimulatedSandbox(
                    config,
                    new SandboxStatus(
                            status.id(),
                            status.metadata(),
                            SandboxState.NOT_READY,
                            status.createdAt(),
                            List.of(),
                            status.namespaces(),
                            status.labels(),
                            status.annotations(),
                            status.runtimeHandler()));
        }
    }

    private static final class SimulatedContainer {
        final String id;
        final String sandboxId;
        final ContainerConfig config;
        final ContainerScript script;
        final Instant createdAt;
        final Path log;
        ContainerState state = ContainerState.CREATED;
        String reason = "";
        String message = "";
        boolean ready = true;
        boolean live = true;
        int step;

        @Nullable
        Instant startedAt;

        @Nullable
        Instant finishedAt;

        /** Those in which commands run, which end with the container. */
        final Set<Thread> commands = new HashSet<>();

        /** What those see who are attached; they miss what is printed while this is full. */
        final Set<BlockingQueue<String>> viewers = new HashSet<>();

        int exitCode;
        int stops;
        final TimeSource.Gate ended;
        LinuxResources resources;
        /** When the next step is due, while it waits. */
        @Nullable
        Instant due;

        TimeSource.@Nullable Timer timer;

        SimulatedContainer(
                String id,
                String sandboxId,
                ContainerConfig config,
                ContainerScript script,
                Path log,
                Instant createdAt,
                TimeSource.Gate ended) {
            this.ended = ended;
            this.id = id;
            this.sandboxId = sandboxId;
            this.config = config;
            this.script = script;
            this.log = log;
            this.createdAt = createdAt;
            resources = config.resources();
        }
    }

    /** @param podCidr the range of pod addresses, e.g. {@code 10.244.3.0/24} */
    public SimulatedRuntime(TimeSource time, RandomGenerator random, String podCidr) {
        this(time, random, podCidr, _ -> Optional.empty());
    }

    /** @param scripts say what containers do; where they have no say, annotations do */
    public SimulatedRuntime(TimeSource time, RandomGenerator random, String podCidr, ContainerScript.Source scripts) {
        this.time = time;
        seed = random.nextLong();
        this.scripts = scripts;
        addresses = new AddressPool(podCidr);
    }

    /** What there is at this moment. */
    public RuntimeState state() {
        synchronized (lock) {
            return new RuntimeState(
                    sandboxes.values().stream()
                            .map(box -> new RuntimeState.Box(box.config(), box.status()))
                            .toList(),
                    containers.values().stream().map(SimulatedRuntime::process).toList(),
                    List.copyOf(images.values()));
        }
    }

    private static RuntimeState.Process process(SimulatedContainer c) {
        return new RuntimeState.Process(
                c.id,
                c.sandboxId,
                c.config,
                c.script,
                c.createdAt,
                c.state,
                Optional.ofNullable(c.startedAt),
                Optional.ofNullable(c.finishedAt),
                c.exitCode,
                c.reason,
                c.ready,
                c.live,
                c.step,
                Optional.ofNullable(c.due),
                c.resources,
                printed(c.log));
    }

    private static String printed(Path log) {
        try {
            return Files.exists(log) ? Files.readString(log) : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Takes over what another runtime had, before anything is asked of this one.
     *
     * @param here where a file of the other one's node is on this one's
     */
    public void restore(RuntimeState state, UnaryOperator<Path> here) {
        List<SimulatedContainer> running = new ArrayList<>();
        synchronized (lock) {
            state.images.forEach(image -> images.put(image.id(), image));
            for (var box : state.sandboxes) {
                var config = box.config().withLogDirectory(moved(box.config().logDirectory(), here));
                sandboxes.put(box.status().id(), new SimulatedSandbox(config, box.status()));
                box.status().ips().forEach(addresses::takeAgain);
            }
            for (var process : state.containers) {
                var container = revived(process, here);
                containers.put(container.id, container);
                if (container.state == ContainerState.RUNNING) {
                    running.add(container);
                }
            }
        }
        running.forEach(container -> {
            var due = container.due;
            if (due != null) {
                goOnAt(container, due);
            }
        });
    }

    private SimulatedContainer revived(RuntimeState.Process process, UnaryOperator<Path> here) {
        var config = process.config()
                .withMounts(process.config().mounts().stream()
                        .map(mount -> new Mount(
                                mount.containerPath(),
                                moved(mount.hostPath(), here),
                                mount.readonly(),
                                mount.recursiveReadOnly(),
                                mount.propagation(),
                                mount.selinuxRelabel()))
                        .toList());
        var log = Path.of(sandbox(process.sandboxId()).config().logDirectory(), config.logPath());
        var container = new SimulatedContainer(
                process.id(), process.sandboxId(), config, process.script(), log, process.createdAt(), time.gate());
        container.state = process.state();
        container.startedAt = process.startedAt().orElse(null);
        container.finishedAt = process.finishedAt().orElse(null);
        container.exitCode = process.exitCode();
        container.reason = process.reason();
        container.ready = process.ready();
        container.live = process.live();
        container.step = process.step();
        container.due = process.due().orElse(null);
        container.resources = process.resources();
        if (!process.log().isEmpty()) {
            append(log, process.log());
        }
        return container;
    }

    private static String moved(String path, UnaryOperator<Path> here) {
        return here.apply(Path.of(path)).toString();
    }

    /** Makes the engine report this health from now on. */
    public void setStatus(RuntimeStatus status) {
        this.status = status;
    }

    /** Makes every call fail like this, or none if empty. */
    public void setBroken(Optional<RuntimeFailure> failure) {
        broken = failure.orElse(null);
    }

    /** How often the engine was asked anything. */
    public int calls() {
        return calls.get();
    }

    private void check() {
        calls.incrementAndGet();
        var failure = broken;
        if (failure != null) {
            throw new RuntimeFailure(failure.reason(), String.valueOf(failure.getMessage()));
        }
    }

    /**
     * An id for what there is once at each instant. It follows from what that is, not from what else begins meanwhile, so that
     * a run can be repeated.
     */
    private String id(String what) {
        var bytes = new byte[32];
        new SplittableRandom(seed ^ hash(what)).nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    private static long hash(String text) {
        long hash = 0;
        for (int i = 0; i < text.length(); i++) {
            hash = 1_000_003 * hash + text.charAt(i);
        }
        return hash;
    }

    @Override
    public boolean needsNothingForDevices() {
        return true;
    }

    @Override
    public RuntimeVersion version() {
        check();
        return new RuntimeVersion("simulated", "0.1.0", "v1");
    }

    @Override
    public RuntimeStatus status() {
        check();
        return status;
    }

    // Sandboxes

    @Override
    public String runPodSandbox(SandboxConfig config, String runtimeHandler) {
        check();
        SandboxStatus made;
        synchronized (lock) {
            boolean onHost = config.security().namespaces().network() == NamespaceOptions.Mode.NODE;
            var who = config.metadata().uid();
            made = new SandboxStatus(
                    id(who + config.metadata().attempt() + time.now()),
                    config.metadata(),
                    SandboxState.READY,
                    time.now(),
                    onHost ? List.of() : List.of(addresses.take(hash(who))),
                    config.security().namespaces(),
                    config.labels(),
                    config.annotations(),
                    runtimeHandler);
            sandboxes.put(made.id(), new SimulatedSandbox(config, made));
        }
        tell(RuntimeEvent.Type.STARTED, made.id(), made.metadata().uid());
        return made.id();
    }

    @Override
    public void stopPodSandbox(String sandboxId) {
        check();
        String uid;
        synchronized (lock) {
            var sandbox = sandboxes.get(sandboxId);
            if (sandbox == null || sandbox.status().state() == SandboxState.NOT_READY) {
                return;
            }
            for (var container : List.copyOf(containers.values())) {
                if (container.sandboxId.equals(sandboxId)) {
                    end(container, 137);
                }
            }
            sandbox.status().ips().forEach(addresses::giveBack);
            sandboxes.put(sandboxId, sandbox.stopped());
            uid = sandbox.status().metadata().uid();
        }
        tell(RuntimeEvent.Type.STOPPED, sandboxId, uid);
    }

    @Override
    public void removePodSandbox(String sandboxId) {
        check();
        stopPodSandbox(sandboxId);
        synchronized (lock) {
            containers.values().removeIf(c -> c.sandboxId.equals(sandboxId));
            var removed = sandboxes.remove(sandboxId);
            if (removed != null) {
                usage.forget(sandboxId);
                usage.forgetPod(removed.status().labels().getOrDefault(RuntimeLabels.POD_UID, ""));
            }
        }
    }

    @Override
    public SandboxStatus podSandboxStatus(String sandboxId) {
        check();
        synchronized (lock) {
            return sandbox(sandboxId).status();
        }
    }

    private SimulatedSandbox sandbox(String id) {
        var sandbox = sandboxes.get(id);
        if (sandbox == null) {
            throw new RuntimeFailure(RuntimeFailure.Reason.NOT_FOUND, "sandbox " + id + " not found");
        }
        return sandbox;
    }

    @Override
    public List<Sandbox> listPodSandboxes(SandboxFilter filter) {
        check();
        synchronized (lock) {
            return sandboxes.values().stream()
                    .map(SimulatedSandbox::status)
                    .filter(s -> filter.id().map(s.id()::equals).orElse(true)
                            && filter.state().map(s.state()::equals).orElse(true)
                            && s.labels().entrySet().containsAll(filter.labels().entrySet()))
                    .map(s -> new Sandbox(s.id(), s.metadata(), s.state(), s.createdAt(), s.labels(), s.annotations()))
                    .toList();
        }
    }

    // Containers

    @Override
    public String createContainer(String sandboxId, ContainerConfig config, SandboxConfig sandbox) {
        check();
        synchronized (lock) {
            if (sandbox(sandboxId).status().state() != SandboxState.READY) {
                throw new RuntimeFailure(RuntimeFailure.Reason.UNKNOWN, "sandbox " + sandboxId + " is not running");
            }
            if (imageStatus(config.image()).isEmpty()) {
                throw new RuntimeFailure(RuntimeFailure.Reason.NOT_FOUND, "image " + config.image() + " not found");
            }
            var start = ContainerStart.of(sandbox, config);
            var metadata = config.metadata();
            var container = new SimulatedContainer(
                    id(sandboxId + metadata.name() + metadata.attempt() + time.now()),
                    sandboxId,
                    config,
                    script(start),
                    Path.of(sandbox.logDirectory(), config.logPath()),
                    time.now(),
                    time.gate());
            containers.put(container.id, container);
            return container.id;
        }
    }

    private ContainerScript script(ContainerStart start) {
        return scripts.of(start)
                .map(told -> start.purpose() == Purpose.INITIALIZE ? told.ending() : told)
                .orElseGet(() -> SimulatedBehaviour.of(start));
    }

    private SimulatedContainer container(String id) {
        var container = containers.get(id);
        if (container == null) {
            throw new RuntimeFailure(RuntimeFailure.Reason.NOT_FOUND, "container " + id + " not found");
        }
        return container;
    }

    @Override
    public void startContainer(String containerId) {
        check();
        SimulatedContainer container;
        synchronized (lock) {
            container = container(containerId);
            if (container.state != ContainerState.CREATED) {
                throw new RuntimeFailure(
                        RuntimeFailure.Reason.UNKNOWN, "container " + containerId + " is not in created state");
            }
            if (container.script.startError().isPresent()) {
                container.state = ContainerState.EXITED;
                container.startedAt = Instant.EPOCH;
                container.finishedAt = time.now();
                container.exitCode = 128;
                container.message = container.script.startError().get();
                throw new RuntimeFailure(RuntimeFailure.Reason.UNKNOWN, container.message);
            }
            container.state = ContainerState.RUNNING;
            container.startedAt = time.now();
            if (!container.script.steps().isEmpty()
                    && container.script.steps().getFirst() instanceof ContainerScript.Step.Ready(var ready)) {
                container.ready = ready; // before anybody sees it run
                container.step = 1;
            }
        }
        tell(RuntimeEvent.Type.STARTED, containerId, podUid(container));
        goOn(container);
    }

    /** Does what the script says, until it waits or has come to its end. */
    private void goOn(SimulatedContainer container) {
        while (true) {
            ContainerScript.Step step;
            synchronized (lock) {
                container.due = null;
                if (container.state != ContainerState.RUNNING
                        || container.step == container.script.steps().size()) {
                    return;
                }
                step = container.script.steps().get(container.step++);
            }
            switch (step) {
                case ContainerScript.Step.Log(var text) -> print(container, text);
                case ContainerScript.Step.Exit(var code) -> end(container, code);
                case ContainerScript.Step.Ready(var ready) -> setReady(container.id, ready);
                case ContainerScript.Step.Run(var action) -> act(container, action);
                case ContainerScript.Step.Wait(var wait) -> {
                    if (wait.isPositive()) {
                        goOnAt(container, time.now().plus(wait));
                        return;
                    }
                }
            }
        }
    }

    /** A container fails by what is thrown, as a program does. */
    private void act(SimulatedContainer container, Runnable action) {
        try {
            action.run();
        } catch (RuntimeException | AssertionError e) {
            var trace = new StringWriter();
            e.printStackTrace(new PrintWriter(trace));
            print(container, trace.toString());
            synchronized (lock) {
                container.message = e.toString();
            }
            end(container, 1);
        }
    }

    private void goOnAt(SimulatedContainer container, Instant due) {
        synchronized (lock) {
            container.due = due;
            container.timer = time.schedule(Duration.between(time.now(), due), () -> goOn(container));
        }
    }

    private void print(SimulatedContainer container, String text) {
        var lines = new StringBuilder();
        for (var line : text.lines().toList()) {
            lines.append(time.now()).append(" stdout F ").append(line).append('\n');
        }
        append(container.log, lines.toString());
        synchronized (lock) {
            container.viewers.forEach(viewer -> viewer.offer(text + "\n"));
        }
    }

    private static void append(Path log, String text) {
        try {
            Files.createDirectories(log.getParent());
            Files.write(
                    log, text.getBytes(StandardCharsets.UTF_8), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new RuntimeFailure(
                    RuntimeFailure.Reason.UNKNOWN, "failed to write " + log + ": " + e.getMessage(), e);
        }
    }

    /** Makes a running container say from now on whether it can be used, whatever its probes are. */
    public void setReady(String containerId, boolean ready) {
        change(containerId, container -> container.ready = ready);
    }

    /** Makes a running container fail or pass its liveness probe from now on. */
    public void setLive(String containerId, boolean live) {
        change(containerId, container -> container.live = live);
    }

    private void change(String containerId, Consumer<SimulatedContainer> change) {
        SimulatedContainer container;
        synchronized (lock) {
            container = container(containerId);
            change.accept(container);
        }
        tell(RuntimeEvent.Type.STARTED, containerId, podUid(container));
    }

    @Override
    public Optional<Condition> condition(String containerId) {
        synchronized (lock) {
            return Optional.ofNullable(containers.get(containerId))
                    .map(container -> new Condition(container.live, container.ready));
        }
    }

    private void end(SimulatedContainer container, int code) {
        synchronized (lock) {
            if (container.state != ContainerState.RUNNING) {
                return;
            }
            container.state = ContainerState.EXITED;
            container.exitCode = code;
            container.finishedAt = time.now();
            container.due = null;
            if (container.timer != null) {
                container.timer.cancel();
            }
            container.ended.open();
            container.commands.forEach(Thread::interrupt);
        }
        tell(RuntimeEvent.Type.STOPPED, container.id, podUid(container));
    }

    /** Ends a running container from outside, as a crash or the kernel would. */
    public void crash(String containerId, int code) {
        crash(containerId, code, "");
    }

    /**
     * Likewise.
     *
     * @param reason such as {@code OOMKilled}; empty for what follows from the code
     */
    public void crash(String containerId, int code, String reason) {
        SimulatedContainer container;
        synchronized (lock) {
            container = container(containerId);
            if (container.state == ContainerState.RUNNING) {
                container.reason = reason;
            }
        }
        end(container, code);
    }

    @Override
    public void stopContainer(String containerId, Duration grace) {
        check();
        SimulatedContainer container;
        synchronized (lock) {
            container = containers.get(containerId);
        }
        if (container == null) {
            return;
        }
        if (grace.isZero()) {
            end(container, 137);
        } else if (container.script.stubborn()) {
            awaitEnd(container, grace);
        } else {
            end(container, 0);
        }
    }

    /** Whether a container was told to stop and has not yet. */
    public boolean stopping(String containerId) {
        synchronized (lock) {
            return container(containerId).stops > 0;
        }
    }

    private void awaitEnd(SimulatedContainer container, Duration grace) {
        synchronized (lock) {
            if (container.state != ContainerState.RUNNING) {
                return;
            }
            container.stops++;
        }
        var kill = time.schedule(grace, () -> end(container, 137));
        try {
            container.ended.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RuntimeFailure(RuntimeFailure.Reason.CANCELLED, "interrupted", e);
        } finally {
            kill.cancel();
            synchronized (lock) {
                container.stops--;
            }
        }
    }

    @Override
    public void removeContainer(String containerId) {
        check();
        synchronized (lock) {
            var container = containers.get(containerId);
            if (container != null) {
                end(container, 137);
                containers.remove(containerId);
                usage.forget(containerId);
            }
        }
    }

    @Override
    public List<Container> listContainers(ContainerFilter filter) {
        check();
        synchronized (lock) {
            return matching(filter).stream()
                    .map(c -> new Container(
                            c.id,
                            c.sandboxId,
                            c.config.metadata(),
                            c.config.userImage(),
                            c.config.image(),
                            c.state,
                            c.createdAt,
                            c.config.labels(),
                            c.config.annotations()))
                    .toList();
        }
    }

    private List<SimulatedContainer> matching(ContainerFilter filter) {
        return containers.values().stream()
                .filter(c -> filter.id().map(c.id::equals).orElse(true)
                        && filter.sandboxId().map(c.sandboxId::equals).orElse(true)
                        && filter.state().map(c.state::equals).orElse(true)
                        && c.config
                                .labels()
                                .entrySet()
                                .containsAll(filter.labels().entrySet()))
                .toList();
    }

    @Override
    public ContainerStatus containerStatus(String containerId) {
        check();
        synchronized (lock) {
            var c = container(containerId);
            var image = imageStatus(c.config.image());
            boolean over = c.state == ContainerState.EXITED;
            return new ContainerStatus(
                    c.id,
                    c.config.metadata(),
                    c.state,
                    c.createdAt,
                    Optional.ofNullable(c.startedAt),
                    Optional.ofNullable(c.finishedAt),
                    c.exitCode,
                    c.config.userImage(),
                    image.map(i -> i.repoDigests().getFirst()).orElse(c.config.image()),
                    image.map(Image::id).orElse(""),
                    !over
                            ? ""
                            : !c.reason.isEmpty()
                                    ? c.reason
                                    : c.exitCode == 0 ? "Completed" : c.exitCode == 128 ? "StartError" : "Error",
                    c.message,
                    c.config.labels(),
                    c.config.annotations(),
                    c.config.mounts(),
                    c.log.toString(),
                    c.resources);
        }
    }

    @Override
    public void updateContainerResources(String containerId, LinuxResources resources) {
        check();
        synchronized (lock) {
            container(containerId).resources = resources;
        }
    }

    @Override
    public void reopenContainerLog(String containerId) {
        check();
        Path log;
        synchronized (lock) {
            log = container(containerId).log;
        }
        try {
            Files.write(log, new byte[0], StandardOpenOption.CREATE);
        } catch (IOException e) {
            throw new RuntimeFailure(RuntimeFailure.Reason.UNKNOWN, "failed to open " + log, e);
        }
    }

    /** Who answers at a port of a sandbox: one of its running containers. */
    public Optional<PortHandler> port(String sandboxId, int port) {
        synchronized (lock) {
            return containers.values().stream()
                    .filter(c -> c.sandboxId.equals(sandboxId) && c.state == ContainerState.RUNNING)
                    .flatMap(c -> Optional.ofNullable(c.script.ports().get(port)).stream())
                    .findFirst();
        }
    }

    // Commands

    private static RuntimeFailure noCommands() {
        return new RuntimeFailure(
                RuntimeFailure.Reason.UNIMPLEMENTED,
                "this node is simulated and its containers have no processes, so there is nothing to run commands in");
    }

    private SimulatedContainer running(String id) {
        synchronized (lock) {
            var container = containers.get(id);
            if (container == null) {
                throw noCommands();
            }
            if (container.state != ContainerState.RUNNING) {
                throw new RuntimeFailure(RuntimeFailure.Reason.UNKNOWN, "container " + id + " is not running");
            }
            return container;
        }
    }

    /** Runs a command that ends, at the latest, when its container does. */
    private int run(SimulatedContainer container, CommandHandler handler, Command command)
            throws IOException, InterruptedException {
        var here = Thread.currentThread();
        synchronized (lock) {
            if (container.state != ContainerState.RUNNING) {
                return KILLED;
            }
            container.commands.add(here);
        }
        boolean over = false;
        try {
            return handler.run(command);
        } catch (InterruptedException | InterruptedIOException e) {
            synchronized (lock) {
                over = container.state != ContainerState.RUNNING;
            }
            if (over) {
                return KILLED;
            }
            throw e;
        } finally {
            synchronized (lock) {
                container.commands.remove(here);
            }
            if (over) {
                Thread.interrupted(); // that was the container's end, and its client is to be told of it
            }
        }
    }

    @Override
    public ExecResult execSync(String containerId, List<String> command, Duration timeout) {
        check();
        var container = running(containerId);
        var handler = container.script.commands().orElseThrow(SimulatedRuntime::noCommands);
        var out = new ByteArrayOutputStream();
        var err = new ByteArrayOutputStream();
        var result = new AtomicReference<ExecResult>();
        var failure = new AtomicReference<Exception>();
        var over = time.gate();
        var thread = time.start("simulated-command", () -> {
            try {
                int code =
                        run(container, handler, new Command(command, InputStream.nullInputStream(), out, err, false));
                result.set(new ExecResult(out.toByteArray(), err.toByteArray(), code));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                failure.set(e);
            } catch (IOException | RuntimeException e) {
                failure.set(e);
            } finally {
                over.open();
            }
        });
        var limit =
                timeout.isZero() ? Optional.<TimeSource.Timer>empty() : Optional.of(time.schedule(timeout, over::open));
        try {
            over.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RuntimeFailure(RuntimeFailure.Reason.CANCELLED, "interrupted", e);
        } finally {
            limit.ifPresent(TimeSource.Timer::cancel);
            thread.interrupt();
        }
        if (failure.get() != null) {
            throw new RuntimeFailure(
                    RuntimeFailure.Reason.UNKNOWN, String.valueOf(failure.get().getMessage()), failure.get());
        }
        var done = result.get();
        if (done == null) {
            throw new RuntimeFailure(
                    RuntimeFailure.Reason.DEADLINE_EXCEEDED,
                    "command " + String.join(" ", command) + " timed out after " + timeout.toSeconds() + "s");
        }
        return done;
    }

    @Override
    public URI exec(ExecRequest request) {
        check();
        var container = running(request.containerId());
        var handler = container.script.commands().orElseThrow(SimulatedRuntime::noCommands);
        return offer(new StreamingServer.Offer.Run(
                new CommandSession.Wanted(
                        request.command(), request.stdin(), request.stdout(), request.stderr(), request.tty()),
                command -> run(container, handler, command)));
    }

    @Override
    public URI attach(AttachRequest request) {
        check();
        var container = running(request.containerId());
        var handler = container.script.attached().orElse(command -> watch(container, command));
        List<String> words = new ArrayList<>(container.config.command());
        words.addAll(container.config.args());
        return offer(new StreamingServer.Offer.Run(
                new CommandSession.Wanted(words, request.stdin(), request.stdout(), request.stderr(), request.tty()),
                command -> run(container, handler, command)));
    }

    /** Shows what a container prints from now on, until it ends. */
    private int watch(SimulatedContainer container, Command command) throws IOException, InterruptedException {
        var seen = new ArrayBlockingQueue<String>(MOST_UNSEEN);
        synchronized (lock) {
            container.viewers.add(seen);
        }
        try {
            while (true) {
                command.print(seen.take());
            }
        } catch (InterruptedException e) {
            synchronized (lock) {
                if (container.state == ContainerState.RUNNING) {
                    throw e;
                }
            }
            for (var text = seen.poll(); text != null; text = seen.poll()) {
                command.print(text);
            }
            return 0;
        } finally {
            synchronized (lock) {
                container.viewers.remove(seen);
            }
        }
    }

    @Override
    public URI portForward(PortForwardRequest request) {
        check();
        synchronized (lock) {
            sandbox(request.sandboxId());
        }
        return offer(new StreamingServer.Offer.Forward(request.ports(), port -> port(request.sandboxId(), port)));
    }

    private URI offer(StreamingServer.Offer offer) {
        synchronized (lock) {
            if (closed) {
                throw new RuntimeFailure(RuntimeFailure.Reason.UNAVAILABLE, "the node has stopped");
            }
            var server = streaming;
            if (server == null) {
                try {
                    server = new StreamingServer();
                } catch (IOException e) {
                    throw new RuntimeFailure(RuntimeFailure.Reason.UNKNOWN, String.valueOf(e.getMessage()), e);
                }
                streaming = server;
            }
            return server.offer(offer);
        }
    }

    // Images

    @Override
    public List<Image> listImages() {
        check();
        synchronized (lock) {
            return List.copyOf(images.values());
        }
    }

    @Override
    public Optional<Image> imageStatus(String reference) {
        check();
        synchronized (lock) {
            return images.values().stream()
                    .filter(i -> i.id().equals(reference)
                            || i.repoTags().contains(reference)
                            || i.repoDigests().contains(reference))
                    .findFirst();
        }
    }

    @Override
    public String pullImage(String reference, RegistryAuth auth, SandboxConfig sandbox) {
        check();
        int slash = reference.indexOf('/');
        if (slash > 0 && reference.substring(0, slash).endsWith(".invalid")) {
            throw new RuntimeFailure(
                    RuntimeFailure.Reason.NOT_FOUND,
                    "failed to pull and unpack image \"" + reference + "\": no such host");
        }
        synchronized (lock) {
            var present = imageStatus(reference);
            if (present.isPresent()) {
                return present.get().id();
            }
            var digest = id(reference);
            int at = reference.indexOf('@');
            var name = at > 0 ? reference.substring(0, at) : reference;
            int colon = name.lastIndexOf(':');
            var repository = colon > name.lastIndexOf('/') ? name.substring(0, colon) : name;
            var image = new Image(
                    "sha256:" + digest,
                    at > 0 ? List.of() : List.of(reference),
                    List.of(at > 0 ? reference : repository + "@sha256:" + id("@" + reference)),
                    1_000_000,
                    OptionalLong.empty(),
                    "",
                    false);
            images.put(image.id(), image);
            return image.id();
        }
    }

    @Override
    public void removeImage(String reference) {
        check();
        synchronized (lock) {
            imageStatus(reference).ifPresent(i -> images.remove(i.id()));
        }
    }

    @Override
    public List<FilesystemUsage> imageFilesystem() {
        check();
        synchronized (lock) {
            long used = images.values().stream().mapToLong(Image::sizeBytes).sum();
            return List.of(new FilesystemUsage(time.now(), "/", used, images.size()));
        }
    }

    // Figures

    @Override
    public ContainerStats containerStats(String containerId) {
        check();
        synchronized (lock) {
            return stats(container(containerId));
        }
    }

    @Override
    public List<ContainerStats> listContainerStats(ContainerFilter filter) {
        check();
        synchronized (lock) {
            return matching(filter).stream()
                    .filter(c -> c.state == ContainerState.RUNNING)
                    .map(this::stats)
                    .toList();
        }
    }

    private ContainerStats stats(SimulatedContainer c) {
        var now = time.now();
        var reading = usage.container(
                c.id,
                podUid(c),
                c.config.metadata().name(),
                c.config.annotations(),
                c.startedAt == null ? now : c.startedAt,
                now);
        var memory = OptionalLong.of(reading.rates().memoryBytes());
        return new ContainerStats(
                c.id,
                c.config.metadata(),
                c.config.labels(),
                now,
                OptionalLong.of(reading.cpuNanos()),
                OptionalLong.of(reading.rates().cpuNanoCores()),
                memory,
                memory,
                memory,
                OptionalLong.of(0),
                OptionalLong.of(0),
                OptionalLong.of(0),
                OptionalLong.of(0));
    }

    @Override
    public List<NetworkStats> listNetworkStats() {
        check();
        synchronized (lock) {
            var now = time.now();
            return sandboxes.values().stream()
                    .map(SimulatedSandbox::status)
                    .filter(s -> s.state() == SandboxState.READY)
                    .map(s -> {
                        var uid = s.labels().getOrDefault(RuntimeLabels.POD_UID, "");
                        var reading = usage.sandbox(s.id(), uid, s.annotations(), s.createdAt(), now);
                        return new NetworkStats(
                                s.id(), s.labels(), now, "eth0", reading.received(), 0, reading.sent(), 0);
                    })
                    .toList();
        }
    }

    @Override
    public void annotated(String podUid, Map<String, String> annotations) {
        synchronized (lock) {
            usage.annotate(podUid, annotations, time.now());
        }
    }

    // Events

    private static String podUid(SimulatedContainer container) {
        return container.config.labels().getOrDefault(RuntimeLabels.POD_UID, "");
    }

    private void tell(RuntimeEvent.Type type, String id, String uid) {
        var event = new RuntimeEvent(type, id, uid, time.now());
        listeners.forEach(listener -> listener.tell(event));
    }

    @Override
    public Optional<RuntimeEvents> events() {
        var events = new SimulatedEvents(time, listeners::remove);
        listeners.add(events);
        return Optional.of(events);
    }

    @Override
    public void close() {
        listeners.forEach(SimulatedEvents::end);
        listeners.clear();
        synchronized (lock) {
            closed = true;
            containers.values().forEach(container -> container.commands.forEach(Thread::interrupt));
            if (streaming != null) {
                streaming.close();
            }
        }
    }
}
