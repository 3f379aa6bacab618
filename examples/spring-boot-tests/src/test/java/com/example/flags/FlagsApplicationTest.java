package com.example.flags;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.embedded.EmbeddedCluster;
import dev.navarch.junit.KubernetesClusterExtension;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.time.Duration;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Primary;

/** The application with a cluster in the same JVM. */
@SpringBootTest
class FlagsApplicationTest {
    @RegisterExtension
    static final KubernetesClusterExtension kubernetes = new KubernetesClusterExtension(EmbeddedCluster::start);

    /** The application's client is one of the test's cluster. */
    @TestConfiguration
    static class OfTheTest {
        @Bean
        @Primary
        KubernetesClient testClient() {
            return new KubernetesClientBuilder()
                    .withConfig(Config.fromKubeconfig(kubernetes.cluster().kubeconfig()))
                    .build();
        }
    }

    @Autowired
    private Flags flags;

    @Autowired
    private KubernetesClient client;

    private void flags(String dark) {
        client.resource(new ConfigMapBuilder()
                        .withNewMetadata()
                        .withNamespace("default")
                        .withName("flags")
                        .endMetadata()
                        .withData(Map.of("dark", dark))
                        .build())
                .serverSideApply();
    }

    @Test
    void flagsFollowTheConfigMap(EmbeddedCluster cluster) throws Exception {
        assertThat(flags.isOn("dark")).isFalse();
        flags("on");
        await(() -> flags.isOn("dark"));
        // the watch breaks, and the application comes back
        assertThat(cluster.faults()
                        .watches(call -> call.resource().equals("configmaps") && !call.ofTheSystem())
                        .drop())
                .isEqualTo(1);
        flags("off");
        await(() -> !flags.isOn("dark"));
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + Duration.ofMinutes(1).toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime())
                    .as("it did not come to pass within a minute")
                    .isLessThan(end);
            Thread.sleep(10);
        }
    }
}
