package dev.navarch.cluster;

import dev.navarch.runtime.cri.HostPrograms;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Looks before the leap: may this machine run containers, and if not, what is missing and who can mend it.
 *
 * <p>{@link ClusterConfig.RuntimeKind#AUTO} turns into containerd where everything is there (installing Debian's packages if root and
 * allowed), and into the simulated runtime otherwise.
 */
public final class Preflight {
    /** What was found out. {@code problems} says why it is not containerd, a sentence each. */
    public record Findings(boolean containers, List<String> problems) {}

    private final boolean install;
    private final Progress progress;

    public Preflight(boolean install, Progress progress) {
        this.install = install;
        this.progress = progress;
    }

    /**
     * Checks what {@code wanted} needs.
     *
     * @throws PreflightException if containerd was demanded and can't be had
     */
    public Findings run(ClusterConfig.RuntimeKind wanted) {
        if (wanted == ClusterConfig.RuntimeKind.SIMULATED) {
            return new Findings(false, List.of());
        }
        List<String> problems = new ArrayList<>();
        if (!isRoot()) {
            problems.add("containers need root: run it as root, or by sudo");
        }
        if (!Files.isDirectory(Path.of("/sys/fs/cgroup")) || cgroupVersion().isEmpty()) {
            problems.add("no cgroups with a memory and a cpu controller are mounted under /sys/fs/cgroup");
        }
        var missing = missingPackages();
        if (problems.isEmpty() && !missing.isEmpty() && install) {
            installPackages(missing);
            missing = missingPackages();
        }
        if (!missing.isEmpty()) {
            problems.add("missing: Debian's packages " + String.join(", ", missing)
                    + (install ? "" : " (not installed because of --no-install)"));
        }
        if (wanted == ClusterConfig.RuntimeKind.CONTAINERD && !problems.isEmpty()) {
            throw new PreflightException("this machine cannot run containers: " + String.join("; ", problems));
        }
        return new Findings(problems.isEmpty(), problems);
    }

    static boolean isRoot() {
        return "root".equals(System.getProperty("user.name")) && Files.isWritable(Path.of("/run"));
    }

    /** Fails, naming the port and the way out, if the API server's port is taken. */
    public static void portFree(String bind, int port) {
        if (port == 0) {
            return;
        }
        try (var socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getByName(bind), port));
        } catch (IOException e) {
            throw new PreflightException("port " + port + " on " + bind + " is taken (" + e.getMessage()
                    + "): is a cluster running already? Choose another with --port");
        }
    }

    private static Set<String> missingPackages() {
        Set<String> packages = new TreeSet<>();
        HostPrograms.missing().forEach(missing -> packages.add(missing.debianPackage()));
        return packages;
    }

    /** 1 or 2, or empty if neither offers memory and cpu. */
    static Optional<Integer> cgroupVersion() {
        var base = Path.of("/sys/fs/cgroup");
        try {
            if (Files.exists(base.resolve("cgroup.controllers"))) {
                var controllers = List.of(Files.readString(base.resolve("cgroup.controllers"))
                        .strip()
                        .split(" "));
                return controllers.containsAll(List.of("cpu", "memory")) ? Optional.of(2) : Optional.empty();
            }
        } catch (IOException _) {
            return Optional.empty();
        }
        boolean v1 = Files.isDirectory(base.resolve("memory")) && Files.isDirectory(base.resolve("cpu"));
        return v1 ? Optional.of(1) : Optional.empty();
    }

    private void installPackages(Set<String> packages) {
        if (!Files.isExecutable(Path.of("/usr/bin/apt-get"))) {
            return;
        }
        try (var step = progress.step("installing " + String.join(", ", packages))) {
            var command = new ArrayList<>(List.of("apt-get", "install", "-y", "-qq", "--no-install-recommends"));
            command.addAll(packages);
            if (run(command) != 0 && (run(List.of("apt-get", "update", "-qq")) != 0 || run(command) != 0)) {
                step.detail("failed");
            }
        }
    }

    private static int run(List<String> command) {
        var builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectInput(Path.of("/dev/null").toFile());
        builder.environment().put("DEBIAN_FRONTEND", "noninteractive");
        try {
            return builder.start().waitFor();
        } catch (IOException _) {
            return -1;
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return -1;
        }
    }
}
