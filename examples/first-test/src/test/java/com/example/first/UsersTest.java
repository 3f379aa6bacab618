package com.example.first;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.navarch.junit.ClusterUser;
import dev.navarch.junit.Kubeconfig;
import dev.navarch.junit.KubernetesCluster;
import dev.navarch.junit.TestNamespace;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import org.junit.jupiter.api.Test;

/** Who may do what. */
@KubernetesCluster(nodes = 0, users = @ClusterUser(name = "jane", clusterRoles = "view"))
class UsersTest {

    @Test
    void whoMayViewMayNotWrite(@Kubeconfig(user = "jane") KubernetesClient janes, @TestNamespace String namespace) {
        janes.pods().inNamespace(namespace).list();
        var map = new ConfigMapBuilder()
                .withNewMetadata()
                .withName("a")
                .endMetadata()
                .build();
        var refused = assertThrows(
                KubernetesClientException.class,
                () -> janes.resource(map).inNamespace(namespace).create());
        assertEquals(403, refused.getCode());
    }

    @Test
    void whoHasNoRoleSeesNothing(@Kubeconfig(user = "joe") KubernetesClient joes, @TestNamespace String namespace) {
        var refused = assertThrows(
                KubernetesClientException.class,
                () -> joes.pods().inNamespace(namespace).list());
        assertEquals(403, refused.getCode());
    }
}
