package com.example.flags;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.embedded.EmbeddedCluster;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.util.Map;
import org.junit.jupiter.api.Test;

@QuarkusTest
@QuarkusTestResource(ClusterResource.class)
class FlagsTest {
    @Inject
    Flags flags;

    @Inject
    KubernetesClient client;

    EmbeddedCluster cluster;

    @Test
    void flagsFollowTheConfigMap() {
        assertThat(client.getMasterUrl()).hasToString(cluster.url() + "/");
        assertThat(flags.isOn("dark")).isFalse();
        client.resource(new ConfigMapBuilder()
                        .withNewMetadata()
                        .withNamespace("default")
                        .withName("flags")
                        .endMetadata()
                        .withData(Map.of("dark", "on"))
                        .build())
                .create();
        assertThat(flags.isOn("dark")).isTrue();
        assertThat(cluster.recentRequests("default")).contains("get /api/v1/namespaces/default/configmaps/flags");
    }
}
