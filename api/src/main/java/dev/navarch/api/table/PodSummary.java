package dev.navarch.api.table;

import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What the table says of a pod's containers: how many are ready, what the pod is at in one word, how often they
 * restarted and when they last did.
 *
 * <p>Source: kubernetes pkg/printers/internalversion/printers.go (printPod).
 */
final class PodSummary {
    private final Row pod;
    private final Set<String> sidecars = new HashSet<>();
    private String reason;
    private int ready;
    private Restarts restarts = new Restarts(0, Instant.MIN);

    /** How often, and when last. */
    private record Restarts(long count, Instant last) {
        Restarts plus(Row status) {
            Instant ended = status.time("lastState.terminated.finishedAt").orElse(Instant.MIN);
            return new Restarts(count + status.number("restartCount"), ended.isAfter(last) ? ended : last);
        }
    }

    private PodSummary(Row pod) {
        this.pod = pod;
        reason = pod.text("status.reason", pod.text("status.phase"));
    }

    static PodSummary of(Row pod) {
        PodSummary summary = new PodSummary(pod);
        summary.read();
        return summary;
    }

    private void read() {
        for (Row condition : pod.items("status.conditions")) {
            if (condition.text("type").equals("PodScheduled")
                    && condition.text("reason").equals("SchedulingGated")) {
                reason = "SchedulingGated";
            }
        }
        for (Row container : pod.items("spec.initContainers")) {
            if (container.text("restartPolicy").equals("Always")) {
                sidecars.add(container.text("name"));
            }
        }
        boolean initializing = readInitContainers();
        if (!initializing || pod.condition("Initialized")) {
            readContainers();
        }
        String phase = pod.text("status.phase");
        boolean ended = phase.equals("Succeeded") || phase.equals("Failed");
        if (pod.isBeingDeleted() && pod.text("status.reason").equals("NodeLost")) {
            reason = "Unknown";
        } else if (pod.isBeingDeleted() && !ended) {
            reason = "Terminating";
        }
    }

    /** Whether one of them keeps the pod from starting. */
    private boolean readInitContainers() {
        List<Row> statuses = pod.items("status.initContainerStatuses");
        for (int i = 0; i < statuses.size(); i++) {
            Row status = statuses.get(i);
            restarts = restarts.plus(status);
            boolean sidecar = sidecars.contains(status.text("name"));
            boolean terminated = status.has("state.terminated");
            if (terminated && status.number("state.terminated.exitCode") == 0) {
                continue;
            }
            if (sidecar && status.isTrue("started")) {
                ready += status.isTrue("ready") ? 1 : 0;
                continue;
            }
            String waiting = status.text("state.waiting.reason");
            if (terminated) {
                reason = "Init:" + ended(status);
            } else if (!waiting.isEmpty() && !waiting.equals("PodInitializing")) {
                reason = "Init:" + waiting;
            } else {
                reason = "Init:" + i + "/" + pod.size("spec.initContainers");
            }
            return true;
        }
        return false;
    }

    private void readContainers() {
        restarts = new Restarts(0, Instant.MIN);
        for (Row status : pod.items("status.initContainerStatuses")) {
            if (sidecars.contains(status.text("name"))) {
                restarts = restarts.plus(status);
            }
        }
        boolean running = false;
        for (Row status : pod.items("status.containerStatuses").reversed()) {
            restarts = restarts.plus(status);
            String waiting = status.text("state.waiting.reason");
            if (!waiting.isEmpty()) {
                reason = waiting;
            } else if (status.has("state.terminated")) {
                reason = ended(status);
            } else if (status.isTrue("ready") && status.has("state.running")) {
                running = true;
                ready++;
            }
        }
        if (reason.equals("Completed") && running) {
            reason = pod.condition("Ready") ? "Running" : "NotReady";
        }
    }

    private static String ended(Row status) {
        String why = status.text("state.terminated.reason");
        if (!why.isEmpty()) {
            return why;
        }
        long signal = status.number("state.terminated.signal");
        return signal != 0 ? "Signal:" + signal : "ExitCode:" + status.number("state.terminated.exitCode");
    }

    String ready() {
        return ready + "/" + (pod.size("spec.containers") + sidecars.size());
    }

    String status() {
        return reason;
    }

    String restarts() {
        if (restarts.count == 0 || restarts.last.equals(Instant.MIN)) {
            return Long.toString(restarts.count);
        }
        return restarts.count + " (" + HumanDuration.of(Duration.between(restarts.last, pod.now())) + " ago)";
    }
}
