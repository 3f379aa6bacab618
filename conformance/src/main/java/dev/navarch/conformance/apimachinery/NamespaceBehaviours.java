package dev.navarch.conformance.apimachinery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.conformance.Behaviour;
import dev.navarch.conformance.Events;
import dev.navarch.conformance.Scenario;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.NamespaceConditionBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.client.Watcher.Action;
import java.util.List;

/** Upstream {@code test/e2e/apimachinery/namespace.go}. */
class NamespaceBehaviours {
    private static final String POD = """
        apiVersion: v1
        kind: Pod
        metadata: {name: test-pod, namespace: %s}
        spec:
          containers: [{name: nginx, image: registry.k8s.io/pause:3.10}]
        """;

    private static void deleteAndRecreate(Scenario scenario, String name) {
        scenario.client().namespaces().withName(name).delete();
        scenario.awaitGone("namespace " + name, scenario.client().namespaces().withName(name));
        scenario.newNamespace(new NamespaceBuilder()
                .withNewMetadata()
                .withName(name)
                .endMetadata()
                .build());
    }

    @Behaviour("[sig-api-machinery] Namespaces [Serial] should ensure that all pods are removed when a namespace is"
            + " deleted [Conformance]")
    void podsGoWithTheirNamespace(Scenario scenario) {
        var name = scenario.newNamespace("nsdeletetest").getMetadata().getName();
        scenario.create(Pod.class, POD.formatted(name));
        var pods = scenario.client().pods().inNamespace(name);
        scenario.awaitOne(
                "a running pod",
                pods.withName("test-pod"),
                pod -> "Running".equals(pod.getStatus().getPhase()));
        deleteAndRecreate(scenario, name);
        assertThat(pods.withName("test-pod").get()).isNull();
    }

    @Behaviour("[sig-api-machinery] Namespaces [Serial] should ensure that all services are removed when a namespace is"
            + " deleted [Conformance]")
    void servicesGoWithTheirNamespace(Scenario scenario) {
        var name = scenario.newNamespace("nsdeletetest").getMetadata().getName();
        scenario.create(Service.class, """
            apiVersion: v1
            kind: Service
            metadata: {name: test-service, namespace: %s}
            spec:
              selector: {foo: bar, baz: blah}
              ports: [{port: 80, targetPort: 80}]
            """.formatted(name));
        deleteAndRecreate(scenario, name);
        assertThat(scenario.client()
                        .services()
                        .inNamespace(name)
                        .withName("test-service")
                        .get())
                .isNull();
    }

    @Behaviour("[sig-api-machinery] Namespaces [Serial] should patch a Namespace [Conformance]")
    void patch(Scenario scenario) {
        var name = scenario.newNamespace("nspatchtest").getMetadata().getName();
        var namespace = scenario.client().namespaces().withName(name);
        namespace.patch(Scenario.STRATEGIC, "{\"metadata\":{\"labels\":{\"testLabel\":\"testValue\"}}}");
        assertThat(namespace.get().getMetadata().getLabels()).containsEntry("testLabel", "testValue");
    }

    @Behaviour("[sig-api-machinery] Namespaces [Serial] should apply an update to a Namespace [Conformance]")
    void update(Scenario scenario) {
        var name = scenario.newNamespace("nsupdatetest").getMetadata().getName();
        var namespace = scenario.client().namespaces().withName(name);
        var changed = new NamespaceBuilder(namespace.get())
                .editMetadata()
                .addToLabels(name, "updated")
                .endMetadata()
                .build();
        var updated = scenario.client().namespaces().resource(changed).update();
        assertThat(updated.getMetadata().getLabels()).containsEntry(name, "updated");
    }

    @Behaviour("[sig-api-machinery] Namespaces [Serial] should apply a finalizer to a Namespace [Conformance]")
    void finalizer(Scenario scenario) {
        var name = scenario.newNamespace("e2e-ns").getMetadata().getName();
        var mark = "e2e.example.com/fakeFinalizer";
        var path = "/api/v1/namespaces/" + name + "/finalize";
        scenario.afterwards(() -> finalize(scenario, path, name, List.of("kubernetes")));
        var updated = finalize(scenario, path, name, List.of("kubernetes", mark));
        assertThat(updated.getSpec().getFinalizers()).contains(mark);
        var removed = finalize(scenario, path, name, List.of("kubernetes"));
        assertThat(removed.getSpec().getFinalizers()).doesNotContain(mark);
    }

    private static Namespace finalize(Scenario scenario, String path, String name, List<String> finalizers) {
        var now = scenario.client().namespaces().withName(name).get();
        now.getSpec().setFinalizers(finalizers);
        return scenario.http()
                .call("PUT", path)
                .body(
                        "application/json",
                        scenario.client().getKubernetesSerialization().asJson(now))
                .send()
                .ok()
                .as(Namespace.class);
    }

    @Behaviour("[sig-api-machinery] Namespaces [Serial] should apply changes to a namespace status [Conformance]")
    void status(Scenario scenario) {
        var name = scenario.newNamespace("nsstatustest").getMetadata().getName();
        var namespace = scenario.client().namespaces().withName(name);
        assertThat(scenario.http()
                        .get("/api/v1/namespaces/" + name + "/status")
                        .ok()
                        .as(Namespace.class)
                        .getStatus()
                        .getPhase())
                .isEqualTo("Active");
        var patched = namespace
                .subresource("status")
                .patch(
                        Scenario.MERGE,
                        "{\"metadata\":{\"annotations\":{\"e2e-patched-ns-status\":\"" + name + "\"}},"
                                + "\"status\":{\"conditions\":[{\"type\":\"StatusPatch\",\"status\":\"True\","
                                + "\"reason\":\"E2E\",\"message\":\"Patched by an e2e test\"}]}}");
        assertThat(patched.getMetadata().getAnnotations()).containsEntry("e2e-patched-ns-status", name);
        assertThat(patched.getStatus().getConditions())
                .anySatisfy(condition -> assertThat(condition.getType()).isEqualTo("StatusPatch"));
        var changed = namespace.get();
        changed.getStatus()
                .getConditions()
                .add(new NamespaceConditionBuilder()
                        .withType("StatusUpdate")
                        .withStatus("True")
                        .withReason("E2E")
                        .withMessage("Updated by an e2e test")
                        .build());
        var updated = scenario.client().namespaces().resource(changed).updateStatus();
        assertThat(updated.getStatus().getConditions())
                .anySatisfy(condition -> assertThat(condition.getType()).isEqualTo("StatusUpdate"));
    }

    @Behaviour("[sig-api-machinery] OrderedNamespaceDeletion namespace deletion should delete pod first [Conformance]")
    void podsGoBeforeTheRest(Scenario scenario) {
        var finalizer = "e2e.example.com/finalizer";
        var name = scenario.newNamespace("nsdeletetest").getMetadata().getName();
        var pod = scenario.parse(Pod.class, POD.formatted(name));
        pod.getMetadata().setFinalizers(List.of(finalizer));
        scenario.create(pod);
        scenario.create(ConfigMap.class, """
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: test-configmap, namespace: %s, finalizers: [%s]}
            """.formatted(name, finalizer));
        var pods = scenario.client().pods().inNamespace(name);
        var maps = scenario.client().configMaps().inNamespace(name);
        var namespaces = scenario.client().namespaces();
        scenario.awaitOne(
                "a running pod",
                pods.withName("test-pod"),
                p -> "Running".equals(p.getStatus().getPhase()));
        try (var events = Events.of(maps.withName("test-configmap"))) {
            events.next(Action.ADDED);
            namespaces.withName(name).delete();
            scenario.awaitOne(
                    "the pod is being deleted",
                    pods.withName("test-pod"),
                    p -> p.getMetadata().getDeletionTimestamp() != null);
            scenario.awaitOne(
                    "the namespace says that content remains",
                    namespaces.withName(name),
                    ns -> ns.getStatus().getConditions().stream()
                            .anyMatch(c -> c.getType().equals("NamespaceContentRemaining")
                                    && c.getStatus().equals("True")));
            assertThat(maps.withName("test-configmap").get().getMetadata().getDeletionTimestamp())
                    .as("the config map's deletion, while a pod is there")
                    .isNull();
            pods.withName("test-pod").patch(Scenario.MERGE, "{\"metadata\":{\"finalizers\":null}}");
            events.next(Action.MODIFIED, map -> map.getMetadata().getDeletionTimestamp() != null);
        }
        assertThat(pods.withName("test-pod").get()).isNull();
        maps.withName("test-configmap").patch(Scenario.MERGE, "{\"metadata\":{\"finalizers\":null}}");
        scenario.awaitGone("namespace " + name, namespaces.withName(name));
    }
}
