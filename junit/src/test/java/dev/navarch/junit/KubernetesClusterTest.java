package dev.navarch.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.embedded.ClusterClock;
import dev.navarch.embedded.EmbeddedCluster;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

@KubernetesCluster(
        nodes = 2,
        paused = true,
        startsAt = "2026-03-01T12:00:00Z",
        manifests = "classpath:backup-operator.yaml")
class KubernetesClusterTest {

    @Test
    void aTestHasAClientAndANamespaceOfItsOwn(
            KubernetesClient client, EmbeddedCluster cluster, @TestNamespace String namespace) {
        client.load(getClass().getResourceAsStream("/web.yaml"))
                .inNamespace(namespace)
                .create();
        cluster.awaitIdle();
        cluster.clock().advance(Duration.ofSeconds(5));
        var web = client.apps()
                .deployments()
                .inNamespace(namespace)
                .withName("web")
                .get();
        assertThat(web.getStatus().getReadyReplicas()).isEqualTo(2);
    }

    @Test
    void anHourPassesWhenATestSaysSo(KubernetesClient client, ClusterClock clock, @TestNamespace String namespace) {
        client.load(getClass().getResourceAsStream("/hourly.yaml"))
                .inNamespace(namespace)
                .create();
        clock.advance(Duration.ofMinutes(61));
        assertThat(client.resources(Job.class).inNamespace(namespace).list().getItems())
                .extracting(job -> job.getMetadata().getCreationTimestamp())
                .hasSize(1);
        assertThat(clock.now()).isAfter(Instant.parse("2026-03-01T13:00:00Z"));
    }

    @Test
    void definitionsOfTheManifestsAreServed(KubernetesClient client) {
        var backup = client.genericKubernetesResources("example.com/v1", "Backup")
                .inNamespace("default")
                .withName("nightly")
                .get();
        assertThat(backup.<Integer>get("spec", "keep")).isEqualTo(7);
    }

    @Test
    void whoIsNobodyMayDoNothing(@Kubeconfig(user = "jane", groups = "dev") String jane, @Kubeconfig Path admin)
            throws Exception {
        assertThat(Files.readString(admin)).contains("server: https://127.0.0.1:");
        try (var client = new KubernetesClientBuilder()
                .withConfig(Config.fromKubeconfig(jane))
                .build()) {
            assertThatThrownBy(() -> client.pods().inNamespace("default").list())
                    .hasMessageContaining("User \"jane\" cannot list resource \"pods\"");
        }
    }
}
