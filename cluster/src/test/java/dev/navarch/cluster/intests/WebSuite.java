package dev.navarch.cluster.intests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.embedded.EmbeddedCluster;
import dev.navarch.junit.TestNamespace;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.readiness.Readiness;
import java.io.ByteArrayOutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A test that doesn't know whether containers are real. */
abstract class WebSuite {
    static final String IMAGE = "docker.io/library/busybox:in-tests";
    private static final int SECONDS = 120;

    @Test
    void aDeploymentServesAndIsLookedInto(
            KubernetesClient client, EmbeddedCluster cluster, @TestNamespace String namespace) throws Exception {
        client.load(WebSuite.class.getResourceAsStream("/web-in-tests.yaml"))
                .inNamespace(namespace)
                .create();
        var web = client.apps().deployments().inNamespace(namespace).withName("web");
        web.waitUntilCondition(
                found -> found != null
                        && found.getStatus() != null
                        && Objects.equals(found.getStatus().getReadyReplicas(), 2),
                SECONDS,
                TimeUnit.SECONDS);
        var address = cluster.localPort(namespace, "web", 80);
        try (var socket = new Socket(address.getAddress(), address.getPort())) {
            socket.getOutputStream().write("GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
                    .startsWith("HTTP/1.")
                    .contains("200 OK")
                    .endsWith("it works\n");
        }
        var pod = client.pods()
                .inNamespace(namespace)
                .withLabel("app", "web")
                .list()
                .getItems()
                .getFirst();
        assertThat(client.pods().resource(pod).getLog()).contains("serving");
        var out = new ByteArrayOutputStream();
        try (var command = client.pods().resource(pod).writingOutput(out).exec("cat", "/www/index.html")) {
            assertThat(command.exitCode().get(SECONDS, TimeUnit.SECONDS)).isZero();
        }
        assertThat(out).hasToString("it works\n");
        client.resource(pod).delete();
        client.pods()
                .inNamespace(namespace)
                .withLabel("app", "web")
                .informOnCondition(pods -> pods.stream()
                                .filter(Readiness.getInstance()::isReady)
                                .map(one -> one.getMetadata().getName())
                                .filter(name -> !name.equals(pod.getMetadata().getName()))
                                .count()
                        == 2)
                .get(SECONDS, TimeUnit.SECONDS);
    }

    @Test
    void aPodThatFailsSaysHow(KubernetesClient client, @TestNamespace String namespace) {
        client.load(WebSuite.class.getResourceAsStream("/failing-in-tests.yaml"))
                .inNamespace(namespace)
                .create();
        Pod ended = client.pods()
                .inNamespace(namespace)
                .withName("failing")
                .waitUntilCondition(
                        pod -> pod != null && "Failed".equals(pod.getStatus().getPhase()), SECONDS, TimeUnit.SECONDS);
        assertThat(ended.getStatus()
                        .getContainerStatuses()
                        .getFirst()
                        .getState()
                        .getTerminated()
                        .getExitCode())
                .isEqualTo(7);
    }
}
