package dev.navarch.scheduler;

import dev.navarch.client.Handler;
import dev.navarch.scheduler.framework.ClusterEvent;
import dev.navarch.scheduler.framework.PodInfo;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.Objects;
import java.util.Set;

/** Carries what informers tell into the cache and the queue (source: pkg/scheduler/eventhandlers.go). */
final class ClusterObserver {
    private final Set<String> schedulerNames;
    private final ClusterCache cache;
    private final SchedulingQueue queue;
    private final Nominations nominations;
    private final SchedulerMetrics metrics;

    ClusterObserver(
            Set<String> schedulerNames,
            ClusterCache cache,
            SchedulingQueue queue,
            Nominations nominations,
            SchedulerMetrics metrics) {
        this.schedulerNames = schedulerNames;
        this.cache = cache;
        this.queue = queue;
        this.nominations = nominations;
        this.metrics = metrics;
    }

    Handler<Node> nodes() {
        return new Handler<>() {
            @Override
            public void added(Node node) {
                long start = metrics.start();
                cache.setNode(node);
                observe(new ClusterEvent.NodeAdded(node), start);
            }

            @Override
            public void updated(Node before, Node now) {
                if (Objects.equals(before.getSpec(), now.getSpec())
                        && Objects.equals(
                                before.getMetadata().getLabels(),
                                now.getMetadata().getLabels())
                        && Objects.equals(before.getStatus(), now.getStatus())) {
                    return;
                }
                long start = metrics.start();
                cache.setNode(now);
                var change = new ClusterEvent.NodeChanged(before, now);
                if (change.matters()) {
                    observe(change, start);
                }
            }

            @Override
            public void deleted(Node last) {
                long start = metrics.start();
                cache.removeNode(last.getMetadata().getName());
                observe(new ClusterEvent.NodeRemoved(last), start);
            }
        };
    }

    Handler<Namespace> namespaces() {
        return new Handler<>() {
            @Override
            public void added(Namespace namespace) {
                changed(namespace);
            }

            @Override
            public void updated(Namespace before, Namespace now) {
                if (!Objects.equals(
                        before.getMetadata().getLabels(), now.getMetadata().getLabels())) {
                    changed(now);
                }
            }

            @Override
            public void deleted(Namespace last) {
                cache.namespaceLabelsChanged();
            }

            private void changed(Namespace namespace) {
                long start = metrics.start();
                cache.namespaceLabelsChanged();
                observe(
                        new ClusterEvent.NamespaceChanged(
                                namespace.getMetadata().getName()),
                        start);
            }
        };
    }

    Handler<Pod> pods() {
        return new Handler<>() {
            @Override
            public void added(Pod pod) {
                if (ended(pod)) {
                    return;
                }
                long start = metrics.start();
                if (assigned(pod)) {
                    var info = cache.placed(pod.getMetadata().getUid())
                            .map(assumed -> assumed.bound(pod))
                            .orElseGet(() -> new PodInfo(pod));
                    cache.setPod(info, pod.getSpec().getNodeName());
                    observe(new ClusterEvent.PodAssigned(info), start);
                } else if (ours(pod)) {
                    nominate(pod);
                    queue.add(pod);
                    metrics.handled("UnschedulablePodAdd", start);
                }
            }

            @Override
            public void updated(Pod before, Pod now) {
                if (ended(now)) {
                    deleted(before);
                } else if (!assigned(now)) {
                    if (ours(now)) {
                        long start = metrics.start();
                        if (cache.placed(now.getMetadata().getUid()).isEmpty()) {
                            nominate(before, now);
                        }
                        queue.update(before, now);
                        metrics.handled("UnschedulablePodUpdate", start);
                    }
                } else if (assigned(before) && !ended(before)) {
                    assignedUpdated(before, now);
                } else {
                    nominations.remove(now.getMetadata().getUid());
                    queue.delete(now.getMetadata().getUid());
                    added(now);
                }
            }

            private void assignedUpdated(Pod before, Pod now) {
                long start = metrics.start();
                boolean relevant = !Objects.equals(before.getSpec(), now.getSpec())
                        || !Objects.equals(
                                before.getMetadata().getLabels(),
                                now.getMetadata().getLabels())
                        || !Objects.equals(
                                before.getMetadata().getDeletionTimestamp(),
                                now.getMetadata().getDeletionTimestamp())
                        || resized(before, now);
                var info = new PodInfo(now);
                cache.setPod(info, now.getSpec().getNodeName());
                if (relevant) {
                    queue.observe(new ClusterEvent.AssignedPodChanged(new PodInfo(before), info));
                }
                metrics.handled("AssignedPodUpdate", start);
            }

            @Override
            public void deleted(Pod last) {
                long start = metrics.start();
                var uid = last.getMetadata().getUid();
                nominations.remove(uid);
                queue.delete(uid);
                var placed = cache.placed(uid);
                var node = cache.nodeOf(uid);
                cache.removePod(uid);
                if (placed.isPresent()) {
                    observe(new ClusterEvent.PodRemoved(placed.get(), node.flatMap(cache::node)), start);
                } else if (!assigned(last) && ours(last)) {
                    metrics.handled("UnschedulablePodDelete", start);
                }
            }
        };
    }

    private void observe(ClusterEvent event, long start) {
        queue.observe(event);
        metrics.handled(event.name(), start);
    }

    private static boolean resized(Pod before, Pod now) {
        return before.getStatus() != null
                && now.getStatus() != null
                && !Objects.equals(
                        before.getStatus().getContainerStatuses(),
                        now.getStatus().getContainerStatuses());
    }

    private void nominate(Pod pod) {
        var node = pod.getStatus() == null ? null : pod.getStatus().getNominatedNodeName();
        if (node != null && !node.isEmpty()) {
            nominations.set(new PodInfo(pod), node);
        }
    }

    private void nominate(Pod before, Pod now) {
        var old = before.getStatus() == null ? null : before.getStatus().getNominatedNodeName();
        var current = now.getStatus() == null ? null : now.getStatus().getNominatedNodeName();
        if (old != null && !old.isEmpty() && (current == null || current.isEmpty())) {
            nominations.remove(now.getMetadata().getUid());
        } else {
            nominate(now);
        }
    }

    private boolean ours(Pod pod) {
        var name = pod.getSpec().getSchedulerName();
        return schedulerNames.contains(name == null || name.isEmpty() ? "default-scheduler" : name);
    }

    private static boolean assigned(Pod pod) {
        var node = pod.getSpec().getNodeName();
        return node != null && !node.isEmpty();
    }

    /** Its resources are free although it is still there. */
    private static boolean ended(Pod pod) {
        var phase = pod.getStatus() == null ? null : pod.getStatus().getPhase();
        return "Succeeded".equals(phase) || "Failed".equals(phase);
    }
}
