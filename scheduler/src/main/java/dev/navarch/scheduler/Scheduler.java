package dev.navarch.scheduler;

import static java.util.Objects.requireNonNull;

import dev.navarch.client.ApiClient;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.Informer;
import dev.navarch.client.Informers;
import dev.navarch.scheduler.framework.ClusterEvent;
import dev.navarch.scheduler.framework.CycleState;
import dev.navarch.scheduler.framework.Plugin;
import dev.navarch.scheduler.framework.PodInfo;
import dev.navarch.scheduler.framework.Status;
import dev.navarch.scheduler.plugins.DefaultPlugins;
import dev.navarch.time.TimeSource;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds nodes for the pods that name this scheduler and binds them. It may be killed at any time: all that it knows
 * comes from the API.
 *
 * <p>source: pkg/scheduler/schedule_one.go.
 */
public final class Scheduler implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Scheduler.class);

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final SchedulerConfig config;
    private final Informers informers;
    private final EventRecorder recorder;
    private final Profile profile;
    private final Algorithm algorithm;
    private final ClusterCache cache = new ClusterCache();
    private final ClusterSnapshot snapshot;
    private final SchedulingQueue queue;
    private final PodConditions conditions;
    private final Semaphore bindings;
    private final Informer<Pod> pods;
    private final Informer<Node> nodes;
    private final Informer<Namespace> namespaces;
    private @Nullable Thread thread;

    /**
     * A scheduler with informers and an event recorder of its own.
     *
     * @param random decides between nodes that are equally good
     */
    public Scheduler(ApiClient client, TimeSource time, RandomGenerator random, SchedulerConfig config) {
        this.config = requireNonNull(config);
        informers = new Informers(client, time);
        recorder = new EventRecorder(client, time, config.name(), "");
        pods = informers.of(Pod.class);
        nodes = informers.of(Node.class);
        namespaces = informers.of(Namespace.class);
        var budgets = informers.of(PodDisruptionBudget.class);
        conditions = new PodConditions(client, time, pods);
        profile = new Profile(
                config.name(),
                DefaultPlugins.all(client, recorder, budgets::list, new DefaultSelectors(informers), random),
                DefaultPlugins.WEIGHTS);
        algorithm = new Algorithm(profile, random);
        snapshot = new ClusterSnapshot(this::namespaceLabels);
        queue = new SchedulingQueue(time, profile.all(Plugin.QueueSort.class).getFirst(), profile.plugins());
        bindings = new Semaphore(config.bindings());
    }

    private Map<String, String> namespaceLabels(String name) {
        return namespaces
                .get("", name)
                .map(namespace -> namespace.getMetadata().getLabels())
                .orElse(Map.of());
    }

    /** Starts to observe and, as soon as the cluster is known, to schedule. */
    public synchronized void start() {
        if (thread != null) {
            return;
        }
        var observer = new ClusterObserver(config.name(), cache, queue, profile.nominations());
        nodes.addHandler(observer.nodes());
        pods.addHandler(observer.pods());
        namespaces.addHandler(observer.namespaces());
        informers.start();
        thread = Thread.ofPlatform().name("scheduler").daemon().start(this::run);
    }

    private void run() {
        try {
            awaitSynced();
            for (var next = queue.take(); next != null; next = queue.take()) {
                cycle(next);
            }
        } catch (InterruptedException e) {
            // closed
        }
    }

    /** Without pods and nodes no decision can be made; the rest only makes decisions better. */
    private void awaitSynced() throws InterruptedException {
        boolean complete = false;
        while (!complete) {
            try {
                informers.awaitSynced(PATIENCE);
                complete = true;
            } catch (TimeoutException e) {
                complete = pods.synced() && nodes.synced();
                log.warn(
                        "The scheduler {}: {}",
                        complete ? "starts without all it wants to know" : "waits",
                        e.getMessage());
            }
        }
    }

    private void cycle(QueuedPod queued) throws InterruptedException {
        var pod = queued.info();
        if (pod.terminating()) {
            recorder.warning(pod.pod(), "FailedScheduling", "skip schedule deleting pod: " + pod.key());
            queue.bound(queued);
            return;
        }
        if (cache.placed(pod.uid()).isPresent()) {
            queue.bound(queued);
            return;
        }
        Decision decision;
        try {
            cache.bringUpToDate(snapshot);
            decision = algorithm.decide(pod, snapshot);
        } catch (RuntimeException e) {
            log.error("Scheduling {} failed", pod, e);
            decision = new Decision.Failed(String.valueOf(e.getMessage()));
        }
        switch (decision) {
            case Decision.Placed(var node, var state) -> commit(queued, pod, node, state);
            case Decision.Unfit(var message, var rejectedBy, var nominated) -> {
                nominated.ifPresent(node -> profile.nominations().set(pod, node));
                queue.rejected(queued, rejectedBy);
                tellUnscheduled(pod, "Unschedulable", message);
            }
            case Decision.Failed(var message) -> fail(queued, pod, message);
        }
    }

    private void fail(QueuedPod queued, PodInfo pod, String message) {
        queue.failed(queued);
        tellUnscheduled(pod, "SchedulerError", message);
    }

    private void tellUnscheduled(PodInfo pod, String reason, String message) {
        recorder.warning(pod.pod(), "FailedScheduling", message);
        var nominated = profile.nominations().nodeOf(pod.uid());
        conditions.unscheduled(pod, reason, message, nominated);
    }

    /** Takes the room on the node at once, and binds on a thread of its own. */
    private void commit(QueuedPod queued, PodInfo pod, String node, CycleState state) throws InterruptedException {
        for (var plugin : profile.all(Plugin.Reserve.class)) {
            var status = plugin.reserve(state, pod, node);
            if (!status.success()) {
                unreserve(state, pod, node);
                refused(queued, pod, plugin, status);
                return;
            }
        }
        if (!cache.assume(pod, node)) {
            unreserve(state, pod, node);
            queue.bound(queued);
            return;
        }
        bindings.acquire();
        Thread.ofVirtual().name("bind-" + pod.key()).start(() -> {
            try {
                bind(queued, pod, node, state);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (RuntimeException e) {
                log.error("Binding {} to {} failed", pod, node, e);
                takeBack(pod, node, state);
                fail(queued, pod, String.valueOf(e.getMessage()));
            } finally {
                bindings.release();
            }
        });
    }

    private void refused(QueuedPod queued, PodInfo pod, Plugin plugin, Status status) {
        if (status.rejected()) {
            queue.rejected(queued, Set.of(plugin.name()));
            tellUnscheduled(
                    pod, "Unschedulable", FitMessage.ofNodes(snapshot.nodes().size(), List.of(status), Status.SUCCESS));
        } else {
            fail(queued, pod, status.message());
        }
    }

    private void bind(QueuedPod queued, PodInfo pod, String node, CycleState state) throws InterruptedException {
        for (var plugin : profile.all(Plugin.Permit.class)) {
            var status = plugin.permit(state, pod, node);
            if (!status.success()) {
                takeBack(pod, node, state);
                refused(queued, pod, plugin, status);
                return;
            }
        }
        for (var plugin : profile.all(Plugin.PreBind.class)) {
            var status = plugin.preBind(state, pod, node);
            if (!status.success()) {
                takeBack(pod, node, state);
                refused(queued, pod, plugin, status);
                return;
            }
        }
        for (var plugin : profile.all(Plugin.Bind.class)) {
            var status = plugin.bind(state, pod, node);
            if (status.skip()) {
                continue;
            }
            if (!status.success()) {
                takeBack(pod, node, state);
                fail(
                        queued,
                        pod,
                        "binding rejected: running Bind plugin \"" + plugin.name() + "\": " + status.message());
                return;
            }
            break;
        }
        profile.nominations().remove(pod.uid());
        queue.bound(queued);
        recorder.normal(pod.pod(), "Scheduled", "Successfully assigned " + pod.key() + " to " + node);
        for (var plugin : profile.all(Plugin.PostBind.class)) {
            plugin.postBind(state, pod, node);
        }
    }

    private void takeBack(PodInfo pod, String node, CycleState state) {
        unreserve(state, pod, node);
        cache.forget(pod);
        queue.observe(new ClusterEvent.PodRemoved(pod));
    }

    private void unreserve(CycleState state, PodInfo pod, String node) {
        for (var plugin : profile.all(Plugin.Reserve.class).reversed()) {
            plugin.unreserve(state, pod, node);
        }
    }

    /** The pods that have no node yet. */
    SchedulingQueue queue() {
        return queue;
    }

    /** Stops scheduling; lets bindings that are on their way end. */
    @Override
    public synchronized void close() {
        queue.close();
        var running = thread;
        if (running != null) {
            running.interrupt();
            try {
                running.join();
                if (!bindings.tryAcquire(config.bindings(), PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                    log.warn("The scheduler is closed while bindings are on their way");
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        informers.close();
        conditions.close();
        recorder.close();
    }
}
