package dev.navarch.controllers.storageversionmigrator;

import dev.navarch.client.ApiClient;
import dev.navarch.client.ApiFailure;
import dev.navarch.client.Informer;
import dev.navarch.client.Json;
import dev.navarch.client.ListQuery;
import dev.navarch.client.Patch;
import dev.navarch.client.Reconciler;
import dev.navarch.client.Resource;
import dev.navarch.client.ResourceKind;
import dev.navarch.controllers.ControllerContext;
import dev.navarch.controllers.Discovery;
import dev.navarch.time.TimeSource;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.PartialObjectMetadata;
import io.fabric8.kubernetes.api.model.storagemigration.v1beta1.StorageVersionMigration;
import io.fabric8.kubernetes.api.model.storagemigration.v1beta1.StorageVersionMigrationBuilder;
import java.util.Comparator;
import java.util.Optional;

/**
 * Brings the migrations of one resource forward by a step: who is over gives way to the oldest that is not, which notes
 * at which version it begins and then patches every object with nothing. A server that has one stored in another form than
 * it would store it in now writes it. An object that changes meanwhile is written by that.
 *
 * <p>Upstream takes the objects from its garbage collector's cache once that has come to the noted version; here they are
 * listed.
 */
final class MigrationReconciler implements Reconciler<Migrated> {
    private static final int PAGE = 500;
    private static final String FAILURE = "StorageVersionMigrationFailed";

    private final ApiClient client;
    private final Resource<StorageVersionMigration> resource;
    private final Informer<StorageVersionMigration> migrations;
    private final MigratedDefinition definitions;
    private final TimeSource time;

    MigrationReconciler(ControllerContext context, Informer<StorageVersionMigration> migrations) {
        client = context.client();
        resource = client.resource(StorageVersionMigration.class);
        this.migrations = migrations;
        time = context.time();
        definitions = new MigratedDefinition(client, time);
    }

    @Override
    public void reconcile(Migrated migrated) {
        var all = migrations.list().stream()
                .filter(migration -> Migrated.of(migration).equals(migrated))
                .sorted(Comparator.<StorageVersionMigration, String>comparing(
                                m -> m.getMetadata().getCreationTimestamp())
                        .thenComparing(m -> m.getMetadata().getName()))
                .toList();
        for (var migration : all) {
            if (MigrationStatus.isOver(migration) && MigrationStatus.has(migration, MigrationStatus.RUNNING)) {
                definitions.ends(migrated, MigrationStatus.is(migration, MigrationStatus.SUCCEEDED));
                resource.updateStatus(MigrationStatus.notRunning(migration));
            }
        }
        var open = all.stream().filter(m -> !MigrationStatus.isOver(m)).toList();
        var running = open.stream()
                .filter(m -> MigrationStatus.is(m, MigrationStatus.RUNNING))
                .findFirst();
        if (running.isPresent()) {
            proceed(migrated, running.get());
        } else if (!open.isEmpty()) {
            begin(migrated, open.getFirst());
        }
    }

    private void begin(Migrated migrated, StorageVersionMigration migration) {
        definitions.begins(migrated, migration.getMetadata().getName());
        set(migration, MigrationStatus.RUNNING, "MigrationRunning", "The migration is running");
    }

    private void proceed(Migrated migrated, StorageVersionMigration migration) {
        var kind = kind(migrated);
        if (kind.isEmpty()) {
            set(migration, MigrationStatus.FAILED, FAILURE, "resource does not exist in discovery");
            return;
        }
        var objects = client.resource(kind.get());
        var version = migration.getStatus().getResourceVersion();
        if (version == null || version.isEmpty()) {
            note(migration, objects);
            return;
        }
        if (rewrite(objects)) {
            set(migration, MigrationStatus.SUCCEEDED, "StorageVersionMigrationSucceeded", "");
        } else {
            set(migration, MigrationStatus.FAILED, FAILURE, "migration encountered unhandled error");
        }
    }

    private Optional<ResourceKind<PartialObjectMetadata>> kind(Migrated migrated) {
        var answer = Discovery.preferred(client);
        var found = answer.resources().stream()
                .filter(f -> f.group().equals(migrated.group()) && f.plural().equals(migrated.plural()))
                .findFirst();
        if (found.isEmpty() && !answer.failures().isEmpty()) {
            throw new IllegalStateException("not all of discovery answers: " + answer.failures());
        }
        return found.map(f -> ResourceKind.metadataOf(f.group(), f.version(), f.plural(), f.kind(), f.namespaced()));
    }

    private void note(StorageVersionMigration migration, Resource<PartialObjectMetadata> objects) {
        var version = objects.list(ListQuery.all().limit(PAGE)).resourceVersion();
        resource.updateStatus(new StorageVersionMigrationBuilder(migration)
                .editStatus()
                .withResourceVersion(version)
                .endStatus()
                .build());
    }

    /** False where the server doesn't take what it has. */
    private boolean rewrite(Resource<PartialObjectMetadata> objects) {
        for (var object : objects.list(ListQuery.all().limit(PAGE)).items()) {
            try {
                touch(objects, object.getMetadata());
            } catch (ApiFailure e) {
                if (e.conflict() || e.notFound()) {
                    continue; // it was written, or is gone, since
                }
                if (e.code() < 500 && e.code() != 429) {
                    return false;
                }
                throw e;
            }
        }
        return true;
    }

    private static void touch(Resource<PartialObjectMetadata> objects, ObjectMeta meta) {
        var patch = Json.mapper().createObjectNode();
        patch.putObject("metadata").put("uid", meta.getUid()).put("resourceVersion", meta.getResourceVersion());
        var namespace = meta.getNamespace() == null ? "" : meta.getNamespace();
        objects.patch(namespace, meta.getName(), new Patch.Merge(patch));
    }

    private void set(StorageVersionMigration migration, String condition, String reason, String message) {
        resource.updateStatus(MigrationStatus.with(migration, condition, reason, message, time.now()));
    }
}
