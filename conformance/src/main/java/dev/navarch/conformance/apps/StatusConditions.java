package dev.navarch.conformance.apps;

import static dev.navarch.conformance.Scenario.untilNoConflict;
import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.conformance.Events;
import dev.navarch.conformance.Scenario;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.Watcher.Action;
import io.fabric8.kubernetes.client.dsl.Resource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What upstream does with the status of each kind of workload: a condition is set, by update and by patch, and watched. */
record StatusConditions<T extends HasMetadata>(Scenario scenario, Class<T> type, Resource<T> object) {
    void updateAndPatch() {
        try (var events = Events.of(object)) {
            untilNoConflict(() -> {
                var tree = (ObjectNode) tree(object.get());
                tree.withObject("/status")
                        .putArray("conditions")
                        .addObject()
                        .put("type", "StatusUpdate")
                        .put("status", "True")
                        .put("reason", "E2E")
                        .put("message", "Set from e2e test");
                return scenario.client()
                        .resource(scenario.parse(type, tree.toString()))
                        .updateStatus();
            });
            events.next(Action.MODIFIED, now -> has(now, "StatusUpdate"));
            var patched = object.subresource("status")
                    .patch(
                            Scenario.MERGE,
                            "{\"status\":{\"conditions\":[{\"type\":\"StatusPatched\",\"status\":\"True\"}]}}");
            assertThat(has(patched, "StatusPatched")).isTrue();
            events.next(Action.MODIFIED, now -> has(now, "StatusPatched"));
        }
    }

    private JsonNode tree(Object value) {
        return scenario.parse(
                JsonNode.class, scenario.client().getKubernetesSerialization().asJson(value));
    }

    private boolean has(T now, String condition) {
        for (var found : tree(now).path("status").path("conditions")) {
            if (found.path("type").asString().equals(condition)) {
                return true;
            }
        }
        return false;
    }
}
