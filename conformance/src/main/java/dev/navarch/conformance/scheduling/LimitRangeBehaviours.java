package dev.navarch.conformance.scheduling;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.conformance.Behaviour;
import dev.navarch.conformance.Scenario;
import io.fabric8.kubernetes.api.model.LimitRange;
import io.fabric8.kubernetes.api.model.Quantity;

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
}
