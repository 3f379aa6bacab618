package dev.navarch.embedded.faults;

import java.util.List;
import java.util.stream.Stream;

/** What each controller is tried with. */
final class Scenarios {
    private Scenarios() {}

    static List<Scenario> all() {
        return Stream.of(
                        WorkloadScenarios.all(),
                        OptInScenarios.all(),
                        BatchScenarios.all(),
                        ServiceScenarios.all(),
                        StorageScenarios.all(),
                        NodeScenarios.all(),
                        ObjectScenarios.all())
                .flatMap(List::stream)
                .toList();
    }
}
