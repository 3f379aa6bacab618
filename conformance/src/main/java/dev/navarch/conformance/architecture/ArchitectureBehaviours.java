package dev.navarch.conformance.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.conformance.Behaviour;
import dev.navarch.conformance.Scenario;
import java.util.List;

/** Upstream {@code test/e2e/architecture/conformance.go}. */
class ArchitectureBehaviours {

    @Behaviour("[sig-architecture] Conformance Tests should have at least two untainted nodes [Conformance]")
    void twoNodes(Scenario scenario) {
        var nodes = scenario.client().nodes().list().getItems().stream()
                .filter(node -> !Boolean.TRUE.equals(node.getSpec().getUnschedulable()))
                .filter(node -> node.getSpec().getTaints() == null
                        || node.getSpec().getTaints().stream()
                                .noneMatch(taint ->
                                        List.of("NoSchedule", "NoExecute").contains(taint.getEffect())))
                .toList();
        assertThat(nodes).hasSizeGreaterThanOrEqualTo(2);
    }
}
