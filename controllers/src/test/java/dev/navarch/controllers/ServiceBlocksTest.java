package dev.navarch.controllers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.client.ApiClient;
import dev.navarch.client.DeleteOptions;
import io.fabric8.kubernetes.api.model.networking.v1.IPAddress;
import io.fabric8.kubernetes.api.model.networking.v1.IPAddressBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.ServiceCIDR;
import io.fabric8.kubernetes.api.model.networking.v1.ServiceCIDRBuilder;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The blocks of services' addresses come and go, on a simulated cluster. */
class ServiceBlocksTest {
    private static final String FINALIZER = "networking.k8s.io/service-cidr-finalizer";

    private static void block(SimulatedCluster cluster, String name, String cidr) {
        cluster.api.put(new ServiceCIDRBuilder()
                .withNewMetadata()
                .withName(name)
                .endMetadata()
                .withNewSpec()
                .addToCidrs(cidr)
                .endSpec()
                .build());
    }

    private static String ready(SimulatedCluster cluster, String name) {
        var status = cluster.get(ServiceCIDR.class, "", name).getStatus();
        return status == null || status.getConditions().isEmpty()
                ? ""
                : status.getConditions().getFirst().getStatus();
    }

    private static boolean isThere(SimulatedCluster cluster, String name) {
        return cluster.all(ServiceCIDR.class).stream()
                .anyMatch(b -> b.getMetadata().getName().equals(name));
    }

    @Test
    void aBlockStaysAsLongAsAnAddressNeedsIt() {
        try (var cluster = new SimulatedCluster(1)) {
            block(cluster, "a", "10.1.0.0/20");
            cluster.until("the block is ready", () -> ready(cluster, "a").equals("True"));
            assertThat(cluster.get(ServiceCIDR.class, "", "a").getMetadata().getFinalizers())
                    .containsExactly(FINALIZER);
            var address = new IPAddressBuilder()
                    .withNewMetadata()
                    .withName("10.1.15.255")
                    .endMetadata()
                    .build();
            cluster.api.put(address);
            var client = new ApiClient(cluster.api, "somebody");
            client.resource(ServiceCIDR.class).delete("", "a", DeleteOptions.none());
            cluster.until(
                    "the block says why it stays", () -> ready(cluster, "a").equals("False"));
            cluster.pass(Duration.ofMinutes(1));
            var condition = cluster.get(ServiceCIDR.class, "", "a")
                    .getStatus()
                    .getConditions()
                    .getFirst();
            assertThat(condition.getReason()).isEqualTo("Terminating");
            assertThat(condition.getMessage()).startsWith("There are still IPAddresses referencing the ServiceCIDR");
            client.resource(IPAddress.class).delete("", "10.1.15.255", DeleteOptions.none());
            cluster.until("the block is gone", () -> !isThere(cluster, "a"));
        }
    }

    @Test
    void anAddressOfAnotherBlockTooNeedsItNot() {
        try (var cluster = new SimulatedCluster(2)) {
            block(cluster, "a", "10.1.0.0/20");
            block(cluster, "b", "10.0.0.0/8");
            cluster.api.put(new IPAddressBuilder()
                    .withNewMetadata()
                    .withName("10.1.0.7")
                    .endMetadata()
                    .build());
            cluster.until(
                    "both are ready",
                    () -> ready(cluster, "a").equals("True")
                            && ready(cluster, "b").equals("True"));
            var deleted = cluster.time.now();
            new ApiClient(cluster.api, "somebody").resource(ServiceCIDR.class).delete("", "a", DeleteOptions.none());
            cluster.until("the block is gone", () -> !isThere(cluster, "a"));
            assertThat(Duration.between(deleted, cluster.time.now())).isGreaterThanOrEqualTo(Duration.ofSeconds(9));
            assertThat(isThere(cluster, "b")).isTrue();
        }
    }
}
