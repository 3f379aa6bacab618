package dev.navarch.controllers.disruption;

import dev.navarch.api.values.SelectorException;
import dev.navarch.api.values.Timestamps;
import dev.navarch.client.ApiFailure;
import dev.navarch.client.ControllerRef;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.Informer;
import dev.navarch.client.Key;
import dev.navarch.client.Reconciler;
import dev.navarch.client.Resource;
import dev.navarch.client.Selectors;
import dev.navarch.client.WorkQueue;
import dev.navarch.controllers.ControllerContext;
import dev.navarch.controllers.SelectorText;
import dev.navarch.time.TimeSource;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudgetBuilder;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudgetStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Counts what one budget allows. A status that is based on an old one is refused, so that no eviction is forgotten. */
final class DisruptionReconciler implements Reconciler<Key> {
    private final Informer<PodDisruptionBudget> budgets;
    private final Informer<Pod> pods;
    private final Scales scales;
    private final Resource<PodDisruptionBudget> budgetResource;
    private final EventRecorder events;
    private final WorkQueue<Key> queue;
    private final TimeSource time;

    DisruptionReconciler(
            ControllerContext context,
            Informer<PodDisruptionBudget> budgets,
            Informer<Pod> pods,
            Scales scales,
            WorkQueue<Key> queue) {
        this.budgets = budgets;
        this.pods = pods;
        this.scales = scales;
        this.queue = queue;
        budgetResource = context.client().resource(PodDisruptionBudget.class);
        events = context.events();
        time = context.time();
    }

    @Override
    public void reconcile(Key key) {
        var found = budgets.get(key);
        if (found.isEmpty()) {
            return;
        }
        var budget = found.get();
        try {
            count(key, budget);
        } catch (ApiFailure e) {
            if (e.conflict()) {
                throw e;
            }
            forbid(budget, e);
        } catch (SelectorException e) {
            events.warning(budget, "NoPods", "Failed to get pods: " + e.getMessage());
            forbid(budget, e);
        } catch (IllegalArgumentException | IllegalStateException e) {
            uncounted(budget, e);
            forbid(budget, e);
        }
    }

    private void uncounted(PodDisruptionBudget budget, RuntimeException why) {
        events.warning(
                budget,
                "CalculateExpectedPodCountFailed",
                "Failed to calculate the number of expected pods: " + why.getMessage());
    }

    private void count(Key key, PodDisruptionBudget budget) {
        var selector = Selectors.of(budget.getSpec().getSelector());
        var matching = pods.list(key.namespace()).stream()
                .filter(p -> Selectors.matches(selector, p))
                .toList();
        if (matching.isEmpty()) {
            events.normal(budget, "NoPods", "No matching pods found");
        }
        int expected = DisruptionPlan.needsScale(budget) ? scale(budget, matching) : matching.size();
        var demand = DisruptionPlan.demand(budget, expected);
        var now = time.now();
        for (var pod : DisruptionPlan.notDeleted(budget, matching, now)) {
            // upstream names the namespace twice
            events.warning(
                    pod,
                    "NotDeleted",
                    "Pod was expected by PDB " + key.namespace() + "/" + key.namespace()
                            + " to be deleted but it wasn't");
        }
        var disrupted = DisruptionPlan.disrupted(budget, matching, now);
        var healthy = DisruptionPlan.healthy(matching, disrupted);
        write(budget, DisruptionPlan.status(budget, demand, healthy, disrupted, now));
        disrupted.values().stream()
                .flatMap(t -> Timestamps.parse(t).stream())
                .min(Instant::compareTo)
                .ifPresent(t -> queue.addAfter(
                        key,
                        Duration.between(now, t.plus(DisruptionPlan.DELETION)).plusMillis(1)));
    }

    /** The sum of the scales of all that own these pods. */
    private int scale(PodDisruptionBudget budget, List<Pod> matching) {
        Map<String, Integer> known = new HashMap<>();
        Map<String, Boolean> asked = new HashMap<>();
        boolean unmanaged = false;
        for (var pod : matching) {
            var owner = ControllerRef.of(pod);
            if (owner.isEmpty()) {
                unmanaged = true;
            } else if (asked.putIfAbsent(owner.get().getUid(), true) == null) {
                var scale = ask(budget, owner.get(), pod)
                        .orElseThrow(() -> new IllegalStateException("found no controllers for pod \""
                                + pod.getMetadata().getName() + "\""));
                known.put(scale.uid(), scale.replicas());
            }
        }
        if (unmanaged) {
            events.warning(
                    budget,
                    "UnmanagedPods",
                    "Pods selected by this PodDisruptionBudget (selector: "
                            + SelectorText.of(budget.getSpec().getSelector())
                            + ") were found to be unmanaged. As a result, the status of the PDB cannot be calculated"
                            + " correctly, which may result in undefined behavior. To account for these pods please set"
                            + " \".spec.minAvailable\" field of the PDB to an integer value.");
        }
        return known.values().stream().mapToInt(Integer::intValue).sum();
    }

    private Optional<Scales.Scale> ask(PodDisruptionBudget budget, OwnerReference owner, Pod pod) {
        try {
            return scales.of(owner, pod.getMetadata().getNamespace());
        } catch (ApiFailure e) {
            uncounted(budget, e);
            throw e;
        }
    }

    private void forbid(PodDisruptionBudget budget, RuntimeException why) {
        write(budget, DisruptionPlan.failed(budget, String.valueOf(why.getMessage()), time.now()));
    }

    private void write(PodDisruptionBudget budget, PodDisruptionBudgetStatus status) {
        if (!status.equals(budget.getStatus())) {
            budgetResource.updateStatus(
                    new PodDisruptionBudgetBuilder(budget).withStatus(status).build());
        }
    }
}
