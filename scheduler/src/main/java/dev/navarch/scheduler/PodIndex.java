package dev.navarch.scheduler;

import dev.navarch.scheduler.framework.PodInfo;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;

/**
 * How many pods of which labels are on which node. Pods of one controller mostly have the same labels, so that a
 * selector is matched against few sets of labels, however many pods there are. Terminating pods are not counted.
 */
final class PodIndex {
    /** By namespace, labels and node. */
    private final Map<String, Map<Map<String, String>, Map<String, Integer>>> counts = new HashMap<>();

    /** @param step 1 for a pod that came, -1 for one that left */
    void count(PodInfo pod, String node, int step) {
        if (pod.terminating()) {
            return;
        }
        var byLabels = counts.computeIfAbsent(pod.namespace(), _ -> new HashMap<>());
        var byNode = byLabels.computeIfAbsent(pod.labels(), _ -> new HashMap<>());
        int count = byNode.getOrDefault(node, 0) + step;
        if (count != 0) {
            byNode.put(node, count);
            return;
        }
        byNode.remove(node);
        if (byNode.isEmpty()) {
            byLabels.remove(pod.labels());
            if (byLabels.isEmpty()) {
                counts.remove(pod.namespace());
            }
        }
    }

    /** The pods of a namespace whose labels match, by node. */
    Map<String, Integer> byNode(String namespace, Predicate<Map<String, String>> labels) {
        var found = new HashMap<String, Integer>();
        for (var group : counts.getOrDefault(namespace, Map.of()).entrySet()) {
            if (labels.test(group.getKey())) {
                group.getValue().forEach((node, count) -> found.merge(node, count, Integer::sum));
            }
        }
        return found;
    }
}
