package dev.navarch.controllers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.client.DeleteOptions;
import dev.navarch.client.Patch;
import io.fabric8.kubernetes.api.model.Endpoints;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.Endpoint;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** EndpointSlices and Endpoints on a simulated cluster. */
class ServicesTest {
    private static Service service() {
        return new ServiceBuilder()
                .withNewMetadata()
                .withNamespace("d")
                .withName("web")
                .addToLabels("team", "a")
                .endMetadata()
                .withNewSpec()
                .withClusterIP("10.96.0.10")
                .addToSelector("app", "web")
                .addNewPort()
                .withName("http")
                .withPort(80)
                .withProtocol("TCP")
                .withTargetPort(new IntOrString("web"))
                .endPort()
                .endSpec()
                .build();
    }

    private static Pod pod(String name, int port) {
        return new PodBuilder()
                .withNewMetadata()
                .withNamespace("d")
                .withName(name)
                .addToLabels("app", "web")
                .endMetadata()
                .withNewSpec()
                .withNodeName("n1")
                .addNewContainer()
                .withName("c")
                .addNewPort()
                .withName("web")
                .withContainerPort(port)
                .endPort()
                .endContainer()
                .endSpec()
                .build();
    }

    private static List<Endpoint> endpoints(SimulatedCluster cluster) {
        return cluster.all(EndpointSlice.class).stream()
                .flatMap(s -> s.getEndpoints().stream())
                .toList();
    }

    @Test
    void aServiceWithoutPodsHasOneEmptySliceAndEndpoints() {
        try (var cluster = new SimulatedCluster(1)) {
            cluster.api.client().resource(Service.class).create(service());
            cluster.until(
                    "both",
                    () -> !cluster.all(EndpointSlice.class).isEmpty()
                            && !cluster.all(Endpoints.class).isEmpty());
            var slice = cluster.all(EndpointSlice.class).getFirst();
            assertThat(slice.getEndpoints()).isEmpty();
            assertThat(slice.getAddressType()).isEqualTo("IPv4");
            assertThat(slice.getMetadata().getLabels())
                    .containsEntry("kubernetes.io/service-name", "web")
                    .containsEntry("endpointslice.kubernetes.io/managed-by", "endpointslice-controller.k8s.io")
                    .containsEntry("team", "a");
        }
    }

    /** A node with so many CPUs, in a zone of its own. */
    private static Node node(SimulatedCluster cluster, String name, String cpu) {
        return cluster.node(name)
                .edit()
                .editStatus()
                .addToAllocatable("cpu", new Quantity(cpu))
                .endStatus()
                .build();
    }

    /** The endpoints' zones, and for whose zone each is meant. */
    private static List<String> hints(SimulatedCluster cluster) {
        return endpoints(cluster).stream()
                .map(e -> e.getZone() + ">"
                        + (e.getHints() == null
                                ? ""
                                : e.getHints().getForZones().getFirst().getName()))
                .sorted()
                .toList();
    }

    @Test
    void anAnnotationAsksForHintsInProportionToTheZonesCpus() {
        try (var cluster = new SimulatedCluster(1)) {
            cluster.kubelets = false;
            cluster.api.put(node(cluster, "n1", "2"));
            cluster.api.put(node(cluster, "n2", "2"));
            cluster.api.put(cluster.ready(pod("a", 80), "n1"));
            cluster.api.put(cluster.ready(pod("b", 80), "n1"));
            cluster.api.put(cluster.ready(pod("c", 80), "n1"));
            cluster.api.put(cluster.ready(pod("d", 80), "n2"));
            cluster.api.client().resource(Service.class).create(service());
            cluster.until("no hints", () -> hints(cluster).equals(List.of("z-n1>", "z-n1>", "z-n1>", "z-n2>")));
            annotate(cluster, "\"Auto\"");
            cluster.until(
                    "one is given away",
                    () -> hints(cluster).equals(List.of("z-n1>z-n1", "z-n1>z-n1", "z-n1>z-n2", "z-n2>z-n2")));
            cluster.until("it is told", () -> told(cluster, "TopologyAwareHintsEnabled"));
            cluster.api.put(cluster.get(Node.class, "", "n2")
                    .edit()
                    .editStatus()
                    .addToAllocatable("cpu", new Quantity("0"))
                    .endStatus()
                    .build());
            cluster.until("no hints", () -> hints(cluster).equals(List.of("z-n1>", "z-n1>", "z-n1>", "z-n2>")));
            cluster.until("it is told", () -> told(cluster, "TopologyAwareHintsDisabled"));
            cluster.api.put(cluster.get(Node.class, "", "n2")
                    .edit()
                    .editStatus()
                    .addToAllocatable("cpu", new Quantity("6"))
                    .endStatus()
                    .build());
            cluster.until(
                    "two are given away",
                    () -> hints(cluster).equals(List.of("z-n1>z-n1", "z-n1>z-n2", "z-n1>z-n2", "z-n2>z-n2")));
            annotate(cluster, "null");
            cluster.until("none again", () -> hints(cluster).equals(List.of("z-n1>", "z-n1>", "z-n1>", "z-n2>")));
        }
    }

    private static void annotate(SimulatedCluster cluster, String mode) {
        cluster.api
                .client()
                .resource(Service.class)
                .patch(
                        "d",
                        "web",
                        Patch.merge("{\"metadata\":{\"annotations\":{\"service.kubernetes.io/topology-mode\":" + mode
                                + "}}}"));
    }

    private static boolean told(SimulatedCluster cluster, String reason) {
        return cluster.all(Event.class).stream().anyMatch(e -> reason.equals(e.getReason()));
    }

    @Test
    void readyPodsAreEndpointsUntilTheyTerminate() {
        try (var cluster = new SimulatedCluster(1)) {
            cluster.kubelets = false;
            cluster.api.put(cluster.node("n1"));
            cluster.api.client().resource(Service.class).create(service());
            cluster.api.put(cluster.ready(pod("a", 8080), "n1"));
            cluster.until(
                    "an endpoint with its zone",
                    () -> endpoints(cluster).size() == 1
                            && "z-n1".equals(endpoints(cluster).getFirst().getZone()));
            var endpoint = endpoints(cluster).getFirst();
            assertThat(endpoint.getConditions().getReady()).isTrue();
            assertThat(endpoint.getNodeName()).isEqualTo("n1");
            assertThat(endpoint.getTargetRef().getName()).isEqualTo("a");
            cluster.until(
                    "one slice with its port",
                    () -> cluster.all(EndpointSlice.class).size() == 1
                            && cluster.all(EndpointSlice.class)
                                            .getFirst()
                                            .getPorts()
                                            .getFirst()
                                            .getPort()
                                    == 8080);
            cluster.until(
                    "classic endpoints",
                    () -> cluster.get(Endpoints.class, "d", "web").getSubsets().size() == 1);
            cluster.api.client().resource(Pod.class).delete("d", "a", DeleteOptions.none());
            cluster.until(
                    "terminating",
                    () -> endpoints(cluster).stream()
                            .allMatch(e -> e.getConditions().getTerminating()
                                    && e.getConditions().getServing()
                                    && !e.getConditions().getReady()));
            cluster.until(
                    "no classic endpoint",
                    () -> cluster.get(Endpoints.class, "d", "web").getSubsets().isEmpty());
            cluster.api.remove(cluster.get(Pod.class, "d", "a"));
            cluster.until("none", () -> endpoints(cluster).isEmpty());
            assertThat(cluster.all(EndpointSlice.class)).hasSize(1);
        }
    }

    @Test
    void podsWithOtherNumbersForANamedPortGetASliceOfTheirOwn() {
        try (var cluster = new SimulatedCluster(1)) {
            cluster.kubelets = false;
            cluster.api.client().resource(Service.class).create(service());
            cluster.api.put(cluster.ready(pod("a", 8080), "n1"));
            cluster.api.put(cluster.ready(pod("b", 9090), "n1"));
            cluster.until(
                    "two slices",
                    () -> endpoints(cluster).size() == 2
                            && cluster.all(EndpointSlice.class).size() == 2);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 2, 3})
    void aHundredEndpointsFillASlice(long seed) {
        try (var cluster = new SimulatedCluster(seed, seed == 0 ? 0 : 2)) {
            cluster.kubelets = false;
            cluster.api.client().resource(Service.class).create(service());
            for (int i = 0; i < 230; i++) {
                cluster.api.put(cluster.ready(pod("p" + i, 8080), "n1"));
            }
            cluster.until("all, seed " + seed, () -> endpoints(cluster).size() == 230);
            assertThat(endpoints(cluster).stream()
                            .map(e -> e.getTargetRef().getName())
                            .distinct()
                            .count())
                    .isEqualTo(230);
            assertThat(cluster.all(EndpointSlice.class))
                    .allSatisfy(s -> assertThat(s.getEndpoints().size()).isLessThanOrEqualTo(100));
            for (int i = 0; i < 228; i++) {
                cluster.api.remove(pod("p" + i, 8080));
            }
            cluster.until("two left, seed " + seed, () -> endpoints(cluster).size() == 2);
        }
    }

    @Test
    void unreadyPodsArePublishedWhenTheServiceAsksForIt() {
        try (var cluster = new SimulatedCluster(1)) {
            cluster.kubelets = false;
            cluster.api.client().resource(Service.class).create(service());
            var unready = new PodBuilder(cluster.ready(pod("a", 8080), "n1"))
                    .editStatus()
                    .editFirstCondition()
                    .withStatus("False")
                    .endCondition()
                    .endStatus()
                    .build();
            cluster.api.put(unready);
            cluster.until(
                    "unready",
                    () -> endpoints(cluster).size() == 1
                            && !endpoints(cluster).getFirst().getConditions().getReady());
            cluster.until(
                    "not ready address",
                    () -> cluster.exists(Endpoints.class, "d", "web")
                            && cluster.get(Endpoints.class, "d", "web").getSubsets().stream()
                                    .anyMatch(s -> s.getNotReadyAddresses().size() == 1));
            cluster.api
                    .client()
                    .resource(Service.class)
                    .patch("d", "web", Patch.merge("{\"spec\":{\"publishNotReadyAddresses\":true}}"));
            cluster.until(
                    "published",
                    () -> endpoints(cluster).getFirst().getConditions().getReady());
        }
    }
}
