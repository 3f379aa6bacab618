package dev.navarch.controllers.deployment;

import dev.navarch.client.ControllerLoop;
import dev.navarch.client.ControllerRef;
import dev.navarch.client.Handler;
import dev.navarch.client.Informer;
import dev.navarch.client.Key;
import dev.navarch.client.Selectors;
import dev.navarch.client.WorkQueue;
import dev.navarch.controllers.Controller;
import dev.navarch.controllers.ControllerContext;
import dev.navarch.controllers.Pods;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import java.util.Optional;

/** Wakes Deployments when they, their ReplicaSets or, for Recreate, their pods change. */
public final class DeploymentController {
    private final Informer<Deployment> deployments;
    private final Informer<ReplicaSet> sets;
    private final WorkQueue<Key> queue;

    private DeploymentController(Informer<Deployment> deployments, Informer<ReplicaSet> sets, WorkQueue<Key> queue) {
        this.deployments = deployments;
        this.sets = sets;
        this.queue = queue;
    }

    public static Controller create(ControllerContext context) {
        WorkQueue<Key> queue = context.queue("deployment");
        var deployments = context.informer(Deployment.class);
        var sets = context.informer(ReplicaSet.class);
        var pods = context.informer(Pod.class);
        Pods.indexByController(sets);
        Pods.indexByController(pods);
        var controller = new DeploymentController(deployments, sets, queue);
        deployments.addHandler(Handler.each(d -> queue.add(Key.of(d))));
        sets.addHandler(controller.new OfSets());
        pods.addHandler(controller.new OfPods());
        var reconciler = new DeploymentReconciler(context, deployments, sets, pods, queue);
        return Controller.of(
                new ControllerLoop<>("deployment", queue, context.settings().workers(), reconciler));
    }

    private Optional<Deployment> owner(HasMetadata set) {
        return ControllerRef.of(set)
                .filter(r -> r.getKind().equals("Deployment"))
                .flatMap(r -> deployments
                        .get(set.getMetadata().getNamespace(), r.getName())
                        .filter(d -> d.getMetadata().getUid().equals(r.getUid())));
    }

    private final class OfSets implements Handler<ReplicaSet> {
        @Override
        public void added(ReplicaSet set) {
            if (ControllerRef.of(set).isPresent()) {
                wakeOwner(set);
                return;
            }
            for (var deployment : deployments.list(set.getMetadata().getNamespace())) {
                if (Selectors.matches(Selectors.of(deployment.getSpec().getSelector()), set)) {
                    queue.add(Key.of(deployment));
                }
            }
        }

        @Override
        public void updated(ReplicaSet before, ReplicaSet now) {
            if (!ControllerRef.uid(before).equals(ControllerRef.uid(now))) {
                wakeOwner(before);
            }
            added(now);
        }

        @Override
        public void deleted(ReplicaSet last) {
            wakeOwner(last);
        }

        private void wakeOwner(ReplicaSet set) {
            owner(set).ifPresent(d -> queue.add(Key.of(d)));
        }
    }

    /** A recreation waits for the end of the last old pod. */
    private final class OfPods implements Handler<Pod> {
        @Override
        public void added(Pod pod) {}

        @Override
        public void updated(Pod before, Pod now) {
            if (Pods.isTerminal(now) && !Pods.isTerminal(before)) {
                deleted(now);
            }
        }

        @Override
        public void deleted(Pod last) {
            ControllerRef.of(last)
                    .filter(r -> r.getKind().equals("ReplicaSet"))
                    .flatMap(r -> sets.get(last.getMetadata().getNamespace(), r.getName()))
                    .flatMap(DeploymentController.this::owner)
                    .filter(d -> !DeploymentPlan.isRolling(d))
                    .ifPresent(d -> queue.add(Key.of(d)));
        }
    }
}
