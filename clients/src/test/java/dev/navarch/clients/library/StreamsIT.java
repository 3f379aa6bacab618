package dev.navarch.clients.library;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.cli.Kubectl;
import dev.navarch.cli.NavarchProcess;
import dev.navarch.cli.TestImages;
import dev.navarch.cli.TestMachine;
import dev.navarch.cli.Waiting;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.dsl.PodResource;
import io.fabric8.kubernetes.client.http.HttpClient;
import io.fabric8.kubernetes.client.jdkhttp.JdkHttpClientFactory;
import io.fabric8.kubernetes.client.vertx.VertxHttpClientFactory;
import io.kubernetes.client.Copy;
import io.kubernetes.client.Exec;
import io.kubernetes.client.PodLogs;
import io.kubernetes.client.PortForward;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Exec, attach, port-forward, logs and copies by the client libraries, from a real container. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class StreamsIT {
    private static final int LARGE = 3_000_000;

    @TempDir(cleanup = CleanupMode.NEVER)
    static Path home;

    private NavarchProcess navarch;
    private Kubectl kubectl;

    @BeforeAll
    void start() throws Exception {
        navarch = NavarchProcess.start(
                home,
                "--runtime=containerd",
                "--port=" + TestMachine.freePort(),
                "--pod-cidr=10.203.0.0/16",
                "--service-cidr=10.204.0.0/16");
        kubectl = navarch.kubectl();
        var tar = home.resolve("busybox.tar");
        TestImages.busybox(tar, "busybox:streams");
        navarch.run("image", "import", tar.toString());
        Waiting.until("account", () -> kubectl.run("", "get", "sa", "default").code(), code -> code == 0);
        kubectl.apply("""
            apiVersion: v1
            kind: Pod
            metadata: {name: box}
            spec:
              terminationGracePeriodSeconds: 0
              containers:
              - name: box
                image: busybox:streams
                command: [sh, -c]
                args:
                - |
                  mkdir /www; echo served > /www/index.html; httpd -p 8080 -h /www
                  i=0; while true; do i=$((i+1)); echo line $i; sleep 0.2; done
            """);
        kubectl.ok("wait", "--for=condition=Ready", "pod/box", "--timeout=60s");
    }

    @AfterAll
    void stop() throws Exception {
        if (navarch != null) {
            navarch.close();
        }
    }

    static Stream<HttpClient.Factory> flavours() {
        return Stream.of(new JdkHttpClientFactory(), new VertxHttpClientFactory());
    }

    private KubernetesClient fabric8(HttpClient.Factory flavour) {
        return new KubernetesClientBuilder()
                .withConfig(Config.fromKubeconfig(kubectl.kubeconfig().toFile()))
                .withHttpClientFactory(flavour)
                .build();
    }

    private static PodResource box(KubernetesClient client) {
        return client.pods().inNamespace("default").withName("box");
    }

    @ParameterizedTest
    @MethodSource("flavours")
    void fabric8RunsCommands(HttpClient.Factory flavour) throws Exception {
        try (var client = fabric8(flavour)) {
            var out = new ByteArrayOutputStream();
            var err = new ByteArrayOutputStream();
            try (var exec = box(client)
                    .redirectingInput()
                    .writingOutput(out)
                    .writingError(err)
                    .exec("sh", "-c", "read x; echo got $x; echo bad >&2; exit 7")) {
                exec.getInput().write("hello\n".getBytes(StandardCharsets.UTF_8));
                exec.getInput().flush();
                assertThat(exec.exitCode().get(60, TimeUnit.SECONDS)).isEqualTo(7);
            }
            assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("got hello\n");
            assertThat(err.toString(StandardCharsets.UTF_8)).isEqualTo("bad\n");
            var much = new ByteArrayOutputStream();
            try (var exec = box(client).writingOutput(much).exec("head", "-c", String.valueOf(LARGE), "/dev/zero")) {
                assertThat(exec.exitCode().get(60, TimeUnit.SECONDS)).isZero();
            }
            assertThat(much.size()).isEqualTo(LARGE);
        }
    }

    @ParameterizedTest
    @MethodSource("flavours")
    void fabric8FollowsLogsAttachesAndForwards(HttpClient.Factory flavour) throws Exception {
        try (var client = fabric8(flavour)) {
            assertThat(box(client).tailingLines(1).getLog()).startsWith("line ");
            var log = new ByteArrayOutputStream();
            try (var watch = box(client).tailingLines(1).watchLog(log)) {
                Waiting.until(
                        "log",
                        () -> log.toString(StandardCharsets.UTF_8).lines().count(),
                        n -> n >= 3);
            }
            var attached = new ByteArrayOutputStream();
            try (var attach = box(client).writingOutput(attached).attach()) {
                Waiting.until("attached", () -> attached.toString(StandardCharsets.UTF_8), s -> s.contains("line "));
            }
            try (var forward = box(client).portForward(8080);
                    var http = java.net.http.HttpClient.newHttpClient()) {
                var address = URI.create("http://127.0.0.1:" + forward.getLocalPort() + "/index.html");
                for (int i = 0; i < 3; i++) {
                    assertThat(http.send(HttpRequest.newBuilder(address).build(), BodyHandlers.ofString())
                                    .body())
                            .isEqualTo("served\n");
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("flavours")
    void fabric8Copies(HttpClient.Factory flavour) throws Exception {
        var sent = new byte[LARGE];
        Arrays.fill(sent, (byte) 'x');
        var file = Files.write(home.resolve("sent"), sent);
        try (var client = fabric8(flavour)) {
            assertThat(box(client).file("/tmp/sent").upload(file)).isTrue();
            var back = new ByteArrayOutputStream();
            try (var in = box(client).file("/tmp/sent").read()) {
                in.transferTo(back);
            }
            assertThat(back.toByteArray()).isEqualTo(sent);
        }
    }

    @Test
    void officialClientRunsCopiesForwardsAndLogs() throws Exception {
        var client =
                io.kubernetes.client.util.Config.fromConfig(kubectl.kubeconfig().toString());
        var process = new Exec(client)
                .newExecutionBuilder(
                        "default", "box", new String[] {"sh", "-c", "read x; echo got $x; echo bad >&2; exit 7"})
                .setStdin(true)
                .setStdout(true)
                .setStderr(true)
                .execute();
        // asked for before the end, after which the library has none
        var out = process.getInputStream();
        var err = process.getErrorStream();
        process.getOutputStream().write("hello\n".getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().flush();
        assertThat(out.readAllBytes()).asString(StandardCharsets.UTF_8).isEqualTo("got hello\n");
        assertThat(err.readAllBytes()).asString(StandardCharsets.UTF_8).isEqualTo("bad\n");
        assertThat(process.waitFor()).isEqualTo(7);
        process.destroy();

        var copy = new Copy(client);
        copy.copyFileToPod("default", "box", "box", "copied".getBytes(StandardCharsets.UTF_8), Path.of("/tmp/copied"));
        try (var in = copy.copyFileFromPod("default", "box", "box", "/tmp/copied")) {
            assertThat(in.readAllBytes()).asString(StandardCharsets.UTF_8).isEqualTo("copied");
        }

        var forward = new PortForward(client).forward("default", "box", List.of(8080));
        forward.getOutboundStream(8080).write("GET /index.html HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.UTF_8));
        forward.getOutboundStream(8080).flush();
        assertThat(forward.getInputStream(8080).readAllBytes())
                .asString(StandardCharsets.UTF_8)
                .endsWith("served\n");

        try (var log = new PodLogs(client).streamNamespacedPodLog("default", "box", "box", null, 1, false)) {
            assertThat(new String(log.readNBytes(5), StandardCharsets.UTF_8)).isEqualTo("line ");
        }
    }
}
