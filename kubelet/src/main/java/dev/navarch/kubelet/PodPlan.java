package dev.navarch.kubelet;

import dev.navarch.kubelet.pods.Pods.Member;
import java.util.List;
import java.util.Optional;

/**
 * What is to be done for a pod, in the order of the fields.
 *
 * @param kills containers that must end although the pod goes on
 * @param endPod whatever runs in the pod ends, its sandbox too
 * @param sandbox what about the sandbox
 * @param starts containers to start, in order
 */
public record PodPlan(List<Kill> kills, boolean endPod, SandboxNeed sandbox, List<Member> starts) {

    /** A running container that must end, and why, in the words of the event. */
    public record Kill(String containerId, String name, String message, Reason reason) {}

    /** Why a single container is killed. */
    public enum Reason {
        LIVENESS,
        STARTUP,
        CHANGED,
        /** Another container ended so that all start again; there is no time for hooks. */
        RESTART_ALL
    }

    /** Whether there is a sandbox to start containers in. */
    public sealed interface SandboxNeed {
        /** There is a good one. */
        record Have(String id) implements SandboxNeed {}

        /** A new one is needed, the pod's {@code attempt}-th. */
        record Create(int attempt) implements SandboxNeed {}

        /** None is needed any more. */
        record None() implements SandboxNeed {}
    }

    static PodPlan end() {
        return new PodPlan(List.of(), true, new SandboxNeed.None(), List.of());
    }

    Optional<String> sandboxId() {
        return sandbox instanceof SandboxNeed.Have(var id) ? Optional.of(id) : Optional.empty();
    }

    boolean nothing() {
        return kills.isEmpty() && !endPod && starts.isEmpty() && !(sandbox instanceof SandboxNeed.Create);
    }
}
