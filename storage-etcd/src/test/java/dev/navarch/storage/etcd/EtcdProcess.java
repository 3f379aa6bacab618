package dev.navarch.storage.etcd;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A member of a real etcd, of one unless it says otherwise: Debian's {@code etcd-server}, on free ports and with its data in
 * a temporary directory. It can be killed and started again on the same data.
 */
public final class EtcdProcess implements AutoCloseable {
    private static final Duration START = Duration.ofMinutes(2);
    private static final Pattern MEMBER = Pattern.compile("\"member_id\":\"(\\d+)\"");
    private static final Pattern VALUE = Pattern.compile("\"value\":\"([^\"]+)\"");
    private static final Pattern LEADER = Pattern.compile("\"leader\":\"(\\d+)\"");

    private final Path directory;
    private final Ports ports;
    /** Of all members, as they are told it. */
    private final String cluster;

    private final List<String> flags;
    private Process process;

    /** What a member is called and where it listens. */
    private record Ports(String name, int client, int peer) {
        String peerUrl() {
            return "http://127.0.0.1:" + peer;
        }

        String member() {
            return name + "=" + peerUrl();
        }
    }

    private EtcdProcess(Ports ports, String cluster, List<String> flags) throws Exception {
        var memory = Path.of("/dev/shm");
        directory = Files.isWritable(memory)
                ? Files.createTempDirectory(memory, "navarch-etcd-")
                : Files.createTempDirectory("navarch-etcd-");
        this.ports = ports;
        this.cluster = cluster;
        this.flags = flags;
        this.process = launch();
    }

    /** Starts one; where etcd is missing and can't be installed the test is left out, or fails if {@code CI=true}. */
    public static EtcdProcess start(String... flags) throws Exception {
        List<String> all = new ArrayList<>(List.of("--heartbeat-interval=10", "--election-timeout=50"));
        all.addAll(List.of(flags));
        return start(1, all).getFirst();
    }

    /** Starts so many, which are one etcd. */
    public static List<EtcdProcess> cluster(int members) throws Exception {
        return start(members, List.of("--heartbeat-interval=50", "--election-timeout=500"));
    }

    private static List<EtcdProcess> start(int members, List<String> flags) throws Exception {
        requireInstalled();
        List<Ports> ports = new ArrayList<>();
        List<ServerSocket> reserved = new ArrayList<>();
        for (int i = 0; i < 2 * members; i++) {
            reserved.add(reserve());
        }
        for (int i = 0; i < members; i++) {
            ports.add(new Ports(
                    "member" + i,
                    reserved.get(2 * i).getLocalPort(),
                    reserved.get(2 * i + 1).getLocalPort()));
        }
        for (var socket : reserved) {
            socket.close();
        }
        var cluster = ports.stream().map(Ports::member).collect(Collectors.joining(","));
        List<EtcdProcess> started = new ArrayList<>();
        try {
            for (var one : ports) {
                started.add(new EtcdProcess(one, cluster, flags));
            }
            for (var one : started) {
                one.awaitListening();
            }
        } catch (Exception e) {
            for (var one : started) {
                one.close();
            }
            throw e;
        }
        return started;
    }

    /** A port of those that the kernel gives to nobody by itself: nobody takes it before etcd listens there. */
    private static ServerSocket reserve() {
        while (true) {
            int port = ThreadLocalRandom.current().nextInt(10_000, 20_000);
            try {
                return new ServerSocket(port, 1, InetAddress.getLoopbackAddress());
            } catch (IOException _) {
                // taken
            }
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
        var client = address().toString();
        var command = new ArrayList<>(List.of(
                "etcd",
                "--name=" + ports.name(),
                "--data-dir=" + directory.resolve("data"),
                "--listen-client-urls=" + client,
                "--advertise-client-urls=" + client,
                "--listen-peer-urls=" + ports.peerUrl(),
                "--initial-advertise-peer-urls=" + ports.peerUrl(),
                "--initial-cluster=" + cluster,
                "--logger=zap",
                "--log-level=warn"));
        command.addAll(flags);
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        directory.resolve("log").toFile()))
                .start();
    }

    private void awaitListening() throws Exception {
        long end = System.nanoTime() + START.toNanos();
        while (!listens()) {
            if (!process.isAlive() || System.nanoTime() - end > 0) {
                process.destroyForcibly();
                throw new IllegalStateException("etcd does not start: " + Files.readString(directory.resolve("log")));
            }
            process.waitFor(10, TimeUnit.MILLISECONDS);
        }
    }

    private boolean listens() {
        try (var socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), ports.client()), 1_000);
            return true;
        } catch (IOException _) {
            return false;
        }
    }

    public URI address() {
        var scheme = flags.stream().anyMatch(flag -> flag.startsWith("--cert-file=")) ? "https" : "http";
        return URI.create(scheme + "://127.0.0.1:" + ports.client());
    }

    public int port() {
        return ports.client();
    }

    /** Whether the others go by what this one says. */
    public boolean leads() throws IOException, InterruptedException {
        var status = post("/v3/maintenance/status", "{}");
        var self = LEADER.matcher(status);
        return self.find() && status.contains("\"member_id\":\"" + self.group(1) + "\"");
    }

    /** Gives back what was compacted, and tells etcd to try again, as {@code etcdctl defrag} and {@code alarm disarm} do. */
    public void makeSpace() throws IOException, InterruptedException {
        post("/v3/maintenance/defragment", "{}");
        var self = MEMBER.matcher(post("/v3/maintenance/status", "{}"));
        if (self.find()) {
            post(
                    "/v3/maintenance/alarm",
                    "{\"action\":\"DEACTIVATE\",\"memberID\":\"" + self.group(1) + "\",\"alarm\":\"NOSPACE\"}");
        }
    }

    /** What lies there under a key; nothing if that is nowhere. */
    public byte[] value(String key) throws IOException, InterruptedException {
        var coded = Base64.getEncoder().encodeToString(key.getBytes(StandardCharsets.UTF_8));
        var found = VALUE.matcher(post("/v3/kv/range", "{\"key\":\"" + coded + "\"}"));
        return found.find() ? Base64.getDecoder().decode(found.group(1)) : new byte[0];
    }

    /** Asks etcd's JSON gateway. */
    private String post(String path, String body) throws IOException, InterruptedException {
        try (var http = HttpClient.newHttpClient()) {
            var request = HttpRequest.newBuilder(address().resolve(path))
                    .timeout(START)
                    .POST(HttpRequest.BodyPublishers.ofString(body))
                    .build();
            return http.send(request, HttpResponse.BodyHandlers.ofString()).body();
        }
    }

    /** How a store gets there; without compaction. */
    public EtcdConfig config() {
        return EtcdConfig.of(List.of(address())).withCompactionInterval(Duration.ZERO);
    }

    /** {@code kill -9}. */
    public void kill() throws InterruptedException {
        process.destroyForcibly();
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            throw new IllegalStateException("etcd can't be killed");
        }
    }

    /** Starts it again, on its data. */
    public void restart() throws Exception {
        process = launch();
        awaitListening();
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
