package dev.navarch.controllers.replicaset;

import dev.navarch.client.ControllerLoop;
import dev.navarch.client.ControllerRef;
import dev.navarch.client.Handler;
import dev.navarch.client.Informer;
import dev.navarch.client.Key;
import dev.navarch.client.Selectors;
import dev.navarch.client.WorkQueue;
import dev.navarch.controllers.Controller;
import dev.navarch.controllers.ControllerContext;
import dev.navarch.controllers.Expectations;
import dev.navarch.controllers.Pods;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import java.util.Objects;
import java.util.Optional;

/** Wakes ReplicaSets when they or their pods change. source: kubernetes pkg/controller/replicaset/replica_set.go. */
public final class ReplicaSetController {
    private final Informer<ReplicaSet> sets;
    private final WorkQueue<Key> queue;
    private final Expectations expectations;

    private ReplicaSetController(Informer<ReplicaSet> sets, WorkQueue<Key> queue, Expectations expectations) {
        this.sets = sets;
        this.queue = queue;
        this.expectations = expectations;
    }

    public static Controller create(ControllerContext context) {
        var queue = context.queue();
        var expectations = new Expectations(context.time());
        var sets = context.informer(ReplicaSet.class);
        var pods = context.informer(Pod.class);
        Pods.indexByController(sets);
        Pods.indexByController(pods);
        var controller = new ReplicaSetController(sets, queue, expectations);
        sets.addHandler(controller.new OfSets());
        pods.addHandler(controller.new OfPods());
        var reconciler = new ReplicaSetReconciler(context, sets, pods, expectations, queue);
        return Controller.of(
                new ControllerLoop<>("replicaset", queue, context.settings().workers(), reconciler));
    }

    private Optional<ReplicaSet> owner(Pod pod) {
        return ControllerRef.of(pod)
                .filter(r -> r.getKind().equals("ReplicaSet"))
                .flatMap(r -> sets.get(pod.getMetadata().getNamespace(), r.getName())
                        .filter(s -> s.getMetadata().getUid().equals(r.getUid())));
    }

    private void wakeMatching(Pod orphan) {
        for (var set : sets.list(orphan.getMetadata().getNamespace())) {
            if (Selectors.matches(Selectors.of(set.getSpec().getSelector()), orphan)) {
                queue.add(Key.of(set));
            }
        }
    }

    private final class OfSets implements Handler<ReplicaSet> {
        @Override
        public void added(ReplicaSet set) {
            queue.add(Key.of(set));
        }

        @Override
        public void updated(ReplicaSet before, ReplicaSet now) {
            queue.add(Key.of(now));
        }

        @Override
        public void deleted(ReplicaSet last) {
            expectations.forget(Key.of(last));
            queue.add(Key.of(last));
        }
    }

    private final class OfPods implements Handler<Pod> {
        @Override
        public void added(Pod pod) {
            if (Pods.isDeleting(pod)) {
                deleted(pod);
            } else if (ControllerRef.of(pod).isEmpty()) {
                wakeMatching(pod);
            } else {
                owner(pod).ifPresent(set -> {
                    expectations.created(Key.of(set));
                    queue.add(Key.of(set));
                });
            }
        }

        @Override
        public void updated(Pod before, Pod now) {
            if (Pods.isDeleting(now)) {
                deleted(now); // its deletion is what was expected, not its end
                return;
            }
            boolean moved = !ControllerRef.uid(before).equals(ControllerRef.uid(now));
            if (moved) {
                owner(before).ifPresent(set -> queue.add(Key.of(set)));
            }
            owner(now).ifPresent(set -> queue.add(Key.of(set)));
            boolean relabeled = !Objects.equals(
                    before.getMetadata().getLabels(), now.getMetadata().getLabels());
            if (ControllerRef.of(now).isEmpty() && (moved || relabeled)) {
                wakeMatching(now);
            }
        }

        @Override
        public void deleted(Pod last) {
            owner(last).ifPresent(set -> {
                expectations.deleted(Key.of(set), last.getMetadata().getUid());
                queue.add(Key.of(set));
            });
        }
    }
}
