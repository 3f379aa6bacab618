package com.example.first;

import static dev.navarch.junit.assertions.ClusterAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.embedded.EmbeddedCluster;
import dev.navarch.embedded.EmbeddedNode;
import dev.navarch.junit.KubernetesClusterExtension;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What time, snapshots, forks and dumps are for, on a cluster that the test has built itself. */
class StateTest {
    @RegisterExtension
    static final KubernetesClusterExtension kubernetes = new KubernetesClusterExtension(() -> EmbeddedCluster.builder()
            .node(EmbeddedNode.of("big").withCapacity("cpu", "64").withLabel("zone", "a"))
            .node(EmbeddedNode.of("tainted").withTaint("gpu=true:NoSchedule"))
            .paused()
            .start());

    private static final String HOURLY = """
            apiVersion: batch/v1
            kind: CronJob
            metadata: {name: hourly, namespace: default}
            spec:
              schedule: "0 * * * *"
              successfulJobsHistoryLimit: 1000
              jobTemplate:
                spec:
                  template:
                    spec:
                      restartPolicy: Never
                      containers: [{name: copy, image: "example.com/copy:1"}]
            """;

    private static long jobs(EmbeddedCluster cluster) {
        return cluster.export().lines().filter("  kind: Job"::equals).count();
    }

    @Test
    void aForkGoesItsOwnWay(EmbeddedCluster cluster) {
        cluster.whenPodStarts(start -> start.image().contains("/copy")).thenExitWith(0);
        cluster.apply(HOURLY);
        var snapshot = cluster.snapshot(); // objects, what runs on nodes, the time
        try (var fork = cluster.fork()) { // a second cluster that goes its own way; so does snapshot.start()
            fork.clock().advance(Duration.ofHours(2));
            assertThat(fork).cronJob("hourly").exists();
            assertThat(jobs(fork)).isEqualTo(2);
        }
        assertThat(jobs(cluster)).isZero();
        cluster.clock().advance(Duration.ofHours(1));
        assertThat(jobs(cluster)).isEqualTo(1);
        cluster.restore(snapshot); // back, clock and all, at the same address
        assertThat(jobs(cluster)).isZero();
        assertThat(cluster.clock().now()).isEqualTo(snapshot.instant());
    }

    @Test
    void aDumpBeginsACluster(EmbeddedCluster cluster, KubernetesClient client) {
        cluster.apply("{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: default}, data: {b: c}}");
        try (var another =
                EmbeddedCluster.builder().dump(cluster.export()).paused().start()) {
            assertThat(another).configMap("a").has("c", "data", "b");
            assertThat(another).node("big").hasLabel("zone", "a");
        }
        assertThat(client.configMaps()
                        .inNamespace("default")
                        .withName("a")
                        .get()
                        .getData())
                .containsEntry("b", "c");
    }

    @Test
    void theHistoryTellsWhoDidWhat(EmbeddedCluster cluster) {
        cluster.apply("{apiVersion: v1, kind: ConfigMap, metadata: {name: told, namespace: default}, data: {b: c}}");
        cluster.apply("{apiVersion: v1, kind: ConfigMap, metadata: {name: told, namespace: default}, data: {b: d}}");
        var revisions = cluster.history("v1", "ConfigMap", "default", "told");
        assertThat(revisions).hasSize(2);
        assertThat(revisions.getLast().diff()).singleElement().asString().contains("c", "d");
        assertThat(revisions.getLast().by().orElseThrow().verb()).isEqualTo("patch");
    }
}
