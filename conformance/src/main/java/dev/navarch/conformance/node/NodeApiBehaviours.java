package dev.navarch.conformance.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.conformance.ApiOperations;
import dev.navarch.conformance.Behaviour;
import dev.navarch.conformance.Events;
import dev.navarch.conformance.Scenario;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.PodTemplate;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.Watcher.Action;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** The API of kinds that nodes read: upstream {@code test/e2e/common/node} and {@code test/e2e/dra}. */
class NodeApiBehaviours {

    @Behaviour("[sig-node] RuntimeClass should support RuntimeClasses API operations [Conformance]")
    void runtimeClass(Scenario scenario) {
        new ApiOperations(scenario, "runtimeclasses", false, """
            apiVersion: node.k8s.io/v1
            kind: RuntimeClass
            metadata: {name: NAME}
            handler: no-such-handler
            """).everything();
    }

    @Behaviour("[sig-node] [DRA] CRUD Tests resource.k8s.io/v1 DeviceClass [Conformance]")
    void deviceClass(Scenario scenario) {
        new ApiOperations(scenario, "deviceclasses", false, """
            apiVersion: resource.k8s.io/v1
            kind: DeviceClass
            metadata: {name: NAME}
            """).everything();
    }

    @Behaviour("[sig-node] [DRA] CRUD Tests resource.k8s.io/v1 ResourceClaim [Conformance]")
    void resourceClaim(Scenario scenario) {
        new ApiOperations(scenario, "resourceclaims", true, """
            apiVersion: resource.k8s.io/v1
            kind: ResourceClaim
            metadata: {name: NAME}
            spec:
              devices: {requests: [{name: req-0, exactly: {deviceClassName: my-class}}]}
            """).everything();
    }

    @Behaviour("[sig-node] [DRA] CRUD Tests resource.k8s.io/v1 ResourceClaimTemplate [Conformance]")
    void resourceClaimTemplate(Scenario scenario) {
        new ApiOperations(scenario, "resourceclaimtemplates", true, """
            apiVersion: resource.k8s.io/v1
            kind: ResourceClaimTemplate
            metadata: {name: NAME}
            spec:
              spec:
                devices: {requests: [{name: req-0, exactly: {deviceClassName: my-class}}]}
            """).everything();
    }

    @Behaviour("[sig-node] [DRA] CRUD Tests resource.k8s.io/v1 ResourceSlice [Conformance]")
    void resourceSlice(Scenario scenario) {
        new ApiOperations(scenario, "resourceslices", false, """
            apiVersion: resource.k8s.io/v1
            kind: ResourceSlice
            metadata: {name: NAME}
            spec:
              driver: dra.example.com
              nodeName: no-such-node
              pool: {name: no-such-node, generation: 1, resourceSliceCount: 1}
              devices: [{name: dev-0}]
            """).everything();
    }

    @Behaviour("[sig-node] Lease lease API should be available [Conformance]")
    void lease(Scenario scenario) {
        var leases = scenario.client().leases().inNamespace(scenario.namespace());
        var made = scenario.create(Lease.class, """
            apiVersion: coordination.k8s.io/v1
            kind: Lease
            metadata: {name: lease}
            spec:
              holderIdentity: holder
              leaseDurationSeconds: 30
              acquireTime: "2026-01-01T00:00:00.000000Z"
              renewTime: "2026-01-01T00:00:05.000000Z"
              leaseTransitions: 0
            """);
        assertThat(leases.withName("lease").get().getSpec()).isEqualTo(made.getSpec());
        var wanted = new LeaseBuilder(leases.withName("lease").get())
                .editSpec()
                .withHolderIdentity("holder2")
                .withLeaseDurationSeconds(90)
                .withLeaseTransitions(1)
                .endSpec()
                .build();
        leases.resource(wanted).update();
        var updated = leases.withName("lease").get();
        assertThat(updated.getSpec()).isEqualTo(wanted.getSpec());
        leases.withName("lease")
                .patch(
                        Scenario.STRATEGIC,
                        "{\"spec\":{\"holderIdentity\":\"holder3\",\"leaseDurationSeconds\":60,\"leaseTransitions\":2}}");
        var patched = leases.withName("lease").get().getSpec();
        assertThat(patched.getHolderIdentity()).isEqualTo("holder3");
        assertThat(patched.getLeaseDurationSeconds()).isEqualTo(60);
        assertThat(patched.getLeaseTransitions()).isEqualTo(2);
        assertThat(patched.getRenewTime()).isEqualTo(updated.getSpec().getRenewTime());
        scenario.create(Lease.class, """
            apiVersion: coordination.k8s.io/v1
            kind: Lease
            metadata: {name: lease2, labels: {deletecollection: "true"}}
            spec: {holderIdentity: holder, leaseDurationSeconds: 30}
            """);
        assertThat(leases.list().getItems()).hasSize(2);
        scenario.http()
                .delete("/apis/coordination.k8s.io/v1/namespaces/" + scenario.namespace()
                        + "/leases?labelSelector=deletecollection%3Dtrue")
                .ok();
        assertThat(leases.list().getItems())
                .extracting(lease -> lease.getMetadata().getName())
                .containsExactly("lease");
        leases.withName("lease").delete();
        assertThat(leases.withName("lease").get()).isNull();
    }

    private static final String TEMPLATE = """
        apiVersion: v1
        kind: PodTemplate
        metadata: {name: %s, labels: {podtemplate-set: "%s"}}
        template:
          spec:
            containers: [{name: nginx, image: nginx:1}]
        """;

    @Behaviour("[sig-node] PodTemplates should run the lifecycle of PodTemplates [Conformance]")
    void podTemplates(Scenario scenario) {
        var name = scenario.unique("nginx-pod-template");
        var templates = scenario.client().resources(PodTemplate.class).inNamespace(scenario.namespace());
        assertThat(scenario.client()
                        .resources(PodTemplate.class)
                        .inAnyNamespace()
                        .withLabel("podtemplate-set", name)
                        .list()
                        .getItems())
                .isEmpty();
        scenario.create(PodTemplate.class, TEMPLATE.formatted(name, name));
        assertThat(templates.withName(name).get()).isNotNull();
        templates.withName(name).patch(Scenario.STRATEGIC, "{\"metadata\":{\"labels\":{\"podtemplate\":\"patched\"}}}");
        assertThat(templates.withName(name).get().getMetadata().getLabels()).containsEntry("podtemplate", "patched");
        templates.withName(name).delete();
        assertThat(templates.withLabel("podtemplate-set", name).list().getItems())
                .isEmpty();
    }

    @Behaviour("[sig-node] PodTemplates should delete a collection of pod templates [Conformance]")
    void podTemplateCollection(Scenario scenario) {
        var set = scenario.unique("set");
        var templates = scenario.client().resources(PodTemplate.class).inNamespace(scenario.namespace());
        for (int i = 1; i <= 3; i++) {
            scenario.create(PodTemplate.class, TEMPLATE.formatted("test-podtemplate-" + i, set));
        }
        assertThat(templates.withLabel("podtemplate-set", set).list().getItems())
                .hasSize(3);
        scenario.http()
                .delete("/api/v1/namespaces/" + scenario.namespace() + "/podtemplates?labelSelector=podtemplate-set%3D"
                        + set)
                .ok();
        scenario.awaitGone("the templates", templates.withLabel("podtemplate-set", set));
    }

    @Behaviour("[sig-node] PodTemplates should replace a pod template [Conformance]")
    void podTemplateReplace(Scenario scenario) {
        var name = scenario.unique("e2e-template");
        var made = scenario.create(PodTemplate.class, TEMPLATE.formatted(name, name));
        made.getTemplate().getSpec().getContainers().getFirst().setImage("httpd:2");
        made.getMetadata().getLabels().put("podtemplate", "updated");
        var replaced = scenario.client().resource(made).update();
        assertThat(replaced.getTemplate().getSpec().getContainers().getFirst().getImage())
                .isEqualTo("httpd:2");
        assertThat(replaced.getMetadata().getLabels()).containsEntry("podtemplate", "updated");
    }

    private static void refusedForAnEmptyKey(Runnable write) {
        KubernetesClientException refusal = Scenario.refusal(write::run);
        assertThat(refusal).isNotNull();
        assertThat(refusal.getCode()).isEqualTo(422);
    }

    @Behaviour("[sig-node] ConfigMap should fail to create ConfigMap with empty key [Conformance]")
    void configMapWithEmptyKey(Scenario scenario) {
        refusedForAnEmptyKey(() -> scenario.create(ConfigMap.class, """
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: configmap-test-emptykey}
            data: {"": value-1}
            """));
    }

    @Behaviour("[sig-node] Secrets should fail to create secret due to empty secret key [Conformance]")
    void secretWithEmptyKey(Scenario scenario) {
        refusedForAnEmptyKey(() -> scenario.create(Secret.class, """
            apiVersion: v1
            kind: Secret
            metadata: {name: secret-emptykey-test}
            data: {"": dmFsdWUtMQo=}
            """));
    }

    @Behaviour("[sig-node] ConfigMap should update ConfigMap successfully [NodeConformance] [Conformance]")
    void configMapUpdate(Scenario scenario) {
        var map = scenario.create(ConfigMap.class, """
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: configmap-test}
            """);
        map.setData(java.util.Map.of("data", "value"));
        scenario.client().resource(map).update();
        assertThat(scenario.client()
                        .configMaps()
                        .inNamespace(scenario.namespace())
                        .withName("configmap-test")
                        .get()
                        .getData())
                .isEqualTo(java.util.Map.of("data", "value"));
    }

    @Behaviour("[sig-node] ConfigMap should run through a ConfigMap lifecycle [Conformance]")
    void configMapLifecycle(Scenario scenario) {
        var maps = scenario.client().configMaps().inNamespace(scenario.namespace());
        try (var events = Events.of(maps.withLabel("test-configmap-static", "true"))) {
            scenario.create(ConfigMap.class, """
                apiVersion: v1
                kind: ConfigMap
                metadata: {name: test-configmap, labels: {test-configmap-static: "true"}}
                data: {valueName: value}
                """);
            events.next(Action.ADDED);
            maps.withName("test-configmap")
                    .patch(
                            Scenario.STRATEGIC,
                            "{\"metadata\":{\"labels\":{\"test-configmap\":\"patched\"}},\"data\":{\"valueName\":\"value1\"}}");
            events.next(Action.MODIFIED);
            var patched = maps.withName("test-configmap").get();
            assertThat(patched.getData()).containsEntry("valueName", "value1");
            assertThat(patched.getMetadata().getLabels()).containsEntry("test-configmap", "patched");
            assertThat(scenario.client()
                            .configMaps()
                            .inAnyNamespace()
                            .withLabel("test-configmap-static", "true")
                            .list()
                            .getItems())
                    .anySatisfy(found -> {
                        assertThat(found.getMetadata().getNamespace()).isEqualTo(scenario.namespace());
                        assertThat(found.getData()).containsEntry("valueName", "value1");
                    });
            scenario.http()
                    .delete("/api/v1/namespaces/" + scenario.namespace()
                            + "/configmaps?labelSelector=test-configmap-static%3Dtrue")
                    .ok();
            events.next(Action.DELETED);
            assertThat(maps.withLabel("test-configmap-static", "true").list().getItems())
                    .isEmpty();
        }
    }

    @Behaviour("[sig-node] Secrets should patch a secret [Conformance]")
    void secretPatch(Scenario scenario) {
        var secrets = scenario.client().secrets().inNamespace(scenario.namespace());
        scenario.create(Secret.class, """
            apiVersion: v1
            kind: Secret
            metadata: {name: test-secret, labels: {testsecret-constant: "true"}}
            data: {key: dmFsdWU=}
            type: Opaque
            """);
        var all = scenario.client().secrets().inAnyNamespace().withLabel("testsecret-constant", "true");
        assertThat(all.list().getItems())
                .anySatisfy(secret -> assertThat(secret.getMetadata().getName()).isEqualTo("test-secret"));
        var value = Base64.getEncoder().encodeToString("value1".getBytes(StandardCharsets.UTF_8));
        secrets.withName("test-secret")
                .patch(
                        Scenario.STRATEGIC,
                        "{\"metadata\":{\"labels\":{\"testsecret\":\"true\"}},\"data\":{\"key\":\"" + value + "\"}}");
        var found = secrets.withName("test-secret").get();
        assertThat(found.getMetadata().getLabels()).containsEntry("testsecret", "true");
        assertThat(found.getData()).containsEntry("key", value);
        scenario.http()
                .delete("/api/v1/namespaces/" + scenario.namespace() + "/secrets?labelSelector=testsecret%3Dtrue")
                .ok();
        assertThat(secrets.withLabel("testsecret-constant", "true").list().getItems())
                .isEmpty();
    }
}
