package com.example.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.embedded.EmbeddedCluster;
import dev.navarch.embedded.EmbeddedClusterException;
import dev.navarch.junit.KubernetesCluster;
import io.fabric8.generator.annotation.Max;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Version;
import org.junit.jupiter.api.Test;

/** A class whose definition is nowhere: fabric8's generator, which is on the class path, makes it. */
@KubernetesCluster(nodes = 0, crds = GeneratedDefinitionTest.Restore.class)
class GeneratedDefinitionTest {

    /** What is asked for. */
    public static class RestoreSpec {
        public String from;

        @Max(9)
        public int attempts;
    }

    /** A custom resource as fabric8's users declare it. */
    @Group("example.com")
    @Version("v1")
    public static class Restore extends CustomResource<RestoreSpec, Void> implements Namespaced {
        private static final long serialVersionUID = 1;
    }

    @Test
    void whatTheClassSaysIsValidated(KubernetesClient client, EmbeddedCluster cluster) {
        cluster.apply("{apiVersion: example.com/v1, kind: Restore, metadata: {name: a}, spec: {from: x, attempts: 3}}");
        assertThat(client.resources(Restore.class)
                        .inNamespace("default")
                        .withName("a")
                        .get()
                        .getSpec()
                        .from)
                .isEqualTo("x");
        assertThatThrownBy(() -> cluster.apply(
                        "{apiVersion: example.com/v1, kind: Restore, metadata: {name: b}, spec: {attempts: 10}}"))
                .isInstanceOf(EmbeddedClusterException.class)
                .hasMessageContaining("spec.attempts");
    }
}
