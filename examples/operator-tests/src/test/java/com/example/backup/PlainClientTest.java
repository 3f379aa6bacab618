package com.example.backup;

import static dev.navarch.junit.assertions.ClusterAssertions.assertThat;

import dev.navarch.embedded.EmbeddedCluster;
import dev.navarch.junit.KubernetesCluster;
import dev.navarch.junit.TestNamespace;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A test of code that only has a client. */
@KubernetesCluster(nodes = 2, paused = true)
class PlainClientTest {

    @Test
    void aDeploymentIsRolledOut(KubernetesClient client, EmbeddedCluster cluster, @TestNamespace String namespace) {
        client.resource(new DeploymentBuilder()
                        .withNewMetadata()
                        .withName("web")
                        .endMetadata()
                        .withNewSpec()
                        .withReplicas(3)
                        .withNewSelector()
                        .withMatchLabels(Map.of("app", "web"))
                        .endSelector()
                        .withNewTemplate()
                        .withNewMetadata()
                        .addToLabels("app", "web")
                        .endMetadata()
                        .withNewSpec()
                        .addNewContainer()
                        .withName("web")
                        .withImage("example.com/web:1")
                        .endContainer()
                        .endSpec()
                        .endTemplate()
                        .endSpec()
                        .build())
                .inNamespace(namespace)
                .create();
        cluster.clock().advance(Duration.ofSeconds(10));
        assertThat(cluster).inNamespace(namespace).deployment("web").isAvailable();
    }
}
