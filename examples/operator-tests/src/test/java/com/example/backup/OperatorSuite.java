package com.example.backup;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.CronJob;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.javaoperatorsdk.operator.Operator;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the operator promises on every cluster; the tests know no more than a client and a namespace. */
abstract class OperatorSuite {
    private Operator operator;

    abstract KubernetesClient client();

    abstract String namespace();

    @BeforeEach
    void startOperator() {
        operator =
                new Operator(override -> override.withKubernetesClient(client()).withCloseClientOnStop(false));
        operator.register(new BackupReconciler(), override -> override.settingNamespace(namespace()));
        operator.start();
    }

    @AfterEach
    void stopOperator() {
        operator.stop();
    }

    private Resource<Backup> backup(String name, String schedule) {
        var backup = new Backup();
        backup.setMetadata(new ObjectMetaBuilder().withName(name).build());
        backup.setSpec(new Backup.Spec());
        backup.getSpec().setSchedule(schedule);
        return client().resource(backup).inNamespace(namespace());
    }

    private void await(String name, Predicate<CronJob> condition) {
        client().resources(CronJob.class)
                .inNamespace(namespace())
                .withName(name)
                .waitUntilCondition(condition, 60, TimeUnit.SECONDS);
    }

    @Test
    void aBackupGetsItsCronJob() {
        var made = backup("hourly", "0 * * * *").create();
        await("hourly", Objects::nonNull);
        var job = client().batch()
                .v1()
                .cronjobs()
                .inNamespace(namespace())
                .withName("hourly")
                .get();
        assertThat(job.getSpec().getSchedule()).isEqualTo("0 * * * *");
        assertThat(job.getMetadata().getOwnerReferences())
                .singleElement()
                .satisfies(owner ->
                        assertThat(owner.getUid()).isEqualTo(made.getMetadata().getUid()));
    }

    @Test
    void aChangedScheduleReachesTheCronJob() {
        backup("moved", "0 1 * * *").create();
        await("moved", Objects::nonNull);
        client().resources(Backup.class)
                .inNamespace(namespace())
                .withName("moved")
                .edit(backup -> {
                    backup.getSpec().setSchedule("0 2 * * *");
                    return backup;
                });
        await("moved", job -> job != null && job.getSpec().getSchedule().equals("0 2 * * *"));
    }

    @Test
    void theCronJobGoesWithItsBackup() {
        var backup = backup("short-lived", "0 * * * *");
        backup.create();
        await("short-lived", Objects::nonNull);
        backup.delete();
        await("short-lived", Objects::isNull);
    }
}
