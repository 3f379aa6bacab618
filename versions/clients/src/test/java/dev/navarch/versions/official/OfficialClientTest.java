package dev.navarch.versions.official;

import static dev.navarch.junit.assertions.ClusterAssertions.assertThat;

import dev.navarch.embedded.EmbeddedCluster;
import dev.navarch.junit.KubernetesCluster;
import dev.navarch.junit.TestNamespace;
import io.kubernetes.client.openapi.ApiClient;
import io.kubernetes.client.openapi.apis.CoreV1Api;
import io.kubernetes.client.openapi.models.V1Container;
import io.kubernetes.client.openapi.models.V1ObjectMeta;
import io.kubernetes.client.openapi.models.V1Pod;
import io.kubernetes.client.openapi.models.V1PodSpec;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** A test of code that has the official client. */
@KubernetesCluster(paused = true)
class OfficialClientTest {

    @Test
    void aPodRuns(ApiClient client, EmbeddedCluster cluster, @TestNamespace String namespace) throws Exception {
        new CoreV1Api(client)
                .createNamespacedPod(
                        namespace,
                        new V1Pod()
                                .metadata(new V1ObjectMeta().name("web"))
                                .spec(new V1PodSpec()
                                        .overhead(null) // an empty one is refused, here as everywhere
                                        .addContainersItem(
                                                new V1Container().name("web").image("example.com/web:1"))))
                .execute();
        cluster.clock().advance(Duration.ofSeconds(5));
        assertThat(cluster).inNamespace(namespace).pod("web").isReady();
    }
}
