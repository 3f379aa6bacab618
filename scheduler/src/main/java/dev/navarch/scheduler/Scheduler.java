package dev.navarch.scheduler;

import static java.util.Objects.requireNonNull;

import dev.navarch.client.ApiClient;
import dev.navarch.client.Informer;
import dev.navarch.client.Informers;
import dev.navarch.scheduler.config.ConfigurationException;
import dev.navarch.scheduler.framework.ClusterEvent;
import dev.navarch.scheduler.framework.CycleState;
import dev.navarch.scheduler.framework.Events;
import dev.navarch.scheduler.framework.FitMessage;
import dev.navarch.scheduler.framework.Plugin;
import dev.navarch.scheduler.framework.PodInfo;
import dev.navarch.scheduler.framework.Status;
import dev.navarch.scheduler.framework.Stopwatch.Call;
import dev.navarch.time.TimeSource;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
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
    private final Map<String, SchedulerAssembly.Assembled> profiles;
    private final Map<String, Algorithm> algorithms = new HashMap<>();
    private final Nominations nominations;
    private final List<Extender> extenders;
    private final SchedulerMetrics metrics;
    private final ClusterCache cache = new ClusterCache();
    private final ClusterSnapshot snapshot;
    private final SchedulingQueue queue;
    private final PodConditions conditions;
    private final Semaphore bindings;
    private final Informer<Pod> pods;
    private final Informer<Node> nodes;
    private final Informer<Namespace> namespaces;
    /** How many threads bind, wait to be permitted ones too. Guards itself. */
    private final AtomicInteger underWay = new AtomicInteger();

    private @Nullable Thread thread;

    /**
     * A scheduler with informers and event recorders of its own.
     *
     * @param random seeds the choice between nodes that are equally good
     * @throws ConfigurationException if a profile can't work as it is configured
     */
    public Scheduler(ApiClient client, TimeSource time, RandomGenerator random, SchedulerConfig config) {
        this.config = requireNonNull(config);
        var quick = new SplittableRandom(random.nextLong());
        var settings = config.configuration();
        informers = new Informers(client, time);
        metrics = new SchedulerMetrics(time);
        pods = informers.of(Pod.class);
        nodes = informers.of(Node.class);
        namespaces = informers.of(Namespace.class);
        var assembly = new SchedulerAssembly(config, client, informers, time, quick, metrics);
        profiles = assembly.profiles();
        nominations = assembly.nominations();
        extenders = assembly.extenders();
        conditions = new PodConditions(client, time, pods, metrics);
        var search =
                new Algorithm.SearchSettings(settings.percentageOfNodesToScore(), extenders, new Algorithm.Cursor());
        profiles.forEach((name, made) -> algorithms.put(name, new Algorithm(made.profile(), quick, search, metrics)));
        snapshot = new ClusterSnapshot(this::namespaceLabels);
        queue = new SchedulingQueue(
                time,
                profiles.values().stream()
                        .map(SchedulerAssembly.Assembled::profile)
                        .toList(),
                new SchedulingQueue.Backoff(settings.podInitialBackoff(), settings.podMaxBackoff()),
                metrics);
        assembly.connect(queue);
        nominations.onFreed(this::freed);
        metrics.show(queue, cache, underWay::get, conditions::pending);
        metrics.show(profiles.values().stream()
                .map(SchedulerAssembly.Assembled::profile)
                .toList());
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
        var observer = new ClusterObserver(profiles.keySet(), cache, queue, nominations, metrics);
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

    private SchedulerAssembly.Assembled of(PodInfo pod) {
        var made = profiles.get(pod.schedulerName());
        return made == null ? profiles.values().iterator().next() : made;
    }

    /** One pod on its way to a node. */
    private record Attempt(
            QueuedPod queued,
            PodInfo pod,
            Profile profile,
            Events recorder,
            CycleState state,
            String node,
            long start) {}

    private void cycle(QueuedPod queued) throws InterruptedException {
        var pod = queued.info();
        var made = of(pod);
        if (pod.terminating()) {
            made.recorder()
                    .warning(pod.pod(), "FailedScheduling", "Scheduling", "skip schedule deleting pod: " + pod.key());
            queue.bound(queued);
            return;
        }
        if (cache.placed(pod.uid()).isPresent()) {
            queue.bound(queued);
            return;
        }
        long start = metrics.start();
        Decision decision;
        try {
            cache.bringUpToDate(snapshot);
            decision = requireNonNull(algorithms.get(made.profile().schedulerName()))
                    .decide(pod, snapshot);
        } catch (RuntimeException e) {
            log.error("Scheduling {} failed", pod, e);
            decision = new Decision.Failed(String.valueOf(e.getMessage()));
        }
        metrics.decided(start);
        switch (decision) {
            case Decision.Placed(var node, var state) ->
                commit(new Attempt(queued, pod, made.profile(), made.recorder(), state, node, start));
            case Decision.Unfit(var message, var rejectedBy, var nominated) -> {
                metrics.attempted(made.profile().schedulerName(), "unschedulable", start);
                nominated.ifPresent(node -> nominate(pod, node));
                queue.rejected(queued, rejectedBy);
                tellUnscheduled(made.recorder(), pod, "Unschedulable", message);
            }
            case Decision.Failed(var message) -> {
                metrics.attempted(made.profile().schedulerName(), "error", start);
                fail(made.recorder(), queued, pod, message);
            }
        }
    }

    /** Who was to have the room that is being made for somebody more important has to look again. */
    private void nominate(PodInfo pod, String node) {
        if (!node.isEmpty()) {
            nominations.makeWay(node, pod.priority()).forEach(conditions::notNominated);
        }
        nominations.set(pod, node);
    }

    private void fail(Events recorder, QueuedPod queued, PodInfo pod, String message) {
        queue.failed(queued);
        tellUnscheduled(recorder, pod, "SchedulerError", message);
    }

    private void tellUnscheduled(Events recorder, PodInfo pod, String reason, String message) {
        recorder.warning(pod.pod(), "FailedScheduling", "Scheduling", message);
        conditions.unscheduled(pod, reason, message, nominations.nodeOf(pod.uid()));
    }

    /** Takes the room on the node at once, and binds on a thread of its own. */
    private void commit(Attempt attempt) throws InterruptedException {
        long start = metrics.start();
        for (var plugin : attempt.profile.all(Plugin.Reserve.class)) {
            var status = timed(
                    attempt, plugin, Call.RESERVE, () -> plugin.reserve(attempt.state, attempt.pod, attempt.node));
            if (!status.success()) {
                ran(Call.RESERVE, status, attempt, start);
                unreserve(attempt);
                refused(attempt, plugin, status, "Reserve");
                return;
            }
        }
        ran(Call.RESERVE, Status.SUCCESS, attempt, start);
        if (!cache.assume(attempt.pod, attempt.node)) {
            unreserve(attempt);
            queue.bound(attempt.queued);
            return;
        }
        nominations.remove(attempt.pod.uid());
        bindings.acquire();
        underWay.incrementAndGet();
        Thread.ofVirtual().name("bind-" + attempt.pod.key()).start(() -> {
            boolean held = true;
            try {
                if (waits(attempt)) {
                    // Whoever waits for others must not keep them from being bound.
                    held = false;
                    bindings.release();
                    conditions.nominated(attempt.pod, attempt.node);
                    if (!prepare(attempt)) {
                        return;
                    }
                    bindings.acquire();
                    held = true;
                }
                bind(attempt);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (RuntimeException e) {
                log.error("Binding {} to {} failed", attempt.pod, attempt.node, e);
                takeBack(attempt);
                failed(attempt, String.valueOf(e.getMessage()));
            } finally {
                if (held) {
                    bindings.release();
                }
                ended();
            }
        });
    }

    private void ended() {
        synchronized (underWay) {
            underWay.decrementAndGet();
            underWay.notifyAll();
        }
    }

    private boolean waits(Attempt attempt) {
        long start = metrics.start();
        boolean work = false;
        for (var plugin : attempt.profile.all(Plugin.PreBind.class)) {
            work |= hasWork(attempt, plugin);
        }
        ran(Call.PRE_FLIGHT, work ? Status.SUCCESS : Status.SKIP, attempt, start);
        return work || !attempt.profile.all(Plugin.Permit.class).isEmpty();
    }

    private static boolean hasWork(Attempt attempt, Plugin.PreBind plugin) {
        long start = attempt.state.stopwatch().start();
        boolean work = plugin.hasWork(attempt.state, attempt.pod, attempt.node);
        var code = work ? Status.Code.SUCCESS : Status.Code.SKIP;
        attempt.state.stopwatch().stop(plugin, Call.PRE_FLIGHT, code, start);
        return work;
    }

    /** What is called of a plugin. */
    private interface Asked<E extends Exception> {
        Status ask() throws E;
    }

    private static <E extends Exception> Status timed(Attempt attempt, Plugin plugin, Call call, Asked<E> asked)
            throws E {
        long start = attempt.state.stopwatch().start();
        var status = asked.ask();
        attempt.state.stopwatch().stop(plugin, call, status.code(), start);
        return status;
    }

    private void refused(Attempt attempt, Plugin plugin, Status status, String point) {
        if (status.rejected()) {
            metrics.attempted(attempt.profile.schedulerName(), "unschedulable", attempt.start);
            queue.rejected(attempt.queued, Set.of(plugin.name()));
            var message = FitMessage.ofNodes(snapshot.nodes().size(), List.of(status), Status.SUCCESS);
            tellUnscheduled(attempt.recorder, attempt.pod, "Unschedulable", message);
        } else {
            failed(attempt, "running " + point + " plugin \"" + plugin.name() + "\": " + status.message());
        }
    }

    private void failed(Attempt attempt, String message) {
        metrics.attempted(attempt.profile.schedulerName(), "error", attempt.start);
        fail(attempt.recorder, attempt.queued, attempt.pod, message);
    }

    /** Waits for permission, then prepares. Returns false if the pod does not go to the node. */
    private boolean prepare(Attempt attempt) throws InterruptedException {
        long start = metrics.start();
        for (var plugin : attempt.profile.all(Plugin.Permit.class)) {
            var status =
                    timed(attempt, plugin, Call.PERMIT, () -> plugin.permit(attempt.state, attempt.pod, attempt.node));
            if (!status.success()) {
                metrics.permitted("Unschedulable", start);
                ran(Call.PERMIT, status, attempt, start);
                takeBack(attempt);
                refused(attempt, plugin, status, "Permit");
                return false;
            }
            metrics.permitted("Success", start);
        }
        ran(Call.PERMIT, Status.SUCCESS, attempt, start);
        long prepared = metrics.start();
        for (var plugin : attempt.profile.all(Plugin.PreBind.class)) {
            if (hasWork(attempt, plugin)) {
                var status = timed(
                        attempt, plugin, Call.PRE_BIND, () -> plugin.preBind(attempt.state, attempt.pod, attempt.node));
                if (!status.success()) {
                    ran(Call.PRE_BIND, status, attempt, prepared);
                    takeBack(attempt);
                    refused(attempt, plugin, status, "PreBind");
                    return false;
                }
            }
        }
        ran(Call.PRE_BIND, Status.SUCCESS, attempt, prepared);
        return true;
    }

    private void ran(Call point, Status status, Attempt attempt, long start) {
        metrics.ran(point, status.code(), attempt.profile.schedulerName(), start);
    }

    private void bind(Attempt attempt) throws InterruptedException {
        long start = metrics.start();
        var problem = bindOnce(attempt);
        metrics.called("pod_binding", problem.isEmpty(), start);
        ran(Call.BIND, problem.map(Status::error).orElse(Status.SUCCESS), attempt, start);
        if (problem.isPresent()) {
            takeBack(attempt);
            failed(attempt, "binding rejected: " + problem.get());
            return;
        }
        queue.bound(attempt.queued);
        metrics.attempted(attempt.profile.schedulerName(), "scheduled", attempt.start);
        metrics.bound(attempt.queued.attempts, attempt.queued.first, attempt.queued.flushed);
        attempt.recorder.normal(
                attempt.pod.pod(),
                "Scheduled",
                "Binding",
                "Successfully assigned " + attempt.pod.key() + " to " + attempt.node);
        long bound = metrics.start();
        for (var plugin : attempt.profile.all(Plugin.PostBind.class)) {
            timed(attempt, plugin, Call.POST_BIND, () -> {
                plugin.postBind(attempt.state, attempt.pod, attempt.node);
                return Status.SUCCESS;
            });
        }
        ran(Call.POST_BIND, Status.SUCCESS, attempt, bound);
    }

    /** By an extender that binds and is interested, or by the first plugin that does not skip. */
    private Optional<String> bindOnce(Attempt attempt) throws InterruptedException {
        for (var extender : extenders) {
            if (extender.binds() && extender.interestedIn(attempt.pod)) {
                try {
                    extender.bind(attempt.pod, attempt.node);
                    return Optional.empty();
                } catch (ExtenderFailure e) {
                    if (!extender.ignorable()) {
                        return Optional.of(String.valueOf(e.getMessage()));
                    }
                }
            }
        }
        for (var plugin : attempt.profile.all(Plugin.Bind.class)) {
            var status = timed(attempt, plugin, Call.BIND, () -> plugin.bind(attempt.state, attempt.pod, attempt.node));
            if (!status.skip()) {
                return status.success()
                        ? Optional.empty()
                        : Optional.of("running Bind plugin \"" + plugin.name() + "\": " + status.message());
            }
        }
        return Optional.of("no plugin binds");
    }

    /** The pod stays nominated for a node that it was told to expect, as upstream's does. */
    private void takeBack(Attempt attempt) {
        unreserve(attempt);
        if (waits(attempt)) {
            nominations.set(attempt.pod, attempt.node);
        }
        cache.forget(attempt.pod);
        queue.observe(new ClusterEvent.PodRemoved(attempt.pod, cache.node(attempt.node)));
    }

    /** Room that was kept for a pod is free, unless the pod has taken it. */
    private void freed(PodInfo pod, String node) {
        if (!cache.nodeOf(pod.uid()).equals(Optional.of(node))) {
            queue.observe(new ClusterEvent.PodRemoved(pod, cache.node(node)));
        }
    }

    private void unreserve(Attempt attempt) {
        long start = metrics.start();
        for (var plugin : attempt.profile.all(Plugin.Reserve.class).reversed()) {
            timed(attempt, plugin, Call.UNRESERVE, () -> {
                plugin.unreserve(attempt.state, attempt.pod, attempt.node);
                return Status.SUCCESS;
            });
        }
        ran(Call.UNRESERVE, Status.SUCCESS, attempt, start);
    }

    /** What it counted. */
    public MetricSnapshots metrics() {
        return metrics.scrape();
    }

    /** The pods that have no node yet. */
    SchedulingQueue queue() {
        return queue;
    }

    /** Whether no pod is being placed and none could be before something happens or time passes. */
    public boolean idle() {
        return queue.count(QueuedPod.Place.ACTIVE) == 0 && queue.count(QueuedPod.Place.IN_FLIGHT) == 0;
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
                awaitBindings();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        informers.close();
        conditions.close();
        profiles.values().forEach(made -> made.recorder().close());
    }

    /** Lets bindings end; what waits for somebody else is left alone, and undone by the next start. */
    private void awaitBindings() throws InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        synchronized (underWay) {
            while (underWay.get() > 0 && bindings.availablePermits() < config.bindings()) {
                long left = deadline - System.nanoTime();
                if (left <= 0) {
                    log.warn("The scheduler is closed while bindings are on their way");
                    return;
                }
                underWay.wait(left / 1_000_000 + 1);
            }
        }
    }
}
