package dev.navarch.embedded;

import static dev.navarch.embedded.Workloads.admin;
import static dev.navarch.embedded.Workloads.deployment;
import static dev.navarch.embedded.Workloads.hourly;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.client.Await;
import dev.navarch.client.ListQuery;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.batch.v1.CronJob;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.io.IOException;
import java.net.ConnectException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class EmbeddedClusterTest {
    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");

    @Test
    void aDeploymentRunsWhenTheClusterRests() {
        try (var cluster = EmbeddedCluster.builder().startsAt(NOON).paused().start()) {
            var client = admin(cluster);
            client.resource(Deployment.class).create(deployment("web", 3));
            cluster.awaitIdle();
            cluster.clock().advance(Duration.ofSeconds(5));
            var web = client.resource(Deployment.class).get("default", "web").orElseThrow();
            assertThat(web.getStatus().getReadyReplicas()).isEqualTo(3);
        }
    }

    @Test
    void aDayOfACronJobPassesInAMoment() {
        try (var cluster = EmbeddedCluster.builder().startsAt(NOON).paused().start()) {
            var client = admin(cluster);
            client.resource(CronJob.class).create(hourly());
            cluster.clock().advance(Duration.ofHours(24).plusMinutes(1));
            assertThat(client.resource(Job.class).list(ListQuery.all()).items())
                    .extracting(job -> job.getStatus().getSucceeded())
                    .containsExactly(1, 1, 1);
            assertThat(client.resource(CronJob.class)
                            .get("default", "hourly")
                            .orElseThrow()
                            .getStatus()
                            .getLastScheduleTime())
                    .isEqualTo("2026-03-02T12:00:00Z");
        }
    }

    @Test
    void nothingIsLeftBehind() throws Exception {
        var warm = EmbeddedCluster.start(); // what a JVM starts once and keeps
        warm.close();
        var before = threads();
        var files = scratch();
        var cluster = EmbeddedCluster.start();
        int port = cluster.url().getPort();
        assertThat(scratch()).isNotEqualTo(files);
        cluster.close();
        assertThat(scratch()).isEqualTo(files);
        assertThatThrownBy(() -> new Socket("127.0.0.1", port).close()).isInstanceOf(ConnectException.class);
        Await.until("its threads have ended", () -> before.containsAll(threads()));
        assertThatThrownBy(cluster::clock)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the cluster is closed");
    }

    private static Set<Thread> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> !thread.getName().startsWith("ForkJoinPool")
                        && !thread.getName().startsWith("VirtualThread"))
                .collect(Collectors.toSet());
    }

    private static Set<Path> scratch() throws IOException {
        try (var files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            return files.filter(file -> file.getFileName()
                            .toString()
                            .startsWith("navarch-" + ProcessHandle.current().pid()))
                    .collect(Collectors.toSet());
        }
    }

    @Test
    void whatCannotBeAppliedIsTold() {
        try (var cluster = EmbeddedCluster.builder().nodes(0).start()) {
            assertThatThrownBy(() -> cluster.apply("{apiVersion: example.com/v1, kind: Shirt, metadata: {name: a}}"))
                    .isInstanceOf(EmbeddedClusterException.class)
                    .hasMessage(
                            "manifest, document 1: no matches for kind \"Shirt\" in version \"example.com/v1\"; is its"
                                    + " CustomResourceDefinition loaded before it?");
            assertThatThrownBy(() -> cluster.apply("a: [")).hasMessageStartingWith("manifest is not YAML: ");
            assertThatThrownBy(() -> cluster.apply(
                            "{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {ports: [{port: 0}]}}"))
                    .hasMessageContaining("spec.ports[0].port: Invalid value: 0");
        }
    }
}
