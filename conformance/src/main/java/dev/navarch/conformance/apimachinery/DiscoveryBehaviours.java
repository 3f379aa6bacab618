package dev.navarch.conformance.apimachinery;

import static dev.navarch.conformance.CustomKind.ANYTHING;
import static dev.navarch.conformance.CustomKind.version;
import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.conformance.Behaviour;
import dev.navarch.conformance.CustomKind;
import dev.navarch.conformance.Scenario;
import io.fabric8.kubernetes.api.model.APIGroup;
import io.fabric8.kubernetes.api.model.APIResource;
import io.fabric8.kubernetes.api.model.GroupVersionForDiscovery;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;
import tools.jackson.databind.JsonNode;

/**
 * Upstream {@code test/e2e/apimachinery/discovery.go}, {@code aggregated_discovery.go}, {@code server_version.go} and the
 * behaviour of {@code webhook.go} that looks at documents only.
 */
class DiscoveryBehaviours {
    private static final String AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

    private record Wanted(String group, String version, String resource) {}

    private static final List<Wanted> NAMED = List.of(
            new Wanted("admissionregistration.k8s.io", "v1", "validatingwebhookconfigurations"),
            new Wanted("apiextensions.k8s.io", "v1", "customresourcedefinitions"),
            new Wanted("apiregistration.k8s.io", "v1", "apiservices"),
            new Wanted("apps", "v1", "deployments"),
            new Wanted("authentication.k8s.io", "v1", "tokenreviews"),
            new Wanted("authorization.k8s.io", "v1", "selfsubjectaccessreviews"),
            new Wanted("autoscaling", "v1", "horizontalpodautoscalers"),
            new Wanted("autoscaling", "v2", "horizontalpodautoscalers"),
            new Wanted("batch", "v1", "jobs"),
            new Wanted("certificates.k8s.io", "v1", "certificatesigningrequests"),
            new Wanted("coordination.k8s.io", "v1", "leases"),
            new Wanted("discovery.k8s.io", "v1", "endpointslices"),
            new Wanted("events.k8s.io", "v1", "events"),
            new Wanted("networking.k8s.io", "v1", "ingresses"),
            new Wanted("node.k8s.io", "v1", "runtimeclasses"),
            new Wanted("policy", "v1", "poddisruptionbudgets"),
            new Wanted("scheduling.k8s.io", "v1", "priorityclasses"),
            new Wanted("storage.k8s.io", "v1", "csinodes"));
    private static final Wanted LEGACY = new Wanted("", "v1", "namespaces");

    @Behaviour("[sig-api-machinery] Discovery should validate PreferredVersion for each APIGroup [Conformance]")
    void everyGroupPrefersAVersionThatItHas(Scenario scenario) {
        var groups = scenario.client().getApiGroups().getGroups();
        assertThat(groups).isNotEmpty();
        for (var group : groups) {
            var one = scenario.client().getApiGroup(group.getName());
            if (one == null) { // another behaviour's, which is over
                assertThat(scenario.client().getApiGroups().getGroups())
                        .extracting(APIGroup::getName)
                        .doesNotContain(group.getName());
                continue;
            }
            assertThat(one.getPreferredVersion()).isNotNull();
            assertThat(one.getPreferredVersion().getGroupVersion())
                    .isEqualTo(group.getName() + "/" + one.getPreferredVersion().getVersion());
            assertThat(one.getVersions())
                    .as(group.getName())
                    .extracting(GroupVersionForDiscovery::getGroupVersion)
                    .contains(one.getPreferredVersion().getGroupVersion());
        }
    }

    @Behaviour("[sig-api-machinery] Discovery should locate the groupVersion and a resource within each APIGroup"
            + " [Conformance]")
    void everyGroupHasItsResources(Scenario scenario) {
        var wanted = new ArrayList<>(NAMED);
        wanted.add(new Wanted("rbac.authorization.k8s.io", "v1", "clusterroles"));
        var groups = scenario.http().get("/apis").ok().json().path("groups");
        for (var want : wanted) {
            assertThat(elements(groups))
                    .filteredOn(group -> group.path("name").asString().equals(want.group()))
                    .singleElement()
                    .satisfies(group -> assertThat(elements(group.path("versions")))
                            .extracting(version -> version.path("version").asString())
                            .contains(want.version()));
            assertThat(scenario.client()
                            .getApiResources(want.group() + "/" + want.version())
                            .getResources())
                    .extracting(APIResource::getName)
                    .contains(want.resource());
        }
    }

    @Behaviour("[sig-api-machinery] AggregatedDiscovery should support aggregated discovery interface [Conformance]")
    void theWholeApiInTwoDocuments(Scenario scenario) {
        for (var path : List.of("/api", "/apis")) {
            var answer = scenario.http()
                    .call("GET", path)
                    .accept(AGGREGATED + ",application/json")
                    .send()
                    .ok();
            assertThat(answer.header("Content-Type")).hasValue(AGGREGATED);
            assertThat(answer.header("ETag")).isPresent();
            for (var want : path.equals("/api") ? List.of(LEGACY) : NAMED) {
                assertThat(has(answer.json(), want)).as(want.toString()).isTrue();
            }
        }
    }

    @Behaviour("[sig-api-machinery] AggregatedDiscovery should support raw aggregated discovery endpoint Accept headers"
            + " [Conformance]")
    void aggregatedByAcceptHeader(Scenario scenario) {
        var groups = scenario.http()
                .call("GET", "/apis")
                .accept(AGGREGATED)
                .send()
                .ok()
                .json();
        assertThat(groups.path("kind").asString()).isEqualTo("APIGroupDiscoveryList");
        for (var want : NAMED) {
            assertThat(has(groups, want)).as(want.toString()).isTrue();
        }
        var legacy = scenario.http()
                .call("GET", "/api")
                .accept(AGGREGATED)
                .send()
                .ok()
                .json();
        assertThat(has(legacy, LEGACY)).isTrue();
    }

    @Behaviour(
            "[sig-api-machinery] AggregatedDiscovery should support aggregated discovery interface for CRDs [Conformance]")
    void customKindsInTheWholeApi(Scenario scenario) {
        var kind = CustomKind.namespaced(scenario).define(version("v1", ANYTHING));
        scenario.eventually(kind.name() + " is discovered", () -> {
            var answer = scenario.http()
                    .call("GET", "/apis")
                    .accept(AGGREGATED + ",application/json")
                    .send()
                    .ok();
            return has(answer.json(), new Wanted(kind.group(), "v1", kind.plural()));
        });
    }

    @Behaviour(
            "[sig-api-machinery] AggregatedDiscovery should support raw aggregated discovery request for CRDs [Conformance]")
    void customKindsByAcceptHeader(Scenario scenario) {
        var kind = CustomKind.namespaced(scenario).define(version("v1", ANYTHING));
        scenario.eventually(kind.name() + " is discovered", () -> {
            var answer = scenario.http()
                    .call("GET", "/apis")
                    .accept(AGGREGATED)
                    .send()
                    .ok();
            return has(answer.json(), new Wanted(kind.group(), "v1", kind.plural()));
        });
    }

    private static boolean has(JsonNode list, Wanted wanted) {
        return elements(list.path("items")).stream()
                .filter(group ->
                        group.path("metadata").path("name").asString("").equals(wanted.group()))
                .flatMap(group -> elements(group.path("versions")).stream())
                .filter(version -> version.path("version").asString().equals(wanted.version()))
                .flatMap(version -> elements(version.path("resources")).stream())
                .anyMatch(resource -> resource.path("resource").asString().equals(wanted.resource()));
    }

    private static List<JsonNode> elements(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false).toList();
    }

    @Behaviour("[sig-api-machinery] server version should find the server version [Conformance]")
    void versionHasNumbers(Scenario scenario) {
        var version = scenario.client().getKubernetesVersion();
        assertThat(version.getMajor()).matches("[1-9]");
        assertThat(version.getMinor().replaceAll("[^0-9]", "")).isNotEmpty();
    }

    @Behaviour("[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should include webhook resources in"
            + " discovery documents [Conformance]")
    void webhookConfigurationsAreDiscovered(Scenario scenario) {
        var group = elements(scenario.http().get("/apis").ok().json().path("groups")).stream()
                .filter(g -> g.path("name").asString().equals("admissionregistration.k8s.io"))
                .findFirst()
                .orElseThrow();
        assertThat(elements(group.path("versions")))
                .anySatisfy(version -> assertThat(version.path("groupVersion").asString())
                        .isEqualTo("admissionregistration.k8s.io/v1"));
        var alone =
                scenario.http().get("/apis/admissionregistration.k8s.io").ok().json();
        assertThat(elements(alone.path("versions")))
                .anySatisfy(version ->
                        assertThat(version.path("version").asString()).isEqualTo("v1"));
        assertThat(scenario.client()
                        .getApiResources("admissionregistration.k8s.io/v1")
                        .getResources())
                .extracting(APIResource::getName)
                .contains("mutatingwebhookconfigurations", "validatingwebhookconfigurations");
    }
}
