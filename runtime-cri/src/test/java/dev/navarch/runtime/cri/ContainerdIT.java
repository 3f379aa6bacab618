package dev.navarch.runtime.cri;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.kubelet.runtime.ContainerFilter;
import dev.navarch.kubelet.runtime.ContainerState;
import dev.navarch.kubelet.runtime.ExecRequest;
import dev.navarch.kubelet.runtime.LinuxResources;
import dev.navarch.kubelet.runtime.RuntimeEvent;
import dev.navarch.kubelet.runtime.RuntimeEvents;
import dev.navarch.kubelet.runtime.SandboxFilter;
import dev.navarch.kubelet.runtime.SandboxState;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What containers on a real containerd do beyond the contract: limits, signals, streams, restarts, traces left behind. */
class ContainerdIT {
    private static final String IDLE = "trap exit TERM; while :; do sleep 1000 & wait; done";
    private static RealNode node;

    @BeforeAll
    static void start() throws Exception {
        node = new RealNode("10.231.2.0/24");
    }

    @AfterAll
    static void leaveNothing() throws Exception {
        if (node != null) {
            node.close();
        }
    }

    @AfterEach
    void removePods() {
        for (var sandbox : node.runtime().listPodSandboxes(SandboxFilter.ALL)) {
            node.runtime().stopPodSandbox(sandbox.id());
            node.runtime().removePodSandbox(sandbox.id());
        }
    }

    private static String exec(String container, String... command) {
        var result = node.runtime().execSync(container, List.of(command), Duration.ofMinutes(1));
        assertThat(result.exitCode())
                .as(new String(result.stderr(), StandardCharsets.UTF_8))
                .isZero();
        return new String(result.stdout(), StandardCharsets.UTF_8).strip();
    }

    private static LinuxResources limits(long quota, long shares, long memory) {
        return new LinuxResources(
                OptionalLong.of(100_000),
                OptionalLong.of(quota),
                OptionalLong.of(shares),
                OptionalLong.of(memory),
                OptionalLong.empty(),
                OptionalInt.of(900),
                "",
                "",
                Map.of(),
                Map.of());
    }

    @Test
    void limitsAreInTheContainersOwnCgroup() {
        var id = node.run(RealNode.container("limited", IDLE).withResources(limits(50_000, 256, 128 << 20)));
        boolean unified = Files.exists(Path.of("/sys/fs/cgroup/cgroup.controllers"));
        if (unified) {
            assertThat(exec(id, "cat", "/sys/fs/cgroup/memory.max")).isEqualTo("134217728");
            assertThat(exec(id, "cat", "/sys/fs/cgroup/cpu.max")).isEqualTo("50000 100000");
        } else {
            assertThat(exec(id, "cat", "/sys/fs/cgroup/memory/memory.limit_in_bytes"))
                    .isEqualTo("134217728");
            assertThat(exec(id, "cat", "/sys/fs/cgroup/cpu/cpu.cfs_quota_us")).isEqualTo("50000");
            assertThat(exec(id, "cat", "/sys/fs/cgroup/cpu/cpu.shares")).isEqualTo("256");
        }
        assertThat(exec(id, "cat", "/proc/1/oom_score_adj")).isEqualTo("900");
        assertThat(node.runtime().containerStatus(id).resources().cpuQuotaMicros())
                .hasValue(50_000);
    }

    @Test
    void overItsMemoryLimitAContainerIsOomKilled() {
        var id = node.run(RealNode.container("greedy", "tail /dev/zero").withResources(limits(100_000, 256, 16 << 20)));
        RealNode.await(
                "the container is killed, and why is told",
                () -> { // by two events, in whatever order
                    var status = node.runtime().containerStatus(id);
                    return status.state() == ContainerState.EXITED
                            && status.reason().equals("OOMKilled");
                });
        assertThat(node.runtime().containerStatus(id).exitCode()).isEqualTo(137);
    }

    @Test
    void podsReachEachOtherAndTheirOwnAddress() {
        var server = node.run(
                RealNode.container("server", "echo served > /var/www/index.html; httpd -p 8080 -h /var/www; " + IDLE));
        var client = node.run(RealNode.container("client", IDLE));
        var sandbox = node.runtime().listContainers(ContainerFilter.ALL).stream()
                .filter(c -> c.id().equals(server))
                .findFirst()
                .orElseThrow()
                .sandboxId();
        var ip = node.runtime().podSandboxStatus(sandbox).ips().getFirst();
        assertThat(ip).startsWith("10.231.2.");
        RealNode.await(
                "the server listens",
                () -> node.runtime()
                                .execSync(
                                        server,
                                        List.of("wget", "-qO-", "http://127.0.0.1:8080/"),
                                        Duration.ofSeconds(5))
                                .exitCode()
                        == 0);
        assertThat(exec(client, "wget", "-qO-", "http://" + ip + ":8080/")).isEqualTo("served");
        assertThat(exec(server, "wget", "-qO-", "http://" + ip + ":8080/")).isEqualTo("served");
    }

    @Test
    void archivesOfEveryKindAreImported() throws Exception {
        var content = ImageContent.named("kinds:1").withFile("/hello", 0644, new byte[] {1});
        var both = node.dir().resolve("both.tar");
        ImageArchives.write(both, content);
        var docker = node.dir().resolve("docker.tar.gz");
        try (var out = new GZIPOutputStream(Files.newOutputStream(docker))) {
            out.write(ImageArchiveTest.without(both, "oci-layout", "index.json"));
        }
        assertThat(node.containerd().images().importArchive(docker)).containsExactly("docker.io/library/kinds:1");
        var id = node.runtime().imageStatus("kinds:1").orElseThrow().id();
        node.runtime().removeImage("kinds:1");
        RealNode.await("it is gone", () -> node.runtime().imageStatus("kinds:1").isEmpty());

        node.containerd().images().importArchive(both);
        assertThat(node.runtime().imageStatus("kinds:1").orElseThrow().id()).isEqualTo(id);
        assertThat(node.runtime().imageStatus("kinds:1").orElseThrow().repoTags())
                .containsExactly("docker.io/library/kinds:1");
    }

    @Test
    void pauseImageIsNotForTheGarbageCollector() {
        assertThat(node.runtime().imageStatus(PauseImage.NAME))
                .get()
                .matches(dev.navarch.kubelet.runtime.Image::pinned);
        assertThat(node.runtime().imageStatus(RealNode.IMAGE)).get().matches(i -> !i.pinned());
    }

    @Test
    void commandThatDoesNotExistSaysSo() {
        var sandbox = node.sandbox("wrong");
        var sandboxId = node.runtime().runPodSandbox(sandbox, "");
        var wrong = RealNode.container("wrong", "").withCommand(List.of("/no/such/thing"));
        var id = node.runtime().createContainer(sandboxId, wrong, sandbox);
        assertThatThrownBy(() -> node.runtime().startContainer(id)).hasMessageContaining("/no/such/thing");
    }

    @Test
    void streamedExecCarriesBothOutputsAndTheStatus() throws Exception {
        var id = node.run(RealNode.container("streamed", IDLE));
        var url = node.runtime()
                .exec(new ExecRequest(
                        id, List.of("sh", "-c", "echo out; echo err >&2; exit 3"), false, false, true, true));
        var channels = stream(url);
        assertThat(channels.get(1)).isEqualTo("out\n");
        assertThat(channels.get(2)).isEqualTo("err\n");
        assertThat(channels.get(3)).contains("NonZeroExitCode").contains("\"3\"");
    }

    /** Reads a v4.channel.k8s.io WebSocket to its end: the text of each channel. */
    private static Map<Integer, String> stream(URI url) throws Exception {
        var channels = new java.util.TreeMap<Integer, String>();
        var closed = new CompletableFuture<Void>();
        var listener = new WebSocket.Listener() {
            @Override
            public CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
                if (data.hasRemaining()) {
                    int channel = data.get();
                    channels.merge(channel, StandardCharsets.UTF_8.decode(data).toString(), String::concat);
                }
                socket.request(1);
                return null;
            }

            @Override
            public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
                closed.complete(null);
                return null;
            }

            @Override
            public void onError(WebSocket socket, Throwable error) {
                closed.complete(null); // containerd may drop the connection without a farewell
            }
        };
        try (var client = HttpClient.newHttpClient()) {
            client.newWebSocketBuilder()
                    .subprotocols("v4.channel.k8s.io")
                    .buildAsync(URI.create(url.toString().replaceFirst("^http", "ws")), listener)
                    .get(60, TimeUnit.SECONDS);
            closed.get(60, TimeUnit.SECONDS);
            client.shutdownNow();
        }
        return channels;
    }

    @Test
    void endsAreToldAtOnceAndAreTrueWhenTold() throws Exception {
        var events = node.runtime().events().orElseThrow();
        var heard = new ArrayList<RuntimeEvent>();
        var stoppedWhenTold = new CompletableFuture<ContainerState>();
        var reader = Thread.ofVirtual().start(() -> read(events, heard, stoppedWhenTold));
        try {
            // The subscription may begin after the call that opened it; each round is a chance to be heard.
            RealNode.await("an end is told", () -> {
                if (!stoppedWhenTold.isDone()) {
                    node.run(RealNode.container("brief", "exit 0"));
                }
                return stoppedWhenTold.isDone();
            });
            assertThat(stoppedWhenTold.get()).isEqualTo(ContainerState.EXITED);
        } finally {
            events.close();
            reader.join(Duration.ofMinutes(1));
        }
        assertThat(reader.isAlive()).isFalse();
    }

    private static void read(
            RuntimeEvents events, List<RuntimeEvent> heard, CompletableFuture<ContainerState> stoppedWhenTold) {
        try {
            for (var e = events.next(); e != null; e = events.next()) {
                heard.add(e);
                var id = e.id();
                if (e.type() == RuntimeEvent.Type.STOPPED
                        && node.runtime().listContainers(ContainerFilter.ALL).stream()
                                .anyMatch(c -> c.id().equals(id))) {
                    stoppedWhenTold.complete(node.runtime().containerStatus(id).state());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void aSandboxThatIsStoppedIsNotReady() {
        var id = node.runtime().runPodSandbox(node.sandbox("pause"), "");
        assertThat(node.runtime().podSandboxStatus(id).state()).isEqualTo(SandboxState.READY);
        node.runtime().stopPodSandbox(id);
        assertThat(node.runtime().podSandboxStatus(id).state()).isEqualTo(SandboxState.NOT_READY);
    }

    @Test
    void containersOutliveTheJvmSideAndContainerdItself() throws Exception {
        var id = node.run(RealNode.container("survivor", IDLE));
        var started = node.runtime().containerStatus(id).startedAt();
        long pid = node.containerd().pid();

        node.restart();
        assertThat(node.containerd().adopted()).isTrue();
        assertThat(node.containerd().pid()).isEqualTo(pid);
        assertThat(node.runtime().containerStatus(id).state()).isEqualTo(ContainerState.RUNNING);

        ProcessHandle.of(pid).orElseThrow().destroyForcibly();
        RealNode.await("containerd is started again", () -> node.containerd().pid() != pid);
        RealNode.await("it answers", () -> {
            try {
                return node.runtime().containerStatus(id).state() == ContainerState.RUNNING;
            } catch (dev.navarch.kubelet.runtime.RuntimeFailure e) {
                return false;
            }
        });
        assertThat(node.runtime().containerStatus(id).startedAt()).isEqualTo(started);
        assertThat(exec(id, "echo", "alive")).isEqualTo("alive");
    }

    @Test
    void cleanUpLeavesNothingEvenWhenContainerdIsDead() throws Exception {
        try (var other = new RealNode("10.231.3.0/24")) {
            other.run(RealNode.container("left", IDLE));
            other.containerd().close();
            ProcessHandle.of(other.containerd().pid()).orElseThrow().destroyForcibly();
            assertThat(new NodeCleanup(other.layout(), other.time()).remains()).isNotEmpty();
            var mine = node.run(RealNode.container("mine", IDLE));
            assertThat(new NodeCleanup(other.layout(), other.time()).run()).isEmpty();
            assertThat(node.runtime().containerStatus(mine).state()).isEqualTo(ContainerState.RUNNING);
        }
    }
}
