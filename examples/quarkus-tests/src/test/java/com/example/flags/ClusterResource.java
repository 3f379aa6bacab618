package com.example.flags;

import dev.navarch.embedded.EmbeddedCluster;
import io.fabric8.kubernetes.client.Config;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.util.Map;

/** A cluster in the tests' JVM, which starts before the application and ends after it. */
public class ClusterResource implements QuarkusTestResourceLifecycleManager {
    private EmbeddedCluster cluster;

    @Override
    public Map<String, String> start() {
        cluster = EmbeddedCluster.start();
        var config = Config.fromKubeconfig(cluster.kubeconfig());
        return Map.of(
                "quarkus.kubernetes-client.api-server-url", config.getMasterUrl(),
                "quarkus.kubernetes-client.ca-cert-data", config.getCaCertData(),
                "quarkus.kubernetes-client.client-cert-data", config.getClientCertData(),
                "quarkus.kubernetes-client.client-key-data", config.getClientKeyData(),
                "quarkus.kubernetes-client.client-key-algo", config.getClientKeyAlgo());
    }

    /** Sets the fields of tests that are clusters. */
    @Override
    public void inject(TestInjector injector) {
        injector.injectIntoFields(cluster, new TestInjector.MatchesType(EmbeddedCluster.class));
    }

    @Override
    public void stop() {
        cluster.close();
    }
}
