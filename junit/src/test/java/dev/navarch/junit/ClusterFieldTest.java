package dev.navarch.junit;

import static dev.navarch.junit.assertions.ClusterAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.embedded.ClusterClock;
import dev.navarch.embedded.EmbeddedCluster;
import dev.navarch.embedded.EmbeddedClusterException;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The extension as a field, and fields that are injected. */
class ClusterFieldTest {
    @RegisterExtension
    static final KubernetesClusterExtension KUBERNETES = new KubernetesClusterExtension(() -> EmbeddedCluster.builder()
            .startsAt(Instant.parse("2026-03-01T12:00:00Z"))
            .paused()
            .start());

    @Injected
    static EmbeddedCluster cluster;

    @Injected
    ClusterClock clock;

    @Injected
    KubernetesClient client;

    @TestNamespace
    String namespace;

    @Kubeconfig(user = "jane")
    String jane;

    @Test
    void fieldsAreWhatParametersWouldBe(ClusterClock sameClock, @TestNamespace String sameNamespace) {
        assertThat(cluster).isSameAs(KUBERNETES.cluster());
        assertThat(clock).isSameAs(sameClock);
        assertThat(namespace).isEqualTo(sameNamespace).startsWith("tfieldsarewhat");
        assertThat(jane).contains("server: " + cluster.url());
        assertThat(client.getMasterUrl()).hasToString(cluster.url() + "/");
    }

    @Test
    void assertionsSayWhatTheyMissed() {
        client.load(getClass().getResourceAsStream("/web.yaml"))
                .inNamespace(namespace)
                .create();
        clock.advance(Duration.ofSeconds(5));
        assertThat(cluster)
                .inNamespace(namespace)
                .deployment("web")
                .isAvailable()
                .hasReadyReplicas(2)
                .hasCondition("Available", "True");
        assertThat(cluster).inNamespace(namespace).deployment("other").doesNotExist();
        assertThat(cluster).node("node-1").isReady();
        assertThatThrownBy(() -> assertThat(cluster)
                        .inNamespace(namespace)
                        .deployment("web")
                        .hasReadyReplicas(3))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("expected Deployment " + namespace + "/web to have 3 ready replicas, but it is")
                .hasMessageContaining("readyReplicas: 2")
                .hasMessageContaining("after these revisions")
                .hasMessageContaining("by system:serviceaccount:kube-system:deployment-controller");
        assertThatThrownBy(() -> assertThat(cluster).object("example.com/v9", "Hat", "a"))
                .isInstanceOf(EmbeddedClusterException.class)
                .hasMessage("no matches for kind \"Hat\" in version \"example.com/v9\"");
    }
}
