package dev.navarch.kubelet;

import dev.navarch.client.ApiClient;
import dev.navarch.client.ApiFailure;
import dev.navarch.client.Json;
import dev.navarch.client.Patch;
import dev.navarch.client.Resource;
import dev.navarch.kubelet.pods.Pods;
import dev.navarch.time.TimeSource;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodStatus;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Tells the API server what pods are doing: at most one write a pod at a time, the latest status wins, failed writes are
 * tried again. Writes are merge patches bound to the pod's uid and the version they were computed from; what others
 * wrote in between is read and kept.
 */
final class StatusWriter implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(StatusWriter.class);
    private static final Duration FIRST_RETRY = Duration.ofMillis(200);
    private static final Duration LAST_RETRY = Duration.ofSeconds(10);
    /** Fields that the scheduler and controllers write. */
    private static final List<String> OTHERS =
            List.of("nominatedNodeName", "resourceClaimStatuses", "extendedResourceClaimStatus");

    private final Resource<Pod> pods;
    private final TimeSource time;
    private final Consumer<String> written;

    /** Guards the slots and their fields. */
    private final Object lock = new Object();

    private final Map<String, Slot> slots = new HashMap<>();
    private boolean closed;

    private static final class Slot {
        Pod known;

        @Nullable
        PodStatus wanted;

        boolean busy;

        @Nullable
        JsonNode written;

        long writtenVersion;
        Duration retry = FIRST_RETRY;

        Slot(Pod known) {
            this.known = known;
        }
    }

    /** @param written told the uid of a pod whose wish was fulfilled */
    StatusWriter(ApiClient client, TimeSource time, Consumer<String> written) {
        pods = client.resource(Pod.class);
        this.time = time;
        this.written = written;
    }

    /** The newest version of a pod that is known, which may be one that we wrote and have not seen come back. */
    Pod newest(Pod pod) {
        synchronized (lock) {
            var slot = slots.computeIfAbsent(Pods.uid(pod), _ -> new Slot(pod));
            if (version(pod) > version(slot.known)) {
                slot.known = pod;
            }
            return slot.known;
        }
    }

    private static long version(Pod pod) {
        try {
            return Long.parseLong(pod.getMetadata().getResourceVersion());
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    /** Wants the pod to have this status; nothing is done, and nobody told, if it has. */
    void submit(Pod pod, PodStatus status) {
        JsonNode tree = Json.mapper().valueToTree(status);
        synchronized (lock) {
            newest(pod);
            var slot = slots.get(Pods.uid(pod));
            if (!slot.busy && has(slot, tree)) {
                return;
            }
            slot.wanted = status;
            if (!slot.busy && !closed) {
                slot.busy = true;
                start(slot);
            }
        }
    }

    /** Also when the server spells what we wrote in its own way. */
    private static boolean has(Slot slot, JsonNode tree) {
        return (tree.equals(slot.written) && version(slot.known) == slot.writtenVersion)
                || StatusPatch.between(statusOf(slot.known), tree).isEmpty();
    }

    /** The status with what the pod has of others' fields. */
    private static JsonNode treeOf(PodStatus status, Pod pod) {
        ObjectNode tree = Json.mapper().valueToTree(status);
        var now = statusOf(pod);
        for (var field : OTHERS) {
            tree.remove(field);
            if (now.has(field)) {
                tree.set(field, now.get(field));
            }
        }
        return tree;
    }

    private static JsonNode statusOf(Pod pod) {
        return pod.getStatus() == null
                ? JsonNodeFactory.instance.objectNode()
                : Json.mapper().valueToTree(pod.getStatus());
    }

    private void start(Slot slot) {
        time.start("status-" + slot.known.getMetadata().getName(), () -> run(slot));
    }

    /** Whether the last wish for the pod was fulfilled. */
    boolean settled(String uid) {
        synchronized (lock) {
            var slot = slots.get(uid);
            return slot == null || (slot.wanted == null && !slot.busy);
        }
    }

    /** The pod is no more: what was wanted for it is wanted no longer. */
    void forget(String uid) {
        synchronized (lock) {
            var slot = slots.remove(uid);
            if (slot != null) {
                slot.wanted = null;
            }
        }
    }

    private void run(Slot slot) {
        while (true) {
            PodStatus status;
            Pod base;
            synchronized (lock) {
                if (slot.wanted == null || closed) {
                    slot.busy = false;
                    break;
                }
                status = slot.wanted;
                base = slot.known;
            }
            try {
                var now = write(base, status);
                synchronized (lock) {
                    slot.retry = FIRST_RETRY;
                    slot.written = Json.mapper().valueToTree(status);
                    slot.writtenVersion = version(now);
                    if (version(now) >= version(slot.known)) {
                        slot.known = now;
                    }
                    if (slot.wanted == status) {
                        slot.wanted = null;
                    }
                }
            } catch (ApiFailure e) {
                if (e.notFound()) {
                    synchronized (lock) {
                        slot.wanted = null;
                    }
                } else if (!e.conflict()) {
                    log.warn("Can't write the status of pod {}: {}", Pods.describe(base), e.getMessage());
                    later(slot);
                    return;
                } else if (!refresh(slot, base)) {
                    later(slot);
                    return;
                }
            } catch (UncheckedIOException e) {
                log.warn("Can't write the status of pod {}: {}", Pods.describe(base), e.getMessage());
                later(slot);
                return;
            }
        }
        written.accept(Pods.uid(slot.known));
    }

    private void later(Slot slot) {
        Duration delay;
        synchronized (lock) {
            delay = slot.retry;
            var doubled = delay.multipliedBy(2);
            slot.retry = doubled.compareTo(LAST_RETRY) > 0 ? LAST_RETRY : doubled;
        }
        time.schedule(delay, () -> start(slot));
    }

    /**
     * Somebody else wrote: their version is the new base, with our wish on top. False: trying again at once is of no use. The
     * pod can't be read now, as when another pod has the name and is not this node's, or not yet; or nobody wrote.
     *
     * @param refused the base that was refused
     */
    private boolean refresh(Slot slot, Pod refused) {
        var meta = slot.known.getMetadata();
        try {
            var fresh = pods.get(meta.getNamespace(), meta.getName());
            synchronized (lock) {
                if (fresh.isEmpty() || !Pods.uid(fresh.get()).equals(meta.getUid())) {
                    slot.wanted = null;
                    return true;
                }
                slot.known = fresh.get();
                slot.wanted = slot.wanted == null ? null : keepOthers(slot.wanted, fresh.get());
                return version(fresh.get()) > version(refused);
            }
        } catch (ApiFailure | UncheckedIOException e) {
            log.warn("Can't read pod {}: {}", Pods.describe(slot.known), e.getMessage());
            return false;
        }
    }

    /** Conditions that are not the node agent's own come from whoever wrote them last. */
    private static PodStatus keepOthers(PodStatus wanted, Pod fresh) {
        var own = java.util.Set.of(
                "PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled");
        var conditions = new java.util.ArrayList<>(wanted.getConditions().stream()
                .filter(c -> own.contains(c.getType()))
                .toList());
        if (fresh.getStatus() != null) {
            Pods.orEmpty(fresh.getStatus().getConditions()).stream()
                    .filter(c -> !own.contains(c.getType()))
                    .forEach(conditions::add);
        }
        wanted.setConditions(conditions);
        return wanted;
    }

    private Pod write(Pod base, PodStatus status) {
        var change = StatusPatch.between(statusOf(base), treeOf(status, base));
        if (change.isEmpty()) {
            return base;
        }
        var meta = base.getMetadata();
        var patch = JsonNodeFactory.instance.objectNode();
        patch.putObject("metadata").put("uid", meta.getUid()).put("resourceVersion", meta.getResourceVersion());
        patch.set("status", change.get());
        return pods.patchStatus(meta.getNamespace(), meta.getName(), new Patch.Merge(patch));
    }

    @Override
    public void close() {
        synchronized (lock) {
            closed = true;
        }
    }
}
