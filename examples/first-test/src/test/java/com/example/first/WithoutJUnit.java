package com.example.first;

import dev.navarch.embedded.EmbeddedCluster;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;

/** A cluster in a main method, or in another framework's tests. */
public final class WithoutJUnit {
    private WithoutJUnit() {}

    public static void main(String[] args) {
        try (var cluster = EmbeddedCluster.builder().nodes(3).start();
                var client = new KubernetesClientBuilder()
                        .withConfig(Config.fromKubeconfig(cluster.kubeconfig()))
                        .build()) {
            System.out.println(client.nodes().list().getItems().size() + " nodes at " + cluster.url());
        }
    }
}
