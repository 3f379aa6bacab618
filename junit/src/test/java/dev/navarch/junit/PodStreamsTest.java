package dev.navarch.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.navarch.embedded.EmbeddedCluster;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.kubernetes.client.Exec;
import io.kubernetes.client.PortForward;
import io.kubernetes.client.openapi.ApiClient;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Commands and connections into simulated pods, which the test answers, by the client libraries as they come. */
@KubernetesCluster(lifetime = KubernetesCluster.Lifetime.RUN)
class PodStreamsTest {
    private static final CountDownLatch INTERRUPTED = new CountDownLatch(1);

    @BeforeAll
    static void startPod(EmbeddedCluster cluster) {
        cluster.whenPodStarts(start -> start.pod().equals("shell"))
                .onExec(command -> {
                    switch (command.words().getFirst()) {
                        case "upper" ->
                            command.print(new String(command.in().readNBytes(4), StandardCharsets.UTF_8)
                                    .toUpperCase(Locale.ROOT));
                        case "sleep" -> {
                            try {
                                Thread.sleep(Long.MAX_VALUE);
                            } finally {
                                INTERRUPTED.countDown();
                            }
                        }
                        case "many" -> {
                            for (int i = 0; i < 100; i++) {
                                command.out().write(new byte[10_000]);
                            }
                        }
                        case "broken" -> throw new IllegalStateException("no such luck");
                        default -> {
                            command.print("out " + command.words() + "\n");
                            command.complain("err\n");
                            return 7;
                        }
                    }
                    return 0;
                })
                .onPort(8080, PodStreamsTest::echo);
        cluster.apply("""
                apiVersion: v1
                kind: Pod
                metadata: {name: shell, namespace: default}
                spec: {containers: [{name: c, image: "busybox:1"}]}
                """);
        cluster.awaitIdle();
    }

    private static void echo(InputStream in, OutputStream out) throws IOException {
        var asked = new byte[4];
        while (in.readNBytes(asked, 0, 4) == 4) {
            out.write(asked);
            out.write("!".getBytes(StandardCharsets.US_ASCII));
            out.flush();
        }
    }

    @Test
    void fabric8sCommandsAreAnswered(KubernetesClient client) throws Exception {
        var pod = client.pods().inNamespace("default").withName("shell");
        var out = new ByteArrayOutputStream();
        var err = new ByteArrayOutputStream();
        try (var watch = pod.writingOutput(out).writingError(err).exec("any", "thing")) {
            assertThat(watch.exitCode().get(60, TimeUnit.SECONDS)).isEqualTo(7);
        }
        assertThat(out).hasToString("out [any, thing]\n");
        assertThat(err).hasToString("err\n");
        var large = new ByteArrayOutputStream();
        try (var watch = pod.writingOutput(large).exec("many")) {
            assertThat(watch.exitCode().get(60, TimeUnit.SECONDS)).isZero();
        }
        assertThat(large.size()).isEqualTo(1_000_000);
        try (var watch = pod.writingOutput(large).exec("sleep")) {
            assertThat(watch.exitCode()).isNotDone();
        }
        assertThat(INTERRUPTED.await(60, TimeUnit.SECONDS)).isTrue(); // a client that goes ends its command
    }

    /** The one that NAVARCH_TEST_KUBECTL names, or else the machine's own. */
    private static Optional<String> kubectl() {
        return Optional.ofNullable(System.getenv("NAVARCH_TEST_KUBECTL"))
                .or(() -> Stream.of(System.getenv("PATH").split(File.pathSeparator))
                        .map(folder -> Path.of(folder, "kubectl"))
                        .filter(Files::isExecutable)
                        .map(Path::toString)
                        .findFirst());
    }

    /** As the one client that speaks SPDY with the API server, and is not written in Java. */
    @Test
    void kubectlsCommandsAreAnswered(@Kubeconfig Path kubeconfig) throws Exception {
        var program = kubectl();
        assumeTrue(program.isPresent() || "true".equals(System.getenv("CI")), "kubectl is not there");
        assertThat(program).as("kubectl").isPresent();
        for (var webSockets : List.of("true", "false")) {
            var kubectl =
                    new ProcessBuilder(program.get(), "exec", "shell", "--", "any", "thing").redirectErrorStream(true);
            kubectl.environment().put("KUBECONFIG", kubeconfig.toString());
            kubectl.environment().put("KUBECTL_REMOTE_COMMAND_WEBSOCKETS", webSockets);
            var process = kubectl.start();
            process.getOutputStream().close();
            assertThat(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .contains("out [any, thing]\n", "err\n", "command terminated with exit code 7");
            assertThat(process.waitFor()).isEqualTo(7);
        }
    }

    @Test
    void theOfficialClientsCommandsAreAnswered(ApiClient client) throws Exception {
        var process = new Exec(client).exec("default", "shell", new String[] {"any"}, false, false);
        assertThat(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                .isEqualTo("out [any]\n");
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(7);
    }

    @Test
    void fabric8sPortForwardLeadsToTheHandler(KubernetesClient client) throws Exception {
        try (var forward =
                client.pods().inNamespace("default").withName("shell").portForward(8080)) {
            for (var word : List.of("ping", "pong")) {
                try (var socket = new Socket(InetAddress.getLoopbackAddress(), forward.getLocalPort())) {
                    socket.getOutputStream().write(word.getBytes(StandardCharsets.US_ASCII));
                    assertThat(socket.getInputStream().readNBytes(5))
                            .isEqualTo((word + "!").getBytes(StandardCharsets.US_ASCII));
                }
            }
        }
    }

    @Test
    void theOfficialClientsPortForwardLeadsToTheHandler(ApiClient client) throws Exception {
        var forward = new PortForward(client).forward("default", "shell", List.of(8080));
        forward.getOutboundStream(8080).write("ping".getBytes(StandardCharsets.US_ASCII));
        forward.getOutboundStream(8080).flush();
        assertThat(forward.getInputStream(8080).readNBytes(5)).isEqualTo("ping!".getBytes(StandardCharsets.US_ASCII));
    }

    @Test
    void whatIsSentReachesTheCommand(KubernetesClient client) throws Exception {
        var out = new ByteArrayOutputStream();
        try (var watch = client.pods()
                .inNamespace("default")
                .withName("shell")
                .redirectingInput()
                .writingOutput(out)
                .exec("upper")) {
            watch.getInput().write("text".getBytes(StandardCharsets.UTF_8));
            watch.getInput().flush();
            assertThat(watch.exitCode().get(60, TimeUnit.SECONDS)).isZero();
        }
        assertThat(out).hasToString("TEXT");
    }
}
