package dev.navarch.scheduler;

import dev.navarch.scheduler.framework.PodInfo;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;

/**
 * The pods for which room is being made, by node. Safe for use by many threads; asking takes no lock.
 *
 * <p>source: pkg/scheduler/backend/queue/nominator.go.
 */
final class Nominations {
    /** The lists never change: another takes their place. */
    private final Map<String, List<PodInfo>> byNode = new ConcurrentHashMap<>();

    private final Map<String, Nominated> nominated = new HashMap<>();

    private volatile BiConsumer<PodInfo, String> freed = (_, _) -> {};

    private record Nominated(PodInfo pod, String node) {}

    /** Whom to tell that a node's room is not kept for a pod any more; called without a lock. */
    void onFreed(BiConsumer<PodInfo, String> listener) {
        freed = listener;
    }

    /** Sets the only node that a pod is nominated for; empty for none. */
    void set(PodInfo pod, String node) {
        Optional<Nominated> left;
        synchronized (this) {
            left = take(pod.uid());
            if (!node.isEmpty()) {
                nominated.put(pod.uid(), new Nominated(pod, node));
                byNode.merge(node, List.of(pod), (before, one) -> {
                    var more = new ArrayList<>(before);
                    more.addAll(one);
                    return List.copyOf(more);
                });
            }
        }
        left.filter(before -> !before.node.equals(node)).ifPresent(this::tell);
    }

    void remove(String uid) {
        Optional<Nominated> left;
        synchronized (this) {
            left = take(uid);
        }
        left.ifPresent(this::tell);
    }

    private void tell(Nominated left) {
        freed.accept(left.pod, left.node);
    }

    private Optional<Nominated> take(String uid) {
        var left = nominated.remove(uid);
        if (left != null) {
            byNode.computeIfPresent(left.node, (_, before) -> {
                var fewer =
                        before.stream().filter(pod -> !pod.uid().equals(uid)).toList();
                return fewer.isEmpty() ? null : fewer;
            });
        }
        return Optional.ofNullable(left);
    }

    synchronized String nodeOf(String uid) {
        var known = nominated.get(uid);
        return known == null ? "" : known.node;
    }

    boolean any() {
        return !byNode.isEmpty();
    }

    /** All pods nominated for the node: the same list as long as none comes or goes. */
    List<PodInfo> on(String node) {
        return byNode.getOrDefault(node, List.of());
    }

    /** Takes the nominations of less important pods for a node away, and returns these pods. */
    List<PodInfo> makeWay(String node, int priority) {
        var lesser = on(node).stream().filter(pod -> pod.priority() < priority).toList();
        lesser.forEach(pod -> remove(pod.uid()));
        return lesser;
    }

    /**
     * Other pods nominated for the node that are at least as important as this one. If they are all that are nominated for
     * it, it is the same list as long as none comes or goes.
     */
    List<PodInfo> on(String node, PodInfo than) {
        var here = byNode.get(node);
        if (here == null) {
            return List.of();
        }
        for (int i = 0; i < here.size(); i++) {
            if (!counts(here.get(i), than)) {
                return here.stream().filter(pod -> counts(pod, than)).toList();
            }
        }
        return here;
    }

    private static boolean counts(PodInfo pod, PodInfo than) {
        return pod.priority() >= than.priority() && !pod.uid().equals(than.uid());
    }
}
