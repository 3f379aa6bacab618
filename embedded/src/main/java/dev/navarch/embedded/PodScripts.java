package dev.navarch.embedded;

import dev.navarch.kubelet.simulated.ContainerScript;
import dev.navarch.kubelet.simulated.ContainerStart;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;

/**
 * What containers were told to do; of several that match, the last counts. A container that a test can't look at without an
 * exception does not start.
 */
final class PodScripts implements ContainerScript.Source {
    private final List<Told> all;

    private record Told(Predicate<ContainerStart> which, PodScript script) {}

    PodScripts() {
        this(List.of());
    }

    private PodScripts(List<Told> told) {
        all = new CopyOnWriteArrayList<>(told);
    }

    /** The same, to which more may be added without a change to these. */
    PodScripts copy() {
        return new PodScripts(all);
    }

    PodScript add(Predicate<ContainerStart> which) {
        var script = new PodScript();
        all.addFirst(new Told(which, script));
        return script;
    }

    @Override
    public Optional<ContainerScript> of(ContainerStart start) {
        try {
            return all.stream()
                    .filter(told -> told.which.test(start))
                    .findFirst()
                    .map(told -> told.script.script());
        } catch (RuntimeException | AssertionError e) {
            return Optional.of(new PodScript()
                    .failsToStart("the test's whenPodStarts threw " + e)
                    .script());
        }
    }
}
