package dev.navarch.scheduler;

import dev.navarch.client.ApiClient;
import dev.navarch.client.ApiFailure;
import dev.navarch.client.Informer;
import dev.navarch.client.Patch;
import dev.navarch.scheduler.framework.PodInfo;
import dev.navarch.time.TimeSource;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import java.io.UncheckedIOException;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes into the status of pods why they have no node, one after the other on a thread of its own. Only the newest
 * word on a pod is written, and nothing that its status says already, so that a pod that is tried in vain again and
 * again costs no writes.
 */
final class PodConditions implements AutoCloseable {
    /** As metrics name what this one does. */
    static final String CALL = "pod_status_patch";

    private static final Logger log = LoggerFactory.getLogger(PodConditions.class);

    private final ApiClient client;
    private final TimeSource time;
    private final Informer<Pod> pods;
    private final SchedulerMetrics metrics;
    /** At most one for each pod. Guards itself. */
    private final Map<String, Word> pending = new LinkedHashMap<>();

    private final Thread thread;
    private boolean closed;
    /** While a word waits or is written. */
    private TimeSource.@Nullable Work work;

    private record Word(PodInfo pod, String type, String status, String reason, String message, String nominated) {}

    PodConditions(ApiClient client, TimeSource time, Informer<Pod> pods, SchedulerMetrics metrics) {
        this.client = client;
        this.time = time;
        this.pods = pods;
        this.metrics = metrics;
        thread = Thread.ofVirtual().name("scheduler-conditions").start(this::run);
    }

    /** @param nominated the node on which room is being made; empty for none */
    void unscheduled(PodInfo pod, String reason, String message, String nominated) {
        say(new Word(pod, "PodScheduled", "False", reason, message, nominated));
    }

    /** The room that was being made for the pod goes to another. */
    void notNominated(PodInfo pod) {
        say(new Word(pod, "", "", "", "", ""));
    }

    /**
     * Tells at once, before a binding that takes its time, where the pod is expected to go. Others only want to know: if it
     * can't be written, the binding goes on (source: schedule_one.go, bindingCycle; NominatedNodeNameForExpectation).
     */
    void nominated(PodInfo pod, String node) {
        if (!nominated(pod.pod()).equals(node)) {
            var patch = JsonNodeFactory.instance.objectNode();
            patch.putObject("metadata").put("uid", pod.pod().getMetadata().getUid());
            patch.putObject("status").put("nominatedNodeName", node);
            patch(pod, patch);
        }
    }

    private void say(Word word) {
        synchronized (pending) {
            pending.remove(word.pod.uid());
            pending.put(word.pod.uid(), word);
            if (work == null) {
                work = time.begin();
            }
            pending.notifyAll();
        }
    }

    private void endIfIdle() {
        synchronized (pending) {
            if (work != null && pending.isEmpty()) {
                work.close();
                work = null;
            }
        }
    }

    private void run() {
        try {
            while (true) {
                var word = next();
                if (word == null) {
                    return;
                }
                write(word);
                endIfIdle();
            }
        } catch (InterruptedException e) {
            // closed
        }
    }

    private @Nullable Word next() throws InterruptedException {
        synchronized (pending) {
            while (pending.isEmpty() && !closed) {
                pending.wait();
            }
            var first = pending.entrySet().iterator();
            if (closed || !first.hasNext()) {
                return null;
            }
            var word = first.next().getValue();
            first.remove();
            return word;
        }
    }

    private void write(Word word) {
        var current = pods.get(word.pod.key())
                .filter(pod -> Objects.equals(
                        pod.getMetadata().getUid(), word.pod.pod().getMetadata().getUid()));
        if (current.isEmpty()) {
            return;
        }
        var known = condition(current.get(), word.type);
        var nominated = nominated(current.get());
        if (word.type.isEmpty()) {
            if (!nominated.isEmpty()) {
                var patch = JsonNodeFactory.instance.objectNode();
                patch.putObject("status").putNull("nominatedNodeName");
                patch(word.pod, patch);
            }
            return;
        }
        if (known.isPresent()
                && word.status.equals(known.get().getStatus())
                && word.reason.equals(known.get().getReason())
                && word.message.equals(known.get().getMessage())
                && nominated.equals(word.nominated)) {
            return;
        }
        patch(word.pod, patchOf(word, known, current.get()));
    }

    private static String nominated(Pod pod) {
        var node = pod.getStatus() == null ? null : pod.getStatus().getNominatedNodeName();
        return node == null ? "" : node;
    }

    private static Optional<PodCondition> condition(Pod pod, String type) {
        return pod.getStatus() == null || pod.getStatus().getConditions() == null
                ? Optional.empty()
                : pod.getStatus().getConditions().stream()
                        .filter(condition -> type.equals(condition.getType()))
                        .findFirst();
    }

    private ObjectNode patchOf(Word word, Optional<PodCondition> known, Pod pod) {
        var patch = JsonNodeFactory.instance.objectNode();
        patch.putObject("metadata").put("uid", pod.getMetadata().getUid());
        var status = patch.putObject("status");
        var condition = status.putArray("conditions").addObject();
        condition.put("type", word.type).put("status", word.status).put("reason", word.reason);
        condition.put("message", word.message).putNull("lastProbeTime");
        var since = known.filter(k -> word.status.equals(k.getStatus()))
                .map(PodCondition::getLastTransitionTime)
                .orElseGet(() -> time.now().truncatedTo(ChronoUnit.SECONDS).toString());
        condition.put("lastTransitionTime", since);
        if (pod.getMetadata().getGeneration() != null) {
            condition.put("observedGeneration", pod.getMetadata().getGeneration());
        }
        if (!word.nominated.isEmpty()) {
            status.put("nominatedNodeName", word.nominated);
        } else if (!nominated(pod).isEmpty()) {
            status.putNull("nominatedNodeName");
        }
        return patch;
    }

    /** How many pods' words wait. */
    int pending() {
        synchronized (pending) {
            return pending.size();
        }
    }

    private void patch(PodInfo pod, ObjectNode patch) {
        long start = metrics.start();
        metrics.called(CALL, patched(pod, patch), start);
    }

    private boolean patched(PodInfo pod, ObjectNode patch) {
        try {
            client.resource(Pod.class)
                    .patchStatusUnread(pod.key().namespace(), pod.key().name(), new Patch.Strategic(patch));
            return true;
        } catch (ApiFailure e) {
            if (!e.notFound() && !e.conflict()) {
                log.warn("The condition of {} was not written: {}", pod, e.getMessage());
            }
        } catch (UncheckedIOException e) {
            log.info("The condition of {} was not written: {}", pod, e.getMessage());
        }
        return false;
    }

    @Override
    public void close() {
        synchronized (pending) {
            closed = true;
            pending.notifyAll();
        }
        thread.interrupt();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
