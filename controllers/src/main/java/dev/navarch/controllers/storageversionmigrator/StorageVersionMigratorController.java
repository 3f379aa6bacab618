package dev.navarch.controllers.storageversionmigrator;

import dev.navarch.client.ControllerLoop;
import dev.navarch.client.Handler;
import dev.navarch.client.WorkQueue;
import dev.navarch.controllers.Controller;
import dev.navarch.controllers.ControllerContext;
import io.fabric8.kubernetes.api.model.storagemigration.v1beta1.StorageVersionMigration;

/**
 * Wakes a resource when a migration of it changes. Upstream's three controllers, of which one picks who is next, one
 * notes a version and one migrates, are one here. source: kubernetes pkg/controller/storageversionmigrator.
 */
public final class StorageVersionMigratorController {
    private StorageVersionMigratorController() {}

    public static Controller create(ControllerContext context) {
        WorkQueue<Migrated> queue = context.queue("storage-version-migrator-controller");
        var migrations = context.informer(StorageVersionMigration.class);
        migrations.addHandler(Handler.each(migration -> queue.add(Migrated.of(migration))));
        var reconciler = new MigrationReconciler(context, migrations);
        return Controller.of(new ControllerLoop<>(
                "storage-version-migrator", queue, context.settings().workers(), reconciler));
    }
}
