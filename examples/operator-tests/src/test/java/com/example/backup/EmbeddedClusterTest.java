package com.example.backup;

import dev.navarch.junit.Injected;
import dev.navarch.junit.KubernetesCluster;
import dev.navarch.junit.TestNamespace;
import io.fabric8.kubernetes.client.KubernetesClient;

/** The suite in this JVM. */
@KubernetesCluster(crds = Backup.class)
class EmbeddedClusterTest extends OperatorSuite {
    @Injected
    KubernetesClient client;

    @TestNamespace
    String namespace;

    @Override
    KubernetesClient client() {
        return client;
    }

    @Override
    String namespace() {
        return namespace;
    }
}
