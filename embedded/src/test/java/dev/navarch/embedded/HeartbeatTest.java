package dev.navarch.embedded;

import static dev.navarch.embedded.Workloads.admin;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.junit.jupiter.api.Test;

class HeartbeatTest {
    private static final Duration ROUND = Duration.ofSeconds(20);

    private static Lease lease(EmbeddedCluster cluster) {
        return admin(cluster)
                .resource(Lease.class)
                .get("kube-node-lease", "node-1")
                .orElseThrow();
    }

    @Test
    void aLeaseIsRenewedEachRoundAndWhoRenewedItIsKnown() {
        try (var cluster = EmbeddedCluster.builder()
                .startsAt(Instant.parse("2026-03-01T12:00:00Z"))
                .paused()
                .start()) {
            var before = lease(cluster);
            cluster.clock().advance(ROUND);
            var next = lease(cluster);
            cluster.clock().advance(ROUND.multipliedBy(100));
            var last = lease(cluster);

            assertThat(Duration.between(
                            before.getSpec().getRenewTime(), next.getSpec().getRenewTime()))
                    .isEqualTo(ROUND);
            assertThat(Duration.between(
                            next.getSpec().getRenewTime(), last.getSpec().getRenewTime()))
                    .isEqualTo(ROUND.multipliedBy(100));
            assertThat(last.getMetadata().getUid())
                    .isEqualTo(before.getMetadata().getUid());
            assertThat(last.getMetadata().getOwnerReferences())
                    .isEqualTo(before.getMetadata().getOwnerReferences());
            assertThat(last.getMetadata().getManagedFields()).singleElement().satisfies(entry -> {
                var first = before.getMetadata().getManagedFields().getFirst();
                assertThat(entry.getManager()).isEqualTo(first.getManager());
                assertThat(entry.getFieldsV1()).isEqualTo(first.getFieldsV1());
                assertThat(Instant.parse(entry.getTime()))
                        .isEqualTo(last.getSpec().getRenewTime().toInstant().truncatedTo(ChronoUnit.SECONDS));
            });
        }
    }
}
