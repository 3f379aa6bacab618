package dev.navarch.kubelet;

import dev.navarch.kubelet.runtime.ContainerRuntime;
import dev.navarch.kubelet.runtime.RuntimeFailure;
import dev.navarch.kubelet.runtime.RuntimeStatus;
import dev.navarch.kubelet.runtime.RuntimeStatus.Condition;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What is wrong with the engine, in the words of the node's Ready condition. Source: updateRuntimeUp in kubernetes
 * pkg/kubelet/kubelet.go.
 *
 * @param problem "" if nothing is
 * @param networkProblem "" if pods can have a network
 */
record RuntimeHealth(String problem, String networkProblem) {

    static final RuntimeHealth UNKNOWN =
            new RuntimeHealth("container runtime status check may not have completed yet", "");

    static RuntimeHealth check(ContainerRuntime runtime) {
        RuntimeStatus status;
        try {
            status = runtime.status();
        } catch (RuntimeFailure e) {
            return new RuntimeHealth("container runtime is down: " + e.getMessage(), "");
        }
        List<String> problems = new ArrayList<>();
        var network = problem(status.condition(RuntimeStatus.NETWORK_READY), RuntimeStatus.NETWORK_READY);
        if (!network.isEmpty()) {
            network = "container runtime network not ready: " + network;
            problems.add(network);
        }
        var ready = problem(status.condition(RuntimeStatus.RUNTIME_READY), RuntimeStatus.RUNTIME_READY);
        if (!ready.isEmpty()) {
            problems.add("container runtime not ready: " + ready);
        }
        return new RuntimeHealth(
                problems.size() > 1 ? "[" + String.join(", ", problems) + "]" : String.join("", problems), network);
    }

    private static String problem(Optional<Condition> condition, String type) {
        if (condition.filter(Condition::status).isPresent()) {
            return "";
        }
        return condition
                .map(c -> type + "=false reason:" + c.reason() + " message:" + c.message())
                .orElse(type + "=false reason: message:");
    }
}
