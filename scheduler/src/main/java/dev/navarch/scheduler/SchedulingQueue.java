package dev.navarch.scheduler;

import static java.util.Objects.requireNonNull;

import dev.navarch.scheduler.framework.ClusterEvent;
import dev.navarch.scheduler.framework.Plugin;
import dev.navarch.scheduler.framework.PodInfo;
import dev.navarch.time.TimeSource;
import io.fabric8.kubernetes.api.model.Pod;
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
    private static final Duration SHORTEST_BACKOFF = Duration.ofSeconds(1);
    private static final Duration LONGEST_BACKOFF = Duration.ofSeconds(10);
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(5);
    private static final Duration FLUSH = Duration.ofSeconds(30);

    private final TimeSource time;
    private final List<Plugin> plugins;
    private final List<Plugin.PreEnqueue> gates;

    private final Map<String, QueuedPod> pods = new HashMap<>();
    private final Map<QueuedPod.Place, TreeSet<QueuedPod>> sorted = new EnumMap<>(QueuedPod.Place.class);
    /** The unschedulable ones by the name of a plugin that rejected them; by "" if none did. */
    private final Map<String, Set<QueuedPod>> rejected = new HashMap<>();
    /** In the order in which they were taken. */
    private final Map<String, QueuedPod> inFlight = new LinkedHashMap<>();

    /** The events that a pod in flight has not seen; the first has the number {@link #firstEvent}. */
    private final ArrayDeque<ClusterEvent> events = new ArrayDeque<>();

    private long firstEvent;
    private long orders;
    private boolean closed;
    private TimeSource.@Nullable Timer flush;
    private TimeSource.@Nullable Timer alarm;
    private long alarmAt = Long.MAX_VALUE;

    SchedulingQueue(TimeSource time, Plugin.QueueSort sort, List<Plugin> plugins) {
        this.time = time;
        this.plugins = List.copyOf(plugins);
        gates = plugins.stream()
                .filter(Plugin.PreEnqueue.class::isInstance)
                .map(Plugin.PreEnqueue.class::cast)
                .toList();
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
        put(queued, gated(pod) ? QueuedPod.Place.GATED : QueuedPod.Place.ACTIVE);
    }

    private boolean gated(Pod pod) {
        return gates.stream().anyMatch(gate -> !gate.preEnqueue(pod).success());
    }

    /** A pod without a node changed. */
    synchronized void update(Pod before, Pod now) {
        var info = new PodInfo(now);
        var queued = pods.get(info.uid());
        if (queued == null) {
            add(now);
            return;
        }
        var change = new ClusterEvent.PodChanged(before, now);
        switch (queued.place) {
            case IN_FLIGHT -> {
                queued.info = info;
                queued.ownChanges.add(change);
            }
            case GATED -> {
                take(queued);
                queued.info = info;
                put(queued, gated(now) ? QueuedPod.Place.GATED : QueuedPod.Place.ACTIVE);
            }
            case UNSCHEDULABLE -> {
                boolean helped = matters(before, now) && mayHelp(queued, change);
                take(queued);
                queued.info = info;
                put(queued, helped ? afterBackoff(queued) : QueuedPod.Place.UNSCHEDULABLE);
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
                        before.getMetadata().getLabels(), now.getMetadata().getLabels());
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
        if (!inFlight.isEmpty()) {
            events.add(event);
        }
        var helped = new LinkedHashSet<QueuedPod>(rejected.getOrDefault("", Set.of()));
        for (var plugin : plugins) {
            var waiting = rejected.get(plugin.name());
            if (waiting != null && concerned(plugin, event)) {
                for (var queued : waiting) {
                    if (!helped.contains(queued) && helps(plugin, queued.info, event)) {
                        helped.add(queued);
                    }
                }
            }
        }
        helped.forEach(queued -> {
            take(queued);
            put(queued, afterBackoff(queued));
        });
    }

    private static boolean concerned(Plugin plugin, ClusterEvent event) {
        try {
            return plugin.concernedBy(event);
        } catch (RuntimeException e) {
            log.error("{} could not tell whether {} concerns it", plugin.name(), event, e);
            return true;
        }
    }

    private static boolean helps(Plugin plugin, PodInfo pod, ClusterEvent event) {
        try {
            return plugin.mayHelp(pod, event);
        } catch (RuntimeException e) {
            log.error("{} could not tell whether {} helps {}", plugin.name(), event, pod, e);
            return true;
        }
    }

    private boolean mayHelp(QueuedPod queued, ClusterEvent event) {
        return queued.rejectedBy.isEmpty()
                || plugins.stream()
                        .anyMatch(plugin -> queued.rejectedBy.contains(plugin.name())
                                && concerned(plugin, event)
                                && helps(plugin, queued.info, event));
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
            put(from.removeFirst(), QueuedPod.Place.ACTIVE);
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
        boolean helped = error || happened(queued);
        land(queued);
        if (queued.deleted) {
            return;
        }
        queued.since = time.nanoTime();
        queued.backoffUntil = queued.since + backoff(times).toNanos();
        if (gated(queued.info.pod())) {
            put(queued, QueuedPod.Place.GATED);
        } else if (error) {
            put(queued, QueuedPod.Place.ERROR_BACKOFF);
        } else {
            put(queued, helped ? QueuedPod.Place.BACKOFF : QueuedPod.Place.UNSCHEDULABLE);
        }
    }

    /** Whether, while the pod was in flight, anything happened that may help it. */
    private boolean happened(QueuedPod queued) {
        for (var change : queued.ownChanges) {
            if (change instanceof ClusterEvent.PodChanged(var before, var now)
                    && matters(before, now)
                    && mayHelp(queued, change)) {
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

    static Duration backoff(int times) {
        var backoff = SHORTEST_BACKOFF.multipliedBy(1L << Math.min(Math.max(times, 1) - 1, 10));
        return backoff.compareTo(LONGEST_BACKOFF) > 0 ? LONGEST_BACKOFF : backoff;
    }

    // Places

    private void put(QueuedPod queued, QueuedPod.Place place) {
        queued.place = place;
        at(place).add(queued);
        switch (place) {
            case UNSCHEDULABLE ->
                reasons(queued)
                        .forEach(name -> rejected.computeIfAbsent(name, _ -> new LinkedHashSet<>())
                                .add(queued));
            case ACTIVE, BACKOFF, ERROR_BACKOFF -> notifyAll();
            case GATED, IN_FLIGHT -> {}
        }
    }

    private void take(QueuedPod queued) {
        at(queued.place).remove(queued);
        if (queued.place == QueuedPod.Place.UNSCHEDULABLE) {
            for (var name : reasons(queued)) {
                var waiting = rejected.get(name);
                if (waiting != null) {
                    waiting.remove(queued);
                }
            }
        }
    }

    private static Set<String> reasons(QueuedPod queued) {
        return queued.rejectedBy.isEmpty() ? Set.of("") : queued.rejectedBy;
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
                put(queued, QueuedPod.Place.ACTIVE);
            }
        }
        flush = time.schedule(FLUSH, this::flushForgotten);
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
