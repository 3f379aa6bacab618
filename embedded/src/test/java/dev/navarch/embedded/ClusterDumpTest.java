package dev.navarch.embedded;

import static dev.navarch.embedded.Workloads.admin;
import static dev.navarch.embedded.Workloads.deployment;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.client.ListQuery;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ClusterDumpTest {
    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");

    private static <T extends HasMetadata> Map<String, String> uids(EmbeddedCluster cluster, Class<T> type) {
        return admin(cluster).resource(type).list(ListQuery.all()).items().stream()
                .collect(Collectors.toMap(
                        o -> o.getMetadata().getName(), o -> o.getMetadata().getUid()));
    }

    @Test
    void whatIsExportedCanBeStartedFrom() {
        String yaml;
        Map<String, String> pods;
        Map<String, String> sets;
        try (var cluster = EmbeddedCluster.builder().startsAt(NOON).paused().start()) {
            cluster.apply(definition());
            cluster.apply("{apiVersion: example.com/v1, kind: Backup, metadata: {name: nightly}, spec: {keep: 7}}");
            admin(cluster).resource(Deployment.class).create(deployment("web", 2));
            cluster.awaitIdle();
            cluster.clock().advance(Duration.ofSeconds(5));
            pods = uids(cluster, Pod.class);
            sets = uids(cluster, ReplicaSet.class);
            yaml = cluster.export();
        }
        try (var cluster = EmbeddedCluster.builder()
                .startsAt(NOON.plusSeconds(60))
                .paused()
                .dump(yaml)
                .start()) {
            cluster.awaitIdle();
            cluster.clock().advance(Duration.ofSeconds(10));
            assertThat(uids(cluster, Pod.class)).isEqualTo(pods);
            assertThat(uids(cluster, ReplicaSet.class)).isEqualTo(sets);
            assertThat(admin(cluster)
                            .raw("/apis/example.com/v1/namespaces/default/backups/nightly")
                            .path("spec")
                            .path("keep")
                            .asInt())
                    .isEqualTo(7);
            assertThat(admin(cluster)
                            .resource(Deployment.class)
                            .get("default", "web")
                            .orElseThrow()
                            .getStatus()
                            .getReadyReplicas())
                    .isEqualTo(2);
        }
    }

    private static String definition() {
        return """
                apiVersion: apiextensions.k8s.io/v1
                kind: CustomResourceDefinition
                metadata: {name: backups.example.com}
                spec:
                  group: example.com
                  scope: Namespaced
                  names: {plural: backups, singular: backup, kind: Backup}
                  versions:
                  - name: v1
                    served: true
                    storage: true
                    schema:
                      openAPIV3Schema:
                        type: object
                        properties:
                          spec: {type: object, properties: {keep: {type: integer}}}
                """;
    }

    /** The dump is of one namespace: no nodes, and no object of the namespace itself. */
    @Test
    void aDumpOfARealClustersNamespaceGoesOn() throws IOException {
        try (var cluster = EmbeddedCluster.builder()
                .startsAt(NOON)
                .paused()
                .dump(resource("shop.yaml"))
                .start()) {
            cluster.awaitIdle();
            cluster.clock().advance(Duration.ofSeconds(30));
            var client = admin(cluster);
            assertThat(client.resource(Node.class).list(ListQuery.all()).items())
                    .extracting(node -> node.getMetadata().getName())
                    .containsExactly("worker-7");
            var set = client.resource(ReplicaSet.class)
                    .get("shop", "cart-5d8f6c9b7d")
                    .orElseThrow();
            assertThat(set.getMetadata().getUid()).isEqualTo("6a1f0a3e-2f0b-4c55-9a51-0f1c5d2b7e02");
            assertThat(set.getMetadata().getCreationTimestamp()).isEqualTo("2026-02-20T08:00:00Z");
            var pods = client.resource(Pod.class)
                    .list(ListQuery.inNamespace("shop"))
                    .items();
            assertThat(pods)
                    .extracting(pod -> pod.getMetadata().getUid())
                    .containsExactly("6a1f0a3e-2f0b-4c55-9a51-0f1c5d2b7e03");
            assertThat(pods.getFirst().getStatus().getPhase()).isEqualTo("Running");
            // the owner is known by its uid: what it owns goes with it
            client.raw("DELETE", "/apis/apps/v1/namespaces/shop/deployments/cart", null);
            cluster.clock().advance(Duration.ofMinutes(1));
            assertThat(client.resource(Pod.class)
                            .list(ListQuery.inNamespace("shop"))
                            .items())
                    .isEmpty();
        }
    }

    private static String resource(String name) throws IOException {
        try (var in = ClusterDumpTest.class.getResourceAsStream("/" + name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void whatCannotBeLoadedIsTold() {
        assertThatThrownBy(() -> EmbeddedCluster.builder()
                        .dump("{apiVersion: example.com/v1, kind: Shirt, metadata: {name: a}}")
                        .start())
                .isInstanceOf(EmbeddedClusterException.class)
                .hasMessage("no matches for kind \"Shirt\" in version \"example.com/v1\"; does the dump have its"
                        + " CustomResourceDefinition?");
        assertThatThrownBy(() -> EmbeddedCluster.builder().dump("just words"))
                .hasMessageStartingWith("dump has something without apiVersion");
    }
}
