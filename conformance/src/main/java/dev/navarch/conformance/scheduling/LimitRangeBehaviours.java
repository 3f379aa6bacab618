package dev.navarch.conformance.scheduling;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.conformance.Behaviour;
import dev.navarch.conformance.Scenario;
import io.fabric8.kubernetes.api.model.LimitRange;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.Map;

/** Upstream {@code test/e2e/scheduling/limit_range.go}. */
class LimitRangeBehaviours {

    @Behaviour("[sig-scheduling] LimitRange should list, patch and delete a LimitRange by collection [Conformance]")
    void collection(Scenario scenario) {
        var name = scenario.unique("e2e-limitrange");
        var other = scenario.newNamespace(name).getMetadata().getName();
        for (var namespace : new String[] {scenario.namespace(), other}) {
            scenario.create(LimitRange.class, """
                apiVersion: v1
                kind: LimitRange
                metadata: {name: %1$s, namespace: %2$s, labels: {e2e-test: %1$s}}
                spec:
                  limits:
                  - type: Container
                    min: {cpu: 50m, memory: 100Mi, ephemeral-storage: 100Gi}
                    max: {cpu: 500m, memory: 500Mi, ephemeral-storage: 500Gi}
                    default: {cpu: 500m, memory: 500Mi, ephemeral-storage: 500Gi}
                    defaultRequest: {cpu: 100m, memory: 200Mi, ephemeral-storage: 200Gi}
                """.formatted(name, namespace));
        }
        var everywhere = scenario.client().limitRanges().inAnyNamespace().withLabel("e2e-test", name);
        assertThat(everywhere.list().getItems()).hasSize(2);
        var ranges = scenario.client().limitRanges().inNamespace(scenario.namespace());
        var patched = ranges.withName(name).patch(Scenario.STRATEGIC, """
            {"metadata": {"labels": {"%s": "patched"}},
             "spec": {"limits": [{"type": "Container", "min": {"cpu": "40m"}}]}}
            """.formatted(name));
        assertThat(patched.getMetadata().getLabels()).containsEntry(name, "patched");
        assertThat(patched.getSpec().getLimits().getFirst().getMin()).containsEntry("cpu", new Quantity("40m"));
        scenario.http()
                .delete("/api/v1/namespaces/" + scenario.namespace() + "/limitranges?labelSelector=" + name
                        + "%3Dpatched")
                .ok();
        scenario.awaitGone("the range", ranges.withLabel("e2e-test", name));
        assertThat(everywhere.list().getItems())
                .singleElement()
                .satisfies(
                        range -> assertThat(range.getMetadata().getNamespace()).isEqualTo(other));
    }

    private static final String AMOUNTS = "{cpu: %s, memory: %s, ephemeral-storage: %s}";

    private static String amounts(String cpu, String memory, String storage) {
        return AMOUNTS.formatted(cpu, memory, storage);
    }

    private static String pod(String name, String resources) {
        return """
            apiVersion: v1
            kind: Pod
            metadata: {name: %s}
            spec: {containers: [{name: pause, image: registry.k8s.io/pause:3.10, resources: %s}]}
            """.formatted(name, resources);
    }

    private static Map<String, Quantity> quantities(String cpu, String memory, String storage) {
        return Map.of(
                "cpu", new Quantity(cpu), "memory", new Quantity(memory), "ephemeral-storage", new Quantity(storage));
    }

    private static void refuses(Scenario scenario, String name, String resources) {
        assertThat(Scenario.refusal(() -> scenario.create(Pod.class, pod(name, resources))))
                .isNotNull()
                .satisfies(refusal -> assertThat(refusal.getCode()).isIn(403, 422));
    }

    @Behaviour("[sig-scheduling] LimitRange should create a LimitRange with defaults and ensure pod has those defaults"
            + " applied. [Conformance]")
    void defaults(Scenario scenario) {
        var ranges = scenario.client().limitRanges().inNamespace(scenario.namespace());
        var made = scenario.create(LimitRange.class, """
            apiVersion: v1
            kind: LimitRange
            metadata: {name: limit-range, labels: {time: now}}
            spec:
              limits:
              - {type: Container, min: %s, max: %s, default: %s, defaultRequest: %s}
            """.formatted(
                        amounts("50m", "100Mi", "100Gi"),
                        amounts("500m", "500Mi", "500Gi"),
                        amounts("500m", "500Mi", "500Gi"),
                        amounts("100m", "200Mi", "200Gi")));
        scenario.await("a watch shows it", ranges.withLabel("time", "now"), found -> found.size() == 1);
        var limits = made.getSpec().getLimits().getFirst();
        assertThat(limits.getDefault()).isEqualTo(quantities("500m", "500Mi", "500Gi"));
        assertThat(limits.getDefaultRequest()).isEqualTo(quantities("100m", "200Mi", "200Gi"));

        var without = scenario.create(Pod.class, pod("pod-no-resources", "{}"));
        var given = without.getSpec().getContainers().getFirst().getResources();
        assertThat(given.getRequests()).isEqualTo(quantities("100m", "200Mi", "200Gi"));
        assertThat(given.getLimits()).isEqualTo(quantities("500m", "500Mi", "500Gi"));

        var partly = scenario.create(
                Pod.class,
                pod(
                        "pod-partial-resources",
                        "{requests: {memory: 150Mi, ephemeral-storage: 150Gi}, limits: {cpu: 300m}}"));
        var merged = partly.getSpec().getContainers().getFirst().getResources();
        assertThat(merged.getRequests()).isEqualTo(quantities("300m", "150Mi", "150Gi"));
        assertThat(merged.getLimits()).isEqualTo(quantities("300m", "500Mi", "500Gi"));

        var little = "{requests: " + amounts("10m", "50Mi", "50Gi") + "}";
        var much = "{requests: " + amounts("600m", "600Mi", "600Gi") + "}";
        refuses(scenario, "pfpod", little);
        refuses(scenario, "pfpod", much);

        ranges.withName("limit-range").edit(range -> {
            range.getSpec().getLimits().getFirst().setMin(quantities("9m", "49Mi", "49Gi"));
            return range;
        });
        scenario.create(Pod.class, pod("pfpod", little));
        refuses(scenario, "pfpod3", much);

        ranges.withName("limit-range").delete();
        scenario.awaitGone("the range", ranges.withName("limit-range"));
        scenario.create(Pod.class, pod("pfpod2", much));
    }
}
