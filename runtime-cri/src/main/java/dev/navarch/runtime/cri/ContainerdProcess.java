package dev.navarch.runtime.cri;

import static java.util.Objects.requireNonNull;

import dev.navarch.kubelet.runtime.RuntimeFailure;
import dev.navarch.kubelet.runtime.SandboxFilter;
import dev.navarch.time.TimeSource;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Navarch's own containerd: a child in a session of its own, which outlives this JVM and is found again by the next one.
 * It is known by its command line, which names this cluster's configuration file; so no stale pid file can mislead.
 *
 * <p>One virtual thread starts it again when it dies. Containers don't notice either way: each has its shim.
 */
public final class ContainerdProcess implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ContainerdProcess.class);
    private static final Duration READY_DEADLINE = Duration.ofSeconds(60);
    private static final Duration STOP_DEADLINE = Duration.ofSeconds(20);
    private static final Duration RESTART_DELAY = Duration.ofSeconds(1);
    private static final long MAX_LOG = 64L << 20;
    private static final int LOG_TAIL = 2_000;

    private final NodeLayout layout;
    private final HostPrograms programs;
    private final TimeSource time;
    private final CriRuntime runtime;
    private final ContainerdImages images;
    private final boolean adopted;
    private final Thread watcher;
    private volatile ProcessHandle process;
    private volatile boolean closing;

    private ContainerdProcess(NodeLayout layout, HostPrograms programs, TimeSource time)
            throws IOException, InterruptedException {
        this.layout = layout;
        this.programs = programs;
        this.time = time;
        var snapshotter = Snapshotter.choose(layout.containerdRoot());
        boolean changed = writeConfig(snapshotter);
        var running = find(layout);
        if (running.isPresent() && changed) {
            log.info("containerd's configuration has changed, starting it anew");
            end(running.get());
            running = Optional.empty();
        }
        adopted = running.isPresent();
        process = adopted ? running.get() : launch();
        runtime = new CriRuntime(layout.containerdSocket(), time);
        images = new ContainerdImages(
                programs.ctr(), layout.containerdSocket(), snapshotter, layout.containerdRoot(), runtime, time);
        watcher = Thread.ofVirtual().name("containerd-watch").unstarted(this::watch);
        try {
            awaitReady();
            if (runtime.imageStatus(PauseImage.NAME).isEmpty()) {
                images.importImage(PauseImage.content(PauseProgram.Processor.current()));
            }
        } catch (IOException | InterruptedException | RuntimeException e) {
            runtime.close();
            throw e;
        }
        watcher.start();
    }

    /**
     * Finds the cluster's containerd or starts it, with the pod network configured and the pause image in place. When this
     * returns, sandboxes can be run.
     *
     * @param podCidr the node's range of pod addresses
     * @throws RuntimeUnavailableException if this machine cannot run it
     */
    public static ContainerdProcess start(NodeLayout layout, String podCidr, TimeSource time)
            throws InterruptedException {
        requireNonNull(time);
        var programs = HostPrograms.locate();
        try {
            new CniConfig(layout, podCidr).write();
            return new ContainerdProcess(layout, programs, time);
        } catch (IOException e) {
            throw new RuntimeUnavailableException("Cannot run containerd: " + e.getMessage(), e);
        }
    }

    /** Finds or starts it for what needs no pod network: importing images, taking things down. */
    public static ContainerdProcess startWithoutNetwork(NodeLayout layout, TimeSource time)
            throws InterruptedException {
        try {
            return new ContainerdProcess(layout, HostPrograms.locate(), time);
        } catch (IOException e) {
            throw new RuntimeUnavailableException("Cannot run containerd: " + e.getMessage(), e);
        }
    }

    /** The running containerd of this layout, whoever started it. */
    static Optional<ProcessHandle> find(NodeLayout layout) {
        var config = layout.containerdConfig().toString();
        return ProcessHandle.allProcesses()
                .filter(p -> {
                    var line = HostProcesses.commandLine(p.pid());
                    return line.size() == 3
                            && line.getFirst().endsWith("containerd")
                            && line.get(1).equals("--config")
                            && line.get(2).equals(config);
                })
                .findFirst();
    }

    /** The engine; closed together with this object. */
    public CriRuntime runtime() {
        return runtime;
    }

    public ContainerdImages images() {
        return images;
    }

    /** Whether containerd was already running when {@link #start} looked. */
    public boolean adopted() {
        return adopted;
    }

    public long pid() {
        return process.pid();
    }

    /** Writes the configuration and returns whether it differs from what was there. */
    private boolean writeConfig(String snapshotter) throws IOException {
        Files.createDirectories(layout.containerdRoot());
        Files.createDirectories(layout.registryConfig());
        Files.createDirectories(layout.cniConfig());
        var text = new ContainerdConfig(
                        layout, programs, snapshotter, Host.enforcesAppArmor(), Host.mayLowerOomScores())
                .toml();
        var file = layout.containerdConfig();
        if (Files.exists(file) && Files.readString(file).equals(text)) {
            return false;
        }
        var draft = file.resolveSibling(file.getFileName() + ".new");
        Files.writeString(draft, text);
        Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        return true;
    }

    private ProcessHandle launch() throws IOException {
        var logFile = layout.containerdLog();
        if (Files.exists(logFile) && Files.size(logFile) > MAX_LOG) {
            Files.move(
                    logFile, logFile.resolveSibling(logFile.getFileName() + ".1"), StandardCopyOption.REPLACE_EXISTING);
        }
        var builder = new ProcessBuilder(
                        "setsid",
                        programs.containerd().toString(),
                        "--config",
                        layout.containerdConfig().toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(logFile.toFile()))
                .redirectInput(Path.of("/dev/null").toFile())
                .directory(Path.of("/").toFile());
        var environment = builder.environment();
        environment.remove("NOTIFY_SOCKET");
        environment.merge("PATH", "/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin", (a, b) -> a + ":" + b);
        return builder.start().toHandle();
    }

    /** Waits until the CRI plugin has recovered its containers and answers. */
    private void awaitReady() throws InterruptedException {
        long deadline = time.nanoTime() + READY_DEADLINE.toNanos();
        while (true) {
            try {
                runtime.listPodSandboxes(SandboxFilter.ALL);
                return;
            } catch (RuntimeFailure e) {
                if (!process.isAlive()) {
                    throw new RuntimeUnavailableException(
                            "containerd ended while starting; its log ends with:\n" + logTail(), e);
                }
                if (time.nanoTime() > deadline) {
                    throw new RuntimeUnavailableException(
                            "containerd didn't answer within %s s (%s); its log ends with:%n%s"
                                    .formatted(READY_DEADLINE.toSeconds(), e.getMessage(), logTail()),
                            e);
                }
                runtime.retryNow();
                time.sleep(Duration.ofMillis(10));
            }
        }
    }

    private String logTail() {
        try (var file = new RandomAccessFile(layout.containerdLog().toFile(), "r")) {
            file.seek(Math.max(0, file.length() - LOG_TAIL));
            var bytes = new byte[LOG_TAIL];
            int read = file.read(bytes);
            return new String(bytes, 0, Math.max(0, read), StandardCharsets.UTF_8);
        } catch (IOException e) {
            return "(no log: " + e.getMessage() + ")";
        }
    }

    private void watch() {
        try {
            while (!closing) {
                process.onExit().get();
                if (closing) {
                    return;
                }
                log.warn(
                        "containerd (pid {}) has ended, starting it again; see {}",
                        process.pid(),
                        layout.containerdLog());
                time.sleep(RESTART_DELAY);
                try {
                    process = launch();
                    runtime.retryNow();
                } catch (IOException e) {
                    log.error("containerd cannot be started", e);
                }
            }
        } catch (InterruptedException e) {
            log.debug("No longer watching containerd");
        } catch (ExecutionException e) {
            log.error("containerd cannot be watched", e);
        }
    }

    /** Lets go of containerd, which keeps running with all its containers. */
    @Override
    public void close() {
        closing = true;
        watcher.interrupt();
        runtime.close();
    }

    /** Ends containerd in order; the containers keep running under their shims. */
    public void stop() throws InterruptedException {
        close();
        watcher.join();
        end(process);
    }

    static void end(ProcessHandle process) throws InterruptedException {
        process.destroy();
        if (!ended(process, STOP_DEADLINE)) {
            log.warn("containerd (pid {}) doesn't stop, killing it", process.pid());
            process.destroyForcibly();
            ended(process, STOP_DEADLINE);
        }
    }

    private static boolean ended(ProcessHandle process, Duration within) throws InterruptedException {
        try {
            process.onExit().get(within.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException | ExecutionException e) {
            // A zombie that nobody reaps counts as ended.
            return HostProcesses.commandLine(process.pid()).equals(List.of());
        }
    }
}
