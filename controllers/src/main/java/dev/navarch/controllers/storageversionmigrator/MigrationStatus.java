package dev.navarch.controllers.storageversionmigrator;

import dev.navarch.api.values.Timestamps;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import io.fabric8.kubernetes.api.model.storagemigration.v1beta1.StorageVersionMigration;
import io.fabric8.kubernetes.api.model.storagemigration.v1beta1.StorageVersionMigrationBuilder;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** The conditions of a migration. source: kubernetes pkg/controller/storageversionmigrator/util.go. */
final class MigrationStatus {
    static final String RUNNING = "Running";
    static final String SUCCEEDED = "Succeeded";
    static final String FAILED = "Failed";

    private MigrationStatus() {}

    static boolean is(StorageVersionMigration migration, String condition) {
        return conditions(migration).stream()
                .anyMatch(c -> condition.equals(c.getType()) && "True".equals(c.getStatus()));
    }

    static boolean has(StorageVersionMigration migration, String condition) {
        return conditions(migration).stream().anyMatch(c -> condition.equals(c.getType()));
    }

    static boolean isOver(StorageVersionMigration migration) {
        return is(migration, SUCCEEDED) || is(migration, FAILED);
    }

    private static List<Condition> conditions(StorageVersionMigration migration) {
        return migration.getStatus() == null || migration.getStatus().getConditions() == null
                ? List.of()
                : migration.getStatus().getConditions();
    }

    static StorageVersionMigration with(
            StorageVersionMigration migration, String condition, String reason, String message, Instant now) {
        List<Condition> all = new ArrayList<>(conditions(migration));
        if (!condition.equals(RUNNING)) {
            all.replaceAll(c -> RUNNING.equals(c.getType())
                    ? new ConditionBuilder(c).withStatus("False").build()
                    : c);
        }
        all.add(new ConditionBuilder()
                .withType(condition)
                .withStatus("True")
                .withReason(reason)
                .withMessage(message)
                .withLastTransitionTime(Timestamps.seconds(now))
                .build());
        return with(migration, all);
    }

    static StorageVersionMigration notRunning(StorageVersionMigration migration) {
        return with(
                migration,
                conditions(migration).stream()
                        .filter(c -> !RUNNING.equals(c.getType()))
                        .toList());
    }

    private static StorageVersionMigration with(StorageVersionMigration migration, List<Condition> conditions) {
        return new StorageVersionMigrationBuilder(migration)
                .editOrNewStatus()
                .withConditions(conditions)
                .endStatus()
                .build();
    }
}
