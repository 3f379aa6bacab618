package dev.navarch.conformance;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.ServiceLoader;

/** The cluster that all behaviours of a run share, and a client of its administrator. */
final class ClusterUnderTest implements AutoCloseable {
    static final String VARIABLE = "NAVARCH_CONFORMANCE_KUBECONFIG";

    private final Optional<ClusterProvider> provider;
    private final Path kubeconfig;
    private final KubernetesClient client;

    private ClusterUnderTest(Optional<ClusterProvider> provider, Path kubeconfig) throws Exception {
        this.provider = provider;
        this.kubeconfig = kubeconfig;
        var config = new ConfigBuilder(Config.fromKubeconfig(Files.readString(kubeconfig)))
                // What the server refuses is what a behaviour wants to see.
                .withRequestRetryBackoffLimit(0)
                .withRequestTimeout(60_000)
                .build();
        client = new KubernetesClientBuilder().withConfig(config).build();
    }

    static ClusterUnderTest open() throws Exception {
        var named = System.getenv(VARIABLE);
        if (named != null && !named.isBlank()) {
            return new ClusterUnderTest(Optional.empty(), Path.of(named));
        }
        var provider = ServiceLoader.load(ClusterProvider.class)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("set " + VARIABLE + " to the kubeconfig of a cluster"));
        return new ClusterUnderTest(Optional.of(provider), provider.start());
    }

    KubernetesClient client() {
        return client;
    }

    Path kubeconfig() {
        return kubeconfig;
    }

    @Override
    public void close() throws Exception {
        client.close();
        if (provider.isPresent()) {
            provider.get().close();
        }
    }
}
