package com.example.first;

import static dev.navarch.junit.assertions.ClusterAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.embedded.EmbeddedCluster;
import dev.navarch.junit.KubernetesCluster;
import dev.navarch.junit.TestNamespace;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.ByteArrayOutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What simulated pods do, at the test's word. */
@KubernetesCluster(paused = true)
class PodsTest {

    @Test
    void aPodAnswers(KubernetesClient client, EmbeddedCluster cluster, @TestNamespace String namespace)
            throws Exception {
        cluster.whenPodStarts(start -> start.namespace().equals(namespace))
                .thenUnready()
                .thenLog("copying")
                .thenWait(Duration.ofMinutes(5))
                .thenReady()
                .onPort(8080, (in, out) -> out.write("hello".getBytes(StandardCharsets.UTF_8)))
                .onExec(command -> {
                    command.print("ran " + command.words());
                    return 0;
                });
        cluster.apply("""
                apiVersion: v1
                kind: Pod
                metadata: {name: web-0, namespace: %1$s, labels: {app: web}}
                spec: {containers: [{name: web, image: "example.com/web:1", ports: [{containerPort: 8080}]}]}
                ---
                apiVersion: v1
                kind: Service
                metadata: {name: web, namespace: %1$s}
                spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
                """.formatted(namespace));
        cluster.clock().advance(Duration.ofMinutes(4));
        assertThat(cluster).inNamespace(namespace).pod("web-0").hasCondition("Ready", "False");
        cluster.clock().advance(Duration.ofMinutes(2));
        assertThat(cluster).inNamespace(namespace).pod("web-0").isReady();

        var pod = client.pods().inNamespace(namespace).withName("web-0");
        assertThat(pod.getLog()).isEqualTo("copying\n");
        var printed = new ByteArrayOutputStream();
        try (var exec = pod.writingOutput(printed).exec("date", "-u")) {
            assertThat(exec.exitCode().get(1, TimeUnit.MINUTES)).isZero();
        }
        assertThat(printed).hasToString("ran [date, -u]");
        var address =
                cluster.localPort(namespace, "web", 80); // a port of this machine that leads to the service's pods
        try (var socket = new Socket(address.getAddress(), address.getPort())) {
            assertThat(socket.getInputStream().readAllBytes()).asString().isEqualTo("hello");
        }
    }

    @Test
    void aJobIsDone(EmbeddedCluster cluster, @TestNamespace String namespace) {
        cluster.whenPodStarts(start -> start.image().startsWith("job"))
                .thenLog("done")
                .thenExitWith(0);
        cluster.apply("""
                apiVersion: batch/v1
                kind: Job
                metadata: {name: copy, namespace: %s}
                spec: {template: {spec: {restartPolicy: Never, containers: [{name: copy, image: "job:1"}]}}}
                """.formatted(namespace));
        cluster.clock().advance(Duration.ofMinutes(1));
        assertThat(cluster).inNamespace(namespace).job("copy").isComplete();
    }
}
