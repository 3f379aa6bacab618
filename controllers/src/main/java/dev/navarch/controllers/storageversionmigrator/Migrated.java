package dev.navarch.controllers.storageversionmigrator;

import io.fabric8.kubernetes.api.model.storagemigration.v1beta1.StorageVersionMigration;
import java.util.Objects;

/**
 * A resource that migrations are about; one of them runs at a time.
 *
 * @param group empty for core
 */
record Migrated(String group, String plural) {

    static Migrated of(StorageVersionMigration migration) {
        var resource = migration.getSpec().getResource();
        return new Migrated(
                Objects.requireNonNullElse(resource.getGroup(), ""),
                Objects.requireNonNullElse(resource.getResource(), ""));
    }

    /** The name of its definition, if it is a custom one. */
    String definition() {
        return plural + "." + group;
    }
}
