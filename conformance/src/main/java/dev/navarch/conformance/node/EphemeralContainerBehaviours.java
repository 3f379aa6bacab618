package dev.navarch.conformance.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.conformance.Behaviour;
import dev.navarch.conformance.Scenario;
import io.fabric8.kubernetes.api.model.Pod;

/** Upstream {@code test/e2e/common/node/ephemeral_containers.go}, what the API shows. */
class EphemeralContainerBehaviours {

    @Behaviour("[sig-node] Ephemeral Containers [NodeConformance] should update the ephemeral containers in an existing"
            + " pod [Conformance]")
    void update(Scenario scenario) {
        scenario.create(Pod.class, """
            apiVersion: v1
            kind: Pod
            metadata: {name: ephemeral}
            spec:
              containers: [{name: test-container-1, image: "busybox:1", command: [sleep, "10000"]}]
            """);
        var pod = scenario.client().pods().inNamespace(scenario.namespace()).withName("ephemeral");
        scenario.awaitOne("it runs", pod, p -> "Running".equals(p.getStatus().getPhase()));
        var patched = pod.ephemeralContainers().patch(Scenario.STRATEGIC, """
            {"spec": {"ephemeralContainers": [
              {"name": "e2e-debugger-1", "image": "busybox:1", "command": ["sleep", "10000"]}]}}
            """);
        assertThat(patched.getSpec().getEphemeralContainers())
                .extracting(container -> container.getName())
                .containsExactly("e2e-debugger-1");
        var updated = Scenario.untilNoConflict(() -> {
            var current = pod.get();
            var second = current.getSpec().getEphemeralContainers().getFirst().toBuilder()
                    .withName("e2e-debugger-2")
                    .build();
            current.getSpec().getEphemeralContainers().add(second);
            return scenario.client()
                    .pods()
                    .inNamespace(scenario.namespace())
                    .resource(current)
                    .ephemeralContainers()
                    .update();
        });
        assertThat(updated.getSpec().getEphemeralContainers())
                .extracting(container -> container.getName())
                .containsExactly("e2e-debugger-1", "e2e-debugger-2");
    }
}
