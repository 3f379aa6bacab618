package com.example.backup;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.CronJob;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.javaoperatorsdk.operator.Operator;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;

/** The same operator against whatever cluster KUBECONFIG names, such as one of {@code navarch up}. */
@EnabledIfEnvironmentVariable(named = "KUBECONFIG", matches = ".+")
class AnyClusterIT {

    @Test
    void aBackupGetsItsCronJob() {
        try (var client = new KubernetesClientBuilder().build()) {
            client.load(getClass().getResourceAsStream("/META-INF/fabric8/backups.example.com-v1.yml"))
                    .serverSideApply();
            var namespace = client.resource(new NamespaceBuilder()
                            .withNewMetadata()
                            .withGenerateName("backup-")
                            .endMetadata()
                            .build())
                    .create()
                    .getMetadata()
                    .getName();
            var operator = new Operator(
                    override -> override.withKubernetesClient(client).withCloseClientOnStop(false));
            try {
                operator.register(new BackupReconciler(), override -> override.settingNamespace(namespace));
                operator.start();
                var backup = new Backup();
                backup.setMetadata(new ObjectMetaBuilder().withName("hourly").build());
                backup.setSpec(new Backup.Spec());
                backup.getSpec().setSchedule("0 * * * *");
                client.resource(backup).inNamespace(namespace).create();
                var made = client.resources(CronJob.class)
                        .inNamespace(namespace)
                        .withName("hourly")
                        .waitUntilCondition(Objects::nonNull, 60, TimeUnit.SECONDS);
                assertThat(made.getSpec().getSchedule()).isEqualTo("0 * * * *");
            } finally {
                operator.stop();
                client.namespaces().withName(namespace).delete();
            }
        }
    }
}
