package dev.navarch.controllers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.fabric8.kubernetes.api.model.EndpointAddress;
import io.fabric8.kubernetes.api.model.EndpointAddressBuilder;
import io.fabric8.kubernetes.api.model.Endpoints;
import io.fabric8.kubernetes.api.model.EndpointsBuilder;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Endpoints written by hand appear as EndpointSlices, on a simulated cluster. */
class MirroringTest {
    private static Service service() {
        return new ServiceBuilder()
                .withNewMetadata()
                .withNamespace("d")
                .withName("db")
                .endMetadata()
                .withNewSpec()
                .withClusterIP("10.96.0.11")
                .endSpec()
                .build();
    }

    private static EndpointAddress address(String ip) {
        return new EndpointAddressBuilder().withIp(ip).build();
    }

    private static EndpointsBuilder endpoints(int port, List<EndpointAddress> ready, List<EndpointAddress> notReady) {
        return new EndpointsBuilder()
                .withNewMetadata()
                .withNamespace("d")
                .withName("db")
                .addToLabels("team", "a")
                .addToAnnotations("note", "b")
                .addToAnnotations("kubectl.kubernetes.io/last-applied-configuration", "{}")
                .endMetadata()
                .addNewSubset()
                .withAddresses(ready)
                .withNotReadyAddresses(notReady)
                .addNewPort()
                .withName("sql")
                .withPort(port)
                .withProtocol("TCP")
                .endPort()
                .endSubset();
    }

    private static List<EndpointSlice> slices(SimulatedCluster cluster) {
        return cluster.all(EndpointSlice.class);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void endpointsAppearAsOneSliceOfEachFamilyAndGoWithTheirService(int crashes) {
        try (var cluster = new SimulatedCluster(1, crashes)) {
            cluster.api.put(service());
            cluster.api.put(endpoints(
                            5432, List.of(address("192.0.2.1"), address("2001:db8::1")), List.of(address("192.0.2.2")))
                    .build());
            cluster.until("two slices", () -> slices(cluster).size() == 2);
            var four = slices(cluster).stream()
                    .filter(s -> s.getAddressType().equals("IPv4"))
                    .findFirst()
                    .orElseThrow();
            assertThat(four.getMetadata().getLabels())
                    .isEqualTo(Map.of(
                            "team",
                            "a",
                            "kubernetes.io/service-name",
                            "db",
                            "endpointslice.kubernetes.io/managed-by",
                            "endpointslicemirroring-controller.k8s.io"));
            assertThat(four.getMetadata().getAnnotations()).isEqualTo(Map.of("note", "b"));
            assertThat(four.getMetadata().getOwnerReferences().getFirst().getKind())
                    .isEqualTo("Endpoints");
            assertThat(four.getPorts().getFirst().getPort()).isEqualTo(5432);
            assertThat(four.getEndpoints())
                    .extracting(
                            e -> e.getAddresses().getFirst(),
                            e -> e.getConditions().getReady())
                    .containsExactly(tuple("192.0.2.1", true), tuple("192.0.2.2", false));
            cluster.api.remove(cluster.get(Service.class, "d", "db"));
            cluster.until("no slices", () -> slices(cluster).isEmpty());
        }
    }

    @Test
    void aChangeOfPortsKeepsTheSlice() {
        try (var cluster = new SimulatedCluster(2)) {
            cluster.api.put(service());
            cluster.api.put(
                    endpoints(5432, List.of(address("192.0.2.1")), List.of()).build());
            cluster.until("a slice", () -> slices(cluster).size() == 1);
            var name = slices(cluster).getFirst().getMetadata().getName();
            cluster.api.put(
                    endpoints(5433, List.of(address("192.0.2.1")), List.of()).build());
            cluster.until(
                    "the new port",
                    () -> slices(cluster).getFirst().getPorts().getFirst().getPort() == 5433);
            assertThat(slices(cluster))
                    .extracting(s -> s.getMetadata().getName())
                    .containsExactly(name);
        }
    }

    @Test
    void endpointsThatAskForItAreLeftAlone() {
        try (var cluster = new SimulatedCluster(3)) {
            cluster.api.put(service());
            cluster.api.put(
                    endpoints(5432, List.of(address("192.0.2.1")), List.of()).build());
            cluster.until("a slice", () -> slices(cluster).size() == 1);
            cluster.api.put(endpoints(5432, List.of(address("192.0.2.1")), List.of())
                    .editMetadata()
                    .addToLabels("endpointslice.kubernetes.io/skip-mirror", "true")
                    .endMetadata()
                    .build());
            cluster.until("none", () -> slices(cluster).isEmpty());
            assertThat(cluster.exists(Endpoints.class, "d", "db")).isTrue();
        }
    }

    @Test
    void whatIsTooMuchOrNoAddressIsToldByEvents() {
        try (var cluster = new SimulatedCluster(4)) {
            List<EndpointAddress> many = new ArrayList<>(List.of(address("nonsense")));
            for (int i = 0; i < 1001; i++) {
                many.add(address("10.1." + i / 250 + "." + (1 + i % 250)));
            }
            cluster.api.put(service());
            cluster.api.put(endpoints(5432, many, List.of()).build());
            cluster.until(
                    "a slice and two events",
                    () -> slices(cluster).size() == 1
                            && cluster.all(Event.class).size() >= 2);
            assertThat(slices(cluster).getFirst().getEndpoints()).hasSize(1000);
            assertThat(cluster.all(Event.class))
                    .extracting(Event::getMessage)
                    .contains(
                            "Skipped 1 invalid IP addresses when mirroring to EndpointSlices",
                            "A max of 1000 addresses can be mirrored to EndpointSlices per Endpoints subset. 2 addresses"
                                    + " were skipped");
        }
    }
}
