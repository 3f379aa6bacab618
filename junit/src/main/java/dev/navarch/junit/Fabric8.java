package dev.navarch.junit;

import dev.navarch.embedded.EmbeddedCluster;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Touches fabric8's client, which is there only if the test has it. */
final class Fabric8 {
    private Fabric8() {}

    /** One for each context, closed with it. */
    static Object client(EmbeddedCluster cluster, ExtensionContext.Store store) {
        return store.computeIfAbsent(
                KubernetesClient.class,
                _ -> new KubernetesClientBuilder()
                        .withConfig(Config.fromKubeconfig(cluster.kubeconfig()))
                        .build(),
                KubernetesClient.class);
    }
}
