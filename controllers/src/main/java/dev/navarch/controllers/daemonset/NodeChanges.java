package dev.navarch.controllers.daemonset;

import dev.navarch.client.Handler;
import dev.navarch.client.Informer;
import dev.navarch.client.Key;
import dev.navarch.client.WorkQueue;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import java.util.Objects;

/** Wakes the sets for which a node begins or ceases to be suitable. */
final class NodeChanges implements Handler<Node> {
    private final Informer<DaemonSet> sets;
    private final WorkQueue<Key> queue;

    NodeChanges(Informer<DaemonSet> sets, WorkQueue<Key> queue) {
        this.sets = sets;
        this.queue = queue;
    }

    @Override
    public void added(Node node) {
        for (var set : sets.list()) {
            if (DaemonPods.fit(set, node).stay()) {
                queue.add(Key.of(set));
            }
        }
    }

    @Override
    public void updated(Node before, Node now) {
        boolean alike = Objects.equals(
                        before.getMetadata().getLabels(), now.getMetadata().getLabels())
                && DaemonPods.taints(before).equals(DaemonPods.taints(now));
        if (alike) { // as with each heartbeat
            return;
        }
        for (var set : sets.list()) {
            if (!DaemonPods.fit(set, before).equals(DaemonPods.fit(set, now))) {
                queue.add(Key.of(set));
            }
        }
    }

    @Override
    public void deleted(Node last) {
        added(last);
    }
}
