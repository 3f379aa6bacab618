package com.example.fast;

import static dev.navarch.junit.assertions.ClusterAssertions.assertThat;

import dev.navarch.embedded.EmbeddedCluster;
import dev.navarch.junit.KubernetesCluster;
import dev.navarch.junit.TestNamespace;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.File;
import java.time.Duration;
import org.junit.jupiter.api.Test;

@KubernetesCluster(paused = true)
class FirstTest {

    @Test
    void aDeploymentIsRolledOut(KubernetesClient client, EmbeddedCluster cluster, @TestNamespace String namespace) {
        var web = new File("../first-test/src/main/k8s/web.yaml");
        client.apps().deployments().inNamespace(namespace).load(web).create();
        cluster.clock().advance(Duration.ofSeconds(5)); // pods take a moment to start
        assertThat(cluster).inNamespace(namespace).deployment("web").isAvailable();
    }
}
