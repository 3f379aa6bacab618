package dev.navarch.embedded;

import static dev.navarch.embedded.Workloads.admin;
import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.client.ApiClient;
import dev.navarch.client.ListQuery;
import io.fabric8.kubernetes.api.model.storagemigration.v1beta1.StorageVersionMigration;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Objects that are stored in a version of yesterday are stored anew where a migration asks for it. */
class StorageMigrationTest {
    private static final String DEFINITION =
            "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/shirts.example.com";
    private static final String SHIRTS = "/apis/example.com/v1/namespaces/default/shirts";

    private static String definition(String stored) {
        var versions = new ArrayList<String>();
        for (var name : List.of("v1", "v2")) {
            versions.add("{name: " + name + ", served: true, storage: " + name.equals(stored)
                    + ", schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}");
        }
        return """
                apiVersion: apiextensions.k8s.io/v1
                kind: CustomResourceDefinition
                metadata: {name: shirts.example.com}
                spec:
                  group: example.com
                  scope: Namespaced
                  names: {plural: shirts, kind: Shirt}
                  versions: [%s]
                """.formatted(String.join(", ", versions));
    }

    private static String migration(String name, String group, String resource) {
        return """
                apiVersion: storagemigration.k8s.io/v1beta1
                kind: StorageVersionMigration
                metadata: {name: %s}
                spec: {resource: {group: "%s", resource: %s}}
                """.formatted(name, group, resource);
    }

    private static List<String> versions(ApiClient client) {
        var found = new ArrayList<String>();
        client.raw(SHIRTS)
                .path("items")
                .forEach(s ->
                        found.add(s.path("metadata").path("resourceVersion").asString()));
        return found;
    }

    private static List<String> storedVersions(ApiClient client) {
        var found = new ArrayList<String>();
        client.raw(DEFINITION).path("status").path("storedVersions").forEach(v -> found.add(v.asString()));
        return found;
    }

    private static String said(ApiClient client, String name) {
        return client
                .resource(StorageVersionMigration.class)
                .get("", name)
                .orElseThrow()
                .getStatus()
                .getConditions()
                .stream()
                .map(c -> c.getType() + "=" + c.getStatus() + " " + c.getReason() + ": " + c.getMessage())
                .toList()
                .toString();
    }

    private static JsonNode condition(ApiClient client) {
        for (var condition : client.raw(DEFINITION).path("status").path("conditions")) {
            if (condition.path("type").asString().equals("StorageMigrating")) {
                return condition;
            }
        }
        throw new AssertionError("no condition");
    }

    @Test
    void objectsOfAnOldVersionAreWrittenAndTheDefinitionForgetsIt() {
        try (var cluster = EmbeddedCluster.builder()
                .nodes(0)
                .runtimeConfig("storagemigration.k8s.io/v1beta1=true")
                .startsAt(Instant.parse("2026-03-01T12:00:00Z"))
                .paused()
                .start()) {
            var client = admin(cluster);
            cluster.apply(definition("v1"));
            cluster.clock().advance(Duration.ofSeconds(2));
            for (var color : List.of("red", "blue")) {
                cluster.apply("{apiVersion: example.com/v1, kind: Shirt, metadata: {name: " + color
                        + ", namespace: default}, spec: {color: " + color + "}}");
            }
            cluster.apply(definition("v2"));
            cluster.clock().advance(Duration.ofSeconds(2));
            assertThat(storedVersions(client)).containsExactly("v1", "v2");
            var before = versions(client);

            cluster.apply(migration("to-v2", "example.com", "shirts"));
            cluster.clock().advance(Duration.ofMinutes(1));
            assertThat(said(client, "to-v2")).isEqualTo("[Succeeded=True StorageVersionMigrationSucceeded: ]");
            assertThat(versions(client)).hasSize(2).doesNotContainAnyElementsOf(before);
            assertThat(storedVersions(client)).containsExactly("v2");
            assertThat(condition(client).path("status").asString()).isEqualTo("False");
            assertThat(condition(client).path("message").asString())
                    .isEqualTo("The migration has succeeded and the stored versions have been updated");

            var written = versions(client);
            cluster.apply(migration("again", "example.com", "shirts"));
            cluster.clock().advance(Duration.ofMinutes(1));
            assertThat(said(client, "again")).contains("Succeeded=True");
            assertThat(versions(client)).isEqualTo(written); // there was nothing left to write

            cluster.apply(migration("lost", "example.com", "trousers"));
            cluster.clock().advance(Duration.ofMinutes(1));
            assertThat(said(client, "lost"))
                    .isEqualTo("[Failed=True StorageVersionMigrationFailed: resource does not exist in discovery]");
            assertThat(client.resource(StorageVersionMigration.class)
                            .list(ListQuery.all())
                            .items())
                    .hasSize(3);
        }
    }
}
