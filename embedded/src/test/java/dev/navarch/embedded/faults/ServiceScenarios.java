package dev.navarch.embedded.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.EndpointSubset;
import io.fabric8.kubernetes.api.model.Endpoints;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.networking.v1.ServiceCIDR;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Those who tell where services are. */
final class ServiceScenarios {
    private static final String SERVICE = """
            apiVersion: v1
            kind: Service
            metadata: {name: web}
            spec: {selector: {app: web}, ports: [{port: 80}]}
            ---
            """;

    private ServiceScenarios() {}

    static List<Scenario> all() {
        return List.of(slices(), endpoints(), mirroring(), blocks());
    }

    private static String pod(String name, String address) {
        return """
                apiVersion: v1
                kind: Pod
                metadata: {name: %s, labels: {app: web}}
                spec: {nodeName: n1, containers: [{name: c, image: i}]}
                status:
                  phase: Running
                  podIP: %s
                  podIPs: [{ip: %s}]
                  conditions: [{type: Ready, status: "True"}]
                ---
                """.formatted(name, address, address);
    }

    private static void unready(World world, String name) {
        world.patchStatus(Pod.class, name, "{\"status\":{\"conditions\":[{\"type\":\"Ready\",\"status\":\"False\"}]}}");
    }

    private static Scenario slices() {
        return Scenario.of("endpoint-slice-controller")
                .then(
                        "two endpoints",
                        SERVICE + "{apiVersion: v1, kind: Node, metadata: {name: n1}}\n---\n" + pod("a", "10.0.0.1")
                                + pod("b", "10.0.0.2"),
                        w -> ready(w).equals(Set.of("10.0.0.1", "10.0.0.2")))
                .then("one is not ready", w -> unready(w, "a"), w -> ready(w).equals(Set.of("10.0.0.2")))
                .then(
                        "it is gone and a third comes",
                        w -> {
                            w.kill("a");
                            w.apply(pod("c", "10.0.0.3"));
                        },
                        w -> ready(w).equals(Set.of("10.0.0.2", "10.0.0.3")))
                .then(
                        "another port",
                        w -> w.patch(Service.class, "web", "{\"spec\":{\"ports\":[{\"port\":81}]}}"),
                        w -> ready(w).equals(Set.of("10.0.0.2", "10.0.0.3"))
                                && slicesOf(w).stream()
                                        .allMatch(s -> s.getPorts().getFirst().getPort() == 81))
                .always("no address twice with one port", w -> {
                    var addresses = slicesOf(w).stream()
                            .flatMap(s -> s.getEndpoints().stream().map(e -> e.getAddresses() + " " + s.getPorts()))
                            .toList();
                    assertThat(addresses.size() - addresses.stream().distinct().count())
                            .isLessThanOrEqualTo(2 * w.lost);
                });
    }

    private static List<EndpointSlice> slicesOf(World world) {
        return world.all(EndpointSlice.class).stream()
                .filter(s -> "web".equals(s.getMetadata().getLabels().get("kubernetes.io/service-name")))
                .toList();
    }

    private static Set<String> ready(World world) {
        return slicesOf(world).stream()
                .flatMap(s -> s.getEndpoints().stream())
                .filter(e -> Boolean.TRUE.equals(e.getConditions().getReady()))
                .flatMap(e -> e.getAddresses().stream())
                .collect(Collectors.toSet());
    }

    private static Scenario endpoints() {
        return Scenario.of("endpoint-controller")
                .then(
                        "two addresses",
                        SERVICE + pod("a", "10.0.0.1") + pod("b", "10.0.0.2"),
                        w -> addresses(w).equals(List.of("10.0.0.1", "10.0.0.2")))
                .then(
                        "one is not ready",
                        w -> unready(w, "a"),
                        w -> addresses(w).equals(List.of("10.0.0.2")))
                .then(
                        "the service goes",
                        w -> w.delete(Service.class, "web"),
                        w -> w.find(Endpoints.class, "web").isEmpty());
    }

    private static List<String> addresses(World world) {
        return world.find(Endpoints.class, "web").map(Endpoints::getSubsets).orElse(List.of()).stream()
                .map(EndpointSubset::getAddresses)
                .flatMap(List::stream)
                .map(a -> a.getIp())
                .sorted()
                .toList();
    }

    private static Scenario mirroring() {
        return Scenario.of("endpoint-slice-mirroring-controller")
                .then("a slice", """
                        apiVersion: v1
                        kind: Service
                        metadata: {name: web}
                        spec: {ports: [{port: 80}]}
                        ---
                        apiVersion: v1
                        kind: Endpoints
                        metadata: {name: web}
                        subsets: [{addresses: [{ip: 192.0.2.1}, {ip: 192.0.2.2}], ports: [{port: 80}]}]
                        """, w -> ready(w).equals(Set.of("192.0.2.1", "192.0.2.2")))
                .then(
                        "one address",
                        w -> w.patch(Endpoints.class, "web", """
                        {"subsets":[{"addresses":[{"ip":"192.0.2.2"}],"ports":[{"port":80}]}]}
                        """),
                        w -> ready(w).equals(Set.of("192.0.2.2")))
                .then(
                        "the service goes",
                        w -> {
                            w.delete(Service.class, "web");
                            w.delete(Endpoints.class, "web");
                        },
                        w -> slicesOf(w).isEmpty())
                .always("one slice", w -> assertThat(slicesOf(w).size()).isLessThanOrEqualTo(1 + w.lost));
    }

    private static Scenario blocks() {
        return Scenario.of("service-cidrs-controller")
                .then(
                        "a block is ready",
                        """
                        apiVersion: networking.k8s.io/v1
                        kind: ServiceCIDR
                        metadata: {name: more}
                        spec: {cidrs: [10.200.0.0/24]}
                        """,
                        w -> w.is(
                                ServiceCIDR.class,
                                "more",
                                b -> b.getStatus() != null
                                        && b.getStatus().getConditions().stream()
                                                .anyMatch(c -> c.getStatus().equals("True"))))
                .then(
                        "an address keeps it",
                        w -> {
                            w.apply("""
                            apiVersion: networking.k8s.io/v1
                            kind: IPAddress
                            metadata: {name: 10.200.0.7}
                            spec: {parentRef: {group: "", resource: services, namespace: default, name: web}}
                            """);
                            w.delete(ServiceCIDR.class, "more");
                        },
                        w -> w.is(
                                ServiceCIDR.class,
                                "more",
                                b -> b.getStatus().getConditions().stream()
                                        .anyMatch(c -> "Terminating".equals(c.getReason()))))
                .then(
                        "it goes with the address",
                        w -> w.delete(io.fabric8.kubernetes.api.model.networking.v1.IPAddress.class, "10.200.0.7"),
                        w -> w.find(ServiceCIDR.class, "more").isEmpty())
                .resting(Duration.ofSeconds(1))
                .always(
                        "never while an address is of it",
                        w -> assertThat(w.find(ServiceCIDR.class, "more").isPresent()
                                        || w.find(
                                                        io.fabric8.kubernetes.api.model.networking.v1.IPAddress.class,
                                                        "10.200.0.7")
                                                .isEmpty())
                                .isTrue());
    }
}
