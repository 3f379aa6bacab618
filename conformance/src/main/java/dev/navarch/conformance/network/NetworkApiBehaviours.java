package dev.navarch.conformance.network;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.conformance.ApiOperations;
import dev.navarch.conformance.Behaviour;
import dev.navarch.conformance.Events;
import dev.navarch.conformance.Scenario;
import io.fabric8.kubernetes.api.model.Endpoints;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.client.Watcher.Action;

/** The API of SIG Network's kinds: upstream {@code test/e2e/network}. */
class NetworkApiBehaviours {
    private static final String INGRESS_STATUS = "{\"loadBalancer\":{\"ingress\":[{\"ip\":\"%s\"}]}}";

    @Behaviour("[sig-network] Ingress API should support creating Ingress API operations [Conformance]")
    void ingress(Scenario scenario) {
        new ApiOperations(scenario, "ingresses", true, """
            apiVersion: networking.k8s.io/v1
            kind: Ingress
            metadata: {name: NAME}
            spec:
              defaultBackend: {service: {name: default-backend, port: {number: 80}}}
              rules:
              - host: foo.bar.com
                http:
                  paths:
                  - path: /
                    pathType: ImplementationSpecific
                    backend: {service: {name: test-backend, port: {number: 8080}}}
            """)
                .everything()
                .status(INGRESS_STATUS.formatted("169.1.1.1"), INGRESS_STATUS.formatted("169.1.1.2"));
    }

    @Behaviour("[sig-network] IngressClass API should support creating IngressClass API operations [Conformance]")
    void ingressClass(Scenario scenario) {
        new ApiOperations(scenario, "ingressclasses", false, """
            apiVersion: networking.k8s.io/v1
            kind: IngressClass
            metadata: {name: NAME}
            spec: {controller: example.com/controller}
            """).everything();
    }

    @Behaviour("[sig-network] EndpointSlice should support creating EndpointSlice API operations [Conformance]")
    void endpointSlice(Scenario scenario) {
        new ApiOperations(scenario, "endpointslices", true, """
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: {name: NAME}
            addressType: IPv4
            endpoints: [{addresses: [1.2.3.4, 5.6.7.8]}]
            """).everything();
    }

    @Behaviour("[sig-network] ServiceCIDR and IPAddress API should support IPAddress API operations [Conformance]")
    void ipAddress(Scenario scenario) {
        var addresses = new ApiOperations(scenario, "ipaddresses", false, """
            apiVersion: networking.k8s.io/v1
            kind: IPAddress
            metadata: {name: NAME, labels: {ipaddress.kubernetes.io/managed-by: e2e}}
            spec: {parentRef: {group: "", resource: services, namespace: e2e, name: e2e-svc}}
            """);
        addresses.discovered();
        var first = addresses.create("192.168.1.1");
        addresses.create("192.168.1.2");
        assertThat(addresses.named(first).get().getMetadata().getUid())
                .isEqualTo(first.getMetadata().getUid());
        assertThat(addresses.list()).hasSize(2);
        var patched =
                addresses.named(first).patch(Scenario.MERGE, "{\"metadata\":{\"annotations\":{\"patched\":\"true\"}}}");
        assertThat(patched.getMetadata().getAnnotations()).containsEntry("patched", "true");
        patched.getMetadata().getAnnotations().put("updated", "true");
        assertThat(scenario.client().resource(patched).update().getMetadata().getAnnotations())
                .containsEntry("updated", "true");
        addresses.delete(first);
        assertThat(addresses.list()).hasSize(1);
        addresses.deleteCollection();
        assertThat(addresses.list()).isEmpty();
    }

    @Behaviour("[sig-network] Endpoints should test the lifecycle of an Endpoint [Conformance]")
    void endpoints(Scenario scenario) {
        var all = scenario.client().endpoints().inNamespace(scenario.namespace());
        var labelled = all.withLabel("test-endpoint-static", "true");
        try (var events = Events.of(labelled)) {
            scenario.create(Endpoints.class, """
                apiVersion: v1
                kind: Endpoints
                metadata: {name: testservice, labels: {test-endpoint-static: "true"}}
                subsets:
                - addresses: [{ip: 10.0.0.24}]
                  ports: [{name: http, port: 80, protocol: TCP}]
                """);
            events.next(Action.ADDED);
            assertThat(scenario.client()
                            .endpoints()
                            .inAnyNamespace()
                            .withLabel("test-endpoint-static", "true")
                            .list()
                            .getItems())
                    .anySatisfy(found ->
                            assertThat(found.getMetadata().getNamespace()).isEqualTo(scenario.namespace()));
            var endpoints = all.withName("testservice").get();
            endpoints.getMetadata().getLabels().put("test-service", "updated");
            all.resource(endpoints).update();
            events.next(
                    Action.MODIFIED,
                    e -> "updated".equals(e.getMetadata().getLabels().get("test-service")));
            all.withName("testservice").patch(Scenario.STRATEGIC, """
                {"metadata": {"labels": {"test-service": "patched"}},
                 "subsets": [{"addresses": [{"ip": "10.0.0.25"}],
                              "ports": [{"name": "http-test", "port": 8080}]}]}
                """);
            events.next(
                    Action.MODIFIED,
                    e -> "patched".equals(e.getMetadata().getLabels().get("test-service")));
            var patched = all.withName("testservice").get();
            assertThat(patched.getSubsets()).hasSize(1);
            assertThat(patched.getSubsets().getFirst().getAddresses().getFirst().getIp())
                    .isEqualTo("10.0.0.25");
            assertThat(patched.getSubsets().getFirst().getPorts().getFirst().getName())
                    .isEqualTo("http-test");
            assertThat(patched.getSubsets().getFirst().getPorts().getFirst().getPort())
                    .isEqualTo(8080);
            scenario.http()
                    .delete("/api/v1/namespaces/" + scenario.namespace()
                            + "/endpoints?labelSelector=test-endpoint-static%3Dtrue")
                    .ok();
            events.next(Action.DELETED);
        }
        assertThat(all.withName("testservice").get()).isNull();
    }

    private static final String SERVICE = """
        apiVersion: v1
        kind: Service
        metadata: {name: %s, labels: {test-service-static: "true", e2e-test-service: "%s"}}
        spec:
          type: %s
          ports: [{name: http, protocol: TCP, port: 80, targetPort: 80}]
        """;

    @Behaviour("[sig-network] Services should find a service from listing all namespaces [Conformance]")
    void listAllNamespaces(Scenario scenario) {
        assertThat(scenario.client().services().inAnyNamespace().list().getItems())
                .anySatisfy(service -> {
                    assertThat(service.getMetadata().getName()).isEqualTo("kubernetes");
                    assertThat(service.getMetadata().getNamespace()).isEqualTo("default");
                });
    }

    @Behaviour("[sig-network] Services should delete a collection of services [Conformance]")
    void deleteCollection(Scenario scenario) {
        var name = scenario.unique("e2e-svc");
        var services = scenario.client().services().inNamespace(scenario.namespace());
        for (var suffix : new String[] {"-a", "-b", "-c"}) {
            var service = scenario.parse(Service.class, SERVICE.formatted(name + suffix, name, "ClusterIP"));
            if (suffix.equals("-c")) {
                service.getMetadata().getLabels().put("e2e-test-service", "other");
            }
            scenario.create(service);
        }
        assertThat(services.withLabel("e2e-test-service", name).list().getItems())
                .hasSize(2);
        scenario.http()
                .delete("/api/v1/namespaces/" + scenario.namespace() + "/services?labelSelector=e2e-test-service%3D"
                        + name)
                .ok();
        scenario.awaitGone("the collection", services.withLabel("e2e-test-service", name));
        assertThat(services.list().getItems()).hasSize(1);
    }

    @Behaviour("[sig-network] Services should complete a service status lifecycle [Conformance]")
    void statusLifecycle(Scenario scenario) {
        var name = scenario.unique("test-service");
        var services = scenario.client().services().inNamespace(scenario.namespace());
        try (var events = Events.of(services.withLabel("test-service-static", "true"))) {
            scenario.create(Service.class, SERVICE.formatted(name, name, "LoadBalancer"));
            events.next(Action.ADDED);
            assertThat(scenario.http()
                            .get("/api/v1/namespaces/" + scenario.namespace() + "/services/" + name + "/status")
                            .ok()
                            .as(Service.class)
                            .getMetadata()
                            .getName())
                    .isEqualTo(name);
            services.withName(name)
                    .subresource("status")
                    .patch(
                            Scenario.MERGE,
                            "{\"metadata\":{\"annotations\":{\"patchedstatus\":\"true\"}},"
                                    + "\"status\":{\"loadBalancer\":{\"ingress\":[{\"ip\":\"203.0.113.1\"}]}}}");
            var patched = events.next(
                    Action.MODIFIED,
                    service -> service.getMetadata().getAnnotations() != null
                            && service.getMetadata().getAnnotations().containsKey("patchedstatus"));
            assertThat(patched.getStatus()
                            .getLoadBalancer()
                            .getIngress()
                            .getFirst()
                            .getIp())
                    .isEqualTo("203.0.113.1");
            var current = services.withName(name).get();
            var updated = services.resource(new ServiceBuilder(current)
                            .editStatus()
                            .addNewCondition()
                            .withType("StatusUpdate")
                            .withStatus("True")
                            .withReason("E2E")
                            .withMessage("Set from e2e test")
                            .withLastTransitionTime("2024-01-01T00:00:00Z")
                            .endCondition()
                            .endStatus()
                            .build())
                    .updateStatus();
            assertThat(updated.getStatus().getConditions())
                    .anySatisfy(condition -> assertThat(condition.getType()).isEqualTo("StatusUpdate"));
            events.next(
                    Action.MODIFIED,
                    service -> !service.getStatus().getConditions().isEmpty());
            services.withName(name)
                    .patch(Scenario.STRATEGIC, "{\"metadata\":{\"labels\":{\"test-service\":\"patched\"}}}");
            events.next(
                    Action.MODIFIED,
                    service ->
                            "patched".equals(service.getMetadata().getLabels().get("test-service")));
            services.withName(name).delete();
            events.next(Action.DELETED);
        }
    }

    @Behaviour("[sig-network] API Server should provide secure master service [Conformance]")
    void secureMasterService(Scenario scenario) {
        var service = scenario.client()
                .services()
                .inNamespace("default")
                .withName("kubernetes")
                .get();
        assertThat(service.getSpec().getPorts())
                .anySatisfy(port -> assertThat(port.getPort()).isEqualTo(443));
    }

    @Behaviour("[sig-network] API Server should have Endpoints and EndpointSlices pointing to API Server [Conformance]")
    void endpointsOfTheApiServer(Scenario scenario) {
        var endpoints = scenario.client()
                .endpoints()
                .inNamespace("default")
                .withName("kubernetes")
                .get();
        assertThat(endpoints.getSubsets()).isNotEmpty();
        var addresses = endpoints.getSubsets().getFirst().getAddresses();
        assertThat(addresses).isNotEmpty();
        var slices = scenario.client()
                .discovery()
                .v1()
                .endpointSlices()
                .inNamespace("default")
                .withLabel("kubernetes.io/service-name", "kubernetes")
                .list()
                .getItems();
        assertThat(slices).isNotEmpty();
        assertThat(slices.stream()
                        .flatMap(slice -> slice.getEndpoints().stream())
                        .flatMap(e -> e.getAddresses().stream()))
                .contains(addresses.getFirst().getIp());
    }
}
