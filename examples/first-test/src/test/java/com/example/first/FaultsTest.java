package com.example.first;

import static dev.navarch.junit.assertions.ClusterAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.embedded.EmbeddedCluster;
import dev.navarch.junit.KubernetesCluster;
import dev.navarch.junit.TestNamespace;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What goes wrong, at the test's word. */
@KubernetesCluster(paused = true, nodes = 2)
class FaultsTest {

    @Test
    void requestsFail(KubernetesClient client, EmbeddedCluster cluster, @TestNamespace String namespace) {
        var map = client.resource(new ConfigMapBuilder()
                        .withNewMetadata()
                        .withName("flags")
                        .endMetadata()
                        .build())
                .inNamespace(namespace);
        var fault = cluster.faults()
                .next(
                        1,
                        call -> call.is("create", "configmaps")
                                && call.namespace().equals(namespace)
                                && !call.ofTheSystem())
                .conflict();
        assertThatThrownBy(map::create)
                .isInstanceOfSatisfying(
                        KubernetesClientException.class,
                        e -> assertThat(e.getCode()).isEqualTo(409));
        assertThat(fault.hits()).isEqualTo(1);
        map.create();
        cluster.faults().watches(call -> call.resource().equals("configmaps")).drop(); // or expire(): 410
    }

    @Test
    void podsOfADeadNodeAreReplaced(EmbeddedCluster cluster, @TestNamespace String namespace) {
        cluster.apply("""
                apiVersion: apps/v1
                kind: Deployment
                metadata: {name: web, namespace: %s}
                spec:
                  replicas: 2
                  selector: {matchLabels: {app: web}}
                  template:
                    metadata: {labels: {app: web}}
                    spec: {containers: [{name: web, image: "example.com/web:1"}]}
                """.formatted(namespace));
        cluster.clock().advance(Duration.ofSeconds(5));
        assertThat(cluster).inNamespace(namespace).deployment("web").isAvailable();
        cluster.node("node-1").kill(); // and start(); cutOff() and heal()
        cluster.clock().advance(Duration.ofMinutes(10));
        assertThat(cluster).inNamespace(namespace).deployment("web").isAvailable();
        assertThat(cluster).node("node-1").hasCondition("Ready", "Unknown");
    }

    @Test
    void containersFail(EmbeddedCluster cluster, @TestNamespace String namespace) {
        cluster.apply("""
                {apiVersion: v1, kind: Pod, metadata: {name: web-0, namespace: %s},
                 spec: {nodeName: node-2, restartPolicy: Never, containers: [{name: web, image: "example.com/web:1"}]}}
                """.formatted(namespace));
        cluster.clock().advance(Duration.ofSeconds(5));
        cluster.pod(namespace, "web-0").outOfMemory(); // fail(3), unready(), ready(), hang(), evict()
        cluster.clock().advance(Duration.ofSeconds(5));
        assertThat(cluster).inNamespace(namespace).pod("web-0").isInPhase("Failed");
    }
}
