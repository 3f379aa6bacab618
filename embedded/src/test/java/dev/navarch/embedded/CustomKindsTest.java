package dev.navarch.embedded;

import static dev.navarch.embedded.Workloads.admin;
import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.client.ApiClient;
import io.fabric8.kubernetes.api.model.ResourceQuota;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What the controllers do for every kind, they do for those that are defined while they run, and defined again. */
class CustomKindsTest {
    private static final String DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    private static final String SHIRTS = "/apis/example.com/v1/namespaces/default/shirts";
    private static final String DEFINITION = """
            apiVersion: apiextensions.k8s.io/v1
            kind: CustomResourceDefinition
            metadata: {name: shirts.example.com}
            spec:
              group: example.com
              scope: Namespaced
              names: {plural: shirts, kind: Shirt}
              versions:
              - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}
            """;

    private static void shirt(EmbeddedCluster cluster, String name) {
        cluster.apply("{apiVersion: example.com/v1, kind: Shirt, metadata: {name: " + name + ", namespace: default}}");
    }

    private static String used(ApiClient client) {
        var status = client.resource(ResourceQuota.class)
                .get("default", "wardrobe")
                .orElseThrow()
                .getStatus();
        var used = status == null || status.getUsed() == null ? null : status.getUsed();
        var shirts = used == null ? null : used.get("count/shirts.example.com");
        return shirts == null ? "" : shirts.toString();
    }

    @Test
    void aQuotaFollowsAKindThatGoesAndComesBack() {
        try (var cluster = EmbeddedCluster.builder().nodes(0).paused().start()) {
            var client = admin(cluster);
            cluster.apply("""
                    apiVersion: v1
                    kind: ResourceQuota
                    metadata: {name: wardrobe, namespace: default}
                    spec: {hard: {count/shirts.example.com: "2"}}
                    """);
            cluster.clock().advance(Duration.ofSeconds(2));
            assertThat(used(client)).isEmpty();
            for (int life = 0; life < 2; life++) {
                cluster.apply(DEFINITION);
                cluster.clock().advance(Duration.ofSeconds(2));
                assertThat(used(client)).as("counted in life %d", life).isEqualTo("0");
                shirt(cluster, "red");
                cluster.clock().advance(Duration.ofSeconds(2));
                assertThat(used(client)).isEqualTo("1");
                client.raw("DELETE", SHIRTS + "/red", null);
                cluster.clock().advance(Duration.ofSeconds(2));
                assertThat(used(client)).as("given back in life %d", life).isEqualTo("0");
                shirt(cluster, "blue");
                client.raw("DELETE", DEFINITIONS + "/shirts.example.com", null);
                cluster.clock().advance(Duration.ofMinutes(2));
            }
        }
    }
}
