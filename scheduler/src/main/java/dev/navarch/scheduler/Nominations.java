package dev.navarch.scheduler;

import dev.navarch.scheduler.framework.PodInfo;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** The pods for which room is being made, by node. Safe for use by many threads. */
final class Nominations {
    private final Map<String, Map<String, PodInfo>> byNode = new HashMap<>();
    private final Map<String, String> nodes = new HashMap<>();
    /** Lets the common case, none at all, cost next to nothing. */
    private final AtomicInteger count = new AtomicInteger();

    /** Sets the only node that a pod is nominated for; empty for none. */
    synchronized void set(PodInfo pod, String node) {
        remove(pod.uid());
        if (!node.isEmpty()) {
            nodes.put(pod.uid(), node);
            byNode.computeIfAbsent(node, _ -> new LinkedHashMap<>()).put(pod.uid(), pod);
            count.incrementAndGet();
        }
    }

    synchronized void remove(String uid) {
        var node = nodes.remove(uid);
        if (node == null) {
            return;
        }
        count.decrementAndGet();
        var here = byNode.get(node);
        if (here != null) {
            here.remove(uid);
            if (here.isEmpty()) {
                byNode.remove(node);
            }
        }
    }

    synchronized String nodeOf(String uid) {
        return nodes.getOrDefault(uid, "");
    }

    boolean any() {
        return count.get() > 0;
    }

    boolean anyOn(String node) {
        if (!any()) {
            return false;
        }
        synchronized (this) {
            return byNode.containsKey(node);
        }
    }

    /** Takes the nominations of less important pods for a node away, and returns these pods. */
    synchronized List<PodInfo> makeWay(String node, int priority) {
        var lesser = byNode.getOrDefault(node, Map.of()).values().stream()
                .filter(pod -> pod.priority() < priority)
                .toList();
        lesser.forEach(pod -> remove(pod.uid()));
        return lesser;
    }

    /** Other pods nominated for the node that are at least as important as this one. */
    List<PodInfo> on(String node, PodInfo than) {
        if (!any()) {
            return List.of();
        }
        synchronized (this) {
            var here = byNode.get(node);
            return here == null
                    ? List.of()
                    : here.values().stream()
                            .filter(pod -> pod.priority() >= than.priority()
                                    && !pod.uid().equals(than.uid()))
                            .toList();
        }
    }
}
