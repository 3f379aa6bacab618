package dev.navarch.embedded;

import static dev.navarch.embedded.Workloads.admin;
import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.client.ApiClient;
import dev.navarch.client.ListQuery;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaim;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Devices from a node's offer to a pod and back. */
class DeviceClaimsTest {
    private static final String POD = """
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: %s, namespace: default, annotations: {navarch.dev/simulated-exit-after: 10m}}
        spec:
          restartPolicy: Never
          containers:
          - {name: c, image: example.com/train, resources: {claims: [{name: gpu}]}}
          resourceClaims: [{name: gpu, resourceClaimTemplateName: one}]
        """;

    private static final String CLASS_AND_TEMPLATE = """
        apiVersion: resource.k8s.io/v1
        kind: DeviceClass
        metadata: {name: gpu}
        spec: {selectors: [{cel: {expression: "device.driver == 'gpu.example.com'"}}]}
        ---
        apiVersion: resource.k8s.io/v1
        kind: ResourceClaimTemplate
        metadata: {name: one, namespace: default}
        spec: {spec: {devices: {requests: [{name: r, exactly: {deviceClassName: gpu}}]}}}
        """;

    private static List<String> nodes(ApiClient client) {
        return client.resource(Pod.class).list(ListQuery.inNamespace("default")).items().stream()
                .map(pod -> pod.getSpec().getNodeName())
                .filter(Objects::nonNull)
                .toList();
    }

    private static List<ResourceClaim> claims(ApiClient client) {
        return client.resource(ResourceClaim.class).list(ListQuery.all()).items();
    }

    @Test
    void podsWaitForTheirDevicesAndGiveThemBack() {
        try (var cluster = EmbeddedCluster.builder()
                .node(EmbeddedNode.of("plain"))
                .node(EmbeddedNode.of("rich").withDevices("gpu.example.com", 2))
                .startsAt(Instant.parse("2026-03-01T12:00:00Z"))
                .paused()
                .start()) {
            var client = admin(cluster);
            cluster.apply(CLASS_AND_TEMPLATE + POD.formatted("a") + POD.formatted("b") + POD.formatted("c"));
            cluster.awaitIdle();
            cluster.clock().advance(Duration.ofMinutes(1));
            assertThat(nodes(client)).containsExactly("rich", "rich");
            assertThat(claims(client)).hasSize(3);
            assertThat(claims(client).stream()
                            .filter(claim -> claim.getStatus() != null
                                    && claim.getStatus().getAllocation() != null)
                            .map(claim -> claim.getStatus()
                                    .getAllocation()
                                    .getDevices()
                                    .getResults()
                                    .getFirst()
                                    .getDevice()))
                    .containsExactlyInAnyOrder("device-0", "device-1");
            cluster.clock().advance(Duration.ofMinutes(12));
            assertThat(nodes(client)).containsExactly("rich", "rich", "rich");
            assertThat(claims(client)).hasSize(1);
            cluster.clock().advance(Duration.ofMinutes(15));
            assertThat(claims(client)).isEmpty();
        }
    }
}
