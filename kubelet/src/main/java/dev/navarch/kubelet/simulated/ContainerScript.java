package dev.navarch.kubelet.simulated;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a simulated container does from its start on: one step after the other, and if it does not exit, nothing from then
 * on. It is ready and healthy from its start unless a step says otherwise.
 *
 * @param startError why it can't be started
 * @param stubborn whether it ends only when it is killed
 * @param ports who answers at ports of the container
 * @param commands who answers commands that are run in it; without, they are refused
 * @param attached who answers those that attach to it; without, they see what it prints
 */
public record ContainerScript(
        List<Step> steps,
        Optional<String> startError,
        boolean stubborn,
        Map<Integer, PortHandler> ports,
        Optional<CommandHandler> commands,
        Optional<CommandHandler> attached) {
    /** A container that says that it has started and runs until it is stopped. */
    public static final ContainerScript RUNS =
            of(List.of(new Step.Log("simulated container started")), Optional.empty(), false);

    public ContainerScript {
        steps = List.copyOf(steps);
        ports = Map.copyOf(ports);
    }

    /** One that nobody can talk to. */
    static ContainerScript of(List<Step> steps, Optional<String> startError, boolean stubborn) {
        return new ContainerScript(steps, startError, stubborn, Map.of(), Optional.empty(), Optional.empty());
    }

    /** The same, which ends well where it would run on. */
    ContainerScript ending() {
        if (!steps.isEmpty() && steps.getLast() instanceof Step.Exit) {
            return this;
        }
        List<Step> all = new ArrayList<>(steps);
        all.add(new Step.Exit(0));
        return new ContainerScript(all, startError, stubborn, ports, commands, attached);
    }

    /** One thing that a container does. */
    public sealed interface Step {
        /** Prints a line, or several. */
        record Log(String text) implements Step {}

        /** Lets time pass. */
        record Wait(Duration time) implements Step {}

        /** Ends. */
        record Exit(int code) implements Step {}

        /** Tells whether it can be used. */
        record Ready(boolean ready) implements Step {}

        /** Has something done outside; it must not block. The container fails if that throws. */
        record Run(Runnable action) implements Step {}
    }

    /** Which container starts. */
    public interface Source {
        /** What it shall do; empty if this source has no say. */
        Optional<ContainerScript> of(ContainerStart start);
    }
}
