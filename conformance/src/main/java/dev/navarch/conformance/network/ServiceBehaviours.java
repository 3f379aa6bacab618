package dev.navarch.conformance.network;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.conformance.Behaviour;
import dev.navarch.conformance.Scenario;
import io.fabric8.kubernetes.api.model.EndpointAddress;
import io.fabric8.kubernetes.api.model.Endpoints;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What the controllers make of Services and Pods: upstream {@code service.go}, {@code endpoints.go} and {@code
 * endpointslice.go} of {@code test/e2e/network}, those that need no connection to a Pod.
 */
class ServiceBehaviours {
    private static final String SERVICE = """
        apiVersion: v1
        kind: Service
        metadata: {name: %s}
        spec:
          selector: {does-not-match-anything: endpoints-and-endpoint-slices-should-still-be-created}
          ports: [{name: example, port: 80, protocol: TCP}]
        """;

    @Behaviour("[sig-network] EndpointSlice should create and delete EndpointSlices for a Service with a selector that"
            + " matches no pods [Conformance]")
    void slicesOfAServiceWithoutPods(Scenario scenario) {
        scenario.create(Service.class, SERVICE.formatted("example-empty-selector"));
        var slices = slices(scenario, "example-empty-selector");
        scenario.awaitOne(
                "one slice",
                slices,
                slice -> slice.getEndpoints() == null || slice.getEndpoints().isEmpty());
        services(scenario, "example-empty-selector").delete();
        scenario.awaitGone("slices", slices);
    }

    @Behaviour("[sig-network] EndpointsController should create and delete Endpoints for a Service with a selector that"
            + " matches no pods [Conformance]")
    void endpointsOfAServiceWithoutPods(Scenario scenario) {
        scenario.create(Service.class, SERVICE.formatted("example-empty-selector"));
        var endpoints =
                scenario.client().endpoints().inNamespace(scenario.namespace()).withName("example-empty-selector");
        scenario.awaitOne(
                "endpoints",
                endpoints,
                e -> e.getSubsets() == null || e.getSubsets().isEmpty());
        services(scenario, "example-empty-selector").delete();
        scenario.awaitGone("endpoints", endpoints);
    }

    private static io.fabric8.kubernetes.client.dsl.Resource<Service> services(Scenario scenario, String name) {
        return scenario.client().services().inNamespace(scenario.namespace()).withName(name);
    }

    private static io.fabric8.kubernetes.client.dsl.Informable<EndpointSlice> slices(
            Scenario scenario, String service) {
        return scenario.client()
                .discovery()
                .v1()
                .endpointSlices()
                .inNamespace(scenario.namespace())
                .withLabel("kubernetes.io/service-name", service);
    }

    private static void pods(Scenario scenario) {
        for (var number : List.of("1", "2")) {
            scenario.create(Pod.class, """
                apiVersion: v1
                kind: Pod
                metadata: {name: pod%1$s, labels: {foo: bar, number: "%1$s"}}
                spec:
                  containers:
                  - name: container1
                    image: agnhost:1
                    ports: [{name: example-name, containerPort: 3000}]
                """.formatted(number));
        }
    }

    private static void servicesOverPods(Scenario scenario) {
        scenario.create(Service.class, """
            apiVersion: v1
            kind: Service
            metadata: {name: example-int-port}
            spec:
              selector: {foo: bar}
              ports: [{name: example, port: 80, targetPort: 3000, protocol: TCP}]
            """);
        scenario.create(Service.class, """
            apiVersion: v1
            kind: Service
            metadata: {name: example-named-port}
            spec:
              selector: {number: "1"}
              ports: [{name: http, port: 80, targetPort: example-name, protocol: TCP}]
            """);
        scenario.create(Service.class, """
            apiVersion: v1
            kind: Service
            metadata: {name: example-no-match}
            spec:
              selector: {foo: no-match}
              ports: [{name: example-no-match, port: 80, targetPort: 8080, protocol: TCP}]
            """);
    }

    private static Map<String, String> addresses(Scenario scenario) {
        var running = scenario.await(
                "two pods with addresses",
                scenario.client().pods().inNamespace(scenario.namespace()),
                pods -> pods.size() == 2
                        && pods.stream().allMatch(pod -> pod.getStatus().getPodIP() != null));
        Map<String, String> addresses = new TreeMap<>();
        running.forEach(pod ->
                addresses.put(pod.getMetadata().getName(), pod.getStatus().getPodIP()));
        return addresses;
    }

    @Behaviour("[sig-network] EndpointSlice should create Endpoints and EndpointSlices for Pods matching a Service"
            + " [Conformance]")
    void slicesOfAServiceWithPods(Scenario scenario) {
        pods(scenario);
        servicesOverPods(scenario);
        var addresses = addresses(scenario);
        for (var slice : List.of(
                Map.entry("example-int-port", List.copyOf(addresses.values())),
                Map.entry("example-named-port", List.of(addresses.get("pod1"))),
                Map.entry("example-no-match", List.<String>of()))) {
            var found = scenario.await(
                    "slices of " + slice.getKey(),
                    slices(scenario, slice.getKey()),
                    slices -> slices.stream()
                                    .filter(one -> one.getEndpoints() != null)
                                    .flatMap(one -> one.getEndpoints().stream())
                                    .filter(endpoint -> Boolean.TRUE.equals(
                                            endpoint.getConditions().getReady()))
                                    .flatMap(endpoint -> endpoint.getAddresses().stream())
                                    .sorted()
                                    .toList()
                                    .equals(slice.getValue().stream().sorted().toList())
                            && !slices.isEmpty());
            var owner = services(scenario, slice.getKey()).get();
            assertThat(found).allSatisfy(one -> {
                assertThat(one.getMetadata().getOwnerReferences())
                        .singleElement()
                        .satisfies(reference -> assertThat(reference.getUid())
                                .isEqualTo(owner.getMetadata().getUid()));
                assertThat(one.getMetadata().getLabels())
                        .containsEntry("endpointslice.kubernetes.io/managed-by", "endpointslice-controller.k8s.io");
                assertThat(one.getAddressType()).isEqualTo("IPv4");
                if (!slice.getValue().isEmpty()) {
                    assertThat(one.getPorts()).singleElement().satisfies(port -> {
                        assertThat(port.getPort()).isEqualTo(3000);
                        assertThat(port.getName())
                                .isEqualTo(owner.getSpec().getPorts().getFirst().getName());
                    });
                    assertThat(one.getEndpoints()).allSatisfy(endpoint -> {
                        assertThat(endpoint.getTargetRef().getKind()).isEqualTo("Pod");
                        assertThat(endpoint.getNodeName()).isNotEmpty();
                    });
                }
            });
        }
        assertEndpoints(scenario, addresses);
    }

    @Behaviour("[sig-network] EndpointsController should create Endpoints for Pods matching a Service [Conformance]")
    void endpointsOfAServiceWithPods(Scenario scenario) {
        pods(scenario);
        servicesOverPods(scenario);
        assertEndpoints(scenario, addresses(scenario));
    }

    private static void assertEndpoints(Scenario scenario, Map<String, String> addresses) {
        awaitEndpoints(scenario, "example-int-port", List.copyOf(addresses.values()));
        awaitEndpoints(scenario, "example-named-port", List.of(addresses.get("pod1")));
        awaitEndpoints(scenario, "example-no-match", List.of());
    }

    private static void awaitEndpoints(Scenario scenario, String service, List<String> addresses) {
        scenario.awaitOne(
                "endpoints of " + service,
                scenario.client().endpoints().inNamespace(scenario.namespace()).withName(service),
                endpoints -> ready(endpoints).equals(addresses.stream().sorted().toList()));
    }

    private static List<String> ready(Endpoints endpoints) {
        return endpoints.getSubsets() == null
                ? List.of()
                : endpoints.getSubsets().stream()
                        .flatMap(subset -> subset.getAddresses().stream())
                        .map(EndpointAddress::getIp)
                        .sorted()
                        .toList();
    }
}
