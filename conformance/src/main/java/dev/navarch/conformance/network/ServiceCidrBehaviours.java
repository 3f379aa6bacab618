package dev.navarch.conformance.network;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.conformance.ApiOperations;
import dev.navarch.conformance.Behaviour;
import dev.navarch.conformance.Scenario;

/** Upstream {@code test/e2e/network/service_cidrs.go}: a block of service addresses, and the one there always is. */
class ServiceCidrBehaviours {

    @Behaviour("[sig-network] ServiceCIDR and IPAddress API should support ServiceCIDR API operations [Conformance]")
    void serviceCidr(Scenario scenario) {
        var cidrs = new ApiOperations(scenario, "servicecidrs", false, """
            apiVersion: networking.k8s.io/v1
            kind: ServiceCIDR
            metadata: {name: NAME}
            spec: {cidrs: [10.196.196.0/24]}
            """);
        assertThat(scenario.http()
                        .get("/apis/networking.k8s.io/v1/servicecidrs/kubernetes")
                        .status())
                .isEqualTo(200);
        cidrs.discovered();
        var made = cidrs.create(scenario.unique("e2e-cidr"));
        assertThat(cidrs.list()).hasSize(1);
        var patched =
                cidrs.named(made).patch(Scenario.MERGE, "{\"metadata\":{\"annotations\":{\"patched\":\"true\"}}}");
        assertThat(patched.getMetadata().getAnnotations()).containsEntry("patched", "true");
        var status = cidrs.named(made)
                .subresource("status")
                .patch(
                        Scenario.MERGE,
                        "{\"status\":{\"conditions\":[{\"type\":\"Ready\",\"status\":\"False\",\"reason\":\"E2E\",\"message\":\"Set"
                                + " from an e2e test\",\"lastTransitionTime\":\"2024-01-01T00:00:00Z\"}]}}");
        assertThat(status.<Object>get("status", "conditions", 0, "reason")).isEqualTo("E2E");
        cidrs.delete(made);
        assertThat(cidrs.list()).isEmpty();
    }
}
