package com.example.backup;

import io.fabric8.kubernetes.api.model.batch.v1.CronJobBuilder;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.retry.GradualRetry;

/** Gives each backup a cron job. */
@ControllerConfiguration(name = "backups")
@GradualRetry(initialInterval = 100, maxAttempts = 20)
public final class BackupReconciler implements Reconciler<Backup> {

    @Override
    public UpdateControl<Backup> reconcile(Backup backup, Context<Backup> context) {
        var job = new CronJobBuilder()
                .withNewMetadata()
                .withNamespace(backup.getMetadata().getNamespace())
                .withName(backup.getMetadata().getName())
                .addNewOwnerReference()
                .withApiVersion(backup.getApiVersion())
                .withKind(backup.getKind())
                .withName(backup.getMetadata().getName())
                .withUid(backup.getMetadata().getUid())
                .withController(true)
                .endOwnerReference()
                .endMetadata()
                .withNewSpec()
                .withSchedule(backup.getSpec().getSchedule())
                .withSuccessfulJobsHistoryLimit(100)
                .withNewJobTemplate()
                .withNewSpec()
                .withNewTemplate()
                .withNewMetadata()
                .addToLabels("job", "backup")
                .endMetadata()
                .withNewSpec()
                .withRestartPolicy("Never")
                .addNewContainer()
                .withName("copy")
                .withImage("example.com/copy:1")
                .endContainer()
                .endSpec()
                .endTemplate()
                .endSpec()
                .endJobTemplate()
                .endSpec()
                .build();
        context.getClient()
                .resource(job)
                .patch(new PatchContext.Builder()
                        .withPatchType(PatchType.SERVER_SIDE_APPLY)
                        .withFieldManager("backup-operator")
                        .withForce(true)
                        .build());
        return UpdateControl.noUpdate();
    }
}
