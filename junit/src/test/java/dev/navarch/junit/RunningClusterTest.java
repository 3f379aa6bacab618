package dev.navarch.junit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.embedded.EmbeddedCluster;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderCallbacks;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderElectionConfigBuilder;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.LeaseLock;
import io.kubernetes.client.openapi.ApiClient;
import io.kubernetes.client.openapi.apis.CoreV1Api;
import io.kubernetes.client.openapi.models.V1ConfigMap;
import io.kubernetes.client.openapi.models.V1ObjectMeta;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A cluster whose clock runs, as clients expect who look at their own. */
@KubernetesCluster(lifetime = KubernetesCluster.Lifetime.RUN)
class RunningClusterTest {

    @Test
    void theOfficialClientIsInjected(ApiClient client, EmbeddedCluster cluster, @TestNamespace String namespace)
            throws Exception {
        new CoreV1Api(client)
                .createNamespacedConfigMap(
                        namespace,
                        new V1ConfigMap()
                                .metadata(new V1ObjectMeta().name("told"))
                                .data(Map.of("by", "the official client")))
                .execute();
        assertThat(cluster.object("v1", "ConfigMap", namespace, "told")
                        .orElseThrow()
                        .at("data", "by"))
                .contains("the official client");
    }

    @Test
    void aLeaderThatLosesItsLeaseStops(
            KubernetesClient client, EmbeddedCluster cluster, @TestNamespace String namespace) throws Exception {
        var leads = new CompletableFuture<Void>();
        var leadsNoMore = new CompletableFuture<Void>();
        var elector = client.leaderElector()
                .withConfig(new LeaderElectionConfigBuilder()
                        .withName("operator")
                        .withLock(new LeaseLock(namespace, "operator", "me"))
                        .withLeaseDuration(Duration.ofMinutes(5))
                        .withRenewDeadline(Duration.ofMinutes(4))
                        .withRetryPeriod(Duration.ofMillis(50))
                        .withLeaderCallbacks(new LeaderCallbacks(
                                () -> leads.complete(null), () -> leadsNoMore.complete(null), _ -> {}))
                        .build())
                .build();
        var running = elector.start();
        leads.get(60, TimeUnit.SECONDS);
        cluster.loseLeadership(namespace, "operator");
        leadsNoMore.get(60, TimeUnit.SECONDS);
        running.cancel(true);
        assertThat(cluster.object("coordination.k8s.io/v1", "Lease", namespace, "operator")
                        .orElseThrow()
                        .at("spec", "holderIdentity"))
                .contains("somebody-else");
    }
}
