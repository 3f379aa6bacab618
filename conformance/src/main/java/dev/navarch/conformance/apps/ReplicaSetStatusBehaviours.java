package dev.navarch.conformance.apps;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.conformance.Behaviour;
import dev.navarch.conformance.Events;
import dev.navarch.conformance.Scenario;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import io.fabric8.kubernetes.api.model.apps.ReplicaSetBuilder;
import io.fabric8.kubernetes.client.Watcher.Action;

/** Upstream {@code test/e2e/apps/replica_set.go}: replacing, patching and the status. */
class ReplicaSetStatusBehaviours {
    private static final String SET = """
        apiVersion: apps/v1
        kind: ReplicaSet
        metadata: {name: %1$s, labels: {name: sample-pod, pod: httpd}}
        spec:
          replicas: 1
          selector: {matchLabels: {name: sample-pod, pod: httpd}}
          template:
            metadata: {labels: {name: sample-pod, pod: httpd}}
            spec:
              terminationGracePeriodSeconds: 0
              containers: [{name: httpd, image: "httpd:1"}]
        """;

    @Behaviour("[sig-apps] ReplicaSet Replace and Patch tests [Conformance]")
    void replaceAndPatch(Scenario scenario) {
        var name = "test-rs";
        var sets = scenario.client().apps().replicaSets().inNamespace(scenario.namespace());
        try (var events = Events.of(sets.withLabel("name", "sample-pod"))) {
            scenario.create(ReplicaSet.class, SET.formatted(name));
            events.next(Action.MODIFIED, set -> ready(set) == 1);
            scenario.http()
                    .call(
                            "PATCH",
                            "/apis/apps/v1/namespaces/" + scenario.namespace() + "/replicasets/" + name + "/scale")
                    .body("application/merge-patch+json", "{\"spec\":{\"replicas\":2}}")
                    .send()
                    .ok();
            events.next(Action.MODIFIED, set -> ready(set) == 2);
            sets.withName(name).patch(Scenario.STRATEGIC, """
                {"metadata": {"labels": {"test-rs": "patched"}},
                 "spec": {"replicas": 3, "template": {"spec": {"terminationGracePeriodSeconds": 0,
                   "containers": [{"name": "httpd", "image": "pause:1"}]}}}}
                """);
            var patched = events.next(
                    Action.MODIFIED,
                    set -> "patched".equals(set.getMetadata().getLabels().get("test-rs"))
                            && set.getSpec().getReplicas() == 3
                            && ready(set) == 3);
            assertThat(patched.getSpec()
                            .getTemplate()
                            .getSpec()
                            .getContainers()
                            .getFirst()
                            .getImage())
                    .isEqualTo("pause:1");
        }
    }

    private static int ready(ReplicaSet set) {
        var ready = set.getStatus().getReadyReplicas();
        return ready == null ? 0 : ready;
    }

    @Behaviour("[sig-apps] ReplicaSet should validate Replicaset Status endpoints [Conformance]")
    void status(Scenario scenario) {
        var name = "test-rs";
        var sets = scenario.client().apps().replicaSets().inNamespace(scenario.namespace());
        scenario.create(ReplicaSet.class, SET.formatted(name));
        scenario.awaitOne("it is ready", sets.withName(name), set -> ready(set) == 1);
        var path = "/apis/apps/v1/namespaces/" + scenario.namespace() + "/replicasets/" + name + "/status";
        assertThat(scenario.http()
                        .get(path)
                        .ok()
                        .as(ReplicaSet.class)
                        .getStatus()
                        .getReplicas())
                .isEqualTo(1);
        try (var events = Events.of(sets.withName(name))) {
            var updated = Scenario.untilNoConflict(() -> sets.resource(
                            new ReplicaSetBuilder(sets.withName(name).get())
                                    .editStatus()
                                    .addNewCondition()
                                    .withType("StatusUpdate")
                                    .withStatus("True")
                                    .withReason("E2E")
                                    .withMessage("Set from e2e test")
                                    .endCondition()
                                    .endStatus()
                                    .build())
                    .updateStatus());
            assertThat(has(updated, "StatusUpdate")).isTrue();
            events.next(Action.MODIFIED, set -> has(set, "StatusUpdate"));
            sets.withName(name)
                    .subresource("status")
                    .patch(
                            Scenario.MERGE,
                            "{\"status\":{\"conditions\":[{\"type\":\"StatusPatched\",\"status\":\"True\"}]}}");
            events.next(Action.MODIFIED, set -> has(set, "StatusPatched"));
        }
    }

    private static boolean has(ReplicaSet set, String condition) {
        return set.getStatus().getConditions().stream()
                .anyMatch(c -> c.getType().equals(condition));
    }
}
