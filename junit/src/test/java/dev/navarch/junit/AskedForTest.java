package dev.navarch.junit;

import static dev.navarch.junit.assertions.ClusterAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.embedded.EmbeddedCluster;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.kubernetes.client.openapi.ApiClient;
import io.kubernetes.client.openapi.ApiException;
import io.kubernetes.client.openapi.apis.CoreV1Api;
import org.junit.jupiter.api.Test;

/** What a class may say about its cluster: nodes, users, APIs. */
@KubernetesCluster(
        node = {
            @SimulatedNode(
                    name = "big",
                    cpu = "64",
                    labels = "topology.kubernetes.io/zone=a",
                    capacity = "example.com/gpu=2"),
            @SimulatedNode(name = "small", cpu = "500m", memory = "1Gi", taints = "only=small:NoSchedule")
        },
        users = {
            @ClusterUser(name = "jane", clusterRoles = "view"),
            @ClusterUser(name = "joe", groups = "system:masters")
        },
        runtimeConfig = "resource.k8s.io/v1beta1=true")
class AskedForTest {

    @Test
    void podsGoWhereTheyFit(KubernetesClient client, EmbeddedCluster cluster, @TestNamespace String namespace) {
        cluster.apply("""
                apiVersion: v1
                kind: Pod
                metadata: {name: picky, namespace: %s}
                spec:
                  nodeSelector: {topology.kubernetes.io/zone: a}
                  containers:
                  - {name: c, image: a, resources: {limits: {cpu: "40", example.com/gpu: 2}}}
                """.formatted(namespace));
        assertThat(cluster).inNamespace(namespace).pod("picky").hasCondition("PodScheduled", "True");
        assertThat(client.pods()
                        .inNamespace(namespace)
                        .withName("picky")
                        .get()
                        .getSpec()
                        .getNodeName())
                .isEqualTo("big");
        var small = client.nodes().withName("small").get();
        assertThat(small.getSpec().getTaints())
                .extracting(taint -> taint.getKey())
                .contains("only");
        assertThat(small.getStatus().getCapacity().get("memory")).hasToString("1Gi");
    }

    @Test
    void apisAreSwitchedOn(KubernetesClient client) {
        assertThat(client.getApiResources("resource.k8s.io/v1beta1").getResources())
                .extracting(resource -> resource.getKind())
                .contains("ResourceClaim");
    }

    @Test
    void clientsAreWhoseTheySay(
            @Kubeconfig(user = "jane") KubernetesClient janes,
            @Kubeconfig(user = "joe") KubernetesClient joes,
            @Kubeconfig(user = "jane") ApiClient janesToo,
            KubernetesClient admins,
            @TestNamespace String namespace) {
        var map = new ConfigMapBuilder()
                .withNewMetadata()
                .withName("a")
                .endMetadata()
                .build();
        joes.resource(map).inNamespace(namespace).create();
        assertThat(janes.configMaps().inNamespace(namespace).withName("a").get())
                .isNotNull();
        assertThatThrownBy(() ->
                        janes.configMaps().inNamespace(namespace).withName("a").delete())
                .hasMessageContaining("User \"jane\" cannot delete resource \"configmaps\"");
        assertThatThrownBy(() -> new CoreV1Api(janesToo)
                        .deleteNamespacedConfigMap("a", namespace)
                        .execute())
                .isInstanceOfSatisfying(
                        ApiException.class, e -> assertThat(e.getCode()).isEqualTo(403));
        assertThat(admins).isNotSameAs(janes);
        assertThat(admins.configMaps().inNamespace(namespace).withName("a").delete())
                .hasSize(1);
    }
}
