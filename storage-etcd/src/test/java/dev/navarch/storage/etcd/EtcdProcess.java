package dev.navarch.storage.etcd;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A real etcd of one member, Debian's {@code etcd-server}, on free ports and with its data in a temporary directory. It
 * can be killed and started again on the same data.
 */
public final class EtcdProcess implements AutoCloseable {
    private static final Duration START = Duration.ofSeconds(20);

    private final Path directory;
    private final int port;
    private final int peerPort;
    private final List<String> flags;
    private Process process;

    private EtcdProcess(Path directory, int port, int peerPort, List<String> flags) throws Exception {
        this.directory = directory;
        this.port = port;
        this.peerPort = peerPort;
        this.flags = flags;
        this.process = launch();
    }

    /** Starts one; where etcd is missing and can't be installed the test is left out, or fails if {@code CI=true}. */
    public static EtcdProcess start(String... flags) throws Exception {
        requireInstalled();
        var memory = Path.of("/dev/shm");
        var directory = Files.isWritable(memory)
                ? Files.createTempDirectory(memory, "navarch-etcd-")
                : Files.createTempDirectory("navarch-etcd-");
        try (var one = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                var other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int port = one.getLocalPort();
            int peerPort = other.getLocalPort();
            one.close();
            other.close();
            return new EtcdProcess(directory, port, peerPort, List.of(flags));
        }
    }

    private static void requireInstalled() throws Exception {
        if (installed()) {
            return;
        }
        if ("root".equals(System.getProperty("user.name"))) {
            new ProcessBuilder("apt-get", "install", "-y", "--no-install-recommends", "etcd-server")
                    .inheritIO()
                    .start()
                    .waitFor(120, TimeUnit.SECONDS);
        }
        if (!installed() && "true".equals(System.getenv("CI"))) {
            throw new IllegalStateException("etcd is missing: apt-get install etcd-server");
        }
        assumeTrue(installed(), "etcd is installed");
    }

    private static boolean installed() {
        for (var folder : System.getenv("PATH").split(":")) {
            if (Files.isExecutable(Path.of(folder, "etcd"))) {
                return true;
            }
        }
        return false;
    }

    private Process launch() throws Exception {
        var client = "http://127.0.0.1:" + port;
        var peer = "http://127.0.0.1:" + peerPort;
        var command = new ArrayList<>(List.of(
                "etcd",
                "--name=one",
                "--data-dir=" + directory.resolve("data"),
                "--listen-client-urls=" + client,
                "--advertise-client-urls=" + client,
                "--listen-peer-urls=" + peer,
                "--initial-advertise-peer-urls=" + peer,
                "--initial-cluster=one=" + peer,
                "--heartbeat-interval=10",
                "--election-timeout=50",
                "--logger=zap",
                "--log-level=warn"));
        command.addAll(flags);
        var started = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        directory.resolve("log").toFile()))
                .start();
        long end = System.nanoTime() + START.toNanos();
        while (!listens()) {
            if (!started.isAlive() || System.nanoTime() - end > 0) {
                started.destroyForcibly();
                throw new IllegalStateException("etcd does not start: " + Files.readString(directory.resolve("log")));
            }
            started.waitFor(10, TimeUnit.MILLISECONDS);
        }
        return started;
    }

    private boolean listens() {
        try (var socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1_000);
            return true;
        } catch (IOException _) {
            return false;
        }
    }

    public URI address() {
        return URI.create("http://127.0.0.1:" + port);
    }

    public int port() {
        return port;
    }

    /** How a store gets there; without compaction. */
    public EtcdConfig config() {
        return EtcdConfig.of(List.of(address())).withCompactionInterval(Duration.ZERO);
    }

    /** {@code kill -9}. */
    public void kill() throws InterruptedException {
        process.destroyForcibly();
        if (!process.waitFor(20, TimeUnit.SECONDS)) {
            throw new IllegalStateException("etcd can't be killed");
        }
    }

    /** Starts it again, on its data. */
    public void restart() throws Exception {
        process = launch();
    }

    /** Stops it as a debugger would; it answers nothing until {@link #goOn}. */
    public void freeze() throws Exception {
        signal("STOP");
        while (!stopped()) {
            process.waitFor(1, TimeUnit.MILLISECONDS);
        }
    }

    private boolean stopped() throws IOException {
        try (var threads = Files.list(Path.of("/proc", Long.toString(process.pid()), "task"))) {
            for (var thread : threads.toList()) {
                if (!Files.readString(thread.resolve("stat")).contains(") T ")) {
                    return false;
                }
            }
        }
        return true;
    }

    public void goOn() throws Exception {
        signal("CONT");
    }

    private void signal(String name) throws Exception {
        new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                .inheritIO()
                .start()
                .waitFor();
    }

    /** Kills it and removes its data. */
    @Override
    public void close() throws Exception {
        kill();
        try (var files = Files.walk(directory)) {
            for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
