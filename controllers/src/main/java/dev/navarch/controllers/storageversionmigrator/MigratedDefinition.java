package dev.navarch.controllers.storageversionmigrator;

import dev.navarch.api.values.Timestamps;
import dev.navarch.client.ApiClient;
import dev.navarch.client.ApiFailure;
import dev.navarch.time.TimeSource;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/**
 * What the definition of a custom resource says of its migration: a condition while it runs, and the only version that
 * its objects are stored in afterwards, if the definition is still what it was when the migration began. source:
 * kubernetes pkg/controller/storageversionmigrator/migrationrunner.go.
 */
final class MigratedDefinition {
    private static final String ALL = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/";
    private static final String CONDITION = "StorageMigrating";

    private final ApiClient client;
    private final TimeSource time;

    MigratedDefinition(ApiClient client, TimeSource time) {
        this.client = client;
        this.time = time;
    }

    void begins(Migrated resource, String migration) {
        find(resource).ifPresent(definition -> {
            say(definition, "True", "MigrationRunning", "Migration " + migration + " is running");
            write(resource, definition);
        });
    }

    void ends(Migrated resource, boolean well) {
        find(resource).ifPresent(definition -> {
            boolean same = generation(definition)
                    == condition(definition).path("observedGeneration").asLong(-1);
            if (same) {
                definition.withObject("status").putArray("storedVersions").add(storageVersion(definition));
            }
            say(
                    definition,
                    "False",
                    well ? "MigrationSucceeded" : "MigrationFailed",
                    !well
                            ? "The migration has failed"
                            : "The migration has succeeded"
                                    + (same
                                            ? " and the stored versions have been updated"
                                            : " but the stored versions have not been updated due to a generation"
                                                    + " mismatch"));
            write(resource, definition);
        });
    }

    private Optional<ObjectNode> find(Migrated resource) {
        try {
            return client.raw(ALL + resource.definition()) instanceof ObjectNode there
                    ? Optional.of(there)
                    : Optional.empty();
        } catch (ApiFailure e) {
            if (e.notFound()) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private void write(Migrated resource, ObjectNode definition) {
        client.raw("PUT", ALL + resource.definition() + "/status", definition);
    }

    private static long generation(ObjectNode definition) {
        return definition.path("metadata").path("generation").asLong(0);
    }

    private static String storageVersion(ObjectNode definition) {
        for (var version : definition.path("spec").path("versions")) {
            if (version.path("storage").asBoolean(false)) {
                return version.path("name").asString();
            }
        }
        throw new IllegalStateException("a definition without a storage version");
    }

    private static ObjectNode condition(ObjectNode definition) {
        var conditions = definition.withObject("status").withArray("conditions");
        for (var each : conditions) {
            if (each.path("type").asString("").equals(CONDITION)) {
                return (ObjectNode) each;
            }
        }
        return conditions.addObject().put("type", CONDITION);
    }

    private void say(ObjectNode definition, String status, String reason, String message) {
        condition(definition)
                .put("status", status)
                .put("reason", reason)
                .put("message", message)
                .put("lastTransitionTime", Timestamps.seconds(time.now()))
                .put("observedGeneration", generation(definition));
    }
}
