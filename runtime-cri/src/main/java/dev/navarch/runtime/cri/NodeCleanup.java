package dev.navarch.runtime.cri;

import static java.util.Objects.requireNonNull;

import dev.navarch.kubelet.runtime.RuntimeFailure;
import dev.navarch.kubelet.runtime.SandboxFilter;
import dev.navarch.time.TimeSource;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes a node off its host: pods, containerd and its shims, mounts, the bridge, network namespaces, nftables tables and
 * cgroups that carry the cluster's id. The data directory's files stay. Works whatever is still alive, and may be run
 * again.
 *
 * <p>First in order, through the engine, which is started for it if dead; then by force whatever is left.
 */
public final class NodeCleanup {
    private static final Logger log = LoggerFactory.getLogger(NodeCleanup.class);
    private static final Duration COMMAND_DEADLINE = Duration.ofMinutes(1);
    private static final Duration SETTLE_DEADLINE = Duration.ofMinutes(1);
    private static final Pattern OCTAL = Pattern.compile("\\\\(\\d{3})");

    private final NodeLayout layout;
    private final TimeSource time;

    public NodeCleanup(NodeLayout layout, TimeSource time) {
        this.layout = requireNonNull(layout);
        this.time = requireNonNull(time);
    }

    /**
     * Takes everything down.
     *
     * @return what could not be removed, in words; empty if nothing of the node is left
     */
    public List<String> run() throws InterruptedException {
        boolean known = Files.exists(layout.containerdConfig());
        if (known || !remains().isEmpty()) {
            if (known) {
                removePods();
            }
            stopContainerd();
            killProcesses();
            unmountAll();
            removeShimSockets();
            removeBridge();
            removeTables();
            removeCgroups();
            removeState();
        }
        return remains();
    }

    private void removePods() throws InterruptedException {
        if (ContainerdProcess.find(layout).isEmpty() && !Files.exists(layout.stateDir())) {
            return; // Since the last boot nothing has run.
        }
        ContainerdProcess containerd;
        try {
            containerd = ContainerdProcess.startWithoutNetwork(layout, time);
        } catch (RuntimeUnavailableException e) {
            log.warn("Pods are removed by force, since containerd doesn't start: {}", e.getMessage());
            return;
        }
        try (containerd) {
            var runtime = containerd.runtime();
            var removals = new ArrayList<Thread>();
            for (var sandbox : runtime.listPodSandboxes(SandboxFilter.ALL)) {
                removals.add(Thread.ofVirtual().start(() -> {
                    try {
                        runtime.stopPodSandbox(sandbox.id());
                        runtime.removePodSandbox(sandbox.id());
                    } catch (RuntimeFailure e) {
                        log.warn("Sandbox {} is removed by force: {}", sandbox.id(), e.getMessage());
                    }
                }));
            }
            for (var removal : removals) {
                removal.join();
            }
        } catch (RuntimeFailure e) {
            log.warn("Pods are removed by force: {}", e.getMessage());
        }
    }

    private void stopContainerd() throws InterruptedException {
        for (var running = ContainerdProcess.find(layout);
                running.isPresent();
                running = ContainerdProcess.find(layout)) {
            ContainerdProcess.end(running.get());
        }
    }

    /** Our shims with all their descendants, and whatever is in our cgroups. */
    private void killProcesses() throws InterruptedException {
        await(() -> {
            var victims = new ArrayList<ProcessHandle>();
            shims().forEach(shim -> {
                shim.descendants().forEach(victims::add);
                victims.add(shim);
            });
            cgroupProcesses().forEach(victims::add);
            victims.removeIf(p -> HostProcesses.commandLine(p.pid()).isEmpty());
            victims.forEach(ProcessHandle::destroyForcibly);
            return victims.isEmpty();
        });
    }

    private Stream<ProcessHandle> shims() {
        var socket = layout.containerdSocket().toString();
        return ProcessHandle.allProcesses().filter(p -> {
            var line = HostProcesses.commandLine(p.pid());
            return !line.isEmpty() && line.getFirst().contains("containerd-shim") && line.contains(socket);
        });
    }

    private Stream<ProcessHandle> cgroupProcesses() {
        return cgroups().stream()
                .flatMap(dir -> lines(dir.resolve("cgroup.procs")).stream())
                .flatMap(pid -> ProcessHandle.of(Long.parseLong(pid)).stream());
    }

    private void unmountAll() throws InterruptedException {
        for (int round = 0; round < 3 && !mounts().isEmpty(); round++) {
            for (var mount : mounts()) {
                if (!succeeds("umount", mount)) {
                    succeeds("umount", "--lazy", mount);
                }
            }
        }
    }

    /** Mount points below our directories, the last mounted first. */
    private List<String> mounts() {
        return lines(Path.of("/proc/self/mountinfo")).stream()
                .map(line -> unescape(line.split(" ")[4]))
                .filter(m -> isBelow(m, layout.stateDir()) || isBelow(m, layout.dataDir()))
                .toList()
                .reversed();
    }

    /** Below, not at: a data directory that is a mount itself stays one. */
    private static boolean isBelow(String path, Path root) {
        return path.startsWith(root + "/");
    }

    private static String unescape(String field) {
        return OCTAL.matcher(field)
                .replaceAll(m -> java.util.regex.Matcher.quoteReplacement(
                        String.valueOf((char) Integer.parseInt(m.group(1), 8))));
    }

    /** Shims listen in a directory that all of a host's containerds share; each bundle names its socket. */
    private void removeShimSockets() {
        var bundles = layout.stateDir().resolve("io.containerd.runtime.v2.task").resolve(ContainerdImages.NAMESPACE);
        for (var bundle : children(bundles)) {
            for (var address : lines(bundle.resolve("address"))) {
                if (address.startsWith("unix:///run/containerd/s/")) {
                    attempt(() -> Files.deleteIfExists(Path.of(address.substring("unix://".length()))));
                }
            }
        }
    }

    private void removeBridge() throws InterruptedException {
        if (bridgeExists()) {
            succeeds("ip", "link", "delete", layout.bridge());
        }
    }

    private boolean bridgeExists() {
        return Files.exists(Path.of("/sys/class/net", layout.bridge()));
    }

    private void removeTables() throws InterruptedException {
        for (var table : tables()) {
            var words = table.split(" ");
            succeeds("nft", "delete", "table", words[1], words[2]);
        }
    }

    /** Lines as {@code table ip navarch-0123abcd}. */
    private List<String> tables() throws InterruptedException {
        if (HostPrograms.find("nft").isEmpty()) {
            return List.of();
        }
        Predicate<String> ours = line -> line.matches("table \\S+ " + Pattern.quote(layout.nftTable()) + "(-\\S+)?");
        return output("nft", "list", "tables").lines().filter(ours).toList();
    }

    private void removeCgroups() throws InterruptedException {
        await(() -> {
            for (var dir : cgroups()) {
                attempt(() -> Files.deleteIfExists(dir));
            }
            return cgroups().isEmpty();
        });
    }

    /** Our cgroups in every hierarchy, children before parents. */
    private List<Path> cgroups() {
        var mounted = Path.of("/sys/fs/cgroup");
        var name = layout.cgroupRoot();
        return Stream.concat(Stream.of(mounted), children(mounted).stream())
                .map(h -> h.resolve(name))
                .filter(Files::isDirectory)
                .flatMap(root -> {
                    try (var tree = Files.walk(root)) {
                        return tree.filter(Files::isDirectory).toList().stream();
                    } catch (IOException | java.io.UncheckedIOException e) {
                        return Stream.of(root);
                    }
                })
                .sorted(Comparator.comparingInt(Path::getNameCount).reversed())
                .toList();
    }

    private void removeState() {
        if (mounts().isEmpty()) {
            attempt(() -> Trees.delete(layout.stateDir()));
            attempt(() -> Trees.delete(layout.ipam()));
        }
    }

    /** What of the node is on the host, in words. */
    public List<String> remains() throws InterruptedException {
        var left = new ArrayList<String>();
        ContainerdProcess.find(layout).ifPresent(p -> left.add("containerd, pid " + p.pid()));
        shims().forEach(p -> left.add("a container's shim, pid " + p.pid()));
        mounts().forEach(m -> left.add("the mount " + m));
        if (bridgeExists()) {
            left.add("the network device " + layout.bridge());
        }
        tables().forEach(t -> left.add("the nftables " + t));
        cgroups().forEach(c -> left.add("the cgroup " + c));
        if (Files.exists(layout.stateDir())) {
            left.add("the directory " + layout.stateDir());
        }
        return List.copyOf(left);
    }

    private interface Step {
        void run() throws IOException;
    }

    /** What fails here is seen again in {@link #remains}. */
    private static void attempt(Step step) {
        try {
            step.run();
        } catch (NoSuchFileException | DirectoryNotEmptyException e) {
            log.debug("{}", e.getMessage());
        } catch (IOException e) {
            log.debug("Not removed yet", e);
        }
    }

    private void await(java.util.function.BooleanSupplier done) throws InterruptedException {
        long deadline = time.nanoTime() + SETTLE_DEADLINE.toNanos();
        while (!done.getAsBoolean() && time.nanoTime() < deadline) {
            time.sleep(Duration.ofMillis(20));
        }
    }

    private static boolean succeeds(String... command) throws InterruptedException {
        return command(command).map(HostCommand.Outcome::succeeded).orElse(false);
    }

    private static String output(String... command) throws InterruptedException {
        return command(command).map(HostCommand.Outcome::output).orElse("");
    }

    private static Optional<HostCommand.Outcome> command(String... command) throws InterruptedException {
        try {
            return Optional.of(HostCommand.run(COMMAND_DEADLINE, command));
        } catch (IOException e) {
            log.debug("{}", e.getMessage());
            return Optional.empty();
        }
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            return List.of();
        }
    }

    private static List<Path> children(Path dir) {
        try (var entries = Files.list(dir)) {
            return entries.toList();
        } catch (IOException e) {
            return List.of();
        }
    }
}
