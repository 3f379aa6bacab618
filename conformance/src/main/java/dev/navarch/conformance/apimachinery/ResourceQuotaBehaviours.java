package dev.navarch.conformance.apimachinery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.conformance.Behaviour;
import dev.navarch.conformance.Scenario;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceQuota;
import io.fabric8.kubernetes.api.model.ResourceQuotaBuilder;

/** Upstream {@code test/e2e/apimachinery/resource_quota.go}, the object's own life. */
class ResourceQuotaBehaviours {
    private static final String QUOTA = """
        apiVersion: v1
        kind: ResourceQuota
        metadata: {name: %s, labels: {e2e-rq: %s}}
        spec:
          hard: {cpu: "1", memory: 500Mi}
        """;

    @Behaviour("[sig-api-machinery] ResourceQuota should be able to update and delete ResourceQuota. [Conformance]")
    void updateAndDelete(Scenario scenario) {
        var quotas = scenario.client().resourceQuotas().inNamespace(scenario.namespace());
        var made = scenario.create(ResourceQuota.class, QUOTA.formatted("test-quota", "a"));
        assertThat(made.getSpec().getHard())
                .containsEntry("cpu", new Quantity("1"))
                .containsEntry("memory", new Quantity("500Mi"));
        var got = quotas.withName("test-quota").get();
        assertThat(got.getSpec().getHard()).isEqualTo(made.getSpec().getHard());
        var updated = quotas.resource(new ResourceQuotaBuilder(got)
                        .editSpec()
                        .addToHard("cpu", new Quantity("2"))
                        .addToHard("memory", new Quantity("1Gi"))
                        .endSpec()
                        .build())
                .update();
        assertThat(updated.getSpec().getHard()).containsEntry("cpu", new Quantity("2"));
        assertThat(quotas.withName("test-quota").get().getSpec().getHard())
                .containsEntry("cpu", new Quantity("2"))
                .containsEntry("memory", new Quantity("1Gi"));
        quotas.withName("test-quota").delete();
        assertThat(quotas.withName("test-quota").get()).isNull();
    }

    @Behaviour("[sig-api-machinery] ResourceQuota should manage the lifecycle of a ResourceQuota [Conformance]")
    void lifecycle(Scenario scenario) {
        var name = scenario.unique("e2e-quota");
        var quotas = scenario.client().resourceQuotas().inNamespace(scenario.namespace());
        scenario.create(ResourceQuota.class, QUOTA.formatted(name, name));
        assertThat(quotas.withName(name).get().getSpec().getHard()).containsEntry("memory", new Quantity("500Mi"));
        assertThat(scenario.client()
                        .resourceQuotas()
                        .inAnyNamespace()
                        .withLabel("e2e-rq", name)
                        .list()
                        .getItems())
                .hasSize(1);
        var patched = quotas.withName(name)
                .patch(
                        Scenario.STRATEGIC,
                        "{\"metadata\":{\"labels\":{\"" + name
                                + "\":\"patched\"}},\"spec\":{\"hard\":{\"memory\":\"750Mi\"}}}");
        assertThat(patched.getMetadata().getLabels()).containsEntry(name, "patched");
        assertThat(patched.getSpec().getHard()).containsEntry("memory", new Quantity("750Mi"));
        scenario.http()
                .delete("/api/v1/namespaces/" + scenario.namespace() + "/resourcequotas?labelSelector=" + name
                        + "%3Dpatched")
                .ok();
        scenario.awaitGone("the quota", quotas.withLabel("e2e-rq", name));
    }
}
