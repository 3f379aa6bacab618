package dev.navarch.junit;

import dev.navarch.embedded.EmbeddedCluster;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;

/** Touches fabric8's client, which is there only if the test has it. */
final class Fabric8 {
    static final String TYPE = "io.fabric8.kubernetes.client.KubernetesClient";

    private Fabric8() {}

    static KubernetesClient client(EmbeddedCluster cluster) {
        return new KubernetesClientBuilder()
                .withConfig(Config.fromKubeconfig(cluster.kubeconfig()))
                .build();
    }
}
