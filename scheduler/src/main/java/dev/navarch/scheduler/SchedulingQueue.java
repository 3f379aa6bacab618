package dev.navarch.scheduler;

import static java.util.Objects.requireNonNull;

import dev.navarch.scheduler.framework.ClusterEvent;
import dev.navarch.scheduler.framework.Plugin;
import dev.navarch.scheduler.framework.PodInfo;
import dev.navarch.time.TimeSource;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodResourceClaimStatus;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The pods that wait for a node: active ones, in the order of the queue-sort plugin; ones that back off, 1 s doubling to
 * 10 s; and unschedulable ones, which come back when an event happens of which a plugin that rejected them says that it
 * may help, or after five minutes. Events that happen while a pod is in flight count when it comes back. Pods that back
 * off after a rejection are tried early when no other is active. Safe for use by many threads.
 *
 * <p>source: pkg/scheduler/backend/queue.
 */
final class SchedulingQueue implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(SchedulingQueue.class);
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(5);
    private static final Duration FLUSH = Duration.ofSeconds(30);

    private final TimeSource time;
    private final Map<String, Line> lines = new LinkedHashMap<>();
    private final Backoff backoff;
    private final SchedulerMetrics metrics;

    private final Map<String, QueuedPod> pods = new HashMap<>();
    private final Map<QueuedPod.Place, TreeSet<QueuedPod>> sorted = new EnumMap<>(QueuedPod.Place.class);
    /** The unschedulable and gated ones by a plugin that rejected them; by "" if none did. */
    private final Map<By, Set<QueuedPod>> rejected = new HashMap<>();
    /** In the order in which they were taken. */
    private final Map<String, QueuedPod> inFlight = new LinkedHashMap<>();

    /** The events that a pod in flight has not seen; the first has the number {@link #firstEvent}. */
    private final ArrayDeque<Observed> events = new ArrayDeque<>();

    private long firstEvent;
    private long orders;
    private boolean closed;
    private TimeSource.@Nullable Timer flush;
    private TimeSource.@Nullable Timer alarm;
    private long alarmAt = Long.MAX_VALUE;

    /** What a profile's plugins say of its pods. */
    private record Line(List<Plugin> plugins, List<Plugin.PreEnqueue> gates, Nominations nominations) {}

    /** An event whose name is made only if somebody wants to know it. */
    private static final class Observed {
        private final ClusterEvent event;
        private @Nullable String name;

        Observed(ClusterEvent event) {
            this.event = event;
        }

        String name() {
            var known = name;
            if (known == null) {
                known = event.name();
                name = known;
            }
            return known;
        }
    }

    /** A plugin of a profile. */
    record By(String profile, String plugin) {}

    /** How long pods that failed wait: doubles from the first with each further failure, up to the last. */
    record Backoff(Duration first, Duration last) {
        static final Backoff STANDARD = new Backoff(Duration.ofSeconds(1), Duration.ofSeconds(10));

        Duration after(int times) {
            var duration = first.multipliedBy(1L << Math.min(Math.max(times, 1) - 1, 20));
            return duration.compareTo(last) > 0 ? last : duration;
        }
    }

    /** @param profiles whose pods come here; they have the same queue-sort plugin */
    SchedulingQueue(TimeSource time, List<Profile> profiles, Backoff backoff, SchedulerMetrics metrics) {
        this.time = time;
        this.backoff = backoff;
        this.metrics = metrics;
        for (var profile : profiles) {
            lines.put(
                    profile.schedulerName(),
                    new Line(profile.plugins(), profile.all(Plugin.PreEnqueue.class), profile.nominations()));
        }
        var sort = profiles.getFirst().all(Plugin.QueueSort.class).getFirst();
        Comparator<QueuedPod> bySort = (one, other) -> sort.compare(one.info, one.since, other.info, other.since);
        Comparator<QueuedPod> byBackoff = (one, other) -> Long.signum(one.backoffUntil - other.backoffUntil);
        Comparator<QueuedPod> byOrder = Comparator.comparingLong(pod -> pod.order);
        sorted.put(QueuedPod.Place.ACTIVE, new TreeSet<>(bySort.thenComparing(byOrder)));
        sorted.put(QueuedPod.Place.BACKOFF, new TreeSet<>(byBackoff.thenComparing(byOrder)));
        sorted.put(QueuedPod.Place.ERROR_BACKOFF, new TreeSet<>(byBackoff.thenComparing(byOrder)));
        sorted.put(QueuedPod.Place.UNSCHEDULABLE, new TreeSet<>(byOrder));
        sorted.put(QueuedPod.Place.GATED, new TreeSet<>(byOrder));
        flush = time.schedule(FLUSH, this::flushForgotten);
    }

    private TreeSet<QueuedPod> at(QueuedPod.Place place) {
        return requireNonNull(sorted.get(place), place.name());
    }

    // Observed

    /** A pod without a node was seen for the first time. */
    synchronized void add(Pod pod) {
        var info = new PodInfo(pod);
        if (pods.containsKey(info.uid())) {
            return;
        }
        var queued = new QueuedPod(info, orders++, time.nanoTime());
        pods.put(info.uid(), queued);
        enqueue(queued, QueuedPod.Place.ACTIVE, "UnschedulablePodAdd");
    }

    /** Puts the pod where it belongs, unless a plugin holds it back. */
    private void enqueue(QueuedPod queued, QueuedPod.Place place, String event) {
        for (var gate : line(queued.info).gates) {
            if (!gate.preEnqueue(queued.info).success()) {
                queued.rejectedBy = Set.of(gate.name());
                put(queued, QueuedPod.Place.GATED);
                metrics.queued("unschedulable", event);
                return;
            }
        }
        put(queued, place);
        metrics.queued(
                switch (place) {
                    case ACTIVE -> "active";
                    case BACKOFF, ERROR_BACKOFF -> "backoff";
                    case UNSCHEDULABLE, GATED, IN_FLIGHT -> "unschedulable";
                },
                event);
    }

    private Line line(PodInfo pod) {
        var line = lines.get(pod.schedulerName());
        return line == null ? lines.values().iterator().next() : line;
    }

    /** A pod without a node changed. */
    synchronized void update(Pod before, Pod now) {
        var info = new PodInfo(now);
        var queued = pods.get(info.uid());
        if (queued == null) {
            add(now);
            return;
        }
        var change = new Observed(new ClusterEvent.PodChanged(before, now));
        switch (queued.place) {
            case IN_FLIGHT -> {
                queued.info = info;
                queued.ownChanges.add(change.event);
            }
            case GATED -> {
                take(queued);
                queued.info = info;
                enqueue(queued, afterBackoff(queued), change.name());
            }
            case UNSCHEDULABLE -> {
                boolean helped = matters(before, now) && mayHelp(queued, change);
                take(queued);
                queued.info = info;
                if (helped) {
                    enqueue(queued, afterBackoff(queued), change.name());
                } else {
                    put(queued, QueuedPod.Place.UNSCHEDULABLE);
                }
            }
            case ACTIVE, BACKOFF, ERROR_BACKOFF -> {
                var place = queued.place;
                take(queued);
                queued.info = info;
                put(queued, place);
            }
        }
    }

    /** The scheduler's own writes to the status are no reason to try again. */
    private static boolean matters(Pod before, Pod now) {
        return !before.getSpec().equals(now.getSpec())
                || !Objects.equals(
                        before.getMetadata().getLabels(), now.getMetadata().getLabels())
                || !generatedClaims(before).equals(generatedClaims(now));
    }

    private static List<PodResourceClaimStatus> generatedClaims(Pod pod) {
        var status = pod.getStatus();
        return status == null || status.getResourceClaimStatuses() == null
                ? List.of()
                : status.getResourceClaimStatuses();
    }

    /** A pod is gone or has a node. */
    synchronized void delete(String uid) {
        var queued = pods.remove(uid);
        if (queued == null) {
            return;
        }
        if (queued.place == QueuedPod.Place.IN_FLIGHT) {
            queued.deleted = true;
        } else {
            take(queued);
        }
    }

    /** Something happened that may make room. */
    synchronized void observe(ClusterEvent event) {
        var observed = new Observed(event);
        if (!inFlight.isEmpty()) {
            events.add(observed);
        }
        if (rejected.isEmpty()) {
            return;
        }
        var helped = new LinkedHashSet<QueuedPod>();
        lines.forEach((profile, line) -> {
            helped.addAll(rejected.getOrDefault(new By(profile, ""), Set.of()));
            for (var plugin : line.plugins) {
                var waiting = rejected.get(new By(profile, plugin.name()));
                if (waiting != null && concerned(plugin, event)) {
                    for (var queued : waiting) {
                        if (!helped.contains(queued) && helps(line, plugin, queued.info, observed)) {
                            helped.add(queued);
                        }
                    }
                }
            }
        });
        for (var queued : helped) {
            take(queued);
            enqueue(queued, afterBackoff(queued), observed.name());
        }
    }

    /** Tries a pod again that waits for a plugin which says now that it need not. */
    synchronized void activate(String uid) {
        var queued = pods.get(uid);
        if (queued == null) {
            return;
        }
        switch (queued.place) {
            case UNSCHEDULABLE, GATED, BACKOFF -> {
                take(queued);
                enqueue(queued, QueuedPod.Place.ACTIVE, "ForceActivate");
            }
            case IN_FLIGHT -> queued.activated = true;
            case ACTIVE, ERROR_BACKOFF -> {}
        }
    }

    private static boolean concerned(Plugin plugin, ClusterEvent event) {
        try {
            return plugin.concernedBy(event);
        } catch (RuntimeException e) {
            log.error("{} could not tell whether {} concerns it", plugin.name(), event, e);
            return true;
        }
    }

    /**
     * A pod that goes helps no other with the room that is kept for somebody else, nor itself (source:
     * runtime/framework.go, RunFilterPluginsWithNominatedPods).
     */
    private boolean helps(Line line, Plugin plugin, PodInfo pod, Observed observed) {
        long start = metrics.start();
        var hint = SchedulerMetrics.Hint.ERROR;
        try {
            hint = helps(line, plugin, pod, observed.event) ? SchedulerMetrics.Hint.QUEUE : SchedulerMetrics.Hint.SKIP;
        } catch (RuntimeException e) {
            log.error("{} could not tell whether {} helps {}", plugin.name(), observed.event, pod, e);
        }
        metrics.hints(plugin, observed.name()).told(hint, start);
        return hint != SchedulerMetrics.Hint.SKIP;
    }

    private static boolean helps(Line line, Plugin plugin, PodInfo pod, ClusterEvent event) {
        if (!(event instanceof ClusterEvent.PodRemoved(var gone, var node))) {
            return plugin.mayHelp(pod, event);
        }
        if (gone.uid().equals(pod.uid()) || !plugin.mayHelp(pod, event)) {
            return false;
        }
        var nominated =
                node.map(known -> line.nominations.on(known.name(), pod)).orElse(List.of());
        if (nominated.isEmpty()) {
            return true;
        }
        var fuller = node;
        for (var other : nominated) {
            fuller = fuller.map(known -> known.with(other));
        }
        return plugin.mayHelp(pod, new ClusterEvent.PodRemoved(gone, fuller));
    }

    private boolean mayHelp(QueuedPod queued, Observed event) {
        var line = line(queued.info);
        return queued.rejectedBy.isEmpty()
                || line.plugins.stream()
                        .anyMatch(plugin -> queued.rejectedBy.contains(plugin.name())
                                && concerned(plugin, event.event)
                                && helps(line, plugin, queued.info, event));
    }

    private QueuedPod.Place afterBackoff(QueuedPod queued) {
        return queued.backoffUntil - time.nanoTime() > 0 ? QueuedPod.Place.BACKOFF : QueuedPod.Place.ACTIVE;
    }

    // Scheduled

    /** The next pod to be tried, which is in flight from now on; null once the queue is closed. */
    synchronized @Nullable QueuedPod take() throws InterruptedException {
        while (true) {
            if (closed) {
                return null;
            }
            endBackoffs();
            var active = at(QueuedPod.Place.ACTIVE);
            var next = active.isEmpty() ? at(QueuedPod.Place.BACKOFF).pollFirst() : active.pollFirst();
            if (next != null) {
                next.place = QueuedPod.Place.IN_FLIGHT;
                next.eventsFrom = firstEvent + events.size();
                next.ownChanges.clear();
                next.activated = false;
                next.attempts++;
                inFlight.put(next.info.uid(), next);
                return next;
            }
            wait();
        }
    }

    private void endBackoffs() {
        long now = time.nanoTime();
        endBackoffs(at(QueuedPod.Place.BACKOFF), now);
        var erring = at(QueuedPod.Place.ERROR_BACKOFF);
        endBackoffs(erring, now);
        if (!erring.isEmpty() && erring.first().backoffUntil < alarmAt) {
            if (alarm != null) {
                alarm.cancel();
            }
            alarmAt = erring.first().backoffUntil;
            alarm = time.schedule(Duration.ofNanos(alarmAt - now), this::wake);
        }
    }

    private void endBackoffs(TreeSet<QueuedPod> from, long now) {
        while (!from.isEmpty() && from.first().backoffUntil - now <= 0) {
            enqueue(from.removeFirst(), QueuedPod.Place.ACTIVE, "BackoffComplete");
        }
    }

    private synchronized void wake() {
        alarmAt = Long.MAX_VALUE;
        notifyAll();
    }

    /** The pod could not be scheduled; {@code by} are the plugins that rejected it. */
    synchronized void rejected(QueuedPod queued, Set<String> by) {
        queued.rejections++;
        queued.errors = 0;
        queued.rejectedBy = Set.copyOf(by);
        comeBack(queued, queued.rejections, false);
    }

    /** Trying to schedule or to bind the pod failed. */
    synchronized void failed(QueuedPod queued) {
        queued.errors++;
        queued.rejectedBy = Set.of();
        comeBack(queued, queued.errors, true);
    }

    private void comeBack(QueuedPod queued, int times, boolean error) {
        if (queued.place != QueuedPod.Place.IN_FLIGHT) {
            return;
        }
        boolean helped = error || queued.activated || happened(queued);
        land(queued);
        if (queued.deleted) {
            return;
        }
        queued.flushed = false;
        queued.since = time.nanoTime();
        queued.backoffUntil = queued.since + backoff.after(times).toNanos();
        if (error) {
            enqueue(queued, QueuedPod.Place.ERROR_BACKOFF, "ScheduleAttemptFailure");
        } else if (helped) {
            enqueue(queued, QueuedPod.Place.BACKOFF, "ScheduleAttemptFailure");
        } else {
            put(queued, QueuedPod.Place.UNSCHEDULABLE);
            metrics.queued("unschedulable", "ScheduleAttemptFailure");
        }
    }

    /** Whether, while the pod was in flight, anything happened that may help it. */
    private boolean happened(QueuedPod queued) {
        for (var change : queued.ownChanges) {
            if (change instanceof ClusterEvent.PodChanged(var before, var now)
                    && matters(before, now)
                    && mayHelp(queued, new Observed(change))) {
                return true;
            }
        }
        long number = firstEvent;
        for (var event : events) {
            if (number++ >= queued.eventsFrom && mayHelp(queued, event)) {
                return true;
            }
        }
        return false;
    }

    /** The pod is bound. */
    synchronized void bound(QueuedPod queued) {
        if (queued.place == QueuedPod.Place.IN_FLIGHT) {
            land(queued);
            pods.remove(queued.info.uid(), queued);
        }
    }

    private void land(QueuedPod queued) {
        inFlight.remove(queued.info.uid(), queued);
        long needed = inFlight.isEmpty()
                ? Long.MAX_VALUE
                : inFlight.values().iterator().next().eventsFrom;
        while (!events.isEmpty() && firstEvent < needed) {
            events.removeFirst();
            firstEvent++;
        }
    }

    // Places

    private void put(QueuedPod queued, QueuedPod.Place place) {
        queued.place = place;
        at(place).add(queued);
        switch (place) {
            case UNSCHEDULABLE, GATED ->
                reasons(queued)
                        .forEach(by -> rejected.computeIfAbsent(by, _ -> new LinkedHashSet<>())
                                .add(queued));
            case ACTIVE, BACKOFF, ERROR_BACKOFF -> notifyAll();
            case IN_FLIGHT -> {}
        }
    }

    private void take(QueuedPod queued) {
        at(queued.place).remove(queued);
        if (queued.place == QueuedPod.Place.UNSCHEDULABLE || queued.place == QueuedPod.Place.GATED) {
            for (var by : reasons(queued)) {
                var waiting = rejected.get(by);
                if (waiting != null) {
                    waiting.remove(queued);
                    if (waiting.isEmpty()) {
                        rejected.remove(by);
                    }
                }
            }
        }
    }

    private static List<By> reasons(QueuedPod queued) {
        var profile = queued.info.schedulerName();
        return queued.rejectedBy.isEmpty()
                ? List.of(new By(profile, ""))
                : queued.rejectedBy.stream().map(name -> new By(profile, name)).toList();
    }

    /** How many pods wait because of which plugin. */
    synchronized Map<By, Integer> rejections() {
        var counts = new HashMap<By, Integer>();
        rejected.forEach((by, waiting) -> {
            if (!by.plugin.isEmpty()) {
                counts.put(by, waiting.size());
            }
        });
        return counts;
    }

    /** Whoever was unschedulable for long is tried again: a hint may have been wrong. */
    private synchronized void flushForgotten() {
        if (closed) {
            return;
        }
        long now = time.nanoTime();
        for (var queued : new ArrayList<>(at(QueuedPod.Place.UNSCHEDULABLE))) {
            if (now - queued.since > LONGEST_WAIT.toNanos()) {
                take(queued);
                queued.flushed = true;
                enqueue(queued, QueuedPod.Place.ACTIVE, "UnschedulableTimeout");
            }
        }
        flush = time.schedule(FLUSH, this::flushForgotten);
    }

    /** The pods in flight, as {@code PodPopped}, and by name the events that any of them has not seen. */
    synchronized Map<String, Integer> inFlightEvents() {
        var counts = new HashMap<String, Integer>();
        if (!inFlight.isEmpty()) {
            counts.put("PodPopped", inFlight.size());
        }
        events.forEach(event -> counts.merge(event.name(), 1, Integer::sum));
        inFlight.values()
                .forEach(pod -> pod.ownChanges.forEach(change -> counts.merge(change.name(), 1, Integer::sum)));
        return counts;
    }

    /** How many pods are at a place. */
    synchronized int count(QueuedPod.Place place) {
        return place == QueuedPod.Place.IN_FLIGHT ? inFlight.size() : at(place).size();
    }

    @Override
    public synchronized void close() {
        closed = true;
        if (flush != null) {
            flush.cancel();
        }
        if (alarm != null) {
            alarm.cancel();
        }
        notifyAll();
    }
}
