package dev.navarch.conformance.apimachinery;

import static dev.navarch.conformance.Scenario.refusal;
import static dev.navarch.conformance.Scenario.untilNoConflict;
import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.conformance.Behaviour;
import dev.navarch.conformance.Events;
import dev.navarch.conformance.Scenario;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.DeletionPropagation;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ReplicationController;
import io.fabric8.kubernetes.api.model.ResourceQuota;
import io.fabric8.kubernetes.api.model.ResourceQuotaBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import io.fabric8.kubernetes.client.Watcher.Action;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;

/** Upstream {@code test/e2e/apimachinery/resource_quota.go}. */
class ResourceQuotaBehaviours {
    private static final String QUOTA = """
        apiVersion: v1
        kind: ResourceQuota
        metadata: {name: %s, labels: {e2e-rq: %s}}
        spec:
          hard: {cpu: "1", memory: 500Mi}
        """;

    private static final String MANY_LIMITS = """
        apiVersion: v1
        kind: ResourceQuota
        metadata: {name: test-quota}
        spec:
          hard:
            pods: "5"
            services: "10"
            services.nodeports: "1"
            services.loadbalancers: "1"
            replicationcontrollers: "10"
            resourcequotas: "1"
            configmaps: "10"
            secrets: "10"
            persistentvolumeclaims: "10"
            requests.storage: 10Gi
            cpu: "1"
            memory: 500Mi
            ephemeral-storage: 50Gi
            requests.example.com/dongle: "3"
            count/replicasets.apps: "5"
        """;

    private static final String SCOPED = """
        apiVersion: v1
        kind: ResourceQuota
        metadata: {name: %s}
        spec:
          hard: {pods: "5"%s}
          scopes: [%s]
        """;

    /** What else a quota with a scope for pods of finite or infinite life limits. */
    private static final String COMPUTE =
            ", requests.cpu: \"1\", requests.memory: 500Mi, limits.cpu: \"2\", limits.memory: 1Gi";

    private static final String NOTHING_USED = "requests.cpu: 0, requests.memory: 0, limits.cpu: 0, limits.memory: 0";
    private static final String BURSTABLE_USED =
            "requests.cpu: 500m, requests.memory: 200Mi, limits.cpu: 1, limits.memory: 400Mi";

    private static final String POD = """
        apiVersion: v1
        kind: Pod
        metadata: {name: %s}
        spec:
          %s
          containers:
          - {name: pause, image: "registry.k8s.io/pause:3.10", resources: {%s}}
        """;

    private static final String BURSTABLE = "requests: {cpu: 500m, memory: 200Mi}, limits: {cpu: \"1\", memory: 400Mi}";

    /** Makes a quota and waits for its first count. */
    private static void limited(Scenario scenario) {
        scenario.create(ResourceQuota.class, MANY_LIMITS);
        awaitUsed(scenario, "test-quota", "resourcequotas: 1");
    }

    /** Waits until a quota's status has the limits of its spec and says what is used, as a YAML flow mapping does. */
    private static void awaitUsed(Scenario scenario, String quota, String used) {
        Map<String, Quantity> wanted = new TreeMap<>();
        for (var entry : used.split(", ", -1)) {
            var parts = entry.split(": ", -1);
            wanted.put(parts[0], new Quantity(parts[1]));
        }
        scenario.awaitOne(
                quota + " uses " + used,
                scenario.client()
                        .resourceQuotas()
                        .inNamespace(scenario.namespace())
                        .withName(quota),
                object -> object.getStatus() != null
                        && object.getSpec().getHard().equals(object.getStatus().getHard())
                        && object.getStatus().getUsed() != null
                        && object.getStatus().getUsed().entrySet().containsAll(wanted.entrySet()));
    }

    private static void delete(Scenario scenario, Class<? extends HasMetadata> type, String name) {
        scenario.client()
                .resources(type)
                .inNamespace(scenario.namespace())
                .withName(name)
                .withPropagationPolicy(DeletionPropagation.BACKGROUND)
                .withGracePeriod(0)
                .delete();
    }

    private static void refused(Scenario scenario, Class<? extends HasMetadata> type, String manifest) {
        assertThat(refusal(() -> scenario.create(type, manifest)).getCode()).isEqualTo(403);
    }

    @Behaviour("[sig-api-machinery] ResourceQuota should create a ResourceQuota and ensure its status is promptly"
            + " calculated. [Conformance]")
    void calculated(Scenario scenario) {
        limited(scenario);
    }

    @Behaviour("[sig-api-machinery] ResourceQuota should create a ResourceQuota and capture the life of a service."
            + " [Conformance]")
    void service(Scenario scenario) {
        limited(scenario);
        var service = """
            apiVersion: v1
            kind: Service
            metadata: {name: %s}
            spec:
              type: %s
              ports: [{port: 80, targetPort: 80}]
            """;
        scenario.create(Service.class, service.formatted("test-service", "ClusterIP"));
        scenario.create(Service.class, service.formatted("test-service-np", "NodePort"));
        refused(scenario, Service.class, service.formatted("test-service-lb", "LoadBalancer"));
        awaitUsed(scenario, "test-quota", "resourcequotas: 1, services: 2, services.nodeports: 1");
        delete(scenario, Service.class, "test-service");
        delete(scenario, Service.class, "test-service-np");
        awaitUsed(scenario, "test-quota", "resourcequotas: 1, services: 0, services.nodeports: 0");
    }

    @Behaviour("[sig-api-machinery] ResourceQuota should create a ResourceQuota and capture the life of a secret."
            + " [Conformance]")
    void secret(Scenario scenario) {
        limited(scenario);
        int before = scenario.client()
                .secrets()
                .inNamespace(scenario.namespace())
                .list()
                .getItems()
                .size();
        awaitUsed(scenario, "test-quota", "secrets: " + before);
        scenario.create(Secret.class, """
            apiVersion: v1
            kind: Secret
            metadata: {name: test-secret}
            data: {data-1: dmFsdWUtMQo=, data-2: dmFsdWUtMgo=}
            """);
        awaitUsed(scenario, "test-quota", "secrets: " + (before + 1));
        delete(scenario, Secret.class, "test-secret");
        awaitUsed(scenario, "test-quota", "secrets: " + before);
    }

    @Behaviour("[sig-api-machinery] ResourceQuota should create a ResourceQuota and capture the life of a configMap."
            + " [Conformance]")
    void configMap(Scenario scenario) {
        var maps = scenario.client().configMaps().inNamespace(scenario.namespace());
        scenario.await("the authority's certificate", maps, found -> !found.isEmpty());
        limited(scenario);
        int before = maps.list().getItems().size();
        awaitUsed(scenario, "test-quota", "configmaps: " + before);
        scenario.create(ConfigMap.class, """
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: test-configmap}
            data: {a: ""}
            """);
        awaitUsed(scenario, "test-quota", "resourcequotas: 1, configmaps: " + (before + 1));
        delete(scenario, ConfigMap.class, "test-configmap");
        awaitUsed(scenario, "test-quota", "configmaps: " + before);
    }

    @Behaviour("[sig-api-machinery] ResourceQuota should create a ResourceQuota and capture the life of a replication"
            + " controller. [Conformance]")
    void replicationController(Scenario scenario) {
        limited(scenario);
        awaitUsed(scenario, "test-quota", "replicationcontrollers: 0");
        scenario.create(ReplicationController.class, """
            apiVersion: v1
            kind: ReplicationController
            metadata: {name: test-rc}
            spec:
              replicas: 0
              selector: {name: test-rc}
              template:
                metadata: {labels: {name: test-rc}}
                spec: {containers: [{name: test-rc, image: nginx}]}
            """);
        awaitUsed(scenario, "test-quota", "replicationcontrollers: 1");
        delete(scenario, ReplicationController.class, "test-rc");
        awaitUsed(scenario, "test-quota", "replicationcontrollers: 0");
    }

    @Behaviour("[sig-api-machinery] ResourceQuota should create a ResourceQuota and capture the life of a replica set."
            + " [Conformance]")
    void replicaSet(Scenario scenario) {
        limited(scenario);
        awaitUsed(scenario, "test-quota", "count/replicasets.apps: 0");
        scenario.create(ReplicaSet.class, """
            apiVersion: apps/v1
            kind: ReplicaSet
            metadata: {name: test-rs}
            spec:
              replicas: 0
              selector: {matchLabels: {name: test-rs}}
              template:
                metadata: {labels: {name: test-rs}}
                spec: {containers: [{name: test-rs, image: nginx}]}
            """);
        awaitUsed(scenario, "test-quota", "count/replicasets.apps: 1");
        delete(scenario, ReplicaSet.class, "test-rs");
        awaitUsed(scenario, "test-quota", "count/replicasets.apps: 0");
    }

    @Behaviour("[sig-api-machinery] ResourceQuota should create a ResourceQuota and capture the life of a pod."
            + " [Conformance]")
    void pod(Scenario scenario) {
        limited(scenario);
        var dongles = "requests: {cpu: 500m, memory: %s, ephemeral-storage: 30Gi, example.com/dongle: \"2\"},"
                + " limits: {example.com/dongle: \"2\"}";
        var made = scenario.create(Pod.class, POD.formatted("test-pod", "", dongles.formatted("252Mi")));
        var used = "resourcequotas: 1, pods: 1, cpu: 500m, memory: 252Mi, ephemeral-storage: 30Gi,"
                + " requests.example.com/dongle: 2";
        awaitUsed(scenario, "test-quota", used);
        refused(scenario, Pod.class, POD.formatted("fail-pod", "", "requests: {cpu: 600m, memory: 100Mi}"));
        refused(scenario, Pod.class, POD.formatted("fail-pod-for-extended-resource", "", dongles.formatted("100Mi")));
        made.getSpec()
                .getContainers()
                .getFirst()
                .getResources()
                .setRequests(Map.of(
                        "cpu", new Quantity("100m"),
                        "memory", new Quantity("100Mi"),
                        "ephemeral-storage", new Quantity("10Gi")));
        assertThat(refusal(() -> scenario.client().resource(made).update())).isNotNull();
        awaitUsed(scenario, "test-quota", used);
        delete(scenario, Pod.class, "test-pod");
        awaitUsed(
                scenario,
                "test-quota",
                "resourcequotas: 1, pods: 0, cpu: 0, memory: 0, ephemeral-storage: 0, requests.example.com/dongle: 0");
    }

    /** Two quotas of opposite scopes, of which the second counts nothing yet. */
    private static void scoped(Scenario scenario, String scope, String compute) {
        scenario.create(ResourceQuota.class, SCOPED.formatted("quota", compute, scope));
        awaitUsed(scenario, "quota", "pods: 0");
        scenario.create(ResourceQuota.class, SCOPED.formatted("quota-not", compute, "Not" + scope));
        awaitUsed(scenario, "quota-not", "pods: 0");
    }

    @Behaviour("[sig-api-machinery] ResourceQuota should verify ResourceQuota with terminating scopes. [Conformance]")
    void terminating(Scenario scenario) {
        scoped(scenario, "Terminating", COMPUTE);
        scenario.create(Pod.class, POD.formatted("test-pod", "", BURSTABLE));
        awaitUsed(scenario, "quota-not", "pods: 1, " + BURSTABLE_USED);
        awaitUsed(scenario, "quota", "pods: 0, " + NOTHING_USED);
        delete(scenario, Pod.class, "test-pod");
        awaitUsed(scenario, "quota-not", "pods: 0, " + NOTHING_USED);
        scenario.create(Pod.class, POD.formatted("terminating-pod", "activeDeadlineSeconds: 3600", BURSTABLE));
        awaitUsed(scenario, "quota", "pods: 1, " + BURSTABLE_USED);
        awaitUsed(scenario, "quota-not", "pods: 0, " + NOTHING_USED);
        delete(scenario, Pod.class, "terminating-pod");
        awaitUsed(scenario, "quota", "pods: 0, " + NOTHING_USED);
    }

    @Behaviour("[sig-api-machinery] ResourceQuota should verify ResourceQuota with best effort scope. [Conformance]")
    void bestEffort(Scenario scenario) {
        scoped(scenario, "BestEffort", "");
        scenario.create(Pod.class, POD.formatted("pfpod", "", ""));
        awaitUsed(scenario, "quota", "pods: 1");
        awaitUsed(scenario, "quota-not", "pods: 0");
        delete(scenario, Pod.class, "pfpod");
        awaitUsed(scenario, "quota", "pods: 0");
        scenario.create(Pod.class, POD.formatted("burstable-pod", "", BURSTABLE));
        awaitUsed(scenario, "quota-not", "pods: 1");
        awaitUsed(scenario, "quota", "pods: 0");
        delete(scenario, Pod.class, "burstable-pod");
        awaitUsed(scenario, "quota-not", "pods: 0");
    }

    private static String hard(String cpu, String memory) {
        return "{\"hard\":{\"cpu\":\"" + cpu + "\",\"memory\":\"" + memory + "\"}}";
    }

    /** Upstream's controller corrects a status within five minutes. */
    @Timeout(value = 7, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    @Behaviour("[sig-api-machinery] ResourceQuota should apply changes to a resourcequota status [Conformance]")
    void status(Scenario scenario) {
        var quotas = scenario.client().resourceQuotas().inNamespace(scenario.namespace());
        var quota = quotas.withName("test-quota");
        scenario.create(ResourceQuota.class, QUOTA.formatted("test-quota", "status"));
        var events = Events.of(quota);
        var updated = untilNoConflict(() -> quotas.resource(new ResourceQuotaBuilder(quota.get())
                        .withNewStatus()
                        .withHard(quota.get().getSpec().getHard())
                        .endStatus()
                        .build())
                .updateStatus());
        awaitHard(events, updated.getSpec().getHard());
        var patched = quota.patch(Scenario.STRATEGIC, "{\"spec\":" + hard("1", "1Gi") + "}");
        var wanted = Map.of("cpu", new Quantity("1"), "memory", new Quantity("1Gi"));
        assertThat(patched.getSpec().getHard()).isEqualTo(wanted);
        quota.subresource("status").patch(Scenario.STRATEGIC, "{\"status\":" + hard("1", "1Gi") + "}");
        awaitHard(events, wanted);
        assertThat(scenario.http()
                        .get("/api/v1/namespaces/" + scenario.namespace() + "/resourcequotas/test-quota/status")
                        .ok()
                        .as(ResourceQuota.class)
                        .getStatus()
                        .getHard())
                .isEqualTo(wanted);
        var wrong = Map.of("cpu", new Quantity("2"), "memory", new Quantity("2Gi"));
        var repatched = quota.subresource("status").patch(Scenario.STRATEGIC, "{\"status\":" + hard("2", "2Gi") + "}");
        assertThat(repatched.getStatus().getHard()).isEqualTo(wrong);
        assertThat(repatched.getSpec().getHard()).isEqualTo(wanted);
        awaitHard(events, wrong);
        events.close();
        scenario.await(
                "its status is what its spec says",
                Duration.ofMinutes(6),
                quota,
                found -> found.size() == 1
                        && found.getFirst().getStatus().getHard().equals(wanted));
    }

    private static void awaitHard(Events<ResourceQuota> events, Map<String, Quantity> hard) {
        events.next(Action.MODIFIED, quota -> hard.equals(quota.getStatus().getHard()));
    }

    @Behaviour("[sig-api-machinery] ResourceQuota should be able to update and delete ResourceQuota. [Conformance]")
    void updateAndDelete(Scenario scenario) {
        var quotas = scenario.client().resourceQuotas().inNamespace(scenario.namespace());
        var made = scenario.create(ResourceQuota.class, QUOTA.formatted("test-quota", "a"));
        assertThat(made.getSpec().getHard())
                .containsEntry("cpu", new Quantity("1"))
                .containsEntry("memory", new Quantity("500Mi"));
        var got = quotas.withName("test-quota").get();
        assertThat(got.getSpec().getHard()).isEqualTo(made.getSpec().getHard());
        var updated = untilNoConflict(() -> quotas.resource(
                        new ResourceQuotaBuilder(quotas.withName("test-quota").get())
                                .editSpec()
                                .addToHard("cpu", new Quantity("2"))
                                .addToHard("memory", new Quantity("1Gi"))
                                .endSpec()
                                .build())
                .update());
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
