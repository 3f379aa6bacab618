package dev.navarch.controllers.disruption;

import dev.navarch.api.values.SelectorException;
import dev.navarch.client.ControllerLoop;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.Handler;
import dev.navarch.client.Informer;
import dev.navarch.client.Key;
import dev.navarch.client.Selectors;
import dev.navarch.client.WorkQueue;
import dev.navarch.controllers.Controller;
import dev.navarch.controllers.ControllerContext;
import dev.navarch.time.TimeSource;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import java.util.List;
import java.util.Objects;

/** Wakes budgets when they or their pods change. source: kubernetes pkg/controller/disruption/disruption.go. */
public final class DisruptionController {
    private final Informer<PodDisruptionBudget> budgets;
    private final WorkQueue<Key> queue;
    private final WorkQueue<Key> stale;
    private final EventRecorder events;
    private final TimeSource time;

    private DisruptionController(
            Informer<PodDisruptionBudget> budgets,
            WorkQueue<Key> queue,
            WorkQueue<Key> stale,
            EventRecorder events,
            TimeSource time) {
        this.budgets = budgets;
        this.queue = queue;
        this.stale = stale;
        this.events = events;
        this.time = time;
    }

    public static Controller create(ControllerContext context) {
        WorkQueue<Key> queue = context.queue("disruption");
        WorkQueue<Key> stale = context.queue("stale_pod_disruption");
        var budgets = context.informer(PodDisruptionBudget.class);
        var pods = context.informer(Pod.class);
        var controller = new DisruptionController(budgets, queue, stale, context.events(), context.time());
        budgets.addHandler(controller.new OfBudgets());
        pods.addHandler(controller.new OfPods());
        return Controller.of(
                new ControllerLoop<>(
                        "disruption",
                        queue,
                        1,
                        new DisruptionReconciler(context, budgets, pods, new Scales(context), queue)),
                new ControllerLoop<>(
                        "stale-disruption", stale, 1, new StaleDisruptionReconciler(context, pods, stale)));
    }

    private List<PodDisruptionBudget> selecting(Pod pod) {
        return budgets.list(pod.getMetadata().getNamespace()).stream()
                .filter(b -> selects(b, pod))
                .toList();
    }

    private static boolean selects(PodDisruptionBudget budget, Pod pod) {
        try {
            return Selectors.matches(Selectors.of(budget.getSpec().getSelector()), pod);
        } catch (SelectorException e) {
            return false; // told when the budget itself is looked at
        }
    }

    private final class OfBudgets implements Handler<PodDisruptionBudget> {
        @Override
        public void added(PodDisruptionBudget budget) {
            queue.add(Key.of(budget));
        }

        @Override
        public void updated(PodDisruptionBudget before, PodDisruptionBudget now) {
            queue.add(Key.of(now));
        }

        @Override
        public void deleted(PodDisruptionBudget last) {}
    }

    private final class OfPods implements Handler<Pod> {
        @Override
        public void added(Pod pod) {
            wake(pod);
            DisruptionPlan.stale(pod, time.now()).ifPresent(d -> stale.addAfter(Key.of(pod), d));
        }

        @Override
        public void updated(Pod before, Pod now) {
            if (!Objects.equals(
                    before.getMetadata().getLabels(), now.getMetadata().getLabels())) {
                selecting(before).forEach(b -> queue.add(Key.of(b)));
            }
            added(now);
        }

        @Override
        public void deleted(Pod last) {
            wake(last);
        }

        private void wake(Pod pod) {
            var selecting = selecting(pod);
            selecting.forEach(b -> queue.add(Key.of(b)));
            if (selecting.size() > 1) {
                events.warning(
                        pod,
                        "MultiplePodDisruptionBudgets",
                        "Pod \"" + pod.getMetadata().getNamespace() + "\"/\""
                                + pod.getMetadata().getName()
                                + "\" matches multiple PodDisruptionBudgets.  Chose \""
                                + selecting.getFirst().getMetadata().getName() + "\" arbitrarily.");
            }
        }
    }
}
