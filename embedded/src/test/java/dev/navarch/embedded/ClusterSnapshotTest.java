package dev.navarch.embedded;

import static dev.navarch.embedded.Workloads.admin;
import static dev.navarch.embedded.Workloads.deployment;
import static dev.navarch.embedded.Workloads.hourly;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.client.DeleteOptions;
import dev.navarch.client.ListQuery;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.batch.v1.CronJob;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class ClusterSnapshotTest {
    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");
    private static EmbeddedCluster original;

    @BeforeAll
    static void start() {
        original = EmbeddedCluster.builder().startsAt(NOON).paused().seed(7).start();
        var client = admin(original);
        client.resource(Deployment.class).create(deployment("web", 3));
        client.resource(CronJob.class).create(hourly());
        original.awaitIdle();
        original.clock().advance(Duration.ofSeconds(5));
    }

    @AfterAll
    static void close() {
        original.close();
    }

    private static List<Pod> pods(EmbeddedCluster cluster) {
        return admin(cluster).resource(Pod.class).list(ListQuery.all()).items();
    }

    private static int ready(EmbeddedCluster cluster) {
        var status = admin(cluster)
                .resource(Deployment.class)
                .get("default", "web")
                .orElseThrow()
                .getStatus();
        return status.getReadyReplicas() == null ? 0 : status.getReadyReplicas();
    }

    @Test
    void aForkHasAllThatTheOriginalHas() {
        var before = pods(original);
        try (var fork = original.fork()) {
            assertThat(fork.url()).isNotEqualTo(original.url());
            assertThat(fork.clock().now()).isEqualTo(original.clock().now());
            assertThat(fork.clock().running()).isFalse();
            assertThat(ready(fork)).isEqualTo(3);
            assertThat(pods(fork)).isEqualTo(before); // adopted: neither restarted nor written to
        }
        assertThat(pods(original)).isEqualTo(before);
    }

    @Test
    void aForkGoesItsOwnWay() {
        try (var fork = original.fork()) {
            admin(fork).resource(Deployment.class).delete("default", "web", DeleteOptions.none());
            fork.clock().advance(Duration.ofHours(1));
            assertThat(admin(fork).resource(Job.class).list(ListQuery.all()).items())
                    .hasSize(1);
            assertThat(pods(fork)).noneMatch(pod -> pod.getMetadata().getName().startsWith("web"));
            assertThat(pods(original)).hasSize(3);
            assertThat(admin(original).resource(Job.class).list(ListQuery.all()).items())
                    .isEmpty();
        }
    }

    @Test
    void forksOfOneSnapshotAreAlike() {
        var snapshot = original.snapshot();
        assertThat(run(snapshot)).isEqualTo(run(snapshot));
    }

    /**
     * All objects of a fork after two hours with work for all of its parts. Left out is what counts or names the one fork:
     * revisions, in which everything has its place, whoever was first at one instant, and ports of this machine.
     */
    private static String run(ClusterSnapshot snapshot) {
        try (var fork = snapshot.start()) {
            fork.clock().advance(Duration.ofMinutes(30));
            admin(fork).resource(Deployment.class).create(deployment("later", 5));
            fork.clock().advance(Duration.ofHours(2));
            assertThat(admin(fork).resource(Job.class).list(ListQuery.all()).items())
                    .hasSize(2)
                    .allMatch(job -> job.getStatus().getCompletionTime() != null);
            return fork.export()
                    .replaceAll("apiserver-[a-z0-9]{26}", "apiserver") // named after its port
                    .replaceAll("resourceVersion: \"\\d+\"", "resourceVersion")
                    .replaceAll("(Port|port|targetPort): \\d{5}\\n", "$1\n");
        }
    }

    @Test
    void aClusterGoesBackToWhereItWas() {
        try (var cluster = original.fork()) {
            var kubeconfig = cluster.kubeconfig();
            var snapshot = cluster.snapshot();
            var before = pods(cluster);
            cluster.clock().advance(Duration.ofHours(1));
            admin(cluster).resource(Deployment.class).delete("default", "web", DeleteOptions.none());
            cluster.awaitIdle();
            var list = admin(cluster).resource(Pod.class).list(ListQuery.all());
            cluster.restore(snapshot);
            assertThat(kubeconfig).contains(cluster.url().toString());
            assertThat(cluster.clock().now()).isEqualTo(snapshot.instant());
            var now = admin(cluster).resource(Pod.class).list(ListQuery.all());
            assertThat(now.items()).isEqualTo(before);
            assertThat(Long.parseLong(now.resourceVersion())).isGreaterThan(Long.parseLong(list.resourceVersion()));
            cluster.clock().advance(Duration.ofHours(1));
            assertThat(admin(cluster).resource(Job.class).list(ListQuery.all()).items())
                    .hasSize(1);
        }
    }

    @Test
    void aClusterIsNotSetBackToAnothers() {
        try (var other = EmbeddedCluster.builder().nodes(0).start()) {
            assertThatThrownBy(() -> other.restore(original.snapshot()))
                    .isInstanceOf(EmbeddedClusterException.class)
                    .hasMessageStartingWith("the snapshot is of another cluster");
            other.awaitIdle();
        }
    }
}
