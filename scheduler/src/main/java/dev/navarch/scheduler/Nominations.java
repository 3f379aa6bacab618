package dev.navarch.scheduler;

import dev.navarch.scheduler.framework.PodInfo;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The pods for which room is being made, by node. Safe for use by many threads; asking takes no lock. */
final class Nominations {
    /** The lists never change: another takes their place. */
    private final Map<String, List<PodInfo>> byNode = new ConcurrentHashMap<>();

    private final Map<String, String> nodes = new HashMap<>();

    /** Sets the only node that a pod is nominated for; empty for none. */
    synchronized void set(PodInfo pod, String node) {
        remove(pod.uid());
        if (!node.isEmpty()) {
            nodes.put(pod.uid(), node);
            byNode.merge(node, List.of(pod), (before, one) -> {
                var more = new ArrayList<>(before);
                more.addAll(one);
                return List.copyOf(more);
            });
        }
    }

    synchronized void remove(String uid) {
        var node = nodes.remove(uid);
        if (node != null) {
            byNode.computeIfPresent(node, (_, before) -> {
                var fewer =
                        before.stream().filter(pod -> !pod.uid().equals(uid)).toList();
                return fewer.isEmpty() ? null : fewer;
            });
        }
    }

    synchronized String nodeOf(String uid) {
        return nodes.getOrDefault(uid, "");
    }

    boolean any() {
        return !byNode.isEmpty();
    }

    boolean anyOn(String node) {
        return byNode.containsKey(node);
    }

    /** Takes the nominations of less important pods for a node away, and returns these pods. */
    synchronized List<PodInfo> makeWay(String node, int priority) {
        var lesser = byNode.getOrDefault(node, List.of()).stream()
                .filter(pod -> pod.priority() < priority)
                .toList();
        lesser.forEach(pod -> remove(pod.uid()));
        return lesser;
    }

    /** Other pods nominated for the node that are at least as important as this one. */
    List<PodInfo> on(String node, PodInfo than) {
        var here = byNode.get(node);
        if (here == null) {
            return List.of();
        }
        var others = new ArrayList<PodInfo>(here.size());
        for (var pod : here) {
            if (pod.priority() >= than.priority() && !pod.uid().equals(than.uid())) {
                others.add(pod);
            }
        }
        return others;
    }
}
