package com.example.backup;

import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.condition.EnabledIf;

/**
 * The suite against whatever cluster the environment variable {@code KUBECONFIG}, or the system property {@code kubeconfig},
 * names, such as one of {@code navarch up}.
 */
@EnabledIf("isNamed")
class AnyClusterIT extends OperatorSuite {
    private static KubernetesClient client;
    private static String namespace;

    static boolean isNamed() {
        return System.getenv("KUBECONFIG") != null || System.getProperty("kubeconfig") != null;
    }

    @BeforeAll
    static void prepare() {
        client = new KubernetesClientBuilder().build();
        client.load(AnyClusterIT.class.getResourceAsStream("/META-INF/fabric8/backups.example.com-v1.yml"))
                .serverSideApply();
        namespace = client.resource(new NamespaceBuilder()
                        .withNewMetadata()
                        .withGenerateName("backup-")
                        .endMetadata()
                        .build())
                .create()
                .getMetadata()
                .getName();
    }

    @AfterAll
    static void leave() {
        client.namespaces().withName(namespace).delete();
        client.close();
    }

    @Override
    KubernetesClient client() {
        return client;
    }

    @Override
    String namespace() {
        return namespace;
    }
}
