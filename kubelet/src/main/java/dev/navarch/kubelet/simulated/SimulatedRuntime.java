package dev.navarch.kubelet.simulated;

import dev.navarch.kubelet.RuntimeLabels;
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
import dev.navarch.kubelet.runtime.NamespaceOptions;
import dev.navarch.kubelet.runtime.PortForwardRequest;
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
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * An engine whose containers run in memory, for nodes without containers: they start at once, write one line, and run
 * until they are stopped or, by {@link SimulatedBehaviour}, end. Every image can be had, unless its registry's name ends
 * with {@code .invalid}. Commands can't be run in them. Containers end with the process.
 */
public final class SimulatedRuntime implements ContainerRuntime {
    private static final int MAX_EVENTS = 4_096;
    private static final RuntimeEvent END = new RuntimeEvent(RuntimeEvent.Type.DELETED, "", "", Instant.EPOCH);

    private final TimeSource time;
    private final RandomGenerator random;

    /** Guards all below, but for the listeners. */
    private final Object lock = new Object();

    private final AddressPool addresses;
    private final Map<String, SimulatedSandbox> sandboxes = new LinkedHashMap<>();
    private final Map<String, SimulatedContainer> containers = new LinkedHashMap<>();
    private final Map<String, Image> images = new LinkedHashMap<>();
    private volatile RuntimeStatus status = RuntimeStatus.ready();
    private volatile @Nullable RuntimeFailure broken;
    private final AtomicInteger calls = new AtomicInteger();

    private final List<BlockingQueue<RuntimeEvent>> listeners = new CopyOnWriteArrayList<>();

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
        final SimulatedBehaviour behaviour;
        final Instant createdAt;
        final Path log;
        ContainerState state = ContainerState.CREATED;

        @Nullable
        Instant startedAt;

        @Nullable
        Instant finishedAt;

        int exitCode;
        int stops;
        LinuxResources resources;
        TimeSource.@Nullable Timer end;

        SimulatedContainer(String id, String sandboxId, ContainerConfig config, Path log, Instant createdAt) {
            this.id = id;
            this.sandboxId = sandboxId;
            this.config = config;
            this.log = log;
            this.createdAt = createdAt;
            behaviour = SimulatedBehaviour.of(config);
            resources = config.resources();
        }
    }

    /** @param podCidr the range of pod addresses, e.g. {@code 10.244.3.0/24} */
    public SimulatedRuntime(TimeSource time, RandomGenerator random, String podCidr) {
        this.time = time;
        this.random = random;
        addresses = new AddressPool(podCidr);
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

    private String newId() {
        var bytes = new byte[32];
        random.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
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
            made = new SandboxStatus(
                    newId(),
                    config.metadata(),
                    SandboxState.READY,
                    time.now(),
                    onHost ? List.of() : List.of(addresses.take()),
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
            sandboxes.remove(sandboxId);
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
            var container = new SimulatedContainer(
                    newId(), sandboxId, config, Path.of(sandbox.logDirectory(), config.logPath()), time.now());
            containers.put(container.id, container);
            return container.id;
        }
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
            if (container.behaviour.startError().isPresent()) {
                container.state = ContainerState.EXITED;
                container.startedAt = Instant.EPOCH;
                container.finishedAt = time.now();
                container.exitCode = 128;
                throw new RuntimeFailure(
                        RuntimeFailure.Reason.UNKNOWN,
                        container.behaviour.startError().get());
            }
            container.state = ContainerState.RUNNING;
            container.startedAt = time.now();
        }
        log(container, container.behaviour.line().orElse("simulated container started"));
        tell(RuntimeEvent.Type.STARTED, containerId, podUid(container));
        container.behaviour.exitAfter().ifPresent(after -> endLater(container, after));
    }

    private void endLater(SimulatedContainer container, Duration after) {
        if (after.isZero()) {
            end(container, container.behaviour.exitCode());
            return;
        }
        var timer = time.schedule(after, () -> end(container, container.behaviour.exitCode()));
        synchronized (lock) {
            container.end = timer;
        }
    }

    private static void log(SimulatedContainer container, String line) {
        try {
            Files.createDirectories(container.log.getParent());
            var text = container.startedAt + " stdout F " + line + "\n";
            Files.write(
                    container.log,
                    text.getBytes(StandardCharsets.UTF_8),
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new RuntimeFailure(
                    RuntimeFailure.Reason.UNKNOWN, "failed to write " + container.log + ": " + e.getMessage(), e);
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
            if (container.end != null) {
                container.end.cancel();
            }
            lock.notifyAll();
        }
        tell(RuntimeEvent.Type.STOPPED, container.id, podUid(container));
    }

    /** Ends a running container from outside, as a crash or the kernel would. */
    public void crash(String containerId, int code) {
        SimulatedContainer container;
        synchronized (lock) {
            container = container(containerId);
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
        } else if (container.behaviour.stubborn()) {
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
        var kill = time.schedule(grace, () -> end(container, 137));
        synchronized (lock) {
            container.stops++;
        }
        try {
            synchronized (lock) {
                while (container.state == ContainerState.RUNNING) {
                    lock.wait();
                }
            }
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
                    !over ? "" : c.exitCode == 0 ? "Completed" : c.exitCode == 128 ? "StartError" : "Error",
                    "",
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

    // Commands

    private static RuntimeFailure noCommands() {
        return new RuntimeFailure(
                RuntimeFailure.Reason.UNIMPLEMENTED,
                "this node is simulated and its containers have no processes, so there is nothing to run commands in or to"
                        + " connect to");
    }

    @Override
    public ExecResult execSync(String containerId, List<String> command, Duration timeout) {
        check();
        throw noCommands();
    }

    @Override
    public URI exec(ExecRequest request) {
        throw noCommands();
    }

    @Override
    public URI attach(AttachRequest request) {
        throw noCommands();
    }

    @Override
    public URI portForward(PortForwardRequest request) {
        throw noCommands();
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
            var digest = newId();
            int at = reference.indexOf('@');
            var name = at > 0 ? reference.substring(0, at) : reference;
            int colon = name.lastIndexOf(':');
            var repository = colon > name.lastIndexOf('/') ? name.substring(0, colon) : name;
            var image = new Image(
                    "sha256:" + digest,
                    at > 0 ? List.of() : List.of(reference),
                    List.of(at > 0 ? reference : repository + "@sha256:" + newId()),
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

    /** A hundredth of a CPU and a megabyte each, so that sums can be seen. */
    private ContainerStats stats(SimulatedContainer c) {
        long age = c.startedAt == null
                ? 0
                : Duration.between(c.startedAt, time.now()).toNanos();
        var megabyte = OptionalLong.of(1 << 20);
        return new ContainerStats(
                c.id,
                c.config.metadata(),
                c.config.labels(),
                time.now(),
                OptionalLong.of(age / 100),
                megabyte,
                megabyte,
                megabyte,
                OptionalLong.of(0),
                OptionalLong.of(0),
                OptionalLong.of(0),
                OptionalLong.of(0));
    }

    // Events

    private static String podUid(SimulatedContainer container) {
        return container.config.labels().getOrDefault(RuntimeLabels.POD_UID, "");
    }

    private void tell(RuntimeEvent.Type type, String id, String uid) {
        var event = new RuntimeEvent(type, id, uid, time.now());
        for (var listener : listeners) {
            if (!listener.offer(event)) { // a reader that is this late looks at everything anyhow
                listener.clear();
                listener.offer(event);
            }
        }
    }

    @Override
    public Optional<RuntimeEvents> events() {
        var queue = new ArrayBlockingQueue<RuntimeEvent>(MAX_EVENTS);
        listeners.add(queue);
        return Optional.of(new RuntimeEvents() {
            @Override
            @SuppressWarnings("ReferenceEquality") // the one that stands for the end
            public @Nullable RuntimeEvent next() throws InterruptedException {
                var event = queue.take();
                return event == END ? null : event;
            }

            @Override
            public void close() {
                listeners.remove(queue);
                queue.clear();
                queue.offer(END);
            }
        });
    }

    @Override
    public void close() {
        List<BlockingQueue<RuntimeEvent>> all = new ArrayList<>(listeners);
        listeners.clear();
        all.forEach(q -> {
            q.clear();
            q.offer(END);
        });
    }
}
