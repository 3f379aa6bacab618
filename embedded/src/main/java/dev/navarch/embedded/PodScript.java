package dev.navarch.embedded;

import dev.navarch.kubelet.simulated.CommandHandler;
import dev.navarch.kubelet.simulated.ContainerScript;
import dev.navarch.kubelet.simulated.ContainerScript.Step;
import dev.navarch.kubelet.simulated.PortHandler;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What simulated containers do, told step by step. Without {@link #thenExitWith} they run on, those of Jobs too; only init
 * containers end then. What is said here counts for containers that start from then on; those that run do what they were told.
 *
 * <pre>{@code
 * cluster.whenPodStarts(start -> start.labels().containsValue("backup"))
 *         .thenLog("copying").thenWait(Duration.ofMinutes(5)).thenLog("done").thenExitWith(0);
 * }</pre>
 */
public final class PodScript {
    private final List<Step> steps = new ArrayList<>();
    private final Map<Integer, PortHandler> ports = new HashMap<>();
    private Optional<String> startError = Optional.empty();
    private Optional<CommandHandler> commands = Optional.empty();
    private Optional<CommandHandler> attached = Optional.empty();
    private boolean stubborn;

    PodScript() {}

    private synchronized PodScript then(Step step) {
        steps.add(step);
        return this;
    }

    /** Prints a line, or several. */
    public PodScript thenLog(String text) {
        return then(new Step.Log(text));
    }

    /** Goes on when so much of the cluster's time has passed. */
    public PodScript thenWait(Duration time) {
        if (time.isNegative()) {
            throw new IllegalArgumentException("a container can't wait for " + time);
        }
        return then(new Step.Wait(time));
    }

    /** Ends, with a code from 0 to 255. */
    public PodScript thenExitWith(int code) {
        if (code < 0 || code > 255) {
            throw new IllegalArgumentException("a container can't exit with " + code + ": codes are 0 to 255");
        }
        return then(new Step.Exit(code));
    }

    /** Is ready from here on; containers are from their start unless they were told not to be. */
    public PodScript thenReady() {
        return then(new Step.Ready(true));
    }

    /** Is not ready from here on, whether the container has a readiness probe or not. */
    public PodScript thenUnready() {
        return then(new Step.Ready(false));
    }

    /**
     * Has something done in the test; it must not block. If it throws, the container ends with code 1, and what was thrown is
     * in its log and its status, as with a program.
     */
    public PodScript thenRun(Runnable action) {
        return then(new Step.Run(action));
    }

    /** Can't be started, for this reason. */
    public synchronized PodScript failsToStart(String reason) {
        startError = Optional.of(reason);
        return this;
    }

    /** Ends only when it is killed, after its time of grace. */
    public synchronized PodScript ignoresTermination() {
        stubborn = true;
        return this;
    }

    /** Answers commands that are run in the container: {@code kubectl exec}, a client library's, or a hook's. */
    public synchronized PodScript onExec(CommandHandler handler) {
        commands = Optional.of(handler);
        return this;
    }

    /** Answers those that attach to the container, who see what it prints otherwise. */
    public synchronized PodScript onAttach(CommandHandler handler) {
        attached = Optional.of(handler);
        return this;
    }

    /** Answers at a port of the container, for port-forwards and {@link EmbeddedCluster#localPort}. */
    public synchronized PodScript onPort(int port, PortHandler handler) {
        if (port < 1 || port > 65535) {
            throw new IllegalArgumentException("a container can't listen at port " + port);
        }
        ports.put(port, handler);
        return this;
    }

    /** Lets what listens at a local address answer at a port of the container. */
    public PodScript onPort(int port, InetSocketAddress local) {
        return onPort(port, PortHandler.to(local));
    }

    synchronized ContainerScript script() {
        return new ContainerScript(steps, startError, stubborn, ports, commands, attached);
    }
}
