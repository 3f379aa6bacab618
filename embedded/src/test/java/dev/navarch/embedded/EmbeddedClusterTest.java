package dev.navarch.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.apiserver.User;
import dev.navarch.client.ApiClient;
import dev.navarch.client.ListQuery;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.CronJob;
import io.fabric8.kubernetes.api.model.batch.v1.CronJobBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EmbeddedClusterTest {
    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");

    private static ApiClient admin(EmbeddedCluster cluster) {
        return cluster.asUser(new User("test", List.of(User.MASTERS, User.AUTHENTICATED)));
    }

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

    private static CronJob hourly() {
        return new CronJobBuilder()
                .withNewMetadata()
                .withNamespace("default")
                .withName("hourly")
                .endMetadata()
                .withNewSpec()
                .withSchedule("0 * * * *")
                .withNewJobTemplate()
                .withNewSpec()
                .withNewTemplate()
                .withNewMetadata()
                .addToAnnotations("navarch.dev/simulated-exit-after", "30s")
                .endMetadata()
                .withNewSpec()
                .withRestartPolicy("Never")
                .addNewContainer()
                .withName("c")
                .withImage("busybox:1")
                .endContainer()
                .endSpec()
                .endTemplate()
                .endSpec()
                .endJobTemplate()
                .endSpec()
                .build();
    }

    private static Deployment deployment(String name, int replicas) {
        return new DeploymentBuilder()
                .withNewMetadata()
                .withNamespace("default")
                .withName(name)
                .endMetadata()
                .withNewSpec()
                .withReplicas(replicas)
                .withNewSelector()
                .withMatchLabels(Map.of("app", name))
                .endSelector()
                .withNewTemplate()
                .withNewMetadata()
                .addToLabels("app", name)
                .endMetadata()
                .withNewSpec()
                .addNewContainer()
                .withName("c")
                .withImage("busybox:1")
                .endContainer()
                .endSpec()
                .endTemplate()
                .endSpec()
                .build();
    }
}
