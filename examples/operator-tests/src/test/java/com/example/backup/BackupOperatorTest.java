package com.example.backup;

import static dev.navarch.junit.assertions.ClusterAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.embedded.EmbeddedCluster;
import dev.navarch.junit.Injected;
import dev.navarch.junit.KubernetesCluster;
import dev.navarch.junit.TestNamespace;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.CronJob;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.Operator;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The operator with the cluster's clock, its forks and its faults in the test's hands. */
@KubernetesCluster(paused = true, startsAt = "2026-03-01T12:00:00Z", crds = Backup.class)
class BackupOperatorTest {
    @Injected
    EmbeddedCluster cluster;

    @Injected
    KubernetesClient client;

    @TestNamespace
    String namespace;

    private Operator operator;

    @BeforeEach
    void startOperator() {
        operator =
                new Operator(override -> override.withKubernetesClient(client).withCloseClientOnStop(false));
        operator.register(new BackupReconciler(), override -> override.settingNamespace(namespace));
        operator.start();
    }

    @AfterEach
    void stopOperator() {
        operator.stop();
    }

    private void createHourly() {
        var backup = new Backup();
        backup.setMetadata(new ObjectMetaBuilder().withName("hourly").build());
        backup.setSpec(new Backup.Spec());
        backup.getSpec().setSchedule("0 * * * *");
        client.resource(backup).inNamespace(namespace).create();
        client.resources(CronJob.class)
                .inNamespace(namespace)
                .withName("hourly")
                .waitUntilCondition(Objects::nonNull, 60, TimeUnit.SECONDS);
    }

    private int jobs() {
        return client.batch()
                .v1()
                .jobs()
                .inNamespace(namespace)
                .list()
                .getItems()
                .size();
    }

    @Test
    void aDayOfBackupsPassesInAMoment() {
        cluster.whenPodStarts(pod -> pod.namespace().equals(namespace))
                .thenLog("copying")
                .thenWait(Duration.ofMinutes(5))
                .thenExitWith(0);
        createHourly();
        cluster.clock().advance(Duration.ofHours(24));
        assertThat(jobs()).isEqualTo(24);
        assertThat(cluster).inNamespace(namespace).cronJob("hourly").exists();
    }

    @Test
    void whatIfIsTriedInAFork() {
        createHourly();
        try (var fork = cluster.fork()) {
            fork.clock().advance(Duration.ofHours(3));
            assertThat(fork.object("batch/v1", "CronJob", namespace, "hourly")
                            .orElseThrow()
                            .at("status", "lastScheduleTime"))
                    .isPresent();
        }
        assertThat(jobs()).isZero();
    }

    @Test
    void theOperatorTriesAgainWhenTheServerFails() {
        var fault = cluster.faults()
                .next(
                        3,
                        call -> call.manager().equals("backup-operator")
                                && call.namespace().equals(namespace))
                .internalError();
        createHourly();
        assertThat(fault.hits()).isEqualTo(3);
        assertThat(cluster.history("batch/v1", "CronJob", namespace, "hourly"))
                .first()
                .satisfies(revision ->
                        assertThat(revision.by().orElseThrow().manager()).isEqualTo("backup-operator"));
    }
}
