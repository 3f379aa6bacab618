package dev.navarch.controllers.statefulset;

import dev.navarch.client.Handler;
import dev.navarch.client.Informer;
import dev.navarch.client.Key;
import dev.navarch.client.WorkQueue;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;

/** Wakes the set that waits for the end of a claim, to make a new pod with a new one. */
final class ClaimEnds implements Handler<PersistentVolumeClaim> {
    private final Informer<StatefulSet> sets;
    private final WorkQueue<Key> queue;

    ClaimEnds(Informer<StatefulSet> sets, WorkQueue<Key> queue) {
        this.sets = sets;
        this.queue = queue;
    }

    @Override
    public void added(PersistentVolumeClaim claim) {}

    @Override
    public void updated(PersistentVolumeClaim before, PersistentVolumeClaim now) {}

    @Override
    public void deleted(PersistentVolumeClaim last) {
        for (var set : sets.list(last.getMetadata().getNamespace())) {
            for (var template : StatefulPods.claimTemplates(set)) {
                var prefix = template.getMetadata().getName() + "-"
                        + set.getMetadata().getName() + "-";
                if (last.getMetadata().getName().startsWith(prefix)) {
                    queue.add(Key.of(set));
                }
            }
        }
    }
}
