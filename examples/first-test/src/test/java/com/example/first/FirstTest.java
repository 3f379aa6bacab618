package com.example.first;

import static dev.navarch.junit.assertions.ClusterAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.navarch.embedded.EmbeddedCluster;
import dev.navarch.junit.Kubeconfig;
import dev.navarch.junit.KubernetesCluster;
import dev.navarch.junit.TestNamespace;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.File;
import java.time.Duration;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

/** The first test of docs/testing-operators.md, and a second; they run with each version that the guide names. */
@KubernetesCluster(paused = true)
class FirstTest {

    @Test
    void aDeploymentIsRolledOut(KubernetesClient client, EmbeddedCluster cluster, @TestNamespace String namespace) {
        client.apps()
                .deployments()
                .inNamespace(namespace)
                .load(new File("src/main/k8s/web.yaml"))
                .create();
        cluster.clock().advance(Duration.ofSeconds(5));
        assertThat(cluster).inNamespace(namespace).deployment("web").isAvailable();
        var pods = client.pods()
                .inNamespace(namespace)
                .withLabel("app", "web")
                .list()
                .getItems();
        assertTrue(pods.stream().allMatch(pod -> pod.getStatus().getPhase().equals("Running")));
    }

    @Test
    void whoHasNoRoleSeesNothing(@Kubeconfig(user = "jane") KubernetesClient janes, @TestNamespace String namespace) {
        var refused = Assertions.assertThrows(
                KubernetesClientException.class,
                () -> janes.pods().inNamespace(namespace).list());
        Assertions.assertEquals(403, refused.getCode());
    }
}
